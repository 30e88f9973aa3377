/** Rows of a query as they come from the thread that runs DuckDB. */
import type { Data, DataType, RecordBatch } from 'apache-arrow'
import { makeBatch, makeColumn } from '../../formats/arrow/column-data.ts'
import { arrowSchemaOf } from '../../formats/arrow/schema.ts'
import type { Schema } from '../../types/schema.ts'
import type { SentColumn, SqlReply } from './protocol.ts'

/** Columns of a reply as a batch in the schema of the query. */
export function batchOf(
  schema: Schema,
  { length, columns }: Extract<SqlReply, { kind: 'rows' }>,
): RecordBatch {
  const arrowSchema = arrowSchemaOf(schema)
  const types = arrowSchema.fields.map((field): DataType => field.type)
  return makeBatch(arrowSchema, columnsOf(types, columns), length)
}

function columnsOf(types: readonly DataType[], columns: readonly SentColumn[]): Data[] {
  return columns.flatMap((column, index) => {
    const type = types[index]
    return type === undefined ? [] : [columnOf(type, column)]
  })
}

function columnOf(type: DataType, { children = [], ...buffers }: SentColumn): Data {
  // A type without children has null there, whatever it says of itself.
  const types = children.length === 0 ? [] : type.children.map((field): DataType => field.type)
  return makeColumn(type, buffers.length, { ...buffers, children: columnsOf(types, children) })
}
