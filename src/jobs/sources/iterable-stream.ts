// Rows of a program as a stream: what an iterable gives, once or again from any row on.
import type { RecordBatch } from 'apache-arrow'

import { nextTurn } from '../../base/environment.ts'
import type { Environment } from '../../base/environment.ts'
import { IcebergError, isKind } from '../../base/errors.ts'
import { checkOptions } from '../../base/options.ts'
import { forwardAbort } from '../../base/forward-abort.ts'
import { stringifyJson } from '../../base/json-exact.ts'
import type { InputOf } from '../../client/row-shapes.ts'
import { BATCH_BYTES, BATCH_ROWS, createBatchBuilder } from '../../formats/arrow/from-rows.ts'
import type { RequestOptions } from '../../io/object-store.ts'
import type { Schema } from '../../types/schema.ts'
import { RowQueue } from './iterable-stream-queue.ts'
import type {
  BadRecord,
  NextOffset,
  OffsetRange,
  OpenStream,
  ReadOptions,
  StreamContext,
  StreamOffset,
  StreamSource,
} from './stream-source.ts'

/** What a stream of a program's rows is told of them. */
export interface IterableOptions<S extends Schema> {
  readonly schema: S
  /** Rows a batch at the most; 100,000 when absent. */
  readonly maxRowsPerTrigger?: number
  /** How long a batch waits for rows of an asynchronous iterable that is slow, or silent: what came until then is the batch. 100 when absent. */
  readonly waitMs?: number
}

/** Rows, or a function that gives those from any of them on, counted from 0, the same ones whenever it is called. */
export type StreamRows<Row> =
  | Iterable<Row>
  | AsyncIterable<Row>
  | ((from: bigint) => Iterable<Row> | AsyncIterable<Row>)

const MAX_ROWS = 100_000
const WAIT_MS = 100

/**
 * Rows of a program. A function is asked again for rows that are read again, after a failure or in a later run, and for more when
 * those that it gave have ended. A plain iterable is read once: its rows are held until they are in the table, and a stream that has
 * got on with one cannot be continued by a later run.
 *
 * A run that takes what there is takes an iterable to its end: an endless one is for runs that go on.
 */
export function iterable<S extends Schema>(
  rows: StreamRows<InputOf<S>>,
  options: IterableOptions<S>,
): StreamSource {
  checkOptions<IterableOptions<Schema>>('iterable', options, {
    schema: true,
    maxRowsPerTrigger: true,
    waitMs: true,
  })
  const { schema, maxRowsPerTrigger = MAX_ROWS, waitMs = WAIT_MS } = options
  if (!Number.isSafeInteger(maxRowsPerTrigger) || maxRowsPerTrigger < 1) {
    throw new IcebergError('invalid', 'maxRowsPerTrigger must be a whole number of at least 1')
  }
  const limits = { maxRows: BigInt(maxRowsPerTrigger), waitMs }
  if (typeof rows === 'function') {
    return {
      description: 'rows of a function',
      origin: { kind: 'rows' },
      open: async (context) => new AgainStream(schema, limits, rows, context),
    }
  }
  // What was taken out of the iterable is nowhere else, so it outlives a run that failed.
  const queue = new RowQueue(rows, 0n)
  return {
    description: 'rows of an iterable',
    origin: { kind: 'rows' },
    open: async (context) => new OnceStream(schema, limits, queue, context),
  }
}

interface Limits {
  readonly maxRows: bigint
  readonly waitMs: number
}

/** What both kinds have in common: positions are how many rows come before. */
abstract class RowsStream implements OpenStream {
  readonly schema: Schema
  protected readonly limits: Limits
  protected isFrozen = false
  readonly #environment: Environment

  constructor(schema: Schema, limits: Limits, { environment }: StreamContext) {
    this.schema = schema
    this.limits = limits
    this.#environment = environment
  }

  async initialOffset(): Promise<StreamOffset> {
    return positionAt(0n)
  }

  async nextOffset(
    start: StreamOffset,
    limit: 'limited' | 'all',
    options: RequestOptions = {},
  ): Promise<NextOffset | null> {
    options.signal?.throwIfAborted()
    const from = numberAt(start)
    const end = await this.endAfter(from, limit, options)
    return end > from ? { end: positionAt(end), notes: [] } : null
  }

