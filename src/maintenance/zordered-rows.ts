import type { RecordBatch } from 'apache-arrow'

import { columnsOf, makeBatch } from '../formats/arrow/column-data.ts'
import { leafColumn } from '../formats/arrow/leaf.ts'
import type { OrderedRows } from '../formats/arrow/ordered-rows.ts'
import { arrowSchemaOf } from '../formats/arrow/schema.ts'
import type { SortOrder } from '../layout/sort-order.ts'
import type { Field } from '../types/type.ts'
import { sortedRows } from '../write/sorted-rows.ts'
import type { SortedRowsRequest } from '../write/sorted-rows.ts'
import { zorderKeys, zorderType } from './zorder.ts'
import type { ZorderColumn } from './zorder.ts'

/** No field of a table has it. */
const KEY_ID = -2

const BY_KEY: SortOrder = {
  orderId: 0,
  fields: [
    {
      sourceId: KEY_ID,
      transform: { kind: 'identity' },
      direction: 'asc',
      nullOrder: 'nulls-first',
    },
  ],
}

/**
 * All rows in the order of the z-curve through some columns, as {@link sortedRows} gives them. Their places on it are a column of their own while they are
 * sorted, and go no further.
 *
 * @throws IcebergError `limit` when the input is more than may be held and the disk has no room for it
 */
export async function* zorderedRows(
  batches: AsyncIterable<RecordBatch>,
  {
    columns,
    schema,
    ...request
  }: Omit<SortedRowsRequest, 'order'> & { readonly columns: readonly ZorderColumn[] },
): AsyncGenerator<OrderedRows> {
  const plainSchema = arrowSchemaOf(schema)
  const type = zorderType(columns.length)
  const key: Field = { id: KEY_ID, name: 'place', required: true, type }
  const keyed = { ...schema, fields: [...schema.fields, key] }
  const keyedSchema = arrowSchemaOf(keyed)
  async function* withKeys(): AsyncGenerator<RecordBatch> {
    for await (const batch of batches) {
      const sources = columns.map((column) => ({
        type: column.type,
        data: leafColumn(batch, column.positions),
      }))
      const keys = zorderKeys(sources, batch.numRows)
      yield makeBatch(keyedSchema, [...columnsOf(batch), keys], batch.numRows)
    }
  }
  const sorted = sortedRows(withKeys(), { ...request, schema: keyed, order: BY_KEY })
  for await (const { batch, ...which } of sorted) {
    const plain = makeBatch(plainSchema, columnsOf(batch).slice(0, -1), batch.numRows)
    yield { batch: plain, ...which }
  }
}
