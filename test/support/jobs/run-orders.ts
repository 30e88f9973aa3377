import { systemEnvironment } from '../../../src/base/environment.ts'
import type { Warehouse } from '../../../src/client/warehouse.ts'
import type { CatalogAddress, DatasetAddress } from '../../../src/jobs/address.ts'
import { runFlareJob } from '../../../src/jobs/flare-run.ts'
import type { JobRun } from '../../../src/jobs/flare-run.ts'
import type { Lake } from '../../../src/jobs/lake.ts'
import { publishVersion } from '../../../src/jobs/publish.ts'
import { parseWorkflow } from '../../../src/jobs/workflow/parse.ts'
import { runWorkflow } from '../../../src/jobs/run-workflow.ts'
import type { RunOptions } from '../../../src/jobs/run-workflow.ts'
import type {
  JobReport,
  TableSource,
  WindowReport,
  WorkflowReport,
} from '../../../src/jobs/report.ts'
import type { Commit } from '../../../src/write/commit-report.ts'
import { ORDERS_TEXT } from './orders.ts'

/** The file of the example with some of its text replaced. */
export function ordersText(...edits: readonly (readonly [from: string, to: string])[]): string {
  return edits.reduce((text, [from, to]) => {
    if (text.split(from).length !== 2) throw new Error(`not there exactly once: ${from}`)
    return text.replace(from, () => to)
  }, ORDERS_TEXT)
}

/** One run of a workflow, by default the example's. */
export async function runOrders({
  text = ORDERS_TEXT,
  ...options
}: RunOptions & { readonly text?: string }): Promise<WorkflowReport> {
  const { workflow } = parseWorkflow(text)
  return runWorkflow(workflow, options)
}

/** What {@link runJobs} is to run with; the rest has defaults. */
export type JobSetup = Pick<JobRun, 'lake' | 'engine'> &
  Partial<JobRun> & { readonly text?: string }

/**
 * The same, job by job and by an engine that outlives the run: to start one takes longer than a window of these. What a
 * job fails with is thrown.
 */
export async function runJobs({ text, ...setup }: JobSetup): Promise<WorkflowReport> {
  const { workflow } = parseWorkflow(text ?? ORDERS_TEXT)
  const jobs: JobReport[] = []
  for (const job of workflow.dag) {
    if (job.kind === 'maintenance') throw new Error('jobs of orders maintain nothing')
    if (job.kind === 'toolbox') {
      if (!(await setup.lake.tableExists(job.dataset))) continue
      const published = await publishVersion(setup.lake, job)
      jobs.push({ kind: 'published', job: job.name, ...published })
      continue
    }
    const windows: WindowReport[] = []
    await runFlareJob(job, {
      environment: systemEnvironment,
      stateStore: null,
      onWindow: (window) => windows.push(window),
      onBatch: () => undefined,
      catchUp: false,
      dryRun: false,
      ...setup,
    })
    jobs.push({ kind: 'windows', job: job.name, windows })
  }
  return { workflow: workflow.name, jobs }
}

/** A lake in which `icebase` is one warehouse, whatever that stands on. */
export function lakeOf(warehouse: Warehouse): Lake {
  const nameOf = (address: DatasetAddress | CatalogAddress): string => {
    if (address.kind !== 'dataset') throw new Error('the files of these tests address depots')
    return `${address.collection}.${address.dataset}`
  }
  return {
    loadTable: (address) => warehouse.loadTable(nameOf(address)),
    tableExists: (address) => warehouse.tableExists(nameOf(address)),
    locate: async (address) => ({ warehouse, name: nameOf(address) }),
    locateFiles: () => null,
    locateTopic: () => null,
    locateCheckpoint: () => {
      throw new Error('jobs of orders are no streams')
    },
    prepareCopies: () => undefined,
  }
}

/** The windows of the first job; what it failed with is thrown. */
export function windowsOf({ jobs }: WorkflowReport): readonly WindowReport[] {
  const job = firstOf(jobs)
  if (job.kind === 'failed') throw job.error
  return job.kind === 'windows' ? job.windows : []
}

/** The only window of the first job. */
export function windowOf(report: WorkflowReport): WindowReport {
  return firstOf(windowsOf(report))
}

/** What the window's first output did, which must be a table. */
export function commitOf({ outputs }: WindowReport): Commit | null {
  const output = firstOf(outputs)
  if (output.kind !== 'table') throw new Error('the first output is no table')
  return output.commit
}

/** What was read of the window's first input; null unless it is a table. */
export function sourceOf({ sources }: WindowReport): TableSource | null {
  const source = firstOf(sources)
  return source.kind === 'table' ? source : null
}

export function firstOf<Item>(items: readonly Item[]): Item {
  const [item] = items
  if (item === undefined) throw new Error('there is none')
  return item
}

/** Where the twelve windows of the file begin and end: `monthStart(0)` is where the first one does. */
export function monthStart(month: number): string {
  return new Date(Date.UTC(2020, month)).toISOString().slice(0, 19).replace('T', ' ')
}