  async *read(
    { start, end }: OffsetRange,
    { signal, onBad }: ReadOptions = {},
  ): AsyncGenerator<RecordBatch> {
    signal?.throwIfAborted()
    const range = { first: numberAt(start), end: numberAt(end) }
    yield* rowBatches(this.schema, this.rows(range), { first: range.first, signal, onBad })
  }

  async freeze(_options: RequestOptions = {}): Promise<void> {
    this.isFrozen = true
  }

  abstract close(): Promise<void>

  /** Behind the last row of the batch that begins with row `from`; `from` when there is none. */
  protected abstract endAfter(
    from: bigint,
    limit: 'limited' | 'all',
    options: RequestOptions,
  ): Promise<bigint>

  protected abstract rows(range: RowRange): AsyncIterable<object> | Iterable<object>

  /** Until the rows have come, or for as long as a batch waits. */
  protected async waitFor(
    queue: RowQueue,
    target: bigint,
    { signal }: RequestOptions,
  ): Promise<void> {
    const pull = queue.pull(target)
    if (this.isFrozen) return abortable(pull, signal)
    const stop = new AbortController()
    const unfollow = forwardAbort(signal, stop)
    const patience = this.#environment
      .sleep(this.limits.waitMs, stop.signal)
      // What has come already is there, whatever the clock says.
      .then(nextTurn)
    try {
      await Promise.race([pull, patience])
    } finally {
      unfollow()
      stop.abort()
      pull.catch(() => undefined)
      patience.catch(() => undefined)
    }
  }
}

/** `[first, end)`. */
interface RowRange {
  readonly first: bigint
  readonly end: bigint
}

/** Rows that can be asked for again. */
class AgainStream extends RowsStream {
  readonly #rowsFrom: (from: bigint) => Iterable<object> | AsyncIterable<object>
  /** The rows that come next, so that they need not be asked for twice. */
  #queue: RowQueue | null = null
  /** Where the stream stands; null while nobody has said so. */
  #standing: bigint | null = null
  /** Behind the last row that there was as the stream was frozen, where that was to be known. */
  #frozenEnd: bigint | null = null

  constructor(
    schema: Schema,
    limits: Limits,
    rowsFrom: (from: bigint) => Iterable<object> | AsyncIterable<object>,
    context: StreamContext,
  ) {
    super(schema, limits, context)
    this.#rowsFrom = rowsFrom
  }

  override async initialOffset(): Promise<StreamOffset> {
    this.#standing = 0n
    return super.initialOffset()
  }

  /** Where the stream stands, the function is asked up to its end; else that is done when the next batch begins. */
  override async freeze(options: RequestOptions = {}): Promise<void> {
    await super.freeze(options)
    if (this.#standing !== null) this.#frozenEnd = await this.#countFrom(this.#standing, options)
  }

  protected override async endAfter(
    from: bigint,
    limit: 'limited' | 'all',
    options: RequestOptions,
  ): Promise<bigint> {
    this.#standing = from
    if (limit === 'all' && this.#frozenEnd === null) {
      const end = await this.#countFrom(from, options)
      if (this.isFrozen) this.#frozenEnd = end
      return end
    }
    const last = this.#frozenEnd
    if (last !== null && (limit === 'all' || from >= last)) return last > from ? last : from
    const wanted = from + this.limits.maxRows
    const target = last !== null && last < wanted ? last : wanted
    const queue = this.#queueAt(from)
    await this.waitFor(queue, target, options)
    return queue.end < target ? queue.end : target
  }

  protected override async *rows({ first, end }: RowRange): AsyncGenerator<object> {
    const queue = this.#queue
    if (queue !== null && queue.first <= first && end <= queue.end) {
      yield* queue.rows(first, end)
      return
    }
    let next = first
    if (next < end) {
      for await (const row of this.#rowsFrom(first)) {
        yield row
        next += 1n
        if (next === end) return
      }
    }
    if (next < end) throw gone('the function gives fewer rows than it did', next)
  }

  async close(): Promise<void> {
    this.#queue?.close()
  }

  #queueAt(from: bigint): RowQueue {
    const queue = this.#queue
    const isThere = queue !== null && queue.first <= from && from <= queue.end
    // Frozen, it is asked once, whether or not it would have more by now.
    const mayHaveMore = !this.isFrozen || this.#frozenEnd !== null
    if (isThere && !(queue.isEnded && from === queue.end && mayHaveMore)) {
      queue.letGo(from)
      return queue
    }
    queue?.close()
    this.#queue = new RowQueue(this.#rowsFrom(from), from)
    return this.#queue
  }

