import { describe, expect, it } from 'vitest'

import type { PartitionField, PartitionSpec } from '../../../src/layout/partition-spec.ts'
import type { Transform } from '../../../src/layout/transform.ts'
import type { TableMetadata } from '../../../src/metadata/table-metadata.ts'
import { partitionStruct, partitionValues } from '../../../src/scan/partition-column.ts'
import { noMetrics } from '../../../src/types/metrics.ts'
import { formatType } from '../../../src/types/type.ts'
import { smallTable } from '../../support/small-table.ts'

function field(fieldId: number, name: string, transform: Transform, sourceId = 1): PartitionField {
  return { fieldId, name, transform, sourceId }
}

function tableOf(...specs: readonly PartitionSpec[]): TableMetadata {
  return { ...smallTable(), specs }
}

function typeOf(...specs: readonly PartitionSpec[]): string | null {
  const struct = partitionStruct(tableOf(...specs))
  return struct === null ? null : formatType(struct)
}

const identity: Transform = { kind: 'identity' }
const bucket: Transform = { kind: 'bucket', numBuckets: 4 }

describe('the partition column', () => {
  it('has the fields of all specs, in the order of their ids', () => {
    const first = { specId: 0, fields: [field(1001, 'id_bucket', bucket)] }
    const second = { specId: 1, fields: [field(1000, 'id', identity)] }
    expect(typeOf(first, second)).toBe(
      'struct<-1000: id: optional long, -1001: id_bucket: optional int>',
    )
  })

  it('calls a field what the newest spec calls it', () => {
    const first = { specId: 0, fields: [field(1000, 'old', identity)] }
    const second = { specId: 1, fields: [field(1000, 'new', identity)] }
    expect(typeOf(second, first)).toBe('struct<-1000: new: optional long>')
  })

  it('has the type that a field had before it was dropped', () => {
    const first = { specId: 0, fields: [field(1000, 'b', bucket)] }
    const second = { specId: 1, fields: [field(1000, 'gone', { kind: 'void' })] }
    expect(typeOf(first, second)).toBe('struct<-1000: gone: optional int>')
  })

  it('leaves out what has no type: unknown transforms and columns that are gone', () => {
    const fields = [
      field(1000, 'later', { kind: 'unknown', name: 'later[2]' }),
      field(1001, 'gone', identity, 99),
    ]
    expect(typeOf({ specId: 0, fields })).toBe('struct<>')
  })

  it('is none where one id means two things', () => {
    const first = { specId: 0, fields: [field(1000, 'id', identity)] }
    const second = { specId: 1, fields: [field(1000, 'id_bucket', bucket)] }
    expect(typeOf(first, second)).toBe(null)
  })

  it('has the values of a file under the ids of its own spec', () => {
    const spec = { specId: 3, fields: [field(1001, 'b', bucket), field(1000, 'id', identity)] }
    const values = partitionValues(tableOf(spec), {
      content: 'data',
      path: 's3://bucket/t/a.parquet',
      format: 'parquet',
      specId: 3,
      partition: [2, null],
      recordCount: 1n,
      fileSizeBytes: 1n,
      metrics: noMetrics,
      splitOffsets: null,
      equalityIds: null,
      sortOrderId: null,
      keyMetadata: null,
    })
    expect([...values]).toEqual([
      [-1001, 2],
      [-1000, null],
    ])
  })
})
