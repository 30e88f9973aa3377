/** What users do to a table, each step with what the model says must come of it. */
import fc from 'fast-check'
import { expect } from 'vitest'

import { nextTurn } from '../../../src/base/environment.ts'
import type { ErrorKind } from '../../../src/base/errors.ts'
import type { Commit } from '../../../src/write/commit-report.ts'
import { ALL_FAULTS } from '../faulty-store.ts'
import type { Fault } from '../faulty-store.ts'
import { rowSet } from '../row-sets.ts'
import { asItHappened, countsOf, outcomeOf, tell, textOf } from './commits.ts'
import type { CommitPlan, Outcome } from './commits.ts'
import { anySeed, draw } from './draw.ts'
import { anyEvolution, canBeReadAs, evolve, onNewest } from './evolution.ts'
import type { Evolution } from './evolution.ts'
import type { SeenAndNewest } from './input.ts'
import type { TableLayout } from './layout.ts'
import { Compact, Expire, RemoveOrphans, RewriteManifests } from './maintenance.ts'
import { firstVersion, idAt, placesOf, visibleRows } from './model.ts'
import type { HandleIndex, Model, ModelHandle, ModelVersion, Real, UnknownTable } from './model.ts'
import { Appended, Query, RowsAndPlaces, TimeTravel } from './queries.ts'
import { anyRefEvolution } from './refs.ts'
import type { IdOf } from './refs.ts'
import { anyAppend, anyOverwrite, anyRowChange } from './row-changes.ts'
import type { RowChange } from './row-changes.ts'
import { Step, auditNewest, endOf, expectKind } from './step.ts'
import type { Command, StepOptions } from './step.ts'

export const TABLE = 'city.rides'

/** Any steps of two who use one table. */
export function anyCommands(maxCommands: number): fc.Arbitrary<Iterable<Command>> {
  const options = fc.record({ handle: fc.constantFrom<HandleIndex[]>(0, 1), seed: anySeed })
  const any = (Kind: new (options: StepOptions) => Step): fc.Arbitrary<Step> =>
    options.map((some) => new Kind(some))
  return fc.commands(
    [
      any(Append),
      any(Append),
      any(Overwrite),
      any(Overwrite),
      any(Replay),
      any(Several),
      any(Batch),
      any(Falter),
      any(Together),
      any(Together),
      any(Evolve),
      any(Evolve),
      any(Evolve),
      any(MoveRefs),
      any(Query),
      any(Query),
      any(RowsAndPlaces),
      any(TimeTravel),
      any(Appended),
      any(MoveClock),
      any(RewriteManifests),
      any(Expire),
      any(Compact),
      any(RemoveOrphans),
      any(Refresh),
      any(Reopen),
      any(Recreate),
    ],
    { maxCommands, size: 'max' },
  )
}

/** A commit through one handle, which may be behind. */
abstract class CommitStep extends Step {
  async act({ handles }: Model, real: Real): Promise<void> {
    const handle = handles[this.handle]
    const table = real.handles[this.handle]
    const plan = this.plan(handle, (place) => idAt(handle.seen, table, place))
    this.tell(real, textOf(plan))
    await this.commit(plan, handle, real)
  }

  abstract plan(handle: ModelHandle, idOf: IdOf): CommitPlan

  /** Commits, and expects what the model says; the handle is then at the newest version. */
  protected async commit(plan: CommitPlan, handle: ModelHandle, real: Real): Promise<void> {
    const table = real.handles[this.handle]
    const ended = await endOf(tell(plan, table))
    const outcome = outcomeOf(handle, plan, real.environment.nowMs())
    expectOutcome(ended.kind, outcome)
    if (handle.table.isDropped || !outcome.looks) return
    if (ended.kind === null && outcome.after !== null) {
      const { newest } = handle.table
      handle.table.newest = asItHappened(newest, outcome.after, table.snapshots)
      expect(ended.value).toMatchObject(countsOf(newest, outcome.after))
    } else {
      await table.refresh()
    }
    handle.seen = handle.table.newest
    await auditNewest(real, table)
  }
}

