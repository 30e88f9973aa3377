/** Commits, with what the model says must come of them: one or more changes, of what the table is and of its rows. */
import type { ErrorKind } from '../../../src/base/errors.ts'
import type { Snapshot } from '../../../src/metadata/snapshot.ts'
import type { Commit } from '../../../src/write/commit-report.ts'
import { evolve, onNewest } from './evolution.ts'
import type { Evolution } from './evolution.ts'
import { atPlaces, committed, headOf, mayMiss } from './model.ts'
import type { ModelHandle, ModelVersion, UnknownTable } from './model.ts'
import { attempt } from './row-changes.ts'
import type { RowChange } from './row-changes.ts'

/** The property that transactions guard. */
const BATCH = 'acme.batch'

/** What one commit is to hold, in this order. */
export interface CommitPlan {
  readonly steps: readonly Evolution[]
  readonly changes: readonly RowChange[]
  /** The batch that the commit expects to be the last, and counts up. */
  readonly batch?: number
}

/** What may come of a commit. */
export interface Outcome {
  /** Kinds of errors with which it may end. */
  readonly mayFail: readonly ErrorKind[]
  /** What the table is when it does not; null where an error must come. */
  readonly after: ModelVersion | null
  /** Whether the handle looks at the newest version, also when there is nothing to commit. */
  readonly looks: boolean
}

/** Changes of rows alone go by the table's own methods, one by one. */
export function tell(plan: CommitPlan, table: UnknownTable): Promise<unknown> {
  const { steps, changes, batch } = plan
  const [change] = changes
  if (steps.length === 0 && changes.length === 1 && change !== undefined && batch === undefined) {
    return change.tell(table)
  }
  return table.transaction(async (tx) => {
    if (batch !== undefined) {
      tx.guard(({ properties }) => (properties.get(BATCH) ?? '0') === String(batch))
      tx.setProperties({ [BATCH]: String(batch + 1) })
    }
    for (const step of steps) step.tell(tx)
    for (const one of changes) await one.tell(tx)
  })
}

export function textOf({ steps, changes, batch }: CommitPlan): string {
  const guard = batch === undefined ? [] : [`batch ${batch}`]
  return [...guard, ...steps.map(({ text }) => text), ...changes.map(({ text }) => text)].join('; ')
}

/**
 * What comes of a commit through a handle, which first tries the version that it has in hand and then the newest.
 *
 * @param nowMs when it has ended
 */
export function outcomeOf(handle: ModelHandle, plan: CommitPlan, nowMs: number): Outcome {
  const outcome = outcomeOfReader(handle, plan, nowMs)
  if (!mayMiss(handle)) return outcome
  return { ...outcome, mayFail: [...outcome.mayFail, 'not-found'] }
}

/** As {@link outcomeOf}, where all is there that the handle sees. */
function outcomeOfReader(
  { seen, table: { newest, isDropped } }: ModelHandle,
  { steps, changes, batch }: CommitPlan,
  nowMs: number,
): Outcome {
  const evolved = evolve(seen, steps)
  if (typeof evolved === 'string') return fails(evolved)
  const refused = changes.find(({ faults }) => faults.length > 0)
  if (refused !== undefined) return fails(...refused.faults)
  const isEmpty = steps.length === 0 && batch === undefined
  if (isEmpty && changes.every(({ isIdle }) => isIdle)) {
    return { mayFail: [], after: seen, looks: false }
  }
  const reading = { readHead: headOf(evolved), nowMs }
  // A guard that does not hold sends the commit to the newest version at once.
  const isTriedInHand = batch === undefined || batch === seen.batch
  const inHand = attempt(evolved, isTriedInHand ? changes : [], reading)
  if (typeof inHand.result === 'string') return fails(inHand.result, ...inHand.mayFail)
  if (isDropped) return fails('not-found', ...inHand.mayFail)
  if (batch !== undefined && batch !== newest.batch) return fails('conflict', ...inHand.mayFail)
  const base = newest === seen ? evolved : onNewest(steps, { seen, evolved, newest })
  if (base === null) return fails('conflict', ...inHand.mayFail)
  const heads = [...base.refs.values()].map(({ head }) => head)
  if (heads.some((head) => newest.expired.has(head))) return fails('not-found', ...inHand.mayFail)
  const { mayFail, result } = newest === seen ? inHand : attempt(base, changes, reading)
  const all = [...inHand.mayFail, ...mayFail]
  if (typeof result === 'string') return fails(result, ...all)
  const isDone = batch === undefined && steps.every((step) => step.isDone?.(newest) === true)
  if (isDone && result === base) return { mayFail: all, after: newest, looks: true }
  const counted = batch === undefined ? result : { ...result, batch: batch + 1 }
  return { mayFail: all, after: committed(newest, counted, nowMs), looks: true }
}

function fails(...mayFail: readonly ErrorKind[]): Outcome {
  return { mayFail, after: null, looks: true }
}

/** The version after a commit with what the model left open: whether a delete moved rows, and so wrote files. */
export function asItHappened(
  before: ModelVersion,
  after: ModelVersion,
  made: readonly Pick<Snapshot, 'operation'>[],
): ModelVersion {
  const operations = atPlaces(after, made)
  const snapshots = after.snapshots.map((snapshot, place) => {
    const { operation, moved } = snapshot
    const isOpen = place >= before.snapshots.length && operation === 'delete' && moved.length > 0
    const isRewrite = isOpen && operations.get(place)?.operation === 'overwrite'
    return isRewrite ? { ...snapshot, operation: 'overwrite' as const } : snapshot
  })
  return { ...after, snapshots }
}

/** What the report of a commit is to say of rows. */
export function countsOf(
  before: ModelVersion,
  after: ModelVersion,
): Pick<Commit, 'addedRows' | 'removedRows'> {
  const made = after.snapshots.slice(before.snapshots.length)
  return {
    addedRows: made.reduce((sum, { added }) => sum + BigInt(added.length), 0n),
    removedRows: made.reduce((sum, { removed }) => sum + BigInt(removed.length), 0n),
  }
}
