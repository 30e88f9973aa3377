// The commit loop (spec: Commit Conflict Resolution and Retry):
//  1. guards are asked, then the change is worked out against the version in hand, or the newest if a guard says no;
//  2. the catalog swaps: committed, conflict, or unknown;
//  3. conflict: wait, refresh (after the wait: what was seen before it is stale), and back to 1;
//  4. unknown: reload and look for our change. Nothing is deleted and nothing is tried again while it may still land.
import { IcebergError, isKind } from '../base/errors.ts'
import { backoffMs } from '../base/retry.ts'
import type { LoadedTable, TableCommit } from '../catalog/catalog.ts'
import {
  COMMIT_MAX_RETRY_WAIT_MS,
  COMMIT_MIN_RETRY_WAIT_MS,
  COMMIT_NUM_RETRIES,
  COMMIT_TOTAL_RETRY_TIME_MS,
  STATUS_CHECK_MAX_WAIT_MS,
  STATUS_CHECK_MIN_WAIT_MS,
  STATUS_CHECK_NUM_RETRIES,
  STATUS_CHECK_TOTAL_TIME_MS,
  readProperty,
} from '../metadata/properties.ts'
import { snapshotById } from '../metadata/table-metadata.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import type { LiveTable, TableState } from '../table/table-state.ts'

/** Whether the table is as the writer needs it. Asked at every attempt, of the version that the attempt stands on. */
export type Guard = (fresh: TableMetadata) => boolean

/** A change that can be worked out against any version of the table. */
export interface Change {
  /**
   * Called once per attempt, never twice with the same attempt. Null when there is nothing to change.
   *
   * @throws IcebergError `conflict` when another commit makes the change wrong: that ends the loop
   */
  propose(state: TableState, attempt: number): Promise<TableCommit | null>
  /** Whether a version of the table has the change in it. */
  isIn(metadata: TableMetadata): boolean
}

export interface CommitOptions {
  readonly guards?: readonly Guard[]
  readonly signal?: AbortSignal
}

export interface CommitAttempts {
  readonly state: TableState
  /** 0 when there was nothing to change. */
  readonly attempts: number
}

/**
 * Commits a change, retrying by `commit.retry.*` while other writers win.
 *
 * @throws IcebergError `conflict` when a guard says no, validation fails, or retries end
 * @throws IcebergError `commit-unknown` when the catalog could not say what became of it
 */
export async function commitChange(
  table: LiveTable,
  change: Change,
  options: CommitOptions = {},
): Promise<CommitAttempts> {
  const { environment, onEvent } = table.state.services
  const policy = retryPolicy(table.state.metadata)
  const startMs = environment.nowMs()
  let state = table.state
  for (let attempt = 1; ; attempt += 1) {
    options.signal?.throwIfAborted()
    state = await guardedState(table, state, options)
    onEvent({ kind: 'commit-attempted', table: state.name, attempt })
    const isLast = attempt > policy.retries
    const proposed = await proposedOn(table, change, { state, attempt, isLast, options })
    if (proposed === 'expired') {
      state = table.state
      continue
    }
    if (proposed === null) {
      const fresh = await table.refresh(options)
      if (fresh.loaded.metadataLocation === state.loaded.metadataLocation) {
        return { state, attempts: 0 }
      }
      state = fresh
      continue
    }
    const outcome = await state.services.catalog.commitTable(state.loaded, proposed)
    if (outcome.kind === 'committed') return settle(table, outcome.table, attempt)
    if (outcome.kind === 'unknown') {
      return settle(table, await resolveUnknown(table, change, outcome.cause), attempt)
    }
    onEvent({ kind: 'commit-conflict', table: state.name, attempt, reason: outcome.reason })
    const waitMs = backoffMs(attempt, policy, () => environment.random())
    if (isLast || environment.nowMs() + waitMs - startMs > policy.totalMs) {
      throw new IcebergError('conflict', 'other writers won every attempt to commit', {
        context: { table: state.name, attempts: attempt, reason: outcome.reason },
      })
    }
    await environment.sleep(waitMs, options.signal)
    state = await table.refresh(options)
  }
}