/** @param kind null for a commit that ended well */
function expectOutcome(kind: ErrorKind | null, { mayFail, after }: Outcome): void {
  if (kind !== null) expect(mayFail).toContain(kind)
  else if (after === null) expect.unreachable(`the commit must fail: ${mayFail.join(' or ')}`)
}

class Append extends CommitStep {
  plan(handle: ModelHandle): CommitPlan {
    return { steps: [], changes: [draw(anyAppend(sights(handle)), this.seed)] }
  }
}

class Overwrite extends CommitStep {
  plan(handle: ModelHandle): CommitPlan {
    return { steps: [], changes: [draw(anyOverwrite(sights(handle)), this.seed)] }
  }
}

/** The same slice written once more: the table is as if it had been written once. */
class Replay extends Overwrite {
  override async act(model: Model, real: Real): Promise<void> {
    const handle = model.handles[this.handle]
    if (handle.table.isDropped) return
    await real.handles[this.handle].refresh()
    handle.seen = handle.table.newest
    const plan = this.plan(handle)
    this.tell(real, `twice ${textOf(plan)}`)
    await this.commit(plan, handle, real)
    const { schema } = handle.seen
    const once = rowSet(schema.fields, visibleRows(handle.seen))
    await this.commit(plan, handle, real)
    expect(rowSet(schema.fields, visibleRows(handle.seen))).toEqual(once)
  }
}

/** Two or three changes of rows in one commit, each on what the one before it left. */
class Several extends CommitStep {
  plan(handle: ModelHandle): CommitPlan {
    const anyChanges = fc.array(anyRowChange(sights(handle)), { minLength: 2, maxLength: 3 })
    return { steps: [], changes: draw(anyChanges, this.seed) }
  }
}

/** Rows with a property that says how far they go, if nobody was there before. */
class Batch extends CommitStep {
  plan(handle: ModelHandle): CommitPlan {
    const [change, isRight] = draw(fc.tuple(anyAppend(sights(handle)), fc.boolean()), this.seed)
    const { batch } = handle.table.newest
    return { steps: [], changes: [change], batch: isRight ? batch : batch + 1 }
  }
}

const anyFault = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.constantFrom(...ALL_FAULTS))

/** A change of rows while a request fails: what nobody can tell the writer was done once or not at all. */
class Falter extends Step {
  override check({ handles }: Readonly<Model>): boolean {
    return !handles[this.handle].table.isDropped
  }

  async act({ handles }: Model, real: Real): Promise<void> {
    const handle = handles[this.handle]
    const table = real.handles[this.handle]
    const plan: CommitPlan = {
      steps: [],
      changes: [draw(anyRowChange(sights(handle)), this.seed)],
    }
    const [request, fault] = draw(anyFault, this.seed)
    this.tell(real, `request ${request} ${fault}: ${textOf(plan)}`)
    const kind = await this.#commit(plan, real, [request, fault])
    const { newest } = handle.table
    const made = table.snapshots.slice(placesOf(newest).length)
    expect(made.length).toBeLessThanOrEqual(kind === null || kind === 'commit-unknown' ? 1 : 0)
    // What it stands on is as old as its snapshot, however long it was looked for.
    const { mayFail, after } = outcomeOf(handle, plan, made[0]?.timestampMs ?? newest.lastUpdatedMs)
    if (kind !== null) expect([...LOSSES, ...mayFail]).toContain(kind)
    if (made.length > 0) this.#follow(handle, table, after)
    handle.seen = handle.table.newest
    await auditNewest(real, table)
  }

  /** Commits, and looks again when all that was on its way has landed. */
  async #commit(
    plan: CommitPlan,
    { store, handles }: Real,
    [request, fault]: readonly [number, Fault],
  ): Promise<ErrorKind | null> {
    const table = handles[this.handle]
    store.faults.set(store.requests.length + request, fault)
    const { kind } = await endOf(tell(plan, table))
    store.faults.clear()
    await store.landLate()
    await table.refresh()
    return kind
  }

  #follow(handle: ModelHandle, table: UnknownTable, after: ModelVersion | null): void {
    if (after === null) return expect.unreachable('the commit must fail')
    const { newest } = handle.table
    const { lastUpdatedMs } = table.metadata
    handle.table.newest = { ...asItHappened(newest, after, table.snapshots), lastUpdatedMs }
  }
}

