// Expiry of snapshots (spec: Snapshot Retention Policy):
//  1. what goes is worked out of the version in hand, and again at every attempt to commit;
//  2. the commit comes first: a crash after it leaves files that nobody needs, never a table that needs what is gone;
//  3. files that only what has gone led to are found out from what was committed, all of them before the first is removed;
//  4. data goes before manifests and these before their lists, so that what a crash leaves can still be told what it is.
//  5. every few thousand files the table is looked at again: what others have made part of it meanwhile stays.
// While nobody knows whether the commit landed, nothing is removed.
import { IcebergError, isKind } from '../base/errors.ts'
import { STOP_NAMES, checkChoice, checkOptions } from '../base/options.ts'
import type { OptionNames } from '../base/options.ts'
import type { RequestOptions } from '../io/object-store.ts'
import { keptSnapshot } from '../metadata/history.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import type { LiveTable, TableState } from '../table/table-state.ts'
import { commitChange } from '../write/commit.ts'
import { reasonOf } from './delete-files.ts'
import type { LeftFile } from './delete-files.ts'
import { describeFiles } from './describe-files.ts'
import { expiryChange } from './expiry-change.ts'
import { deleteInOrder, filesOfExpiry } from './expiry-files.ts'
import { momentBefore } from './moment.ts'
import type { Age } from './moment.ts'
import { checkMayRemoveFiles } from './own-files.ts'
import { planExpiryCommit } from './plan-expiry.ts'
import type { ExpiryCommit, ExpiryRequest } from './plan-expiry.ts'
import type { TableFile } from './table-file.ts'

/**
 * Which snapshots expire. Without a word the properties `history.expire.*` of the table say: five days, one snapshot a
 * branch. Branches and tags that say otherwise of themselves come first.
 */
export interface ExpireOptions {
  /** Snapshots older than this go; an age counts from now, and a moment may be any. */
  readonly olderThan?: Age
  /** So many snapshots of each branch stay however old they are; from 1. */
  readonly retainLast?: number
  /**
   * These go as well, however young. One from amid a branch cuts its line: what came before is kept as long as it is young, and
   * no reader follows the line beyond the gap.
   */
  readonly snapshotIds?: readonly bigint[]
  /**
   * Whether the newest snapshot of each branch stays that says where an incremental job stands; `keep` when absent. Jobs go on
   * where they stood either way: where a snapshot expires that says so, a property of the table says it from then on.
   */
  readonly jobSnapshots?: 'keep' | 'expire'
}

/** Files that are done with, of all that are removed. */
export interface ExpireProgress {
  readonly files: number
  readonly totalFiles: number
}

/** How an expiry is told to stop, and tells how far it is. */
export interface ExpireRun {
  readonly signal?: AbortSignal
  /** Told after each batch of files. */
  readonly onProgress?: (progress: ExpireProgress) => void
}

/** What expiry would take away. */
export interface ExpirePlan {
  /** In the order of the table. */
  readonly snapshotIds: readonly bigint[]
  /** Branches and tags. */
  readonly refs: readonly string[]
  /** Snapshots that stay only because they say where an incremental job stands. */
  readonly jobSnapshotIds: readonly bigint[]
  /** Files that nothing needs any more then. */
  readonly files: readonly TableFile[]
  /** The same, but outside of the table's folders, or in those of a table inside of them: they stay where they are. */
  readonly outside: readonly TableFile[]
  /**
   * Why nobody knows which files nothing needs any more, where one that says so is missing or damaged: then none would be removed,
   * and the removal of orphans finds them once no snapshot that is kept needs it. Null when that is known.
   */
  readonly unread: string | null
  /** The plan in words. */
  describe(): string
  /**
   * Does it: what was planned and no more, and less where other commits need something of it meanwhile. Once the commit has
   * landed nothing is thrown: what cannot be removed, or is left when the caller gives up, is reported.
   *
   * @throws IcebergError `conflict` when other writers win every attempt
   * @throws IcebergError `commit-unknown` when storage could not say what became of the commit; no file is removed then
   */
  run(options?: ExpireRun): Promise<ExpireReport>
}

