import { describe, expect, it } from 'vitest'

import { deleteIndex } from '../../../src/metadata/delete-index.ts'
import type { DataFile } from '../../../src/metadata/data-file.ts'
import type { ManifestEntry } from '../../../src/metadata/manifest-entry.ts'
import type { TableMetadata } from '../../../src/metadata/table-metadata.ts'
import { noMetrics } from '../../../src/types/metrics.ts'
import { newTable } from '../../support/new-table.ts'

const PARTITIONED = 1

/** A table of two specs: one without fields, and one by city. */
const metadata: TableMetadata = (() => {
  const table = newTable('memory:/rides')
  const field = {
    sourceId: 2,
    fieldId: 1000,
    name: 'city',
    transform: { kind: 'identity' },
  } as const
  return { ...table, specs: [...table.specs, { specId: PARTITIONED, fields: [field] }] }
})()

function entryOf(file: Partial<DataFile>, dataSequenceNumber: bigint): ManifestEntry {
  return {
    status: 'added',
    snapshotId: 1n,
    dataSequenceNumber,
    fileSequenceNumber: dataSequenceNumber,
    file: {
      content: 'data',
      path: 'memory:/rides/data/m.parquet',
      format: 'parquet',
      specId: PARTITIONED,
      partition: ['Oslo'],
      recordCount: 1n,
      fileSizeBytes: 100n,
      metrics: noMetrics,
      splitOffsets: null,
      equalityIds: null,
      sortOrderId: null,
      keyMetadata: null,
      ...file,
    },
  }
}

const position = (file: Partial<DataFile>, at: bigint): ManifestEntry =>
  entryOf({ content: 'position-deletes', path: 'memory:/p', ...file }, at)

const equality = (file: Partial<DataFile>, at: bigint): ManifestEntry =>
  entryOf({ content: 'equality-deletes', path: 'memory:/e', equalityIds: [1], ...file }, at)

/** Whether a delete may be of rows of a data file of Oslo, written at 5. */
function mayConcern(deletes: ManifestEntry, data: ManifestEntry = entryOf({}, 5n)): boolean {
  return deleteIndex(metadata, [deletes])(data).length > 0
}

function pathBounds(lower: string, upper: string): Partial<DataFile> {
  const bound = (text: string): ReadonlyMap<number, Uint8Array> =>
    new Map([[2147483546, new TextEncoder().encode(text)]])
  return { metrics: { ...noMetrics, lowerBounds: bound(lower), upperBounds: bound(upper) } }
}

describe('the deletes of a data file (spec: Scan Planning)', () => {
  it('are position deletes that came with it or later, in its partition', () => {
    expect(mayConcern(position({}, 5n))).toBe(true)
    expect(mayConcern(position({}, 6n))).toBe(true)
    expect(mayConcern(position({}, 4n))).toBe(false)
    expect(mayConcern(position({ partition: ['Rome'] }, 6n))).toBe(false)
    expect(mayConcern(position({ specId: 0, partition: [] }, 6n))).toBe(false)
  })

  it('are equality deletes that came after it, in its partition or in a spec without fields', () => {
    expect(mayConcern(equality({}, 6n))).toBe(true)
    expect(mayConcern(equality({}, 5n))).toBe(false)
    expect(mayConcern(equality({ partition: ['Rome'] }, 6n))).toBe(false)
    expect(mayConcern(equality({ specId: 0, partition: [] }, 6n))).toBe(true)
    expect(mayConcern(equality({ specId: 0, partition: [] }, 5n))).toBe(false)
  })

  it('are vectors that name it, and none that name another', () => {
    const { path } = entryOf({}, 5n).file
    expect(mayConcern(position({ format: 'puffin', referencedDataFile: path }, 5n))).toBe(true)
    const other = { format: 'puffin', referencedDataFile: `${path}x` } as const
    expect(mayConcern(position(other, 5n))).toBe(false)
  })

  it('are not those whose paths lie elsewhere', () => {
    expect(
      mayConcern(position(pathBounds('memory:/rides/data/a', 'memory:/rides/data/z'), 5n)),
    ).toBe(true)
    expect(
      mayConcern(position(pathBounds('memory:/rides/data/n', 'memory:/rides/data/z'), 5n)),
    ).toBe(false)
    expect(
      mayConcern(position(pathBounds('memory:/rides/data/a', 'memory:/rides/data/l'), 5n)),
    ).toBe(false)
  })

  it('tell partitions of null from those of no value, and NaN from none', () => {
    const data = entryOf({ partition: [null] }, 5n)
    expect(mayConcern(position({ partition: [null] }, 5n), data)).toBe(true)
    expect(mayConcern(position({ partition: [''] }, 5n), data)).toBe(false)
    const nan = entryOf({ partition: [Number.NaN] }, 5n)
    expect(mayConcern(position({ partition: [Number.NaN] }, 5n), nan)).toBe(true)
  })
})
