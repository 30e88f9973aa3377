/**
 * What can come between the runs of a job that writes two tables: late rows, runs that die at some request, so that one table
 * has a window which the other lacks, one of the tables rolled back, ranges that are written again, snapshots that expire.
 * The model knows the visits of each day in each table, and which window each run of a table took; a table that is behind
 * gets the windows that the other one took, of the source as that had read it.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'

import { IcebergError, isKind } from '../../src/base/errors.ts'
import { runBackfill } from '../../src/jobs/incremental/backfill.ts'
import { showState } from '../../src/jobs/incremental/kept-state.ts'
import { moveState } from '../../src/jobs/incremental/move-state.ts'
import type { RunContext } from '../../src/jobs/incremental/run-context.ts'
import { runNextWindow } from '../../src/jobs/incremental/run-window.ts'
import { tableJob } from '../../src/jobs/incremental/table-job.ts'
import type { WindowedJob } from '../../src/jobs/incremental/windowed-job.ts'
import type { WindowReport } from '../../src/jobs/report.ts'
import { ancestorsOf } from '../../src/metadata/history.ts'
import {
  Visit,
  dayText,
  expireAllBut,
  openVisits,
  rollBackTo,
  visitsIn,
} from '../support/jobs/visits.ts'
import type { VisitsLab } from '../support/jobs/visits.ts'
import type { Fault } from '../support/faulty-store.ts'
import { runs } from '../support/runs.ts'

const DAYS = 4
const TARGETS = ['silver.visits', 'gold.visits'] as const

type Step =
  | { readonly kind: 'visit'; readonly day: number }
  | { readonly kind: 'run' }
  /** The run's request of that number fails, after it happened or before, and the run with it. */
  | { readonly kind: 'crash'; readonly request: number; readonly applies: boolean }
  /** The run ends before it writes to the second table. */
  | { readonly kind: 'half a run' }
  | { readonly kind: 'roll back'; readonly target: number; readonly pick: number }
  | { readonly kind: 'backfill'; readonly from: number; readonly days: number }
  /** Snapshots of a table before the newest so many go. */
  | { readonly kind: 'expire'; readonly target: number; readonly kept: number }
  | { readonly kind: 'expire source' }

const anyDay = fc.integer({ min: 1, max: DAYS })
const anyTarget = fc.nat(TARGETS.length - 1)

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('visit' as const), day: anyDay }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('run' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('crash' as const),
      request: fc.integer({ min: 1, max: 60 }),
      applies: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('half a run' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('roll back' as const),
      target: anyTarget,
      pick: fc.nat(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('backfill' as const),
      from: anyDay,
      days: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('expire' as const),
      target: anyTarget,
      kept: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('expire source' as const) }) },
)

/** A window that was taken. */
interface Taken {
  readonly day: number
  readonly visits: readonly number[]
}

/** A table at one of its snapshots. */
interface Version {
  /** Visits of a day, by the day. */
  readonly days: ReadonlyMap<number, readonly number[]>
  /** By the numbers of the runs. */
  readonly windows: ReadonlyMap<number, Taken>
  /** Those of backfills, which are counted by themselves. */
  readonly backfills: ReadonlyMap<number, Taken>
  readonly stand: Stand
  /** The day that came next after the last run with rows: what later runs have left may go with a roll-back. */
  readonly written: number
}

/** Where a table says that the job stands. */
interface Stand {
  readonly run: number
  /** The day that comes next. */
  readonly next: number
  /** Whether a person said so. */
  readonly isSet: boolean
}

const UNTOUCHED: Version = {
  days: new Map(),
  windows: new Map(),
  backfills: new Map(),
  stand: { run: 0, next: 1, isSet: false },
  written: 1,
}

interface Output {
  readonly name: string
  now: Version
  /** What the table was at its snapshots. */
  readonly versions: Map<bigint, Version>
}

