import type { RecordBatch } from 'apache-arrow'
import { assert } from '../../base/assert.ts'
import type { Schema } from '../../types/schema.ts'
import type { Value } from '../../types/value.ts'
import { columnsOf } from './column-data.ts'
import { columnReader } from './columns.ts'

/**
 * The rows of a batch as model values, one array a row in the order of the schema's fields. The batch's columns are
 * taken by position.
 */
export function* rowsOf(
  batch: RecordBatch,
  schema: Pick<Schema, 'fields'>,
): Generator<(Value | null)[], void, undefined> {
  const columns = columnsOf(batch)
  assert(columns.length === schema.fields.length, 'a batch has one column a field')
  const readers = schema.fields.flatMap(({ type }, index) => {
    const column = columns[index]
    return column === undefined ? [] : [columnReader(type, column)]
  })
  for (let row = 0; row < batch.numRows; row += 1) yield readers.map((read) => read(row))
}
