// Sorted runs to one sorted run, a step at a time:
//  1. of each run one batch is loaded; of the last rows of these batches the first in order is the mark, and where several
//     are equal that of the earliest run;
//  2. whatever comes before the mark is loaded, so it is cut off the batches, sorted together and given out. A row equal to
//     the mark goes with it from an earlier run and waits in a later one, because the run of the mark may have more of them;
//  3. the run that gave the mark has nothing left of its batch, and loads the next.
// So memory holds one batch a run, and a row is sorted once, among about as many rows as a batch has.
import type { RecordBatch } from 'apache-arrow'
import { assert } from '../../base/assert.ts'
import { compareBytes } from '../../base/bytes.ts'
import type { SortOrder } from '../../layout/sort-order.ts'
import { comparatorOf } from '../../types/compare.ts'
import type { Comparator } from '../../types/compare.ts'
import type { Schema } from '../../types/schema.ts'
import type { PrimitiveValue } from '../../types/value.ts'
import { ByteRows } from './byte-rows.ts'
import { validityTest } from './column-data.ts'
import { columnReader } from './columns.ts'
import type { TypedColumn } from './group-rows.ts'
import { leafColumn } from './leaf.ts'
import type { OrderedRows } from './ordered-rows.ts'
import { RowBuffer } from './row-buffer.ts'
import { orderOfRows, sortKeysOf } from './sort.ts'
import type { SortKey } from './sort.ts'
import { arrowSchemaOf } from './schema.ts'
import { sliceBatch } from './take.ts'
import { sortKeyColumn } from './transform-column.ts'

/**
 * The rows of sorted runs in the order of all, in stretches that are read before the next is asked for. Rows that compare
 * equal come run by run, those of a run as they are. Each run must be in the order that `orderOfRows` gives; what one run has
 * loaded is a batch and, while rows are sorted, its next.
 */
export async function* mergeRuns(
  runs: readonly AsyncIterable<RecordBatch>[],
  order: SortOrder,
  schema: Schema,
): AsyncGenerator<OrderedRows, void, undefined> {
  const keys = sortKeysOf(schema, order)
  const cursors = runs.map((run) => new RunCursor(run[Symbol.asyncIterator](), keys))
  const together = new RowBuffer(arrowSchemaOf(schema))
  const inOrder = (parts: readonly RecordBatch[]): OrderedRows => {
    const [first, ...others] = parts
    if (first !== undefined && others.length === 0) return asItIs(first)
    together.clear()
    for (const part of parts) together.addAll(part)
    const batch = together.batch()
    return { batch, rows: orderOfRows(batch, order, schema) }
  }
  try {
    let loaded = await loadAll(cursors)
    while (loaded.length > 1) {
      const ends = mergeStep(loaded.map((cursor) => cursor.head))
      const parts = loaded.flatMap((cursor, index) => cursor.takeUntil(ends[index] ?? 0))
      yield inOrder(parts)
      loaded = await loadAll(loaded)
    }
    for (const last of loaded) for await (const batch of last.rest()) yield asItIs(batch)
  } finally {
    await Promise.all(cursors.map((cursor) => cursor.close()))
  }
}

/** Rows that are in order, named one by one: whoever takes them copies them. */
function asItIs(batch: RecordBatch): OrderedRows {
  const rows = new Uint32Array(batch.numRows)
  for (let row = 0; row < rows.length; row += 1) rows[row] = row
  return { batch, rows }
}

/** What is loaded of a run: rows `[start, end)` of a batch, at least one. */
export interface RunHead {
  readonly rows: KeyedRows
  readonly start: number
  readonly end: number
}

/**
 * How far each run can be given out: the end of those of its loaded rows that nothing which is not loaded can come before.
 * All loaded rows of one run are among them.
 *
 * @param heads the earliest run first; every run may have more rows than are loaded
 */
export function mergeStep(heads: readonly RunHead[]): number[] {
  const lastKeys = heads.map(({ rows, end }) => rows.keyAt(end - 1))
  let marked = 0
  for (const [index, { rows, end }] of heads.entries()) {
    const mark = lastKeys[marked]
    assert(mark !== undefined, 'a run is marked')
    if (rows.compare(end - 1, mark) < 0) marked = index
  }
  const mark = lastKeys[marked]
  assert(mark !== undefined, 'a run is marked')
  return heads.map((head, index) => {
    if (index === marked) return head.end
    return index < marked ? endOf(head, mark, 0) : endOf(head, mark, -1)
  })
}

/** The end of the rows that compare to the mark as `highest` or less. */
function endOf({ rows, start, end }: RunHead, mark: RowKey, highest: 0 | -1): number {
  let low = start
  let high = end
  while (low < high) {
    const middle = (low + high) >>> 1
    if (Math.sign(rows.compare(middle, mark)) <= highest) low = middle + 1
    else high = middle
  }
  return low
}

