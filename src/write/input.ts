import { RecordBatch, Table as ArrowTable } from 'apache-arrow'

import { IcebergError } from '../base/errors.ts'
import { conformBatch, conformTable } from '../formats/arrow/conform.ts'
import { batchesFromRows } from '../formats/arrow/from-rows.ts'
import { sliceBatch } from '../formats/arrow/take.ts'
import type { Schema } from '../types/schema.ts'
import { checkHaveValues } from '../types/without-values.ts'

/** Rows a batch at the most: what is split, sorted and handed to the codec at a time. */
const BATCH_ROWS = 65_536

/**
 * Rows to write: an Arrow table or batch, or plain objects or batches one after the other. Arrays are iterables already,
 * and are named for the compiler's sake, which then says of a wrong row what is wrong with it and where.
 */
export type WriteInput<Row> =
  | Row[]
  | ArrowTable
  | RecordBatch
  | Iterable<Row>
  | AsyncIterable<Row>
  | Iterable<RecordBatch>
  | AsyncIterable<RecordBatch>

/**
 * Any input as batches in the table's schema, none of them empty.
 *
 * @throws IcebergError `invalid` naming the row and the field, while the batches are read
 * @throws IcebergError `unsupported` naming a column whose values are not written
 */
export async function* inputBatches(
  schema: Schema,
  input: WriteInput<object>,
  signal?: AbortSignal,
): AsyncGenerator<RecordBatch> {
  signal?.throwIfAborted()
  checkHaveValues(
    schema.fields,
    'rows of a table that has a column of this type are not written yet',
  )
  for await (const batch of convertedBatches(schema, input, signal)) {
    for (let start = 0; start < batch.numRows; start += BATCH_ROWS) {
      signal?.throwIfAborted()
      yield sliceBatch(batch, start, Math.min(batch.numRows, start + BATCH_ROWS))
    }
  }
}

async function* convertedBatches(
  schema: Schema,
  input: WriteInput<object>,
  signal?: AbortSignal,
): AsyncGenerator<RecordBatch> {
  if (input instanceof RecordBatch) yield conformBatch(schema, input)
  else if (input instanceof ArrowTable) yield* conformTable(schema, input)
  else if (Array.isArray(input) && !(input[0] instanceof RecordBatch)) {
    yield* batchesFromRows(schema, input as readonly object[])
  } else yield* streamedBatches(schema, input, signal)
}

/** The first item says whether a stream is one of batches or one of rows. */
async function* streamedBatches(
  schema: Schema,
  input: Iterable<object> | AsyncIterable<object>,
  signal?: AbortSignal,
): AsyncGenerator<RecordBatch> {
  const items = iteratorOf(input, signal)
  const first = await items.next()
  if (first.done === true) return
  const all = resume(first.value, items)
  if (first.value instanceof RecordBatch) yield* conformedBatches(schema, all)
  else yield* batchesFromRows(schema, all)
}

async function* conformedBatches(
  schema: Schema,
  items: AsyncIterable<object>,
): AsyncGenerator<RecordBatch> {
  let firstRow = 0
  for await (const item of items) {
    if (!(item instanceof RecordBatch)) {
      throw new IcebergError(
        'invalid',
        'input that begins with a record batch has something else in it',
      )
    }
    yield conformBatch(schema, item, firstRow)
    firstRow += item.numRows
  }
}

function iteratorOf(
  input: Iterable<object> | AsyncIterable<object>,
  signal: AbortSignal | undefined,
): Iterator<object> | AsyncIterator<object> {
  if (typeof input === 'object' && input !== null) {
    if (Symbol.asyncIterator in input) {
      const items = input[Symbol.asyncIterator]()
      return signal === undefined ? items : abortable(items, signal)
    }
    if (Symbol.iterator in input) return input[Symbol.iterator]()
  }
  throw new IcebergError(
    'invalid',
    'rows to write come in an array, another iterable, or Arrow data',
  )
}

/** The items of a source until the signal aborts: a source that is silent then may never give another one. */
function abortable<Item>(items: AsyncIterator<Item>, signal: AbortSignal): AsyncIterator<Item> {
  // A race of promises would keep one more of them alive for each item.
  let giveUp: ((reason: unknown) => void) | null = null
  const onAbort = (): void => giveUp?.(signal.reason)
  const forget = (): void => signal.removeEventListener('abort', onAbort)
  signal.addEventListener('abort', onAbort, { once: true })
  return {
    // Nobody calls `return` of a source that ended or failed by itself.
    next: () =>
      new Promise((resolve, reject) => {
        giveUp = reject
        if (signal.aborted) onAbort()
        items.next().then(
          (result) => {
            if (result.done === true) forget()
            resolve(result)
          },
          (error: unknown) => {
            forget()
            reject(error)
          },
        )
      }),
    async return() {
      forget()
      const end = Promise.resolve(items.return?.())
      if (signal.aborted) end.catch(() => {})
      else await end
      return { done: true, value: undefined }
    },
  }
}

async function* resume<Item>(
  first: Item,
  rest: Iterator<Item> | AsyncIterator<Item>,
): AsyncGenerator<Item> {
  try {
    yield first
    for (let next = await rest.next(); next.done !== true; next = await rest.next())
      yield next.value
  } finally {
    await rest.return?.()
  }
}
