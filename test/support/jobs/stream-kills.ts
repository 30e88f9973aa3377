/** Runners of one stream that are killed again and again, and what its table must then hold: each row once. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'vitest'

import { systemEnvironment } from '../../../src/base/environment.ts'
import { isKind } from '../../../src/base/errors.ts'
import type { UnknownRow } from '../../../src/client/row-shapes.ts'
import type { Table } from '../../../src/client/table.ts'
import { openWarehouse } from '../../../src/client/warehouse.ts'
import type { Warehouse } from '../../../src/client/warehouse.ts'
import { findStream, streamKey } from '../../../src/jobs/stream/stream-state.ts'
import type { StreamState } from '../../../src/jobs/stream/stream-state.ts'
import { examine } from '../../../src/maintenance/doctor.ts'
import { branchHistory } from '../../../src/metadata/job-standing.ts'
import { MAIN_BRANCH } from '../../../src/metadata/refs.ts'
import { schema, t } from '../../../src/types/define.ts'
import type { Schema } from '../../../src/types/schema.ts'
import { PATIENT } from '../commit-writers.ts'
import { temporaryFolder } from '../folders.ts'
import { STREAM_ID, startStream } from '../stream-process.ts'
import type {
  SourceOfProcess,
  StreamProcess,
  StreamProcessOptions,
  StreamRun,
} from '../stream-process.ts'

/** What comes into these tables: a number that no other row has, and a text that goes with it. */
export type NumberedRow = UnknownRow & { readonly id: number; readonly text: string }

export function numberedRow(id: number): NumberedRow {
  return { id, text: `row ${id}` }
}

const NUMBERED_COLUMNS: Schema = schema({ id: t.long(), text: t.string() })

export type StreamTable = Table<UnknownRow, UnknownRow>

/** A stream, and the machine that it is on. */
export interface StreamPlace {
  readonly folder: string
  readonly warehouse: Warehouse
  readonly process: Omit<StreamProcessOptions, 'trigger'>
}

export const TARGET = 'city.rows'

/** A table for rows, with nothing in it, and a stream from a source into it. */
export async function newStreamPlace(
  sourceIn: (place: Pick<StreamPlace, 'folder' | 'warehouse'>) => Promise<SourceOfProcess>,
  { columns = NUMBERED_COLUMNS, copy }: StreamPlaceOptions = {},
): Promise<StreamPlace> {
  const folder = temporaryFolder()
  const location = join(folder, 'warehouse')
  const warehouse = await openWarehouse(location, { workers: 0 })
  await createRowTable(warehouse, TARGET, { columns })
  if (copy !== undefined) await createRowTable(warehouse, copy, { columns })
  const source = await sourceIn({ folder, warehouse })
  const checkpoint = join(folder, 'checkpoint')
  return {
    folder,
    warehouse,
    process: {
      warehouse: location,
      table: TARGET,
      checkpoint,
      source,
      ...(copy === undefined ? {} : { copy }),
    },
  }
}

export interface StreamPlaceOptions {
  /** Those of {@link NumberedRow}, and any others. */
  readonly columns?: Schema
  /** A table that the stream writes besides. */
  readonly copy?: string
}

export async function createRowTable(
  warehouse: Warehouse,
  name: string,
  { columns = NUMBERED_COLUMNS, partitionBy = [] }: RowTableOptions = {},
): Promise<StreamTable> {
  await warehouse.createTable(name, { schema: columns, partitionBy, properties: PATIENT })
  return warehouse.loadTable(name)
}

export interface RowTableOptions extends Pick<StreamPlaceOptions, 'columns'> {
  readonly partitionBy?: readonly `bucket(${number}, id)`[]
}

export function loadTarget({ warehouse }: StreamPlace, name = TARGET): Promise<StreamTable> {
  return warehouse.loadTable(name)
}

/** Where the stream stands by its table; null before the first batch. */
export function standsIn({ metadata }: StreamTable): StreamState | null {
  return findStream(metadata, streamKey(STREAM_ID))
}

export interface KillPlan {
  readonly kills: number
  /** How many runners there are at once; 1 when absent. */
  readonly lanes?: number
  /** A runner does so many batches at the most, and begins another; how many is drawn for each. */
  readonly batchesOfALife: number
  readonly expires?: boolean
  /** A process kills itself before one of so many first changes of the file system, if it lives until then. */
  readonly diesWithin?: number
  /** Done before each start, counted from 0. */
  readonly before?: (kill: number) => Promise<void>
  /** Done while a process starts and runs, counted from 0. */
  readonly during?: (kill: number) => Promise<void>
}

