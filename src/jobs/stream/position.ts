// Where a stream stands. Each of its tables says how many batches it has; when a batch was interrupted between two of them,
// some are ahead. The stream stands where the tables stand that are furthest behind, and its next batch is then the one that
// those ahead have recorded.
import { IcebergError } from '../../base/errors.ts'
import type { TableTarget } from '../sinks/target.ts'
import type { JobTable } from '../lake.ts'
import type { FinishedBatch } from './checkpoint.ts'
import { findEpoch, findStream, isSameOffsets, streamKey } from './stream-state.ts'
import type { StreamState } from './stream-state.ts'
import type { Stream } from './stream.ts'

export interface StreamPosition {
  readonly tables: readonly TableStand[]
  /** Null before the first batch. */
  readonly state: StreamState | null
  /** What the next batch left in tables that have it already; null when none has. */
  readonly recorded: StreamState | null
  /** Tables that the next batch is written to. */
  readonly behind: readonly TableStand[]
}

/** A table as it was read before a batch. */
export interface TableStand {
  readonly output: TableTarget
  /** Null while there is none. */
  readonly table: JobTable | null
  /** What the table itself says; null when it has no batch. */
  readonly state: StreamState | null
}

/**
 * @param finished the last batch of which the checkpoint says that it is in all outputs; null when it says nothing
 * @throws IcebergError `invalid` when what is known does not say where the stream stands
 */
export async function findPosition(
  { id, outputs }: Pick<Stream, 'id' | 'outputs'>,
  finished: FinishedBatch | null,
): Promise<StreamPosition> {
  const key = streamKey(id)
  const tables: TableStand[] = []
  for (const output of outputs) {
    if (output.kind !== 'table') continue
    const table = await output.find()
    tables.push({ output, table, state: table === null ? null : findStream(table.metadata, key) })
  }
  for (const stand of tables) checkSameTable(stand, finished)
  const [first, ...others] = tables
  if (first === undefined) {
    return { tables, state: finished?.state ?? null, recorded: null, behind: [] }
  }
  const last = others.reduce((least, one) => (epochOf(one) < epochOf(least) ? one : least), first)
  const behind = tables.filter((one) => epochOf(one) === epochOf(last))
  checkSameStart(behind)
  return { tables, state: last.state, recorded: recordedIn(tables, key, epochOf(last) + 1), behind }
}

function epochOf({ state }: Pick<TableStand, 'state'>): number {
  return state?.epoch ?? 0
}

/** What a batch left in a table that has it; null when none has. */
function recordedIn(tables: readonly TableStand[], key: string, epoch: number): StreamState | null {
  const ahead = tables.filter((one) => epochOf(one) >= epoch)
  if (ahead.length === 0) return null
  for (const { table } of ahead) {
    const state = table === null ? null : findEpoch(table.metadata, key, epoch)
    if (state !== null) return state
  }
  throw new IcebergError(
    'invalid',
    'tables of the stream are batches apart, and what says which rows these had has expired: roll back those that are ahead',
    { context: { epoch, ahead: ahead.map(({ output }) => output.target).join(', ') } },
  )
}

/** Tables that have the same number of batches have the same batches, unless somebody moved one of them. */
function checkSameStart(behind: readonly TableStand[]): void {
  const [first, ...others] = behind
  for (const other of others) {
    const [left, right] = [first?.state ?? null, other.state]
    if (left === null || right === null) continue
    if (isSameOffsets(left.offsets, right.offsets)) continue
    throw new IcebergError(
      'invalid',
      'tables of the stream stand at different places after the same number of batches: say by `frazil stream reset` where it shall go on',
      { context: { tables: behind.map(({ output }) => output.target).join(', ') } },
    )
  }
}

/** A table that was made anew has none of the rows that the stream has passed. */
function checkSameTable({ output, table }: TableStand, finished: FinishedBatch | null): void {
  const known = finished?.tables.get(output.target)
  if (known === undefined || known === table?.metadata.tableUuid) return
  throw new IcebergError(
    'invalid',
    'the table that the stream wrote to is gone, or another one has its name: say by `frazil stream reset` where it shall begin',
    { context: { table: output.target, wroteTo: known } },
  )
}
