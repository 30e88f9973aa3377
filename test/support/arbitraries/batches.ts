import { RecordBatchReader, RecordBatchStreamWriter } from 'apache-arrow'
import type { RecordBatch } from 'apache-arrow'
import fc from 'fast-check'
import { newBitmap, setBit } from '../../../src/formats/arrow/bitmap.ts'
import { batchFromValues } from '../../../src/formats/arrow/builders.ts'
import { columnsOf, makeBatch, withValidity } from '../../../src/formats/arrow/column-data.ts'
import { sliceBatch } from '../../../src/formats/arrow/take.ts'
import type { RowValues } from '../../../src/layout/column-value.ts'
import type { Schema } from '../../../src/types/schema.ts'
import { anyRowsOf } from './predicates.ts'
import { anySchema } from './schemas.ts'
import { anyRowOf, anyValueOf } from './values.ts'

/** A batch beside the rows that it was made of. */
export interface BatchOfRows {
  readonly schema: Schema
  readonly rows: readonly RowValues[]
  readonly batch: RecordBatch
}

/**
 * Batches of any schema: whole, cut out of larger ones, read from a stream, and with something left in the buffers
 * where they are null.
 */
export const anyBatch: fc.Arbitrary<BatchOfRows> = anySchema({ maxFields: 4 }).chain((schema) =>
  anyBatchOf(schema),
)

/** Batches of a schema, as {@link anyBatch}; rows often agree with each other. */
export function anyBatchOf(
  schema: Schema,
  options: { readonly maxLength?: number } = {},
): fc.Arbitrary<BatchOfRows> {
  const { maxLength = 20 } = options
  const anyRows = fc.oneof(
    fc.array(anyRowOf(schema), { maxLength }),
    anyRowsOf(schema, { minLength: 0, maxLength }),
  )
  const anyJunk = fc.option(fc.tuple(...schema.fields.map(({ type }) => anyValueOf(type))))
  return fc
    .record({
      all: anyRows,
      junk: anyJunk,
      from: fc.nat(11),
      cut: fc.nat(3),
      streamed: fc.boolean(),
    })
    .map(({ all, junk, from, cut, streamed }) => {
      const start = Math.min(from, all.length)
      const end = Math.max(start, all.length - cut)
      const built = junk === null ? batchFromValues(schema, all) : withJunk(schema, all, junk)
      const batch = sliceBatch(built, start, end)
      return {
        schema,
        rows: all.slice(start, end),
        batch: streamed ? throughStream(batch) : batch,
        // Arrow's own objects claim to be dates and such, which fast-check stumbles over.
        [fc.toStringMethod]: () => fc.stringify({ schema, all, junk, start, end, streamed }),
      }
    })
}

/** The batch of rows, but where a column is null its buffers hold a value: Arrow allows it, and some writers do it. */
function withJunk(schema: Schema, rows: readonly RowValues[], junk: RowValues): RecordBatch {
  const filled = rows.map((row) => row.map((value, index) => value ?? junk[index] ?? null))
  const batch = batchFromValues(schema, filled)
  const columns = columnsOf(batch).map((column, index) => {
    const validity = newBitmap(rows.length)
    for (const [row, values] of rows.entries()) if (values[index] !== null) setBit(validity, row)
    return withValidity(column, validity)
  })
  return makeBatch(batch.schema, columns, rows.length)
}

/** The batch as another reads it who is sent it: nothing is left of its offsets, and its buffers are views of one. */
export function throughStream(batch: RecordBatch): RecordBatch {
  const bytes = RecordBatchStreamWriter.writeAll([batch]).toUint8Array(true)
  const [read] = RecordBatchReader.from(bytes).readAll()
  if (read === undefined) throw new Error('no batch in the stream')
  return read
}
