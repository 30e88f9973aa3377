import type { Job, Workflow } from './model.ts'
import { boundFindings } from './lint/bounds.ts'
import { chanceFindings } from './lint/chance.ts'
import type { Finding } from './lint/finding.ts'
import { logFindings } from './lint/logs.ts'
import { partitionFindings } from './lint/partitions.ts'
import { stateFindings } from './lint/state.ts'
import type { StatePlace } from './lint/state.ts'
import { windowsOf } from './lint/windows.ts'

/** What is known of how a workflow will be run. */
export interface LintOptions {
  /** Where jobs keep their state; in the tables that they write when absent. */
  readonly state?: StatePlace
}

/**
 * What would make runs of a workflow lose rows or repeat them, as far as it can be seen without data: in the order of the
 * file. When in doubt nothing is found.
 */
export function lintWorkflow(workflow: Workflow, options: LintOptions = {}): readonly Finding[] {
  const findings = workflow.dag.flatMap((job) => jobFindings(job, options.state ?? 'table'))
  return findings.toSorted(
    (left, right) =>
      (left.line ?? 0) - (right.line ?? 0) || (left.column ?? 0) - (right.column ?? 0),
  )
}

function jobFindings(job: Job, state: StatePlace): readonly Finding[] {
  if (job.kind !== 'flare') return []
  return [
    ...windowsOf(job).flatMap((window) => [...boundFindings(window), ...partitionFindings(window)]),
    ...stateFindings(job, state),
    ...chanceFindings(job),
    ...logFindings(job),
  ]
}