/** What the kills met. */
export interface KillTally {
  kills: number
  /** Before the stream began. */
  early: number
  /** Between two batches. */
  between: number
  /** When a batch had been fixed, and was not in the table. */
  within: number
  /** When a batch was in the table, and not noted in the checkpoint. */
  landed: number
  /** Batches that killed runners said were done, and those that another runner had done before them. */
  batches: number
  alreadyDone: number
  rows: number
  seconds: number
}

/** Starts runners and kills them, until enough were killed. */
export async function killRunners(place: StreamPlace, plan: KillPlan): Promise<KillTally> {
  const startMs = systemEnvironment.nowMs()
  const tally = emptyTally()
  const pace = { batchMs: FIRST_BATCH_MS }
  let started = 0
  const lane = async (): Promise<void> => {
    while (started < plan.kills) {
      const kill = started
      started += 1
      await plan.before?.(kill)
      await liveAndDie(place, plan, { kill, tally, pace })
    }
  }
  await Promise.all(Array.from({ length: plan.lanes ?? 1 }, lane))
  tally.seconds = (systemEnvironment.nowMs() - startMs) / 1000
  return tally
}

/** How long a batch takes on this machine, as far as is known. */
interface Pace {
  batchMs: number
}

const FIRST_BATCH_MS = 300
const LONGEST_BATCH_MS = 5_000

/** Waits until a runner has done some batches, or may be taken to have nothing to do. */
async function doSome({ did }: StreamProcess, wanted: number, pace: Pace): Promise<void> {
  if (wanted === 0) return
  const startMs = systemEnvironment.nowMs()
  const patienceMs = (wanted + 2) * 2 * pace.batchMs
  const isDone = await Promise.race([
    did(wanted).then(() => true),
    systemEnvironment.sleep(patienceMs).then(() => false),
  ])
  const batchMs = (systemEnvironment.nowMs() - startMs) / wanted
  pace.batchMs = isDone
    ? (pace.batchMs + batchMs) / 2
    : Math.min(2 * pace.batchMs, LONGEST_BATCH_MS)
}

/** Of runners that are killed before their stream has begun. */
const EARLY_SHARE = 0.05

interface Life {
  readonly kill: number
  readonly tally: KillTally
  readonly pace: Pace
}

/** After some batches a runner is killed at an instant of the next one that is drawn, if there is one. */
async function liveAndDie(
  place: StreamPlace,
  { lanes = 1, batchesOfALife, diesWithin, expires = false, during }: KillPlan,
  { kill, tally, pace }: Life,
): Promise<void> {
  const runner = startStream({
    ...place.process,
    trigger: { everyMs: 0 },
    expires,
    ...(diesWithin === undefined ? {} : { dieAt: 1 + Math.floor(random() * diesWithin) }),
  })
  const { child, ready, ended } = runner
  const isEarly = diesWithin === undefined && random() < EARLY_SHARE
  const death = async (): Promise<void> => {
    if (!isEarly) await ready
    const wanted = isEarly ? 0 : Math.floor(random() * batchesOfALife)
    await doSome(runner, wanted, pace)
    await Promise.race([ended, systemEnvironment.sleep(random() * pace.batchMs)])
    child.kill('SIGKILL')
  }
  await Promise.all([death(), during?.(kill)])
  const { batches } = await ended
  tally.kills += 1
  add(tally, batches)
  if (isEarly) tally.early += 1
  else if (lanes === 1) tally[await whereItFell(place)] += 1
}

function random(): number {
  return systemEnvironment.random()
}

function add(tally: KillTally, batches: StreamRun['batches']): void {
  for (const { outcome, rows } of batches) {
    if (outcome === 'already-done') tally.alreadyDone += 1
    else {
      tally.batches += 1
      tally.rows += rows
    }
  }
}

function emptyTally(): KillTally {
  return {
    kills: 0,
    early: 0,
    between: 0,
    within: 0,
    landed: 0,
    batches: 0,
    alreadyDone: 0,
    rows: 0,
    seconds: 0,
  }
}

/** What the only runner was at when it was killed. */
async function whereItFell(place: StreamPlace): Promise<'between' | 'within' | 'landed'> {
  const epoch = standsIn(await loadTarget(place))?.epoch ?? 0
  if (epoch > lastNumber(place, 'commits')) return 'landed'
  return lastNumber(place, 'offsets') > epoch ? 'within' : 'between'
}

