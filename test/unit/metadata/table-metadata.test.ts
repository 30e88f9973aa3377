import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { checkInvariants } from '../../../src/metadata/invariants.ts'
import {
  currentSchema,
  currentSnapshot,
  currentSortOrder,
  currentSpec,
  newTableMetadata,
  schemaById,
  snapshotById,
  sortOrderById,
  specById,
  withoutTrailingSlash,
} from '../../../src/metadata/table-metadata.ts'
import type { NewTable } from '../../../src/metadata/table-metadata.ts'
import { findField } from '../../../src/types/schema.ts'
import { anyNewTable, anyTableMetadata } from '../../support/arbitraries/metadata.ts'
import { runs } from '../../support/runs.ts'
import { appended, smallTable } from '../../support/small-table.ts'
import { thrownBy } from '../../support/thrown.ts'

/** As a table of another catalog might be copied: ids with gaps. */
const COPIED: NewTable = {
  uuid: 'u',
  location: 's3://bucket/t//',
  schema: {
    schemaId: 7,
    fields: [
      {
        id: 30,
        name: 's',
        required: true,
        type: {
          kind: 'struct',
          fields: [{ id: 10, name: 'city', required: false, type: { kind: 'string' } }],
        },
      },
      { id: 20, name: 'ts', required: true, type: { kind: 'timestamp' } },
    ],
    identifierFieldIds: [20],
  },
  spec: {
    specId: 4,
    fields: [
      { sourceId: 20, fieldId: 1005, name: 'day', transform: { kind: 'day' } },
      { sourceId: 10, fieldId: 1009, name: 'city', transform: { kind: 'identity' } },
    ],
  },
  sortOrder: {
    orderId: 3,
    fields: [
      {
        sourceId: 10,
        transform: { kind: 'identity' },
        direction: 'asc',
        nullOrder: 'nulls-first',
      },
    ],
  },
  properties: new Map([['a', 'b']]),
  nowMs: 1000,
}

describe('a new table', () => {
  it('has ids of its own, and its layout follows the columns', () => {
    const metadata = newTableMetadata(COPIED)
    const schema = currentSchema(metadata)
    expect(schema.fields.map((field) => field.id)).toEqual([1, 2])
    expect(schema.identifierFieldIds).toEqual([2])
    expect(findField(schema, 3)?.path).toEqual(['s', 'city'])
    expect(currentSpec(metadata)).toMatchObject({
      specId: 0,
      fields: [
        { sourceId: 2, fieldId: 1000 },
        { sourceId: 3, fieldId: 1001 },
      ],
    })
    expect(currentSortOrder(metadata)).toMatchObject({ orderId: 1, fields: [{ sourceId: 3 }] })
    expect(metadata).toMatchObject({
      location: 's3://bucket/t',
      lastColumnId: 3,
      lastPartitionId: 1001,
      lastSequenceNumber: 0n,
      lastUpdatedMs: 1000,
      currentSnapshotId: null,
    })
  })

  it('begins to count partition fields at 1000', () => {
    expect(smallTable().lastPartitionId).toBe(999)
  })

  it('refuses a layout by a column that it does not have', () => {
    const fields = [
      { sourceId: 99, fieldId: 1000, name: 'x', transform: { kind: 'identity' } },
    ] as const
    const error = thrownBy(() => newTableMetadata({ ...COPIED, spec: { specId: 0, fields } }))
    expect(error).toMatchObject({ kind: 'invalid', context: { fieldId: 99 } })
  })

  it('refuses malformed and reserved properties', () => {
    for (const name of ['format-version', 'commit.retry.num-retries']) {
      const properties = new Map([[name, 'x']])
      expect(thrownBy(() => newTableMetadata({ ...COPIED, properties })).kind).toBe('invalid')
    }
  })

  it('is always sound', () => {
    fc.assert(
      fc.property(anyNewTable, (metadata) => {
        expect(() => checkInvariants(metadata, 'internal')).not.toThrow()
      }),
      runs(100),
    )
  })
})

describe('look-ups', () => {
  it('of what is not there say so', () => {
    const metadata = smallTable()
    expect(thrownBy(() => schemaById(metadata, 5)).kind).toBe('corrupt')
    expect(thrownBy(() => specById(metadata, 5)).kind).toBe('corrupt')
    expect(thrownBy(() => sortOrderById(metadata, 5)).kind).toBe('corrupt')
    expect(snapshotById(metadata, 5n)).toBeUndefined()
    expect(currentSnapshot(metadata)).toBeNull()
    const strayed = { ...metadata, currentSnapshotId: 5n }
    expect(thrownBy(() => currentSnapshot(strayed)).kind).toBe('corrupt')
  })

  it('always find every snapshot by its id', () => {
    fc.assert(
      fc.property(anyTableMetadata, (metadata) => {
        for (const snapshot of metadata.snapshots) {
          expect(snapshotById(metadata, snapshot.snapshotId)).toBe(snapshot)
        }
      }),
      runs(50),
    )
  })

  it('tell ids apart that a double cannot', () => {
    const id = 2n ** 62n
    const metadata = appended(appended(smallTable(), id, 2000), id + 1n, 3000)
    expect(snapshotById(metadata, id)?.sequenceNumber).toBe(1n)
    expect(snapshotById(metadata, id + 1n)?.sequenceNumber).toBe(2n)
  })
})

describe('a location', () => {
  it.each([
    ['s3://b/t/', 's3://b/t'],
    ['s3://b/t///', 's3://b/t'],
    ['/a/t', '/a/t'],
    ['memory://', 'memory://'],
  ])('%s is kept as %s', (location, kept) => {
    expect(withoutTrailingSlash(location)).toBe(kept)
  })
})
