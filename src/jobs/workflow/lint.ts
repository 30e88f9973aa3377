import { checkOptions } from '../../base/options.ts'
import type { Config } from '../config.ts'
import type { Job, Workflow } from './model.ts'
import { boundFindings } from './lint/bounds.ts'
import { chanceFindings } from './lint/chance.ts'
import { eventTimeFindings } from './lint/event-time.ts'
import type { Finding } from './lint/finding.ts'
import { logFindings } from './lint/logs.ts'
import { placeFindings } from './lint/places.ts'
import { partitionFindings } from './lint/partitions.ts'
import { stateFindings } from './lint/state.ts'
import { windowsOf } from './lint/windows.ts'

/** What is known of how a workflow will be run. */
export interface LintOptions {
  /** Says where datasets are and where jobs keep their state; when absent, nothing is found about either. */
  readonly config?: Config
}

/**
 * What would make runs of a workflow lose rows or repeat them, as far as it can be seen without data: in the order of the
 * file. When in doubt nothing is found.
 */
export function lintWorkflow(workflow: Workflow, options: LintOptions = {}): readonly Finding[] {
  checkOptions<LintOptions>('lintWorkflow', options, { config: true })
  const findings = workflow.dag.flatMap((job) => jobFindings(job, options.config ?? null))
  return findings.toSorted(
    (left, right) =>
      (left.line ?? 0) - (right.line ?? 0) || (left.column ?? 0) - (right.column ?? 0),
  )
}

function jobFindings(job: Job, config: Config | null): readonly Finding[] {
  const places = config === null ? [] : placeFindings(job, config)
  if (job.kind !== 'flare') return places
  return [
    ...places,
    ...windowsOf(job).flatMap((window) => [...boundFindings(window), ...partitionFindings(window)]),
    ...stateFindings(job, config?.state.kind ?? 'table'),
    ...chanceFindings(job),
    ...logFindings(job),
    ...eventTimeFindings(job),
  ]
}