/** What expiry took away. */
export interface ExpireReport {
  readonly snapshotIds: readonly bigint[]
  readonly refs: readonly string[]
  readonly jobSnapshotIds: readonly bigint[]
  /** Files that are gone. */
  readonly files: readonly TableFile[]
  /** Files that are or may be there still, for the table came to name them, or else: the next removal of orphans takes the latter. */
  readonly left: readonly (TableFile & LeftFile)[]
  readonly outside: readonly TableFile[]
  /**
   * Why nobody knows which files nothing needs any more, so that none was removed: the removal of orphans finds them. Null when
   * that is known.
   */
  readonly unread: string | null
  /** 0 when nothing had to go. */
  readonly attempts: number
}

/**
 * What would expire now, and the files that would go with it. Nothing is changed.
 *
 * @throws IcebergError `invalid` when a branch or tag leads to one of the named snapshots, when `gc.enabled` of the table is
 *   false, and for options that are none
 * @throws IcebergError `unsupported` for a table that can only be read: a copy, or one that was opened by its metadata file
 * @throws IcebergError `not-found` when the table has no such snapshot
 */
export async function planExpiry(
  table: LiveTable,
  options: ExpireOptions = {},
  how: { readonly signal?: AbortSignal } = {},
): Promise<ExpirePlan> {
  checkOptions('planExpiry', how, STOP_NAMES)
  const reading = signalOf(how.signal)
  const request = await requestOn(table, options, reading)
  const { state } = table
  const commit = planExpiryCommit(state.metadata, request)
  const { files, outside, unread } = await filesOfExpiry(state, commit, reading)
    .then((found) => ({ ...found, unread: null }))
    .catch(unreadFiles)
  const { snapshotIds, refs, jobSnapshotIds } = commit
  const only = { snapshotIds: new Set(snapshotIds), refs: new Set(refs) }
  const plan = { snapshotIds, refs, jobSnapshotIds, files, outside, unread }
  return {
    ...plan,
    describe: () => describePlan(plan, state.metadata),
    run: async (run = {}) => {
      checkOptions('run', run, RUN_NAMES)
      return runExpiry(table, { ...request, only }, run)
    },
  }
}

/** Of a damaged table snapshots may go all the same, above all those that are damaged. */
function unreadFiles(error: unknown): Pick<ExpirePlan, 'files' | 'outside' | 'unread'> {
  if (!isKind(error, 'not-found') && !isKind(error, 'corrupt')) throw error
  return { files: [], outside: [], unread: reasonOf(error) }
}

/** {@link planExpiry} and its run, in one. */
export async function expireSnapshots(
  table: LiveTable,
  options: ExpireOptions & ExpireRun = {},
): Promise<ExpireReport> {
  return runExpiry(table, await requestOn(table, options, signalOf(options.signal)), options)
}

/** What is asked, held against the newest version of the table. */
async function requestOn(
  table: LiveTable,
  options: ExpireOptions,
  reading: RequestOptions,
): Promise<ExpiryRequest> {
  checkExpireOptions(options)
  const { olderThan, retainLast, snapshotIds = [], jobSnapshots = 'keep' } = options
  const nowMs = table.state.services.environment.nowMs()
  const olderThanMs = olderThan === undefined ? undefined : momentBefore(olderThan, nowMs)
  checkExpiry(await table.refresh(reading), options)
  return {
    nowMs,
    snapshotIds,
    jobSnapshots,
    ...(olderThanMs === undefined ? {} : { olderThanMs }),
    ...(retainLast === undefined ? {} : { minSnapshotsToKeep: retainLast }),
  }
}

const RUN_NAMES: OptionNames<ExpireRun> = { signal: 'signal', onProgress: 'function' }

const NAMES: OptionNames<ExpireOptions & ExpireRun> = {
  olderThan: true,
  retainLast: true,
  snapshotIds: 'list',
  jobSnapshots: true,
  ...RUN_NAMES,
}

