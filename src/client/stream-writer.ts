import { IcebergError } from '../base/errors.ts'
import { checkOptions } from '../base/options.ts'
import type { OptionNames } from '../base/options.ts'
import type { WriteInput } from '../write/input.ts'
import { ProducerLine } from './producer-line.ts'
import { checkedBatchId, checkedProducer } from './producer-position.ts'
import type { BatchId } from './producer-position.ts'
import { StreamAppender } from './stream-writer-appender.ts'
import type { StreamedTable } from './stream-writer-appender.ts'
import { STREAM_OPTIONS } from './stream-writer-options.ts'
import type { StreamOptions } from './stream-writer-options.ts'

/** How a producer of numbered batches writes. */
export interface StreamWriterOptions extends StreamOptions {
  /** Who writes, by a name that stays: the table keeps where each producer stands. Two writers of one exclude each other. */
  readonly producer: string
  /**
   * The batch after which to go on where the table has forgotten where the producer stands; null for none. Of no account
   * where it has not.
   */
  readonly startAfter?: BatchId | null
}

/** The names of {@link StreamWriterOptions}. */
export const STREAM_WRITER_OPTIONS: OptionNames<StreamWriterOptions> = {
  ...STREAM_OPTIONS,
  producer: 'text',
  startAfter: true,
}

/** What became of a batch: it will be in the table after a commit to come, or it is there already. */
export type BatchOutcome = 'taken' | 'skipped'

/**
 * Writes numbered batches to a table, many of them a commit, each exactly once: the id of the last one is in the commit of
 * its rows. A producer that was stopped at any point opens a writer anew and sends again what comes after its position.
 *
 * A commit that fails is the last one: what failed is told by the next call, and by {@link StreamWriter.close}.
 */
export class StreamWriter<Input> {
  readonly #line: ProducerLine<Input>
  readonly #appender: StreamAppender<Input>
  #lastId: bigint | null = null
  #refusals = 0
  #last: Promise<unknown> = Promise.resolve()
  #closing: Promise<void> | null = null

  private constructor(line: ProducerLine<Input>, appender: StreamAppender<Input>) {
    this.#line = line
    this.#appender = appender
  }

  /** Looks where the producer stands, and begins there. */
  static async open<Input>(
    table: StreamedTable<Input>,
    options: StreamWriterOptions,
  ): Promise<StreamWriter<Input>> {
    checkOptions('streamWriter', options, STREAM_WRITER_OPTIONS)
    const { producer, startAfter, signal } = options
    const line = await ProducerLine.open<Input>(table, {
      producer: checkedProducer(producer),
      startAfter:
        startAfter === undefined || startAfter === null ? startAfter : checkedBatchId(startAfter),
      signal,
    })
    return new StreamWriter(line, new StreamAppender(table, options, line))
  }

  /** The last batch of the producer that is in the table, as far as this writer knows; null before the first. */
  get position(): bigint | null {
    return this.#line.batchId
  }

  /**
   * Takes a batch: all of its rows, or none when one is wrong, and then it may be sent again. Resolves when there is room
   * for more, which may be before the batch is in the table. Batches come by rising ids, in which there may be gaps; one
   * that was in the table when the writer was opened is skipped. Those that were sent on before it was known that one is
   * refused are refused with it: the position never passes over a batch that its producer believes to be taken.
   *
   * @throws IcebergError `invalid` for an id that does not rise, and naming row and field of a row that is wrong
   * @throws IcebergError `conflict` when the producer stands elsewhere in the table by now, with the batch that it stands at
   * @throws what an earlier commit failed with
   */
  write(batchId: BatchId, rows: WriteInput<Input & object>): Promise<BatchOutcome> {
    const known = this.#refusals
    return this.#inTurn(async () => {
      try {
        if (this.#refusals !== known) throw refusedBefore()
        return await this.#take(batchId, rows)
      } catch (error) {
        this.#refusals += 1
        throw error
      }
    })
  }

  async #take(batchId: BatchId, rows: WriteInput<Input & object>): Promise<BatchOutcome> {
    const id = checkedBatchId(batchId)
    if (this.#lastId !== null && id <= this.#lastId) {
      throw new IcebergError('invalid', 'batches come by rising ids', {
        context: { batchId: id, lastBatchId: this.#lastId },
      })
    }
    const isThere = this.position !== null && id <= this.position
    if (!isThere) await this.#appender.append(id, rows)
    this.#lastId = id
    return isThere ? 'skipped' : 'taken'
  }

  /**
   * Commits what was taken.
   *
   * @returns the position after it
   * @throws what a commit failed with
   */
  flush(): Promise<bigint | null> {
    return this.#inTurn(async () => {
      await this.#appender.flush()
      return this.position
    })
  }

  /** Commits what was taken, and takes no more. Throws as {@link flush}. */
  close(): Promise<void> {
    this.#closing ??= this.#inTurn(() => this.#appender.flush(), { isLast: true })
    return this.#closing
  }

  /** Takes and commits no more: what was taken and is not in the table yet is forgotten. */
  async abort(reason: unknown = aborted()): Promise<void> {
    this.#closing ??= Promise.resolve()
    await this.#appender.abort(reason)
  }

  /** Calls that are not waited for come one after the other all the same. */
  #inTurn<Result>(work: () => Promise<Result>, { isLast = false } = {}): Promise<Result> {
    if (this.#closing !== null && !isLast) {
      return Promise.reject(new IcebergError('invalid', 'the writer is closed'))
    }
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => {})
    // Of a failure that nobody waits for the process is told, as of any other.
    return turn.then((result) => result)
  }
}

function refusedBefore(): IcebergError {
  return new IcebergError(
    'invalid',
    'a batch that was sent before this one was refused: send both again, in their order',
  )
}

function aborted(): IcebergError {
  return new IcebergError('invalid', 'the writer was aborted')
}
