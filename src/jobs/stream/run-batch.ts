// One batch of a stream:
//  1. where the stream stands, as its tables say;
//  2. how far it reads: as far as a table that is ahead has read, or as an interrupted attempt was going to, else as each source
//     says; noted in the checkpoint before a row is read;
//  3. files and the console, which remember nothing: the same names for the same batch;
//  4. each table by one commit of rows and position, if it still stands where it did in 1;
//  5. noted in the checkpoint, and told to the sources.
// The tables decide. Who is killed at any instant leaves tables from which the next run goes on right; who is overtaken by
// another run of the same stream finds out in 4, and has written nothing.
import type { Environment } from '../../base/environment.ts'
import { IcebergError, isKind } from '../../base/errors.ts'
import type { UnknownRow } from '../../client/row-shapes.ts'
import type { Transaction } from '../../client/transaction.ts'
import type { RequestOptions } from '../../io/object-store.ts'
import type { OutputReport } from '../report.ts'
import type { StreamOffset } from '../sources/stream-source.ts'
import { BatchInputs } from './batch-inputs.ts'
import type { BatchRange } from './batch-range.ts'
import type { BatchReport } from './batch-report.ts'
import type { FinishedBatch } from './checkpoint.ts'
import type { Offsets } from './offsets.ts'
import { nextRange } from './next-range.ts'
import { findPosition } from './position.ts'
import type { StreamPosition, TableStand } from './position.ts'
import { NOTHING_CARRIED } from './stream.ts'
import type { BatchNotes, OpenBatch, OpenSources, Stream } from './stream.ts'
import {
  epochAfter,
  findStream,
  formatKept,
  formatWritten,
  isSameState,
  streamKey,
} from './stream-state.ts'
import type { StreamState } from './stream-state.ts'

/** What batches are run with. */
export interface BatchContext {
  readonly environment: Environment
  readonly sources: OpenSources
  /** Where sources were found to begin, for the batches to come. */
  readonly beginnings: Map<string, StreamOffset>
  /** As the checkpoint said when the stream was opened. */
  readonly finished: FinishedBatch | null
  readonly signal?: AbortSignal
}

/**
 * Runs the next batch.
 *
 * @param limit whether sources give no more at once than they were told to
 * @returns null when there is nothing new
 * @throws IcebergError `conflict` when the stream was moved meanwhile, other than by a run of it
 */
export async function runBatch(
  stream: Stream,
  limit: 'limited' | 'all',
  context: BatchContext,
): Promise<BatchReport | null> {
  const position = await currentPosition(stream, context)
  try {
    return await runBatchAfter(position, { stream, limit, context })
  } catch (error) {
    // What a batch reads may go when it has been read: a run that comes too late for it goes on where the stream is by now.
    if (!isKind(error, 'not-found')) throw error
    const now = await currentPosition(stream, context)
    if (epochAfter(now.state) <= epochAfter(position.state)) throw error
    return runBatch(stream, limit, context)
  }
}

async function currentPosition(stream: Stream, context: BatchContext): Promise<StreamPosition> {
  return findPosition(stream, await finishedBefore(stream, context))
}

async function runBatchAfter(
  position: StreamPosition,
  { stream, limit, context }: Asked & { readonly stream: Stream },
): Promise<BatchReport | null> {
  const startMs = context.environment.nowMs()
  const options = optionsOf(context)
  const range = await nextRange(stream, position, { limit, options, ...context })
  if (range === null) return null
  const epoch = epochAfter(position.state)
  const { sources, environment } = context
  const inputs = new BatchInputs(stream, { epoch, range }, { sources, ...optionsOf(context) })
  const input = {
    epoch,
    batchMicros: range.batchMicros,
    inputs: inputs.rows,
    before: position.state ?? NOTHING_CARRIED,
  }
  const opened = await stream.open(input, context.signal)
  try {
    const batch = { stream, position, range, epoch, opened }
    const others = position.recorded === null ? await writeOthers(batch, context) : []
    const tables = await writeTables(batch, context)
    if (!tables.isOvertaken) await finish(batch, context)
    const outputs = [...others, ...tables.reports]
    const { lateRows, warnings } = opened.told?.() ?? NOTHING_TOLD
    return {
      job: stream.name,
      kind: 'stream',
      outcome: outcomeOf(tables),
      epoch,
      sources: inputs.sources(stream.sources),
      outputs,
      bad: inputs.bad(),
      watermarkMicros: opened.after().watermarkMicros,
      lateRows,
      durationMs: environment.nowMs() - startMs,
      // What is gone is found where the batch ends, and again where it is read.
      warnings: [...new Set([...range.notes, ...inputs.notes(), ...warnings, ...tables.warnings])],
    }
  } finally {
    await opened.close()
  }
}

const NOTHING_TOLD: BatchNotes = { lateRows: 0n, warnings: [] }

/** For a stream without tables what its folder says decides, and that moves on. */
async function finishedBefore(
  { outputs, checkpoint }: Stream,
  context: BatchContext,
): Promise<FinishedBatch | null> {
  const hasTables = outputs.some(({ kind }) => kind === 'table')
  if (hasTables || checkpoint === null) return context.finished
  return checkpoint.lastFinished(optionsOf(context))
}