/** What a writer may be told of a request that was lost. */
const LOSSES: readonly ErrorKind[] = ['unavailable', 'commit-unknown', 'conflict', 'not-found']

/** Changes of what the table is, and of the rows of the table as it then is, all in one commit. */
class Evolve extends CommitStep {
  plan(handle: ModelHandle): CommitPlan {
    const steps = this.#steps(handle)
    return { steps, changes: changesAfter(handle, steps, this.seed) }
  }

  /** One to three, each of the table as those before it leave it; none that rows cannot be read after. */
  #steps({ seen, table: { newest } }: ModelHandle): readonly Evolution[] {
    const steps: Evolution[] = []
    const rows = [...seen.snapshots, ...newest.snapshots].flatMap((snapshot) => snapshot.rows)
    for (let count = 0; count <= Math.abs(this.seed % 3); count += 1) {
      const step = draw(anyEvolution(evolvedBy(seen, steps)), this.seed + count)
      const { schema } = evolvedBy(seen, [...steps, step])
      if (canBeReadAs(schema, rows)) steps.push(step)
    }
    return steps
  }
}

/** Branches and tags moved, and the rows of what is then the main branch changed, all in one commit. */
class MoveRefs extends CommitStep {
  plan(handle: ModelHandle, idOf: IdOf): CommitPlan {
    const steps: Evolution[] = []
    for (let count = 0; count <= Math.abs(this.seed % 2); count += 1) {
      const before = evolvedBy(handle.seen, steps)
      const step = draw(anyRefEvolution(before, idOf), this.seed + count)
      const after = evolve(before, [step])
      // What leaves the refs as they are is no part of a commit.
      if (typeof after === 'string' || !equalRefs(before, after)) steps.push(step)
    }
    return { steps, changes: changesAfter(handle, steps, this.seed) }
  }
}

/** The version with the changes; as it was where one of them cannot be made. */
function evolvedBy(version: ModelVersion, steps: readonly Evolution[]): ModelVersion {
  const evolved = evolve(version, steps)
  return typeof evolved === 'string' ? version : evolved
}

function equalRefs(left: ModelVersion, right: ModelVersion): boolean {
  const textsOf = ({ refs }: ModelVersion): string =>
    fc.stringify([...refs].sort(([one], [other]) => (one < other ? -1 : 1)))
  return textsOf(left) === textsOf(right)
}

/** A change of rows of the table as other changes leave it. Half of these come without. */
function changesAfter(
  { seen, table: { newest } }: ModelHandle,
  steps: readonly Evolution[],
  seed: number,
): readonly RowChange[] {
  const evolved = evolve(seen, steps)
  if (typeof evolved === 'string' || seed % 2 === 0) return []
  const landed = onNewest(steps, { seen, evolved, newest }) ?? evolved
  return [draw(anyRowChange({ seen: evolved, newest: landed }), seed)]
}

function sights({ seen, table: { newest } }: ModelHandle): SeenAndNewest {
  return { seen, newest }
}

/** Both handles at once, with requests that take turns: each may find the other in its way. */
class Together extends Step {
  override check({ handles }: Readonly<Model>): boolean {
    return handles.every(({ table }) => !table.isDropped)
  }

  async act(model: Model, real: Real): Promise<void> {
    const { current, handles } = model
    const plans = handles.map((handle, index): CommitPlan => {
      const change = draw(anyRowChange(sights(handle)), this.seed + index)
      return { steps: [], changes: [change] }
    })
    this.tell(real, plans.map(textOf).join(' and '))
    const ends = await this.#race(plans, real)
    for (const handle of real.handles) await handle.refresh()
    this.#follow(model, { plans, ends, table: real.handles[0] })
    for (const handle of handles) handle.seen = current.newest
    await auditNewest(real, real.handles[0])
  }

