import { IcebergError, isKind } from '../base/errors.ts'
import type { LiveTable } from '../table/table-state.ts'
import { producerStanding, recordPosition, sameStanding } from './producer-position.ts'
import type { ProducerPosition, ProducerStanding } from './producer-position.ts'
import type { CommitLabel } from './stream-writer-appender.ts'
import type { Transaction } from './transaction.ts'

export interface ProducerStart {
  readonly producer: string
  /** Where the producer goes on when its table cannot tell; undefined: nowhere. */
  readonly startAfter?: bigint | null | undefined
  readonly signal?: AbortSignal | undefined
}

/** The commits of one producer by one writer, each of which stands on the one before. */
export class ProducerLine<Input> implements CommitLabel<Input> {
  readonly #table: LiveTable
  readonly #producer: string
  readonly #writer: string
  #standing: ProducerStanding
  #batchId: bigint | null
  #next: ProducerPosition | null = null

  private constructor(
    table: LiveTable,
    producer: string,
    at: { readonly standing: ProducerStanding; readonly batchId: bigint | null },
  ) {
    this.#table = table
    this.#producer = producer
    this.#writer = table.state.services.environment.uuid()
    this.#standing = at.standing
    this.#batchId = at.batchId
  }

  /**
   * Looks where a producer stands in the newest version of its table.
   *
   * @throws IcebergError `invalid` when the table has forgotten it, and nobody says where to go on
   */
  static async open<Input>(
    table: LiveTable,
    { producer, startAfter, signal }: ProducerStart,
  ): Promise<ProducerLine<Input>> {
    const { metadata } = await table.refresh(signal === undefined ? {} : { signal })
    const standing = producerStanding(metadata, producer)
    if (standing === 'lost' && startAfter === undefined) {
      throw new IcebergError(
        'invalid',
        'the snapshots have expired that told where the producer stands: say by `startAfter` which batch is the last in the table',
        { context: { table: table.state.name, producer } },
      )
    }
    const batchId = standing === 'lost' ? (startAfter ?? null) : batchIdOf(standing)
    return new ProducerLine<Input>(table, producer, { standing, batchId })
  }

  /** The last batch that is in the table; null before the first. */
  get batchId(): bigint | null {
    return this.#batchId
  }

  describe(tx: Transaction<Input>, batchId: bigint): void {
    const run = typeof this.#standing === 'string' ? 1 : this.#standing.run + 1
    this.#next = { run, batchId, writer: this.#writer }
    recordPosition(tx, this.#producer, { from: this.#standing, to: this.#next })
  }

  landed(): void {
    if (this.#next === null) return
    this.#standing = this.#next
    this.#batchId = this.#next.batchId
  }

  async recover(failure: unknown): Promise<void> {
    if (!isKind(failure, 'conflict') && !isKind(failure, 'commit-unknown')) throw failure
    const now = await this.#look().catch(() => null)
    if (now === null) throw failure
    if (this.#next !== null && sameStanding(now, this.#next)) return
    if (isKind(failure, 'commit-unknown') || sameStanding(now, this.#standing)) throw failure
    throw new IcebergError(
      'conflict',
      'the producer stands elsewhere in the table, because of another writer or a rollback: open a writer anew, and go on where it stands',
      {
        context: {
          table: this.#table.state.name,
          producer: this.#producer,
          batchId: batchIdOf(now) ?? 'none',
          expectedBatchId: this.#batchId ?? 'none',
        },
        cause: failure,
      },
    )
  }

  async #look(): Promise<ProducerStanding> {
    const { metadata } = await this.#table.refresh()
    return producerStanding(metadata, this.#producer)
  }
}

function batchIdOf(standing: ProducerStanding): bigint | null {
  return typeof standing === 'string' ? null : standing.batchId
}