/**
 * @throws IcebergError `invalid` for options and choices that there are not, for less than one snapshot a branch, and for what is
 *   neither an age nor a moment
 */
function checkExpireOptions(options: ExpireOptions & ExpireRun): void {
  checkOptions('expireSnapshots', options, NAMES)
  const { olderThan, retainLast, snapshotIds = [], jobSnapshots = 'keep' } = options
  if (snapshotIds.some((id) => typeof id !== 'bigint')) {
    throw new IcebergError(
      'invalid',
      'snapshot ids are bigints: a number does not hold all of them',
    )
  }
  checkChoice('jobSnapshots', jobSnapshots, ['keep', 'expire'])
  if (olderThan !== undefined) momentBefore(olderThan, 0)
  if (retainLast === undefined || (Number.isSafeInteger(retainLast) && retainLast >= 1)) return
  throw new IcebergError('invalid', 'of each branch one snapshot stays at the least', {
    context: { retainLast },
  })
}

/**
 * What is asked of an expiry, held against a version of the table.
 *
 * @throws IcebergError as {@link planExpiry}
 */
export function checkExpiry(state: TableState, options: ExpireOptions): void {
  checkExpireOptions(options)
  checkMayRemoveFiles(state)
  for (const id of options.snapshotIds ?? []) keptSnapshot(state.metadata, id)
}

async function runExpiry(
  table: LiveTable,
  request: ExpiryRequest,
  { signal, onProgress }: ExpireRun,
): Promise<ExpireReport> {
  const reading = signalOf(signal)
  const change = expiryChange(request)
  const { state, attempts } = await commitChange(table, change, reading)
  const commit = change.proposed()
  if (commit === null || attempts === 0) return nothingExpired(commit)
  const { snapshotIds, refs, jobSnapshotIds } = commit
  const expired = { snapshotIds, refs, jobSnapshotIds, attempts }
  // What is kept is what was committed, or what others have made of it since.
  const expiry = { ...commit, after: state.metadata }
  const found = await filesOfExpiry(state, expiry, reading).catch(reasonOf)
  if (typeof found === 'string') {
    return { ...expired, files: [], left: [], outside: [], unread: found }
  }
  const { files, outside } = found
  const totalFiles = files.length
  const { deleted, left } = await deleteInOrder(table, state, files, {
    ...reading,
    onDone: (done) => onProgress?.({ files: done, totalFiles }),
  })
  return { ...expired, files: deleted, left, outside, unread: null }
}

function nothingExpired(commit: ExpiryCommit | null): ExpireReport {
  const jobSnapshotIds = commit?.jobSnapshotIds ?? []
  const none = { snapshotIds: [], refs: [], files: [], left: [], outside: [] }
  return { ...none, jobSnapshotIds, unread: null, attempts: 0 }
}

function describePlan(
  plan: Pick<
    ExpirePlan,
    'snapshotIds' | 'refs' | 'jobSnapshotIds' | 'files' | 'outside' | 'unread'
  >,
  { snapshots }: TableMetadata,
): string {
  const { snapshotIds, refs, jobSnapshotIds, files, outside, unread } = plan
  if (snapshotIds.length + refs.length === 0) return 'nothing to expire'
  return [
    `${snapshotIds.length} of ${snapshots.length} snapshots expire`,
    ...refs.map((name) => `${name} goes, whose snapshot has become too old for it`),
    ...jobSnapshotIds.map((id) => `snapshot ${id} stays, because it says where a job stands`),
    unread === null
      ? `${describeFiles(files)} go with them`
      : `no file is removed, because nobody knows which are needed: ${unread}`,
    ...files.map(({ path, kind }) => `  ${kind} ${path}`),
    ...outside.map(({ path }) => `  ${path} stays: it lies outside of the table's folders`),
  ].join('\n')
}

function signalOf(signal: AbortSignal | undefined): RequestOptions {
  return signal === undefined ? {} : { signal }
}
