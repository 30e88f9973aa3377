import { describe, expect, it } from 'vitest'

import { FileSizes } from '../../../src/duckdb/file-sizes.ts'
import type { Partition } from '../../../src/duckdb/working-table.ts'
import type { DataFile } from '../../../src/metadata/data-file.ts'
import { noMetrics } from '../../../src/types/metrics.ts'

const partition: Partition = {
  start: 0,
  end: 1000,
  tuple: [],
  memoryBytes: 100_000,
  hasMinusZero: false,
  nanCounts: new Map(),
}

function sizes(properties: Record<string, string>): FileSizes {
  return new FileSizes(new Map(Object.entries(properties)))
}

function written(recordCount: bigint, fileSizeBytes: bigint): DataFile {
  return {
    content: 'data',
    path: '',
    format: 'parquet',
    specId: 0,
    partition: [],
    recordCount,
    fileSizeBytes,
    metrics: noMetrics,
    splitOffsets: null,
    equalityIds: null,
    sortOrderId: null,
    keyMetadata: null,
  }
}

describe('sizes of files', () => {
  it('are of the rows that were planned, unless files would be too small', () => {
    const planned = new FileSizes(new Map(), { rows: 300, minBytes: 3_000 })
    expect(planned.rowsOfNextFile(partition, 1000)).toBe(300)
    expect(planned.rowsOfNextFile(partition, 200)).toBe(200)
    planned.learn(written(300n, 1_500n))
    expect(planned.rowsOfNextFile(partition, 1000)).toBe(600)
  })

  it('are those of rows in memory until a file is written, and those of files from then on', () => {
    const known = sizes({ 'write.target-file-size-bytes': '10000' })
    expect(known.rowsOfNextFile(partition, 1000)).toBe(100)
    known.learn(written(100n, 2000n))
    expect(known.rowsOfNextFile(partition, 900)).toBe(450)
    expect(known.rowsOfNextFile(partition, 450)).toBe(450)
  })

  it('are never of no rows', () => {
    const tiny = sizes({
      'write.target-file-size-bytes': '1',
      'write.parquet.row-group-size-bytes': '1',
    })
    expect(tiny.rowsOfNextFile(partition, 1000)).toBe(1)
    expect(tiny.rowsOfRowGroup(partition)).toBe(1)
  })

  it('hold as many rows a row group as its bytes take, and no more than our own', () => {
    expect(sizes({ 'write.parquet.row-group-size-bytes': '5000' }).rowsOfRowGroup(partition)).toBe(
      50,
    )
    expect(sizes({}).rowsOfRowGroup(partition)).toBe(122_880)
  })
})
