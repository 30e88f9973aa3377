// The rows of a data file against what is recorded of them: counts, bounds, partition and order.
import type { RecordBatch } from 'apache-arrow'

import { boundTrue } from '../../expressions/bound.ts'
import { createMetricsCollector } from '../../formats/arrow/metrics.ts'
import { KeyedRows } from '../../formats/arrow/merge.ts'
import { sortKeysOf } from '../../formats/arrow/sort.ts'
import { createPartitionFinder } from '../../formats/arrow/split.ts'
import { partitionKey } from '../../layout/partition-key.ts'
import { partitionTypes } from '../../layout/partition-spec.ts'
import type { DataFile } from '../../metadata/data-file.ts'
import { currentSchema, specById } from '../../metadata/table-metadata.ts'
import type { TableMetadata } from '../../metadata/table-metadata.ts'
import { readTask } from '../../scan/read-task.ts'
import { allFields, findField } from '../../types/schema.ts'
import type { Schema } from '../../types/schema.ts'
import { hasValues } from '../../types/without-values.ts'
import { compareMetrics } from './compare-metrics.ts'
import type { Examining } from './context.ts'
import { finding } from './finding.ts'
import type { Finding } from './finding.ts'

/** Reads a data file from start to end, batch by batch. */
export async function examineRows(
  { state, findings, options }: Examining,
  file: DataFile,
): Promise<void> {
  const full = currentSchema(state.metadata)
  const schema = { ...full, fields: full.fields.filter(({ type }) => hasValues(type)) }
  const task = { file, dataSequenceNumber: 0n, addedSnapshotId: null, residual: boundTrue }
  const collector = createMetricsCollector(
    schema,
    new Map(allFields(schema).map(({ field: { id } }) => [id, { kind: 'full' }])),
  )
  const checks = [
    partitionCheck(state.metadata, schema, file),
    orderCheck(state.metadata, schema, file),
  ]
  const wrong = new Map<string, Finding>()
  for await (const batch of readTask(state, task, { schema, fields: schema.fields, ...options })) {
    collector.add(batch)
    for (const check of checks) {
      const found = check(batch)
      if (found !== null && !wrong.has(found.check)) wrong.set(found.check, found)
    }
  }
  findings.add(...compareMetrics(file, collector.finish(), schema), ...wrong.values())
}

/** Looks at the batches of a file, in order. */
type BatchCheck = (batch: RecordBatch) => Finding | null

/** Of fields whose column is gone, or whose transform is not known, nobody can say what their values should be. */
function partitionCheck(metadata: TableMetadata, schema: Schema, file: DataFile): BatchCheck {
  const spec = specById(metadata, file.specId)
  const types = partitionTypes(spec, schema)
  const known = spec.fields.flatMap((field, index) => {
    const type = types[index] ?? null
    const isThere = findField(schema, field.sourceId) !== undefined
    return type === null || !isThere ? [] : [{ field, type, value: file.partition[index] ?? null }]
  })
  if (known.length === 0) return () => null
  const find = createPartitionFinder(schema, { ...spec, fields: known.map(({ field }) => field) })
  const stated = partitionKey(
    known.map(({ type }) => type),
    known.map(({ value }) => value),
  )
  return (batch) => {
    const others = find(batch).partitions.filter(({ key }) => key !== stated)
    return others.length === 0
      ? null
      : finding('wrong-partition', file.path, { specId: spec.specId })
  }
}

/** Of keys after one whose column is gone nobody can say how they should be in order. */
function orderCheck(metadata: TableMetadata, schema: Schema, file: DataFile): BatchCheck {
  const order = metadata.sortOrders.find(({ orderId }) => orderId === file.sortOrderId)
  const fields = order?.fields ?? []
  const unknown = fields.findIndex(
    ({ sourceId, transform }) =>
      transform.kind === 'unknown' || findField(schema, sourceId) === undefined,
  )
  const known = unknown < 0 ? fields : fields.slice(0, unknown)
  if (order === undefined || known.length === 0) return () => null
  const keys = sortKeysOf(schema, { ...order, fields: known })
  let last: ReturnType<KeyedRows['keyAt']> | null = null
  return (batch) => {
    const rows = new KeyedRows(batch, keys)
    for (let row = 0; row < batch.numRows; row += 1) {
      if (last !== null && rows.compare(row, last) < 0) {
        return finding('broken-sort-order', file.path, { orderId: order.orderId })
      }
      last = rows.keyAt(row)
    }
    return null
  }
}