class History {
  readonly #lab: VisitsLab
  readonly #source = new Map<number, readonly number[]>()
  readonly #outputs: readonly Output[] = TARGETS.map((name) => ({
    name,
    now: UNTOUCHED,
    versions: new Map<bigint, Version>(),
  }))
  #visits = 0
  /** Whether a run may not find any more where its job stands, or what a window was. */
  #isForgetful = false
  /** Windows that one table had and the other got later. */
  handed = 0

  constructor(lab: VisitsLab) {
    this.#lab = lab
  }

  async take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'visit':
        await this.#lab.visit(step.day)
        this.#source.set(step.day, [...this.#visitsOf(step.day), this.#visits])
        this.#visits += 1
        return
      case 'run':
        await this.run()
        return
      case 'crash':
        await this.#crash(step.request, step.applies ? 'applies-then-fails' : 'fails')
        return
      case 'half a run':
        await this.#halve()
        return
      case 'roll back':
        await this.#rollBack(this.#output(step.target), step.pick)
        return
      case 'backfill':
        await this.#backfill(step.from, Math.min(step.from + step.days, DAYS + 1))
        return
      case 'expire':
        await this.#expire(this.#output(step.target), step.kept)
        return
      case 'expire source': {
        const source = await this.#lab.source()
        const head = source.currentSnapshot
        if (head !== null) await expireAllBut(source, [head.snapshotId])
        this.#isForgetful = true
      }
    }
  }

  /** Runs the next window, and says whether there was one. */
  async run(): Promise<boolean> {
    const { run, window, behind, isPending } = this.#expected()
    const report = await this.#known(async () => runNextWindow(await this.#job(), CONTEXT))
    if (report === null) {
      await this.#resume()
      return true
    }
    if (window === null) throw new Error('a window that no table has recorded was run')
    if (window.day > DAYS) {
      expect(report.outcome).toBe('nothing-to-do')
      return false
    }
    expect(dayOf(report)).toBe(window.day)
    expect(namesIn(report)).toEqual(behind.map(({ name }) => name))
    expect(report.outcome).toBe(window.visits.length === 0 ? 'empty' : 'written')
    for (const output of behind) takeWindow(output, run, window)
    if (isPending) this.handed += 1
    return true
  }

  /** The tables are what the model says, and say where the job stands. */
  async check(): Promise<void> {
    const stands = await this.#stands()
    for (const output of this.#outputs) {
      const table = await this.#lab.target(output.name)
      const expected = [...output.now.days.values()].flat().toSorted((left, right) => left - right)
      expect(await visitsIn(table), output.name).toEqual(expected)
      const stand = stands.get(output.name) ?? UNTOUCHED.stand
      if (!this.#isForgetful) expect(stand, output.name).toEqual(output.now.stand)
      expect(stand.next).toBeLessThanOrEqual(output.now.stand.next)
      if (stands.has(output.name)) expect(stand.next).toBeGreaterThanOrEqual(output.now.written)
      const windows = [...output.now.windows].filter(([run]) => run <= stand.run)
      output.now = { ...output.now, stand, windows: new Map(windows) }
      const head = table.currentSnapshot?.snapshotId
      if (head !== undefined) output.versions.set(head, output.now)
    }
  }

  /** In the end both tables have every day, as it was when the job took it or a range was written again. */
  async catchUp(): Promise<void> {
    while (await this.run()) await this.check()
    await this.check()
    for (const { now } of this.#outputs) expect(this.#spokenFor(now).next).toBe(DAYS + 1)
  }

  #output(index: number): Output {
    const output = this.#outputs[index]
    if (output === undefined) throw new Error('there are two')
    return output
  }

  #visitsOf(day: number): readonly number[] {
    return this.#source.get(day) ?? []
  }

  /** The window that comes next, and the tables that lack it. */
  #expected(): {
    readonly run: number
    readonly behind: readonly Output[]
    /** Whether one of the tables has it. */
    readonly isPending: boolean
    /** Null for one that the table ahead has not recorded. */
    readonly window: Taken | null
  } {
    const stands = this.#outputs.map((output) => ({ output, stand: this.#spokenFor(output.now) }))
    const lowest = Math.min(...stands.map(({ stand }) => stand.run))
    const behind = stands.filter(({ stand }) => stand.run === lowest)
    const [ahead] = stands.filter(({ stand }) => stand.run > lowest)
    const day = behind[0]?.stand.next ?? 1
    return {
      run: lowest + 1,
      behind: behind.map(({ output }) => output),
      isPending: ahead !== undefined,
      window:
        ahead === undefined
          ? { day, visits: this.#visitsOf(day) }
          : (ahead.output.now.windows.get(lowest + 1) ?? null),
    }
  }

  /** What a person set for both tables counts for one that was rolled back since. */
  #spokenFor(now: Version): Stand {
    return this.#outputs
      .map((other) => other.now.stand)
      .filter(({ isSet }) => isSet)
      .reduce((best, stand) => (stand.run > best.run ? stand : best), now.stand)
  }

  async #job(): Promise<WindowedJob> {
    const source = await this.#lab.source()
    const jobs = await Promise.all(
      TARGETS.map(async (name) =>
        tableJob({
          id: 'two-outputs',
          source,
          target: await this.#lab.target(name),
          window: { column: ['at'], start: dayText(1), step: '1 day', until: dayText(DAYS + 1) },
          change: null,
          write: { mode: 'overwrite-partitions' },
        }),
      ),
    )
    const [job] = jobs
    if (job === undefined) throw new Error('there are two')
    return { ...job, outputs: jobs.flatMap(({ outputs }) => outputs) }
  }

  /** Null where nobody knows any more where the job stands, or what the window was. */
  async #known<Result>(run: () => Promise<Result>): Promise<Result | null> {
    return run().catch((error: unknown) => {
      if (!this.#isForgetful || !(isKind(error, 'invalid') || isKind(error, 'not-found'))) {
        throw error
      }
      return null
    })
  }

  /** Then somebody has to say. */
  async #resume(): Promise<void> {
    const next = Math.min(...this.#outputs.map(({ now }) => now.stand.next))
    const values = new Map([['start', dayText(next)]])
    await moveState(await this.#job(), { kind: 'set', values }, CONTEXT)
    for (const output of this.#outputs) {
      const written = Math.min(output.now.written, next)
      output.now = { ...output.now, written, stand: { ...output.now.stand, next } }
    }
  }

  async #crash(request: number, fault: Fault): Promise<void> {
    const { store } = this.#lab
    store.faults.set(store.requests.length + request, fault)
    await this.#die()
  }

  async #halve(): Promise<void> {
    const { store } = this.#lab
    store.beforeRequest = async (request) => {
      if (!request.startsWith('put') || !request.includes('/gold/')) return
      throw new IcebergError('unavailable', 'the machine stops')
    }
    await this.#die()
    store.beforeRequest = async () => undefined
  }

  /** A run whose requests may fail. Each table has the window with its rows then, or neither. */
  async #die(): Promise<void> {
    const { store } = this.#lab
    const { run, window, behind } = this.#expected()
    await this.#known(async () => runNextWindow(await this.#job(), CONTEXT)).catch(
      (error: unknown) => {
        if (!isKind(error, 'unavailable') && !isKind(error, 'commit-unknown')) throw error
      },
    )
    store.faults.clear()
    await store.landLate()
    const stands = await this.#stands()
    for (const output of behind) {
      const hasRun = stands.get(output.name)?.run === run && window !== null
      if (hasRun) takeWindow(output, run, window)
    }
  }

  async #rollBack(output: Output, pick: number): Promise<void> {
    const table = await this.#lab.target(output.name)
    const head = table.currentSnapshot
    if (head === null) return
    const line = [...ancestorsOf(table.metadata, head.snapshotId)]
    const kept = line.filter(({ snapshotId }) => output.versions.has(snapshotId))
    const to = kept[pick % Math.max(1, kept.length)]
    const version = to === undefined ? undefined : output.versions.get(to.snapshotId)
    if (to === undefined || version === undefined) return
    await rollBackTo(table, to.snapshotId)
    output.now = version
    this.#isForgetful = true
  }

  async #backfill(from: number, to: number): Promise<void> {
    const range = { from: dayText(from), to: dayText(to) }
    await this.#known(async () => {
      for await (const report of runBackfill(() => this.#job(), range, CONTEXT)) {
        this.#takeBackfill(report)
      }
    })
  }

  /** A window that the other table has already is as it was there. */
  #takeBackfill(report: WindowReport): void {
    const day = dayOf(report)
    const run = report.run ?? 0
    const names = namesIn(report)
    const ahead = this.#outputs.find(({ name }) => !names.includes(name))
    const visits = ahead?.now.backfills.get(run)?.visits ?? this.#visitsOf(day)
    for (const output of this.#outputs.filter(({ name }) => names.includes(name))) {
      const { now } = output
      output.now = {
        ...now,
        days: new Map([...now.days, [day, visits]]),
        backfills: new Map([...now.backfills, [run, { day, visits }]]),
      }
    }
  }

  async #expire(output: Output, kept: number): Promise<void> {
    const table = await this.#lab.target(output.name)
    const head = table.currentSnapshot
    if (head === null) return
    const newest = table.snapshots.slice(-kept).map(({ snapshotId }) => snapshotId)
    await expireAllBut(table, [head.snapshotId, ...newest])
    this.#isForgetful = true
  }

  /** What the tables say, as far as they do. */
  async #stands(): Promise<ReadonlyMap<string, Stand>> {
    const kept = await showState(await this.#job(), CONTEXT)
    return new Map(
      kept.flatMap(({ inputs }, index) => {
        const state = inputs.get('source')
        const name = TARGETS[index]
        if (name === undefined || state === null || state === undefined) return []
        const next = Number(state.state.get('start')?.slice(8, 10))
        return [[name, { run: state.run, next, isSet: state.isSet }] as const]
      }),
    )
  }
}

