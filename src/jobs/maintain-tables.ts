// The actions of a job: each a plan, and unless it is a dry run, what was planned.
import { unreachable } from '../base/assert.ts'
import type { Environment } from '../base/environment.ts'
import { IcebergError } from '../base/errors.ts'
import { planCompaction } from '../maintenance/compact-files.ts'
import type { CompactionOptions } from '../maintenance/compaction-options.ts'
import { planExpiry } from '../maintenance/expire-snapshots.ts'
import { planOrphanRemoval } from '../maintenance/remove-orphans.ts'
import { planRewriteManifests } from '../maintenance/rewrite-manifests.ts'
import { placed } from './error-place.ts'
import type { JobTable, Lake } from './lake.ts'
import type { ActionReport } from './report.ts'
import { isUtcZone } from './time-zone.ts'
import type { Action, MaintenanceJob, Moment, RewriteDataset } from './workflow/actions/action.ts'

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

/** Does the actions of a job in their order. One that fails ends the job; those before it stay done. */
export async function maintainTables(job: MaintenanceJob, run: MaintenanceRun): Promise<void> {
  for (const action of job.actions) {
    run.signal?.throwIfAborted()
    const place = { action: action.name, path: action.place.path }
    run.onAction(await placed(place, () => runAction(job.name, action, run)))
  }
}

async function runAction(job: string, action: Action, run: MaintenanceRun): Promise<ActionReport> {
  const { environment, lake } = run
  const startMs = environment.nowMs()
  const table = await lake.loadTable(action.dataset)
  const done = await doAction(table, action, run)
  return { job, target: table.name, ...done, durationMs: environment.nowMs() - startMs }
}

type DoneAction = ActionReport extends infer Each
  ? Each extends ActionReport
    ? Pick<Each, 'action' | 'plan' | 'report'>
    : never
  : never

async function doAction(
  table: JobTable,
  action: Action,
  { signal, dryRun, timeZone }: MaintenanceRun,
): Promise<DoneAction> {
  const stop = signal === undefined ? {} : { signal }
  switch (action.name) {
    case 'rewrite_dataset': {
      const plan = await planCompaction(table, compactionOptions(action), stop)
      return { action: action.name, plan, report: dryRun ? null : await plan.run(stop) }
    }
    case 'rewrite_manifest': {
      const options = given({ specId: action.specId })
      const plan = await planRewriteManifests(table, options)
      return { action: action.name, plan, report: dryRun ? null : await plan.run(stop) }
    }
    case 'expire_snapshots': {
      const { snapshotIds, retainLast } = action
      const olderThan = momentMs(action.olderThan, timeZone)
      const options = { snapshotIds, ...given({ olderThan, retainLast }) }
      const plan = await planExpiry(table, options, stop)
      return { action: action.name, plan, report: dryRun ? null : await plan.run(stop) }
    }
    case 'remove_orphans': {
      const { location } = action
      const options = given({ olderThan: momentMs(action.olderThan, timeZone), location })
      const plan = await planOrphanRemoval(table, options, stop)
      const isPlanOnly = dryRun || action.isDryRun
      return { action: action.name, plan, report: isPlanOnly ? null : await plan.run(stop) }
    }
    default:
      return unreachable(action)
  }
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