interface Asked {
  readonly limit: 'limited' | 'all'
  readonly context: BatchContext
}

function offsetIn(offsets: Offsets, name: string): StreamOffset {
  return offsets.get(name) ?? {}
}

/** A batch whose rows can be read. */
interface Batch {
  readonly stream: Stream
  readonly position: StreamPosition
  readonly range: BatchRange
  readonly epoch: number
  readonly opened: OpenBatch
}

/** To files and to people. Where some table has the batch already, they have it too. */
async function writeOthers(
  { stream, epoch, opened }: Batch,
  context: BatchContext,
): Promise<readonly OutputReport[]> {
  const reports: OutputReport[] = []
  for (const output of stream.outputs) {
    if (output.kind !== 'other') continue
    const how = { exportName: String(epoch), ...optionsOf(context) }
    reports.push(await output.write(await opened.rows(output.view), how))
  }
  return reports
}

interface WrittenTables {
  readonly reports: readonly OutputReport[]
  readonly warnings: readonly string[]
  /** Whether another run of the stream does this batch. */
  readonly isOvertaken: boolean
}

async function writeTables(batch: Batch, context: BatchContext): Promise<WrittenTables> {
  const reports: OutputReport[] = []
  const warnings: string[] = []
  for (const stand of batch.position.behind) {
    const { view, target } = stand.output
    try {
      const { commit, warnings: said } = await writeTable(batch, stand, context)
      reports.push({ kind: 'table', name: view, target, commit, plan: null })
      warnings.push(...said)
    } catch (error) {
      if (!isKind(error, 'conflict') || !(await hasBatch(batch, stand, error))) throw error
      // The other run may have read another range: the tables that are left get what this one has recorded.
      return { reports, warnings, isOvertaken: true }
    }
  }
  return { reports, warnings, isOvertaken: false }
}

/** Rows and position in one commit, which does not land if the table has moved on from where it was. */
async function writeTable(
  batch: Batch,
  { output, table, state }: TableStand,
  context: BatchContext,
): ReturnType<TableStand['output']['write']> {
  const { stream, epoch, opened } = batch
  const key = streamKey(stream.id)
  return output.write(await opened.rows(output.view), {
    table,
    replaceWhere: null,
    describe(tx: Transaction<UnknownRow>) {
      const next = (): StreamState => stateAfter(batch)
      tx.setSummary(() => ({
        [key]: formatWritten(next()),
        'frazil.job-id': stream.id,
        'frazil.epoch': String(epoch),
        'frazil.run-kind': 'stream',
      }))
      tx.setProperties((point) => ({ [key]: formatKept(next(), { branch: 'main', ...point }) }))
      tx.guard((fresh) => isSameState(findStream(fresh, key), state))
    },
    ...optionsOf(context),
  })
}

function stateAfter({ epoch, range, opened }: Batch): StreamState {
  const { watermarkMicros, held } = opened.after()
  const { end: offsets, begun, batchMicros } = range
  return { epoch, offsets, begun, batchMicros, watermarkMicros, held }
}

/**
 * Whether another run of the stream has done the batch in a table: then there is nothing wrong.
 *
 * @throws IcebergError `conflict` when the stream was moved to somewhere else
 */
async function hasBatch(
  { stream, epoch }: Batch,
  { output, state }: TableStand,
  cause: unknown,
): Promise<boolean> {
  const table = await output.find()
  const now = table === null ? null : findStream(table.metadata, streamKey(stream.id))
  if (isSameState(now, state)) return false
  if (now !== null && now.epoch >= epoch) return true
  throw new IcebergError('conflict', 'the stream was moved back while a batch of it was written', {
    context: { stream: stream.id, table: output.target, batch: epoch, now: now?.epoch ?? 0 },
    cause,
  })
}

/** Notes that the batch is in all outputs, and tells the sources. */
async function finish(batch: Batch, context: BatchContext): Promise<void> {
  const { stream, position, range } = batch
  const tables = new Map<string, string>()
  if (stream.checkpoint !== null) {
    for (const { output, table } of position.tables) {
      const made = table ?? (await output.find())
      const uuid = made?.metadata.tableUuid ?? null
      if (uuid !== null) tables.set(output.target, uuid)
    }
    await stream.checkpoint.finish({ state: stateAfter(batch), tables }, optionsOf(context))
  }
  for (const [name, source] of context.sources) {
    await source.committed?.(offsetIn(range.end, name))
  }
}

function outcomeOf({ reports, isOvertaken }: WrittenTables): BatchReport['outcome'] {
  if (isOvertaken) return 'already-done'
  const isEmpty =
    reports.length > 0 &&
    reports.every((one) => one.kind === 'table' && (one.commit?.snapshotId ?? null) === null)
  return isEmpty ? 'empty' : 'written'
}

function optionsOf({ signal }: Pick<BatchContext, 'signal'>): RequestOptions {
  return signal === undefined ? {} : { signal }
}