/** The highest number of a batch that has a file in a part of the checkpoint. */
function lastNumber({ process: { checkpoint } }: StreamPlace, part: string): number {
  let names: readonly string[]
  try {
    names = readdirSync(join(checkpoint, part))
  } catch {
    return 0
  }
  return Math.max(0, ...names.map((name) => Number(/^\d+/.exec(name)?.[0] ?? 0)))
}

/** Runs the stream in a process that nobody kills, until it has all that there is. */
export async function finishStream(place: StreamPlace): Promise<StreamRun> {
  return startStream({ ...place.process, trigger: 'available-now' }).ended
}

/** What keeps coming into the source of a stream. */
export interface Arrivals {
  readonly place: StreamPlace
  /** How many rows have come until now. */
  rows: number
  /** Lets those come that come during the life of one runner; which one it is, is counted from 0. */
  readonly add: (kill: number) => Promise<void>
}

/** Rows come while runners live and die; then one runs to the end, and each row is there once. */
export async function killAndFinish(
  arrivals: Arrivals,
  plan: Omit<KillPlan, 'batchesOfALife'>,
): Promise<void> {
  const { place, add: during } = arrivals
  const tally = await killRunners(place, { during, ...plan, batchesOfALife: 5 })
  const { batches } = await finishStream(place)
  await expectEachOnce(place, arrivals.rows)
  const epoch = standsIn(await loadTarget(place))?.epoch
  console.log({ ...tally, left: batches.length, epoch, rows: arrivals.rows })
}

/** Rolls the table back and lets the stream go on: with the batch after the one that the table is at. */
export async function rollBackAndFinish({ place, rows }: Arrivals, most: number): Promise<void> {
  const epoch = await rollBackSome(place, most)
  const { batches } = await finishStream(place)
  expect(batches[0]?.epoch).toBe((epoch ?? 0) + 1)
  await expectEachOnce(place, rows)
}

/** Rolls a table back by as many snapshots as are drawn; gives the batch that it is then at, null where it has too few. */
export async function rollBackSome(
  place: StreamPlace,
  most: number,
  name = TARGET,
): Promise<number | null> {
  for (;;) {
    const table = await loadTarget(place, name)
    const line = branchHistory(table.metadata, MAIN_BRANCH)
    const by = Math.min(1 + Math.floor(random() * most), line.length - 1)
    const to = line[by]
    if (by < 1 || to === undefined) return null
    try {
      await table.transaction((tx) => {
        tx.updateRefs((refs) => refs.rollbackTo({ snapshot: to.snapshotId }))
      })
      return standsIn(table)?.epoch ?? 0
    } catch (error) {
      // A runner came in between.
      if (!isKind(error, 'conflict') && !isKind(error, 'invalid')) throw error
    }
  }
}

/** Expects the rows of numbers below `count` in a table, each once and as it was, batches without a gap, and no damage. */
export async function expectEachOnce(
  place: StreamPlace,
  count: number,
  name = TARGET,
): Promise<void> {
  const table = await loadTarget(place, name)
  expect(await timesOfRows(table, count)).toEqual({ lost: 0, doubled: 0, strange: 0 })
  expect(epochGaps(table)).toEqual([])
  const { findings } = await examine(table)
  expect(findings).toEqual([])
}

interface RowTimes {
  readonly lost: number
  readonly doubled: number
  /** Rows of other numbers, or with another text than they came with. */
  readonly strange: number
}

async function timesOfRows(table: StreamTable, count: number): Promise<RowTimes> {
  const times = new Uint8Array(count)
  let strange = 0
  for await (const batch of table.scan().batches()) {
    const ids = batch.getChild('id')
    const texts = batch.getChild('text')
    for (let row = 0; row < batch.numRows; row += 1) {
      const id = Number(ids?.get(row))
      if (!(id < count) || texts?.get(row) !== numberedRow(id).text) strange += 1
      else times[id] = Math.min(2, (times[id] ?? 0) + 1)
    }
  }
  const having = (wanted: number): number => times.reduce((n, at) => n + Number(at === wanted), 0)
  return { lost: having(0), doubled: having(2), strange }
}

/** Batches, by the snapshots that there are, after which another comes than the next one. */
function epochGaps({ metadata }: StreamTable): readonly number[] {
  const epochs = branchHistory(metadata, MAIN_BRANCH)
    .flatMap(({ summary }) => summary.get('frazil.epoch') ?? [])
    .map(Number)
    .toReversed()
  return epochs.filter((epoch, index) => index > 0 && epoch !== (epochs[index - 1] ?? 0) + 1)
}
