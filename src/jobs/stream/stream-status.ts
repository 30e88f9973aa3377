// Where a stream stands, for people; and how it is made to begin anew.
import { IcebergError, isKind } from '../../base/errors.ts'
import type { RequestOptions } from '../../io/object-store.ts'
import type { JobTable } from '../lake.ts'
import type { StreamOffset } from '../sources/stream-source.ts'
import type { FinishedBatch } from './checkpoint.ts'
import { findStream, formatKept, parseStreamState, streamKey } from './stream-state.ts'
import type { StreamState } from './stream-state.ts'
import type { Stream } from './stream.ts'

/** Where a stream stands. */
export interface StreamStatus {
  readonly id: string
  /** One for each table that it writes. */
  readonly tables: readonly StandingTable[]
  /** The last batch that its checkpoint has in all outputs; null without a checkpoint, or before the first batch. */
  readonly finished: StandingBatch | null
  /** The folder; null for a stream that has none. */
  readonly checkpoint: string | null
}

/** A table of a stream. */
export interface StandingTable {
  readonly table: string
  /** Null before the first batch, and after a reset. */
  readonly batch: StandingBatch | null
}

/** A batch that is done. */
export interface StandingBatch {
  /** Counts from 1. */
  readonly epoch: number
  /** What is read next of each source, by its name. */
  readonly offsets: ReadonlyMap<string, StreamOffset>
  /** Microseconds since the epoch. */
  readonly batchMicros: bigint
  /** Microseconds since the epoch; null without a watermark. */
  readonly watermarkMicros: bigint | null
}

export async function streamStatus(
  stream: Stream,
  options: RequestOptions = {},
): Promise<StreamStatus> {
  const finished = (await stream.checkpoint?.lastFinished(options)) ?? null
  const tables: StandingTable[] = []
  for (const output of stream.outputs) {
    if (output.kind !== 'table') continue
    const table = await output.find()
    const state = table === null ? null : findStream(table.metadata, streamKey(stream.id))
    tables.push({ table: output.target, batch: standing(state) })
  }
  return {
    id: stream.id,
    tables,
    finished: finishedBatch(finished),
    checkpoint: stream.checkpoint?.folder ?? null,
  }
}

function finishedBatch(finished: FinishedBatch | null): StandingBatch | null {
  return finished === null ? null : standing(finished.state)
}

/** After a reset nothing of a source has been read. */
function standing(state: StreamState | null): StandingBatch | null {
  if (state === null || state.offsets.size === 0) return null
  const { epoch, offsets, batchMicros, watermarkMicros } = state
  return { epoch, offsets, batchMicros, watermarkMicros }
}

/**
 * Makes a stream begin where its sources do, or at positions of them. Batches are numbered on: what a run that is under way
 * would still commit does not land.
 *
 * @param offsets positions by the names of the sources; those that are not named begin at their beginning
 * @throws IcebergError `invalid` for a name that no source has
 */
export async function resetStream(
  stream: Stream,
  { offsets = new Map(), ...options }: ResetOptions = {},
): Promise<void> {
  checkSources(stream, offsets)
  const key = streamKey(stream.id)
  const tables: JobTable[] = []
  for (const output of stream.outputs) {
    const table = output.kind === 'table' ? await output.find() : null
    if (table !== null) tables.push(table)
  }
  const epochs = tables.map((table) => knownEpoch(table, key))
  const state: StreamState = {
    epoch: Math.max(0, ...epochs) + 1,
    offsets,
    begun: new Map(),
    batchMicros: 0n,
    watermarkMicros: null,
    held: null,
  }
  // What the folder remembers goes first: a run in between finds the tables as they were.
  await stream.checkpoint?.forget(offsets.size === 0 ? 'all' : 'batches', options)
  for (const table of tables) {
    await table.transaction(async (tx) => {
      tx.setProperties((point) => ({ [key]: formatKept(state, { branch: 'main', ...point }) }))
    }, options)
  }
}

export interface ResetOptions extends RequestOptions {
  readonly offsets?: ReadonlyMap<string, StreamOffset>
}

/** A name that is misspelt would make its source begin at its beginning, and all rows come again. */
function checkSources({ sources }: Stream, offsets: ReadonlyMap<string, StreamOffset>): void {
  for (const name of offsets.keys()) {
    if (sources.has(name)) continue
    throw new IcebergError('invalid', 'the stream has no input of that name', {
      context: { input: name, inputs: [...sources.keys()].join(', ') },
    })
  }
}

/** The highest number that anything in a table gives a batch; also where the history does not say which one rules. */
function knownEpoch({ properties, snapshots }: JobTable, key: string): number {
  const texts = [properties.get(key), ...snapshots.map(({ summary }) => summary.get(key))]
  const epochs = texts.flatMap((text) => (text === undefined ? [] : epochIn(text)))
  return Math.max(0, ...epochs)
}

/** Nothing where the text is damaged: a reset is the way out of that. */
function epochIn(text: string): readonly number[] {
  try {
    return [parseStreamState(text).epoch]
  } catch (error) {
    if (isKind(error, 'corrupt')) return []
    throw error
  }
}
