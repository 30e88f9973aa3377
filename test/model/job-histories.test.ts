/**
 * What can come between the runs of a job, in any order: late rows, runs that die at some request, tables that are rolled
 * back, ranges that are written again, snapshots that expire. The model knows which visits each day of the table has, and
 * where the job may stand; whatever comes, no day is left out and none is there twice.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'

import { isKind } from '../../src/base/errors.ts'
import type { IncrementalJob } from '../../src/jobs/incremental-job.ts'
import { dayText, expireAllBut, openVisits, rollBackTo, visitsIn } from '../support/jobs/visits.ts'
import type { VisitsLab } from '../support/jobs/visits.ts'
import { runs } from '../support/runs.ts'
import { collect } from '../support/streams.ts'

const DAYS = 6

type Step =
  | { readonly kind: 'visit'; readonly day: number }
  | { readonly kind: 'run' }
  /** The run's request of that number fails, after it happened or before, and the run with it. */
  | { readonly kind: 'crash'; readonly request: number; readonly applies: boolean }
  | { readonly kind: 'roll back'; readonly pick: number }
  | { readonly kind: 'backfill'; readonly from: number; readonly days: number }
  | { readonly kind: 'crash in backfill'; readonly from: number; readonly request: number }
  /** Snapshots before the newest so many go. */
  | { readonly kind: 'expire'; readonly kept: number }
  | { readonly kind: 'expire source' }

const anyDay = fc.integer({ min: 1, max: DAYS })

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('visit' as const), day: anyDay }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('run' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('crash' as const),
      request: fc.integer({ min: 1, max: 40 }),
      applies: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('roll back' as const), pick: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('backfill' as const),
      from: anyDay,
      days: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('crash in backfill' as const),
      from: anyDay,
      request: fc.integer({ min: 1, max: 60 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('expire' as const),
      kept: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('expire source' as const) }) },
)

/** Visits of a day, by the day. */
type Table = ReadonlyMap<number, readonly number[]>

interface Version {
  readonly table: Table
  /** The day that the next run takes. */
  readonly next: number
  /** The same by the last run with rows: what a roll-back may lead back to, where later runs have left no snapshot. */
  readonly written: number
}

class History {
  readonly #lab: VisitsLab
  readonly #source = new Map<number, readonly number[]>()
  /** Of the target's snapshots. */
  readonly #versions = new Map<bigint, Version>()
  #now: Version = { table: new Map(), next: 1, written: 1 }
  #isRolledBack = false
  #visits = 0

  constructor(lab: VisitsLab) {
    this.#lab = lab
  }

  async take(step: Step): Promise<void> {
    const { store } = this.#lab
    switch (step.kind) {
      case 'visit':
        await this.#lab.visit(step.day)
        this.#source.set(step.day, [...this.#visitsOf(step.day), this.#visits])
        this.#visits += 1
        return
      case 'run':
        await this.#checkRun(await this.#job().then((job) => job.next()))
        return
      case 'crash': {
        const job = await this.#job()
        store.faults.set(
          store.requests.length + step.request,
          step.applies ? 'applies-then-fails' : 'fails',
        )
        await this.#dies(async () => job.next())
        await this.#settleRun()
        return
      }
      case 'roll back':
        await this.#rollBack(step.pick)
        return
      case 'backfill':
        await this.#backfill(step.from, Math.min(step.from + step.days, DAYS + 1))
        return
      case 'crash in backfill': {
        const range = { from: dayText(step.from), to: dayText(step.from + 1) }
        const job = await this.#job()
        store.faults.set(store.requests.length + step.request, 'applies-then-fails')
        await this.#dies(async () => collect(job.backfill(range)))
        await this.#backfill(step.from, step.from + 1)
        return
      }
      case 'expire':
        await this.#expire(step.kept)
        return
      case 'expire source': {
        const source = await this.#lab.source()
        const head = source.currentSnapshot
        if (head !== null) await expireAllBut(source, [head.snapshotId])
      }
    }
  }

