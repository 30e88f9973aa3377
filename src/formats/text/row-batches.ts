import type { RecordBatch } from 'apache-arrow'

import { isKind, withContext } from '../../base/errors.ts'
import type { Schema } from '../../types/schema.ts'
import { BATCH_BYTES, BATCH_ROWS, createBatchBuilder } from '../arrow/from-rows.ts'
import type { OnBadRow } from './bad-row.ts'
import type { PlacedRow } from './placed-row.ts'

/**
 * The rows of a file as batches. Faults of a row are told with its line, unless somebody takes such rows; the file's own faults
 * come with theirs.
 */
export async function* rowBatches(
  schema: Pick<Schema, 'fields'>,
  rows: AsyncIterable<PlacedRow>,
  onBad?: OnBadRow,
): AsyncGenerator<RecordBatch> {
  const builder = createBatchBuilder(schema)
  for await (const { row, line, record } of rows) {
    try {
      builder.append(row)
    } catch (error) {
      if (onBad === undefined || !isKind(error, 'invalid')) throw withContext(error, { line })
      onBad({ line, error, record: record?.() ?? '' })
    }
    if (builder.rowCount >= BATCH_ROWS || builder.sizeBytes >= BATCH_BYTES) yield builder.finish()
  }
  if (builder.rowCount > 0) yield builder.finish()
}
