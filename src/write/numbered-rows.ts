// Rows with the number of their partition as their first column: by it they are ordered first, so that rows of many
// partitions are sorted and merged as if they were of one.
import type { RecordBatch, Schema as ArrowSchema } from 'apache-arrow'

import { columnsOf, makeBatch, makeColumn } from '../formats/arrow/column-data.ts'
import type { OrderedRows } from '../formats/arrow/ordered-rows.ts'
import { arrowSchemaOf, arrowTypeOf } from '../formats/arrow/schema.ts'
import { sliceBatch } from '../formats/arrow/take.ts'
import type { SortOrder } from '../layout/sort-order.ts'
import type { Schema } from '../types/schema.ts'

/** Rows of one partition. */
export interface NumberedBatch extends OrderedRows {
  readonly number: number
}

export interface NumberedRows {
  readonly schema: Schema
  readonly arrowSchema: ArrowSchema
  /** By number, and then as asked for. */
  readonly order: SortOrder
  /** The batch with one number for all its rows. */
  withNumber(number: number, batch: RecordBatch): RecordBatch
  /** The batch with a number for each row. */
  withNumbers(numbers: Int32Array, batch: RecordBatch): RecordBatch
  /** Stretches of one number, without it. */
  byNumber(batch: RecordBatch): Iterable<NumberedBatch>
}

const NUMBER_TYPE = { kind: 'int' } as const

/** No field of a table has it. */
const NUMBER_ID = -1

const BY_NUMBER = {
  sourceId: NUMBER_ID,
  transform: { kind: 'identity' },
  direction: 'asc',
  nullOrder: 'nulls-first',
} as const

/** How rows of a schema and an order are numbered. */
export function numberedRows(plainSchema: Schema, plainOrder: SortOrder): NumberedRows {
  const field = { id: NUMBER_ID, name: 'partition', required: true, type: NUMBER_TYPE }
  const schema = { ...plainSchema, fields: [field, ...plainSchema.fields] }
  const order = { ...plainOrder, fields: [BY_NUMBER, ...plainOrder.fields] }
  const plainArrowSchema = arrowSchemaOf(plainSchema)
  const arrowSchema = arrowSchemaOf(schema)
  const withNumbers = (numbers: Int32Array, batch: RecordBatch): RecordBatch => {
    const values = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
    const column = makeColumn(arrowTypeOf(NUMBER_TYPE), batch.numRows, { validity: null, values })
    return makeBatch(arrowSchema, [column, ...columnsOf(batch)], batch.numRows)
  }
  return {
    schema,
    arrowSchema,
    order,
    withNumber: (number, batch) => withNumbers(new Int32Array(batch.numRows).fill(number), batch),
    withNumbers,
    *byNumber(batch) {
      const [column, ...columns] = columnsOf(batch)
      const numbers: Int32Array = column?.values
      const plain = makeBatch(plainArrowSchema, columns, batch.numRows)
      for (let start = 0; start < batch.numRows;) {
        const number = numbers[start] ?? 0
        let end = start + 1
        while (end < batch.numRows && numbers[end] === number) end += 1
        yield { number, batch: sliceBatch(plain, start, end) }
        start = end
      }
    },
  }
}
