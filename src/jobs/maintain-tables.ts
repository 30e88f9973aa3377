// The actions of a job: each a plan, and unless it is a dry run, what was planned.
import { unreachable } from '../base/assert.ts'
import type { Environment } from '../base/environment.ts'
import { IcebergError } from '../base/errors.ts'
import type { ErrorContext } from '../base/errors.ts'
import { compactionOf, planCompaction } from '../maintenance/compact-files.ts'
import type { CompactionOptions } from '../maintenance/compaction-options.ts'
import { checkExpiry, planExpiry } from '../maintenance/expire-snapshots.ts'
import type { ExpireOptions } from '../maintenance/expire-snapshots.ts'
import type { OrphanOptions } from '../maintenance/orphan-search.ts'
import { checkedSearch, planOrphanRemoval } from '../maintenance/remove-orphans.ts'
import { checkedSpec, planRewriteManifests } from '../maintenance/rewrite-manifests.ts'
import type { RewriteManifestsOptions } from '../maintenance/rewrite-manifests.ts'
import type { TableState } from '../table/table-state.ts'
import { placed } from './error-place.ts'
import type { JobTable, Lake } from './lake.ts'
import type { ActionReport } from './report.ts'
import { isUtcZone } from './time-zone.ts'
import type {
  Action,
  ExpireSnapshots,
  MaintenanceJob,
  Moment,
  RemoveOrphans,
  RewriteDataset,
  RewriteManifest,
} from './workflow/actions/action.ts'

/** What actions are done with. */
export interface MaintenanceRun {
  readonly lake: Lake
  readonly environment: Environment
  /** Of timestamps without an offset. */
  readonly timeZone: string
  readonly signal?: AbortSignal
  readonly dryRun: boolean
  /** Told of each action as it ends. */
  readonly onAction: (report: ActionReport) => void
}

/**
 * Does the actions of a job in their order, all of which are held against their tables before the first. One that fails ends the
 * job; those before it stay done.
 */
export async function maintainTables(job: MaintenanceJob, run: MaintenanceRun): Promise<void> {
  const planned: PlannedAction[] = []
  for (const action of job.actions) {
    run.signal?.throwIfAborted()
    planned.push(await placed(placeOf(action), () => checkedAction(action, run)))
  }
  for (const one of planned) {
    run.signal?.throwIfAborted()
    run.onAction(await placed(placeOf(one.action), () => runAction(job.name, one, run)))
  }
}

/** An action that can be done to its table, as that is now. */
interface PlannedAction {
  readonly action: Action
  readonly table: JobTable
}

function placeOf({ name, place }: Action): ErrorContext {
  return { action: name, path: place.path }
}

async function checkedAction(
  action: Action,
  { lake, timeZone }: MaintenanceRun,
): Promise<PlannedAction> {
  const table = await lake.loadTable(action.dataset)
  checkAction(table.state, action, timeZone)
  return { action, table }
}

/** All that is known of an action before it is begun. */
function checkAction(state: TableState, action: Action, timeZone: string): void {
  switch (action.name) {
    case 'rewrite_dataset':
      compactionOf(state.metadata, compactionOptions(action))
      return
    case 'rewrite_manifest':
      checkedSpec(state, manifestOptions(action))
      return
    case 'expire_snapshots':
      checkExpiry(state, expireOptions(action, timeZone))
      return
    case 'remove_orphans':
      checkedSearch(state, orphanOptions(action, timeZone))
      return
    default:
      unreachable(action)
  }
}

async function runAction(
  job: string,
  { action, table }: PlannedAction,
  run: MaintenanceRun,
): Promise<ActionReport> {
  const { environment } = run
  const startMs = environment.nowMs()
  // The actions before it may have changed the table.
  await table.refresh(stopOf(run))
  const done = await doAction(table, action, run)
  return { job, target: table.name, ...done, durationMs: environment.nowMs() - startMs }
}

type DoneAction = ActionReport extends infer Each
  ? Each extends ActionReport
    ? Pick<Each, 'action' | 'plan' | 'report'>
    : never
  : never

async function doAction(table: JobTable, action: Action, run: MaintenanceRun): Promise<DoneAction> {
  const { dryRun, timeZone } = run
  const stop = stopOf(run)
  switch (action.name) {
    case 'rewrite_dataset': {
      const plan = await planCompaction(table, compactionOptions(action), stop)
      return { action: action.name, plan, report: dryRun ? null : await plan.run(stop) }
    }
    case 'rewrite_manifest': {
      const plan = await planRewriteManifests(table, manifestOptions(action))
      return { action: action.name, plan, report: dryRun ? null : await plan.run(stop) }
    }
    case 'expire_snapshots': {
      const plan = await planExpiry(table, expireOptions(action, timeZone), stop)
      return { action: action.name, plan, report: dryRun ? null : await plan.run(stop) }
    }
    case 'remove_orphans': {
      const plan = await planOrphanRemoval(table, orphanOptions(action, timeZone), stop)
      const isPlanOnly = dryRun || action.isDryRun
      return { action: action.name, plan, report: isPlanOnly ? null : await plan.run(stop) }
    }
    default:
      return unreachable(action)
  }
}

function stopOf({ signal }: MaintenanceRun): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal }
}

function manifestOptions({ specId }: RewriteManifest): RewriteManifestsOptions {
  return given({ specId })
}

function expireOptions(
  { olderThan, snapshotIds, retainLast }: ExpireSnapshots,
  timeZone: string,
): ExpireOptions {
  return { snapshotIds, ...given({ olderThan: momentMs(olderThan, timeZone), retainLast }) }
}

function orphanOptions({ olderThan, location }: RemoveOrphans, timeZone: string): OrphanOptions {
  return given({ olderThan: momentMs(olderThan, timeZone), location })
}

function compactionOptions({ layout, where, options }: RewriteDataset): CompactionOptions {
  const { partialProgress, maxCommits, ...sizes } = options
  return {
    strategy: layout.kind,
    ...(layout.kind === 'sort' ? given({ sort: layout.order }) : {}),
    ...(layout.kind === 'zorder' ? { zorder: layout.columns } : {}),
    ...given({ where, ...sizes }),
    ...(partialProgress === true
      ? { partialProgress: maxCommits === null ? true : { maxCommits } }
      : {}),
  }
}

/** Without what is null: the library decides that. */
function given<Options extends object>(
  options: Options,
): { [Key in keyof Options]?: NonNullable<Options[Key]> } {
  const entries = Object.entries(options).filter(([, value]) => value !== null)
  // Only entries of `options` are left, none of them null.
  return Object.fromEntries(entries) as { [Key in keyof Options]?: NonNullable<Options[Key]> }
}

/** Milliseconds since 1970-01-01T00:00:00 UTC. */
function momentMs(moment: Moment | null, timeZone: string): bigint | null {
  if (moment === null || moment.kind === 'utc' || isUtcZone(timeZone)) return moment?.ms ?? null
  throw new IcebergError(
    'unsupported',
    'a timestamp without an offset is only read in UTC: add the offset, such as +02:00',
    { context: { timeZone } },
  )
}