/** The values that a row is ordered by. */
type RowKey = readonly (PrimitiveValue | null)[]

/** The rows of a batch as a sort order sees them: by the very columns that they were sorted by. */
export class KeyedRows {
  readonly #columns: readonly KeyColumn[]

  constructor(batch: RecordBatch, keys: readonly SortKey[]) {
    this.#columns = keys.map((key) => keyColumn(batch, key))
  }

  keyAt(row: number): RowKey {
    return this.#columns.map((column) => column.valueAt(row))
  }

  /** Negative, zero or positive, as the row comes before, with or after one of that key. */
  compare(row: number, key: RowKey): number {
    for (const [index, column] of this.#columns.entries()) {
      const result = column.compare(column.valueAt(row), key[index] ?? null)
      if (result !== 0) return result
    }
    return 0
  }
}

interface KeyColumn {
  valueAt(row: number): PrimitiveValue | null
  compare(left: PrimitiveValue | null, right: PrimitiveValue | null): number
}

function keyColumn(batch: RecordBatch, key: SortKey): KeyColumn {
  const { direction, nullOrder } = key
  const source = leafColumn(batch, key.positions)
  const { valueAt, compare } = orderedValues(sortKeyColumn(key.transform, key.source, source))
  const sign = direction === 'asc' ? 1 : -1
  const nullRank = nullOrder === 'nulls-first' ? -1 : 1
  return {
    valueAt,
    compare(left, right) {
      if (left === null) return right === null ? 0 : nullRank
      if (right === null) return -nullRank
      return sign * compare(left, right)
    },
  }
}

interface OrderedValues {
  readonly valueAt: (row: number) => PrimitiveValue | null
  readonly compare: Comparator
}

function orderedValues({ type, data }: TypedColumn): OrderedValues {
  switch (type.kind) {
    case 'unknown':
      return { valueAt: () => null, compare: comparatorOf(type) }
    case 'string':
    case 'binary':
    case 'fixed':
    case 'uuid': {
      const rows = new ByteRows(data)
      const isValid = validityTest(data)
      return {
        valueAt: (row) =>
          isValid(row) ? rows.bytes.subarray(rows.start(row), rows.end(row)) : null,
        // Both are what the line above gives.
        compare: (left, right) => compareBytes(left as Uint8Array, right as Uint8Array),
      }
    }
    default: {
      const read = columnReader(type, data)
      // A primitive type has primitive values.
      return {
        valueAt: (row) => read(row) as PrimitiveValue | null,
        compare: comparatorOf(type),
      }
    }
  }
}

/** A run, and how far it is given out. */
class RunCursor {
  readonly #batches: AsyncIterator<RecordBatch>
  readonly #keys: readonly SortKey[]
  #next: Promise<IteratorResult<RecordBatch, unknown>> | null = null
  #batch: RecordBatch | null = null
  #head: RunHead | null = null

  constructor(batches: AsyncIterator<RecordBatch>, keys: readonly SortKey[]) {
    this.#batches = batches
    this.#keys = keys
  }

  get head(): RunHead {
    assert(this.#head !== null, 'a run is loaded before it is merged')
    return this.#head
  }

  /** Loads a batch if none is left. @returns false when the run has ended */
  async load(): Promise<boolean> {
    while (this.#batch === null) {
      const next = await (this.#next ?? this.#batches.next())
      this.#next = null
      if (next.done === true) return false
      if (next.value.numRows === 0) continue
      this.#batch = next.value
      const rows = new KeyedRows(next.value, this.#keys)
      this.#head = { rows, start: 0, end: next.value.numRows }
    }
    return true
  }

  /** The loaded rows up to `end`. When that is all, the next batch is on its way. */
  takeUntil(end: number): readonly RecordBatch[] {
    const { rows, start, end: loadedEnd } = this.head
    assert(this.#batch !== null, 'a run is loaded before it is merged')
    const taken = start === end ? [] : [sliceBatch(this.#batch, start, end)]
    this.#head = { rows, start: end, end: loadedEnd }
    if (end === loadedEnd) {
      this.#batch = null
      this.#next = this.#batches.next()
      // Who loads it is told.
      this.#next.catch(() => undefined)
    }
    return taken
  }

  async *rest(): AsyncGenerator<RecordBatch, void, undefined> {
    while (await this.load()) yield* this.takeUntil(this.head.end)
  }

  async close(): Promise<void> {
    await this.#next?.catch(() => undefined)
    await this.#batches.return?.()
  }
}

/** Those that have rows left, a batch of each loaded. */
async function loadAll(cursors: readonly RunCursor[]): Promise<readonly RunCursor[]> {
  const loaded: RunCursor[] = []
  for (const cursor of cursors) if (await cursor.load()) loaded.push(cursor)
  return loaded
}
