// Rows that were appended in a range of a table's history, as a scan asks for them. Rows are given as they were appended,
// whatever became of them later; what other commits of the range mean is for the caller to say.
import { unreachable } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import { checkChoice, checkOptions } from '../base/options.ts'
import type { OptionNames } from '../base/options.ts'
import { MAIN_BRANCH } from '../metadata/refs.ts'
import { snapshotRange } from '../metadata/snapshot-range.ts'
import type { HistoryPoint } from '../metadata/snapshot-range.ts'
import type { Operation, Snapshot } from '../metadata/snapshot.ts'
import { currentSchema } from '../metadata/table-metadata.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import type { AppendRun } from './incremental-manifests.ts'
import { snapshotOfRef, timeToMs } from './selector.ts'
import type { SelectedSnapshot } from './selector.ts'

/**
 * A point in the history of a table: a snapshot by its id, a time (ISO 8601 with an offset, or milliseconds since the
 * epoch), or the snapshot that a branch or tag names.
 */
export type RangePoint =
  | { readonly snapshot: bigint }
  | { readonly time: string | bigint }
  | { readonly ref: string }

/** Which appended rows are read: those after `since`, up to and with `until`. */
export interface AppendsOptions {
  readonly since: RangePoint
  /** The newest snapshot when absent. */
  readonly until?: RangePoint
  /** Whose history the range is cut from: when absent that of the snapshot in `until`, or else the main branch. */
  readonly ref?: string
  /**
   * What a snapshot means that overwrote rows: `throw`, when absent; `skip` reads nothing of it; `added` reads the rows that
   * it wrote, without those that it removed being told.
   */
  readonly overwriteSnapshots?: 'throw' | 'skip' | 'added'
  /** What a snapshot means that deleted rows and wrote none: `throw`, when absent, or `skip`. */
  readonly deleteSnapshots?: 'throw' | 'skip'
}

/** What a scan of appended rows reads. */
export interface AppendsSelector {
  readonly since: PointSelector
  readonly until: PointSelector | null
  readonly ref: string | null
  readonly overwriteSnapshots: 'throw' | 'skip' | 'added'
  readonly deleteSnapshots: 'throw' | 'skip'
}

type PointSelector = HistoryPoint | { readonly kind: 'ref'; readonly name: string }

const NAMES: OptionNames<AppendsOptions> = {
  since: true,
  until: true,
  ref: 'text',
  overwriteSnapshots: true,
  deleteSnapshots: true,
}

/** @throws IcebergError `invalid` for what describes no range */
export function appendsSelector(options: AppendsOptions): AppendsSelector {
  checkOptions('appends', options, NAMES)
  const { since, until, ref } = options
  const choices = appendChoices(options)
  return {
    since: pointSelector('since', since),
    until: until === undefined ? null : pointSelector('until', until),
    ref: ref ?? null,
    ...choices,
  }
}

/** What snapshots mean that are no appends. */
export type AppendChoices = Pick<AppendsSelector, 'overwriteSnapshots' | 'deleteSnapshots'>

/** @throws IcebergError `invalid` for a choice that there is not */
export function appendChoices({
  overwriteSnapshots = 'throw',
  deleteSnapshots = 'throw',
}: Pick<AppendsOptions, 'overwriteSnapshots' | 'deleteSnapshots'>): AppendChoices {
  checkChoice('overwriteSnapshots', overwriteSnapshots, ['throw', 'skip', 'added'])
  checkChoice('deleteSnapshots', deleteSnapshots, ['throw', 'skip'])
  return { overwriteSnapshots, deleteSnapshots }
}