  async #race(plans: readonly CommitPlan[], { handles, store }: Real): Promise<readonly Ended[]> {
    const turns = draw(fc.infiniteStream(fc.nat(3)), this.seed)
    store.beforeRequest = async () => {
      for (let left = Number(turns.next().value); left > 0; left -= 1) await nextTurn()
    }
    const ends = await Promise.all(
      plans.map((plan, index) => endOf(tell(plan, handles[index as HandleIndex]))),
    )
    store.beforeRequest = () => Promise.resolve()
    return ends
  }

  /** Which of them came first is up to the race: the model follows the snapshots that there are. */
  #follow({ current, handles }: Model, { plans, ends, table }: Race): void {
    const { snapshots, metadata } = table
    const versions = [current.newest]
    const at = (index: number, newest: ModelVersion, nowMs: number): Outcome => {
      const { seen } = handles[index as HandleIndex]
      return outcomeOf(
        { seen, table: { newest, isDropped: false } },
        plans[index] ?? NOTHING,
        nowMs,
      )
    }
    const made = snapshots.slice(placesOf(current.newest).length)
    const told = ends.flatMap(({ value }) => reportOf(value)?.snapshotId ?? [])
    expect(new Set(made.map(({ snapshotId }) => snapshotId))).toEqual(new Set(told))
    for (const { snapshotId, timestampMs } of made) {
      const index = ends.findIndex(({ value }) => reportOf(value)?.snapshotId === snapshotId)
      const before = versions.at(-1) ?? current.newest
      const { after, mayFail } = at(index, before, timestampMs)
      if (after === null) return expect.unreachable(`must fail: ${mayFail.join(' or ')}`)
      expect(ends[index]?.value).toMatchObject(countsOf(before, after))
      versions.push(asItHappened(before, after, snapshots))
    }
    for (const [index, { kind, value }] of ends.entries()) {
      if (kind === null && reportOf(value)?.snapshotId !== null) continue
      const outcomes = versions.map((newest) => ({ newest, ...at(index, newest, 0) }))
      const isRight = outcomes.some(({ newest, mayFail, after, looks }) =>
        kind === null ? !looks || after === newest : mayFail.includes(kind),
      )
      expect(isRight).toBe(true)
    }
    const { lastUpdatedMs } = metadata
    current.newest = { ...(versions.at(-1) ?? current.newest), lastUpdatedMs }
  }
}

type Ended = Awaited<ReturnType<typeof endOf>>

interface Race {
  readonly plans: readonly CommitPlan[]
  readonly ends: readonly Ended[]
  /** Refreshed after it. */
  readonly table: UnknownTable
}

const NOTHING: CommitPlan = { steps: [], changes: [] }

/** What a commit gives that ended well. */
function reportOf(value: unknown): Commit | undefined {
  // Writes of rows end with nothing else.
  return value as Commit | undefined
}

class MoveClock extends Step {
  async act(_model: Model, real: Real): Promise<void> {
    const ms = draw(fc.integer({ min: -100_000, max: 100_000 }), this.seed)
    this.tell(real, `${ms} ms`)
    real.environment.timeMs += ms
  }
}

class Refresh extends Step {
  async act({ handles }: Model, real: Real): Promise<void> {
    const handle = handles[this.handle]
    const { isDropped, newest } = handle.table
    await expectKind(real.handles[this.handle].refresh(), isDropped ? 'not-found' : null)
    if (!isDropped) handle.seen = newest
  }
}

class Reopen extends Step {
  async act(model: Model, real: Real): Promise<void> {
    real.handles[this.handle] = await real.warehouse.loadTable(TABLE)
    model.handles[this.handle] = { table: model.current, seen: model.current.newest }
  }
}

class Recreate extends Step {
  async act(model: Model, real: Real): Promise<void> {
    const { layout } = model
    await real.warehouse.dropTable(TABLE)
    model.current.isDropped = true
    const newest = firstVersion(layout, real.environment.nowMs())
    model.current = { newest, isDropped: false }
    real.handles[this.handle] = await createTable(real, layout)
    model.handles[this.handle] = { table: model.current, seen: newest }
  }
}

export function createTable(
  { warehouse }: Pick<Real, 'warehouse'>,
  { formatVersion, schema, partitionBy, sortBy, properties }: TableLayout,
): Promise<UnknownTable> {
  return warehouse.createTable(TABLE, { formatVersion, schema, partitionBy, sortBy, properties })
}