  /** Holds no row: those of a long past may be many. */
  async #countFrom(from: bigint, { signal }: RequestOptions): Promise<bigint> {
    const queue = new RowQueue(this.#rowsFrom(from), from)
    try {
      while (!queue.isEnded) {
        await abortable(queue.pull(queue.end + this.limits.maxRows), signal)
        queue.letGo(queue.end)
      }
      return queue.end
    } finally {
      queue.close()
    }
  }
}

/** Rows that are given once. */
class OnceStream extends RowsStream {
  readonly #queue: RowQueue

  constructor(schema: Schema, limits: Limits, queue: RowQueue, context: StreamContext) {
    super(schema, limits, context)
    this.#queue = queue
  }

  async committed(end: StreamOffset): Promise<void> {
    this.#queue.letGo(numberAt(end))
  }

  async close(): Promise<void> {
    this.#queue.close()
  }

  protected override async endAfter(
    from: bigint,
    limit: 'limited' | 'all',
    options: RequestOptions,
  ): Promise<bigint> {
    const queue = this.#queue
    this.#checkHeld(from)
    if (limit === 'all') {
      // At least once: what has ended by a failure is not to look whole to those who ask again.
      do await abortable(queue.pull(queue.end + this.limits.maxRows), options.signal)
      while (!queue.isEnded)
      return queue.end
    }
    const target = from + this.limits.maxRows
    await this.waitFor(queue, target, options)
    return queue.end < target ? queue.end : target
  }

  protected override rows({ first, end }: RowRange): Iterable<object> {
    this.#checkHeld(first)
    this.#checkHeld(end)
    return this.#queue.rows(first, end)
  }

  #checkHeld(row: bigint): void {
    if (this.#queue.first <= row && row <= this.#queue.end) return
    throw gone(
      'rows of an iterable cannot be read again: give a function that gives those from any row on',
      row,
    )
  }
}

interface RowsContext {
  readonly first: bigint
  readonly signal: AbortSignal | undefined
  readonly onBad: ((record: BadRecord) => void) | undefined
}

async function* rowBatches(
  schema: Schema,
  rows: AsyncIterable<object> | Iterable<object>,
  { first, signal, onBad }: RowsContext,
): AsyncGenerator<RecordBatch> {
  const builder = createBatchBuilder(schema)
  let row = first
  for await (const item of rows) {
    signal?.throwIfAborted()
    const place = `rows[${row}]`
    try {
      builder.append(item, () => place)
    } catch (error) {
      if (onBad === undefined || !isKind(error, 'invalid')) throw error
      onBad({ place, reason: reasonOf(error), record: textOf(item) })
    }
    row += 1n
    if (builder.rowCount >= BATCH_ROWS || builder.sizeBytes >= BATCH_BYTES) yield builder.finish()
  }
  if (builder.rowCount > 0) yield builder.finish()
}

function reasonOf({ message, context }: IcebergError): string {
  const { path } = context
  return typeof path === 'string' ? `${message}: ${path}` : message
}

/** Empty for a row that has no JSON: one with dates or bytes in it. */
function textOf(row: object): string {
  try {
    return stringifyJson(row)
  } catch {
    return ''
  }
}

function positionAt(row: bigint): StreamOffset {
  // As a text would give it back.
  const near = Number(row)
  return { row: Number.isSafeInteger(near) ? near : row }
}

function numberAt({ row }: StreamOffset): bigint {
  const isNumber = typeof row === 'bigint' || (typeof row === 'number' && Number.isSafeInteger(row))
  if (isNumber && row >= 0) return BigInt(row)
  throw new IcebergError('invalid', 'the position is none of a stream of rows')
}

function gone(message: string, row: bigint): IcebergError {
  return new IcebergError('not-found', message, { context: { row } })
}

/** Nothing of ours ends a program's own iterable that does not answer: it is left waiting. */
async function abortable(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return work
  signal.throwIfAborted()
  let abort = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error)
  })
  signal.addEventListener('abort', abort, { once: true })
  try {
    await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
    work.catch(() => undefined)
  }
}
