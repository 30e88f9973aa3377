import { describe, expect, it } from 'vitest'

import { checkInvariants } from '../../../src/metadata/invariants.ts'
import type { SnapshotRef } from '../../../src/metadata/refs.ts'
import type { Snapshot } from '../../../src/metadata/snapshot.ts'
import type { TableMetadata } from '../../../src/metadata/table-metadata.ts'
import type { Schema } from '../../../src/types/schema.ts'
import { ONE_COLUMN, appended, smallTable } from '../../support/small-table.ts'
import { thrownBy } from '../../support/thrown.ts'

const SOUND = appended(appended(smallTable(), 5n, 100_000), 6n, 200_000)
const MAIN = { snapshotId: 6n, kind: 'branch' } as const
const BY_ID = { sourceId: 1, transform: { kind: 'identity' } } as const
const KEY = { keyId: 'k', encryptedKeyMetadata: '', encryptedById: null, properties: new Map() }
const UP = { direction: 'asc', nullOrder: 'nulls-first' } as const

describe('metadata', () => {
  it('passes when it is sound', () => {
    expect(() => checkInvariants(SOUND, 'internal')).not.toThrow()
  })

  it('may have logs that step back by a minute, as clocks differ', () => {
    const log = [120_000, 60_000].map((timestampMs) => ({ timestampMs, snapshotId: 6n }))
    expect(() => checkInvariants({ ...SOUND, snapshotLog: log }, 'corrupt')).not.toThrow()
    expect(() => checkInvariants({ ...SOUND, lastUpdatedMs: 140_000 }, 'corrupt')).not.toThrow()
  })

  it('may partition by a column that was dropped, where nothing is derived from it any more', () => {
    const specs = [
      {
        specId: 0,
        fields: [{ sourceId: 9, fieldId: 999, name: 'x', transform: { kind: 'void' } }],
      },
    ] as const
    expect(() => checkInvariants({ ...SOUND, specs }, 'corrupt')).not.toThrow()
  })

  it.each<[string, Partial<TableMetadata>]>([
    ['table location ends in a slash', { location: 's3://b/t/' }],
    ['two schemas have one id', { schemas: [ONE_COLUMN, ONE_COLUMN] }],
    ['two partition specs have one id', { specs: twice({ specId: 0, fields: [] }) }],
    ['two sort orders have one id', { sortOrders: twice({ orderId: 0, fields: [] }) }],
    ['two snapshots have one id', { snapshots: SOUND.snapshots.flatMap(twice<Snapshot>) }],
    ['current schema is not among the schemas', { currentSchemaId: 1 }],
    ['default partition spec is not among the specs', { defaultSpecId: 1 }],
    ['default sort order is not among the orders', { defaultSortOrderId: 1 }],
    [
      'sort order 0 is not the unsorted one',
      { sortOrders: [{ orderId: 0, fields: [{ ...BY_ID, ...UP }] }] },
    ],
    ['last column id is below a column id', { lastColumnId: 0 }],
    [
      'last partition id is below a partition field id',
      { specs: [{ specId: 0, fields: [{ ...BY_ID, fieldId: 1000, name: 'id' }] }] },
    ],
    [
      'default partition spec does not fit the current schema',
      {
        lastPartitionId: 1000,
        specs: [{ specId: 0, fields: [{ ...BY_ID, sourceId: 2, fieldId: 1000, name: 'x' }] }],
      },
    ],
    [
      'default partition spec does not fit the current schema',
      {
        lastPartitionId: 1000,
        specs: [
          {
            specId: 0,
            fields: [{ sourceId: 1, fieldId: 1000, name: 'd', transform: { kind: 'day' } }],
          },
        ],
      },
    ],
    [
      'default sort order does not fit the current schema',
      {
        defaultSortOrderId: 1,
        sortOrders: [{ orderId: 1, fields: [{ ...BY_ID, ...UP, sourceId: 2 }] }],
      },
    ],
    ['table has no uuid, which only version 1 does without', { tableUuid: null }],
    ['schema needs a later format version', { schemas: [nanos(0)] }],
    [
      'two fields of a partition spec have one id',
      { specs: [{ specId: 0, fields: twice({ ...BY_ID, fieldId: 1000, name: 'id' }) }] },
    ],
    ['two encryption keys have one id', { formatVersion: 3, encryptionKeys: twice(KEY) }],
    ['encryption keys need format version 3', { encryptionKeys: [KEY] }],
    ['table of version 1 has a sequence number', { formatVersion: 1 }],
    ['table of version 1 has a sequence number', { formatVersion: 1, lastSequenceNumber: 0n }],
    ['next row id is negative', { formatVersion: 3, nextRowId: -1n }],
    [
      'next row id was given to a row',
      {
        formatVersion: 3,
        nextRowId: 9n,
        snapshots: SOUND.snapshots.map((one) => ({ ...one, firstRowId: 5n, addedRows: 5n })),
      },
    ],
    ['last sequence number is below that of a snapshot', { lastSequenceNumber: 1n }],
    [
      'ref points to no snapshot',
      {
        refs: new Map<string, SnapshotRef>([
          ['main', MAIN],
          ['audit', { snapshotId: 9n, kind: 'tag' }],
        ]),
      },
    ],
    ['current snapshot is not that of the main branch', { currentSnapshotId: 5n }],
    ['current snapshot is not that of the main branch', { currentSnapshotId: null }],
    ['current snapshot is not that of the main branch', { refs: new Map() }],
    [
      'current snapshot is not that of the main branch',
      { refs: new Map([['main', { snapshotId: 6n, kind: 'tag' }]]) },
    ],
    [
      'snapshot log is out of order',
      { snapshotLog: [120_001, 60_000].map((timestampMs) => ({ timestampMs, snapshotId: 6n })) },
    ],
    [
      'metadata log is out of order',
      {
        metadataLog: [120_001, 60_000].map((timestampMs) => ({ timestampMs, metadataFile: 'v1' })),
      },
    ],
    ['table was updated before the end of its logs', { lastUpdatedMs: 139_999 }],
    [
      'table was updated before the end of its logs',
      { metadataLog: [{ timestampMs: 260_001, metadataFile: 'v1' }] },
    ],
  ])('is refused when %s', (fault, change) => {
    const metadata = { ...SOUND, ...change }
    expect(thrownBy(() => checkInvariants(metadata, 'corrupt'))).toMatchObject({
      kind: 'corrupt',
      message: fault,
    })
    expect(thrownBy(() => checkInvariants(metadata, 'internal')).kind).toBe('internal')
  })
})

function twice<Item>(item: Item): Item[] {
  return [item, item]
}

function nanos(schemaId: number): Schema {
  const fields = [{ id: 1, name: 'id', required: false, type: { kind: 'timestamp_ns' as const } }]
  return { ...ONE_COLUMN, schemaId, fields }
}
