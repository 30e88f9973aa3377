import type { RecordBatch } from 'apache-arrow'
import type { Schema } from '../../types/schema.ts'
import type { Value } from '../../types/value.ts'
import { appendEach, columnBuilders, totalBytes } from './column-builders.ts'
import { makeBatch } from './column-data.ts'
import { arrowSchemaOf } from './schema.ts'

/** Makes batches of model rows. */
export interface ValueBatchBuilder {
  /** Adds a row, one value a field of the schema. Values are trusted to be of their types. */
  append(row: readonly (Value | null)[]): void
  readonly rowCount: number
  readonly sizeBytes: number
  /** The batch of all rows since the last call; its buffers are nobody else's. */
  finish(): RecordBatch
}

/** A builder of batches as `arrowSchemaOf(schema)` lays them out, from model values. */
export function createValueBatchBuilder(schema: Pick<Schema, 'fields'>): ValueBatchBuilder {
  const arrowSchema = arrowSchemaOf(schema)
  const builders = columnBuilders(schema.fields)
  let rowCount = 0
  return {
    append(row) {
      appendEach(builders, row)
      rowCount += 1
    },
    get rowCount() {
      return rowCount
    },
    get sizeBytes() {
      return totalBytes(builders)
    },
    finish() {
      const columns = builders.map((builder) => builder.finish())
      const batch = makeBatch(arrowSchema, columns, rowCount)
      rowCount = 0
      return batch
    },
  }
}

/** One batch of model rows, for rows that are at hand. */
export function batchFromValues(
  schema: Pick<Schema, 'fields'>,
  rows: Iterable<readonly (Value | null)[]>,
): RecordBatch {
  const builder = createValueBatchBuilder(schema)
  for (const row of rows) builder.append(row)
  return builder.finish()
}