const CONTEXT: RunContext = { store: null, now: () => 0, isDryRun: false }

function takeWindow(output: Output, run: number, window: Taken): void {
  const { now } = output
  const { day, visits } = window
  const next = day + 1
  const isEmpty = visits.length === 0
  output.now = {
    ...now,
    // Without rows nothing is replaced.
    days: isEmpty ? now.days : new Map([...now.days, [day, visits]]),
    windows: new Map([...now.windows, [run, window]]),
    stand: { run, next, isSet: false },
    written: isEmpty ? now.written : next,
  }
}

function dayOf({ window }: WindowReport): number {
  return Number(window.get('start')?.slice(8, 10))
}

function namesIn({ outputs }: WindowReport): readonly string[] {
  return outputs.flatMap((output) => (output.kind === 'table' ? [output.target] : []))
}

it(
  'never leave a day out of either table, take one twice, or part them',
  { timeout: 600_000 },
  async () => {
    let handed = 0
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 10 }), async (steps) => {
        const lab = await openVisits()
        await lab.warehouse.createTable('gold.visits', { schema: Visit, partitionBy: ['day(at)'] })
        const history = new History(lab)
        for (const step of steps) {
          await history.take(step)
          await history.check()
        }
        await history.catchUp()
        handed += history.handed
      }),
      runs(100),
    )
    expect(handed).toBeGreaterThan(0)
  },
)