interface Attempt {
  readonly state: TableState
  readonly attempt: number
  readonly isLast: boolean
  readonly options: CommitOptions
}

/**
 * What a change is on a version. `expired` when that cannot be worked out because the files of its snapshot went with it: the
 * table has moved to its newest version then, on which the change may well be possible.
 */
async function proposedOn(
  table: LiveTable,
  change: Change,
  { state, attempt, isLast, options }: Attempt,
): Promise<TableCommit | null | 'expired'> {
  try {
    return await change.propose(state, attempt)
  } catch (error) {
    if (isLast || !isKind(error, 'not-found')) throw error
    const { currentSnapshotId } = state.metadata
    const fresh = await table.refresh(options)
    const isKept =
      currentSnapshotId === null || snapshotById(fresh.metadata, currentSnapshotId) !== undefined
    if (isKept) throw error
    return 'expired'
  }
}

async function settle(
  table: LiveTable,
  committed: LoadedTable,
  attempts: number,
): Promise<CommitAttempts> {
  return { state: table.moveTo(committed), attempts }
}

/** The version in hand if the guards hold of it, else the newest: that an old one is not as it should be proves nothing. */
async function guardedState(
  table: LiveTable,
  state: TableState,
  { guards = [], ...options }: CommitOptions,
): Promise<TableState> {
  const hold = ({ metadata }: TableState): boolean =>
    guards.every((guard) => checkedAnswer(guard(metadata)))
  if (hold(state)) return state
  const fresh = await table.refresh(options)
  if (fresh.loaded.metadataLocation !== state.loaded.metadataLocation && hold(fresh)) return fresh
  throw new IcebergError('conflict', 'a guard of the commit does not hold', {
    context: { table: fresh.name, metadata: fresh.loaded.metadataLocation },
  })
}

/** A promise is no answer: taken for one it would let every commit pass. */
function checkedAnswer(answer: unknown): boolean {
  if (typeof answer === 'boolean') return answer
  throw new IcebergError('invalid', 'a guard must answer true or false, and at once', {
    context: { answer: typeof answer },
  })
}

/** The version that has our change in it, once one is seen. Not to be aborted: it may be there. */
async function resolveUnknown(
  table: LiveTable,
  change: Change,
  cause: unknown,
): Promise<LoadedTable> {
  const { environment } = table.state.services
  const policy = statusPolicy(table.state.metadata)
  const startMs = environment.nowMs()
  for (let check = 1; check <= policy.retries; check += 1) {
    const fresh = await table.refresh().catch(() => null)
    if (fresh !== null && change.isIn(fresh.metadata)) return fresh.loaded
    const waitMs = backoffMs(check, policy, () => environment.random())
    if (check === policy.retries || environment.nowMs() + waitMs - startMs > policy.totalMs) break
    await environment.sleep(waitMs)
  }
  throw new IcebergError(
    'commit-unknown',
    'the commit may or may not have landed: look at the newest snapshots before writing the same rows again',
    { context: { table: table.state.name, metadata: table.state.loaded.metadataLocation }, cause },
  )
}

interface RetryPolicy {
  readonly retries: number
  readonly minMs: number
  readonly maxMs: number
  readonly totalMs: number
}

function retryPolicy({ properties }: TableMetadata): RetryPolicy {
  return {
    retries: readProperty(properties, COMMIT_NUM_RETRIES),
    minMs: readProperty(properties, COMMIT_MIN_RETRY_WAIT_MS),
    maxMs: readProperty(properties, COMMIT_MAX_RETRY_WAIT_MS),
    totalMs: readProperty(properties, COMMIT_TOTAL_RETRY_TIME_MS),
  }
}

/** How an outcome that is not known is looked up before it is reported as such. */
function statusPolicy({ properties }: TableMetadata): RetryPolicy {
  return {
    retries: readProperty(properties, STATUS_CHECK_NUM_RETRIES),
    minMs: readProperty(properties, STATUS_CHECK_MIN_WAIT_MS),
    maxMs: readProperty(properties, STATUS_CHECK_MAX_WAIT_MS),
    totalMs: readProperty(properties, STATUS_CHECK_TOTAL_TIME_MS),
  }
}