function pointSelector(option: string, point: RangePoint): PointSelector {
  const given: Readonly<Record<string, unknown>> = { ...point }
  const { snapshot, time, ref } = given
  if (Object.keys(given).length === 1) {
    if (typeof snapshot === 'bigint') return { kind: 'snapshot', snapshotId: snapshot }
    if (typeof ref === 'string') return { kind: 'ref', name: ref }
    if (typeof time === 'string' || typeof time === 'bigint') {
      return { kind: 'time', timestampMs: timeToMs(time) }
    }
  }
  throw new IcebergError(
    'invalid',
    'a range starts and ends at a snapshot (a bigint), a time (text or a bigint) or a ref: one of them',
    { context: { option } },
  )
}

/** The end of a range, and where the rows are that were appended in it. */
export interface SelectedAppends extends SelectedSnapshot {
  readonly appends: readonly AppendRun[]
}

/**
 * Finds what was appended. The current schema reads it, wherever the range ends: so ranges that follow each other give
 * rows of one kind.
 *
 * @throws IcebergError `not-found` or `invalid` when there is no such range
 * @throws IcebergError `invalid` naming a snapshot of the range that removed rows and is not to be skipped
 */
export function selectAppends(metadata: TableMetadata, selector: AppendsSelector): SelectedAppends {
  const { ref, ...asked } = selector
  const since = historyPoint(metadata, asked.since)
  const until = asked.until === null ? null : historyPoint(metadata, asked.until)
  const headId =
    ref === null && until?.kind === 'snapshot'
      ? until.snapshotId
      : (snapshotOfRef(metadata, ref ?? MAIN_BRANCH)?.snapshotId ?? null)
  const { snapshots, last } = snapshotRange(metadata, { headId, since, until })
  return {
    snapshot: last,
    schema: currentSchema(metadata),
    appends: appendRuns(snapshots, selector),
  }
}

function historyPoint(metadata: TableMetadata, point: PointSelector): HistoryPoint {
  if (point.kind !== 'ref') return point
  const snapshot = snapshotOfRef(metadata, point.name)
  if (snapshot !== null) return { kind: 'snapshot', snapshotId: snapshot.snapshotId }
  throw new IcebergError('not-found', 'the branch has no snapshot to start or end at yet', {
    context: { ref: point.name },
  })
}

/**
 * Cuts a range where a snapshot may have removed files: within a run nothing that was added has gone again, so that the
 * manifests of its last snapshot have all of it.
 */
function appendRuns(
  snapshots: readonly Snapshot[],
  selector: AppendsSelector,
): readonly AppendRun[] {
  const runs: AppendRun[] = []
  let run: Snapshot[] = []
  const endRun = (): void => {
    const snapshot = run.at(-1)
    if (snapshot === undefined) return
    runs.push({ snapshot, addedBy: new Set(run.map(({ snapshotId }) => snapshotId)) })
    run = []
  }
  for (const snapshot of snapshots) {
    if (snapshot.operation !== 'append') endRun()
    if (addsRows(snapshot, selector)) run.push(snapshot)
  }
  endRun()
  return runs
}

/**
 * Whether the files that a snapshot added are read. Rewritten files hold rows that were there before.
 *
 * @throws IcebergError `invalid` naming a snapshot that removed rows and is not to be skipped
 */
export function addsRows(
  { snapshotId, operation }: Snapshot,
  { overwriteSnapshots, deleteSnapshots }: AppendChoices,
): boolean {
  switch (operation) {
    case 'append':
      return true
    case 'replace':
      return false
    case 'overwrite':
      if (overwriteSnapshots === 'throw') {
        refuse(
          snapshotId,
          operation,
          'a snapshot of the range overwrote rows: end the range before it, or let overwriteSnapshots skip such snapshots or read the rows that they added',
        )
      }
      return overwriteSnapshots === 'added'
    case 'delete':
      if (deleteSnapshots === 'throw') {
        refuse(
          snapshotId,
          operation,
          'a snapshot of the range deleted rows: end the range before it, or let deleteSnapshots skip such snapshots',
        )
      }
      return false
    default:
      return unreachable(operation)
  }
}

function refuse(snapshotId: bigint, operation: Operation, message: string): never {
  throw new IcebergError('invalid', message, { context: { snapshotId, operation } })
}
