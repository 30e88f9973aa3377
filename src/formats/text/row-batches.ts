import type { RecordBatch } from 'apache-arrow'

import { withContext } from '../../base/errors.ts'
import type { Schema } from '../../types/schema.ts'
import { batchesFromRows } from '../arrow/from-rows.ts'
import type { PlacedRow } from './placed-row.ts'

/** The rows of a file as batches. Faults of a row are told with its line; the file's own faults come with theirs. */
export async function* rowBatches(
  schema: Pick<Schema, 'fields'>,
  rows: AsyncIterable<PlacedRow>,
): AsyncGenerator<RecordBatch> {
  let line: number | null = null
  const objects = async function* (): AsyncGenerator<object> {
    for await (const placed of rows) {
      line = placed.line
      yield placed.row
      line = null
    }
  }
  try {
    yield* batchesFromRows(schema, objects(), { nameRow: () => '' })
  } catch (error) {
    throw line === null ? error : withContext(error, { line })
  }
}
