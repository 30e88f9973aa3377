import { IcebergError } from '../../base/errors.ts'

/** Rows of an iterable, from when they came until they are let go. */
export class RowQueue {
  readonly #items: Iterator<object> | AsyncIterator<object>
  readonly #isAsync: boolean
  #rows: object[] = []
  #first: bigint
  /** Up to where rows are asked for. */
  #target: bigint
  #isEnded = false
  #failure: { readonly error: unknown } | null = null
  /** Asks for rows; one who waits no more lets it go on. */
  #pull: Promise<void> | null = null

  /** @param first the number of the first row, counted from 0 */
  constructor(rows: Iterable<object> | AsyncIterable<object>, first: bigint) {
    this.#isAsync = Symbol.asyncIterator in rows
    this.#items =
      Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]()
    this.#first = first
    this.#target = first
  }

  get first(): bigint {
    return this.#first
  }

  /** Behind the last row that has come. */
  get end(): bigint {
    return this.#first + BigInt(this.#rows.length)
  }

  /** Whether no more rows will come. */
  get isEnded(): boolean {
    return this.#isEnded
  }

  /** Resolves when all rows before `target` have come, or no more will: rejects as the iterable does, from then on always. */
  async pull(target: bigint): Promise<void> {
    if (target > this.#target) this.#target = target
    while (this.end < target && !this.#isEnded) {
      this.#pull ??= this.#run().finally(() => {
        this.#pull = null
      })
      await this.#pull
    }
    if (this.#failure !== null && this.end < target) throw this.#failure.error
  }

  /** The rows `[start, end)`, all of which have come and are held. */
  rows(start: bigint, end: bigint): readonly object[] {
    return this.#rows.slice(Number(start - this.#first), Number(end - this.#first))
  }

  /** Forgets the rows before `start`. */
  letGo(start: bigint): void {
    if (start <= this.#first) return
    this.#rows = this.#rows.slice(Number(start - this.#first))
    this.#first = start
  }

  /**
   * Nobody waits for an iterable that does not answer. One that has nothing to close gives the rest when it is asked again; of
   * another the rest is lost, which must not look like its end.
   */
  close(): void {
    if (this.#isEnded || this.#items.return === undefined) return
    this.#isEnded = true
    this.#failure = { error: left(this.end) }
    try {
      Promise.resolve(this.#items.return?.()).catch(() => undefined)
    } catch {
      // What a source says to being left early is nobody's business.
    }
  }

  async #run(): Promise<void> {
    try {
      while (this.end < this.#target && !this.#isEnded) {
        const next = this.#items.next()
        // An array need not wait a turn for each of its rows.
        const { done, value } = this.#isAsync ? await next : (next as IteratorResult<object>)
        if (done === true) this.#isEnded = true
        else this.#rows.push(value)
      }
    } catch (error) {
      this.#isEnded = true
      this.#failure = { error }
    }
  }
}

function left(row: bigint): IcebergError {
  return new IcebergError(
    'not-found',
    'the iterable was closed with a run that ended before it did: give a function that gives the rows from any row on',
    { context: { row } },
  )
}