  /** The table is what the model says, and the job stands where it may. */
  async check(): Promise<void> {
    const expected = [...this.#now.table.values()].flat().toSorted((left, right) => left - right)
    const target = await this.#lab.target()
    expect(await visitsIn(target)).toEqual(expected)
    const next = await this.#nextDay()
    if (next === null) await this.#resume()
    else {
      expect(next).toBeGreaterThanOrEqual(this.#isRolledBack ? this.#now.written : this.#now.next)
      expect(next).toBeLessThanOrEqual(this.#now.next)
      this.#now = { ...this.#now, next }
    }
    this.#isRolledBack = false
    const head = (await this.#lab.target()).currentSnapshot?.snapshotId
    if (head !== undefined) this.#versions.set(head, this.#now)
  }

  /** Every day is taken in the end, and the table has what the source had then. */
  async catchUp(): Promise<void> {
    const job = await this.#job()
    for (;;) {
      const run = await job.next()
      if (run.outcome === 'nothing-to-do') break
      await this.#checkRun(run)
      await this.check()
    }
    expect(this.#now.next).toBe(DAYS + 1)
  }

  #job(): Promise<IncrementalJob> {
    const window = {
      column: 'at',
      start: dayText(1),
      step: '1 day',
      until: dayText(DAYS + 1),
    } as const
    return this.#lab.job({ window })
  }

  #visitsOf(day: number): readonly number[] {
    return this.#source.get(day) ?? []
  }

  async #checkRun(run: {
    readonly outcome: string
    readonly window: { readonly start: string }
  }): Promise<void> {
    if (run.outcome === 'nothing-to-do') {
      expect(this.#now.next).toBe(DAYS + 1)
      return
    }
    expect(run.window.start.slice(0, 10)).toBe(dayText(this.#now.next))
    expect(run.outcome).toBe(this.#visitsOf(this.#now.next).length === 0 ? 'empty' : 'written')
    this.#advance()
  }

  /** The day that was next is taken. Without rows nothing is replaced. */
  #advance(): void {
    const { next, table } = this.#now
    const visits = this.#visitsOf(next)
    this.#now =
      visits.length === 0
        ? { ...this.#now, next: next + 1 }
        : { table: new Map([...table, [next, visits]]), next: next + 1, written: next + 1 }
  }

  async #dies(run: () => Promise<unknown>): Promise<void> {
    const { store } = this.#lab
    await run().catch((error: unknown) => {
      if (!isKind(error, 'unavailable') && !isKind(error, 'commit-unknown')) throw error
    })
    store.faults.clear()
    await store.landLate()
  }

  /** A run that died has done its day, or has not. */
  async #settleRun(): Promise<void> {
    const next = await this.#nextDay()
    if (next !== null && next !== this.#now.next && this.#now.next <= DAYS) this.#advance()
  }

  async #rollBack(pick: number): Promise<void> {
    const target = await this.#lab.target()
    const kept = target.snapshots.filter(({ snapshotId }) => this.#versions.has(snapshotId))
    const to = kept[pick % Math.max(1, kept.length)]
    const version = to === undefined ? undefined : this.#versions.get(to.snapshotId)
    if (to === undefined || version === undefined) return
    await rollBackTo(target, to.snapshotId)
    this.#now = version
    this.#isRolledBack = true
  }

  async #backfill(from: number, to: number): Promise<void> {
    const job = await this.#job()
    await collect(job.backfill({ from: dayText(from), to: dayText(to) }))
    const table = new Map(this.#now.table)
    for (let day = from; day < to; day += 1) table.set(day, this.#visitsOf(day))
    this.#now = { ...this.#now, table }
  }

  async #expire(kept: number): Promise<void> {
    const target = await this.#lab.target()
    const head = target.currentSnapshot
    if (head === null) return
    const newest = target.snapshots.slice(-kept).map(({ snapshotId }) => snapshotId)
    await expireAllBut(target, [head.snapshotId, ...newest])
  }

  /** Null where it is not known any more. */
  async #nextDay(): Promise<number | null> {
    const job = await this.#job()
    const [state] = await job.state()
    const start = state?.inputs.get('source')?.state.get('start')
    if (start !== undefined) return Number(start.slice(8, 10))
    const run = await job.next({ dryRun: true }).catch((error: unknown) => {
      if (isKind(error, 'invalid')) return null
      throw error
    })
    return run === null ? null : 1
  }

  /** What was forgotten, when a table was rolled back and then lost its snapshots, somebody has to say. */
  async #resume(): Promise<void> {
    await (await this.#job()).setState({ start: dayText(this.#now.next) })
  }
}

it('never leave a day out or take one twice', { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { maxLength: 10 }), async (steps) => {
      const history = new History(await openVisits())
      for (const step of steps) {
        await history.take(step)
        await history.check()
      }
      await history.catchUp()
    }),
    runs(100),
  )
})
