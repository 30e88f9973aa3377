// A job of a workflow file as a job that takes window after window.
import { placed } from '../error-place.ts'
import type { FlareJob } from '../workflow/model.ts'
import { openWorkflowWindow } from './open-workflow-window.ts'
import type { WorkflowContext } from '../workflow-context.ts'
import type { WindowedJob } from './windowed-job.ts'
import { workflowCut } from './workflow-cut.ts'
import type { CutInput } from './workflow-cut.ts'
import { previewsOf, workflowOutputs } from '../sinks/workflow-outputs.ts'

/** The job over its sources as they are now: what it is run as is found anew for each window. */
export async function workflowJob(job: FlareJob, context: WorkflowContext): Promise<WindowedJob> {
  const { lake, engine, show, signal } = context
  const cutInputs: CutInput[] = []
  for (const { name, dataset, incremental, place } of job.inputs) {
    if (incremental === null) continue
    const source = await placed({ input: name, ...place }, () => lake.loadTable(dataset))
    cutInputs.push({ input: name, read: incremental, source })
  }
  const options = { jobId: job.id, engine, ...(signal === undefined ? {} : { signal }) }
  return {
    id: job.id,
    name: job.name,
    kind: 'incremental',
    replacesWindow: false,
    cuts: cutInputs.map((input) => workflowCut(input, options)),
    outputs: await workflowOutputs([...previewsOf(job), ...job.outputs], {
      lake,
      jobId: job.id,
      ...(show === undefined ? {} : { show }),
    }),
    open: (window, stop) => openWorkflowWindow({ job, cutInputs, window }, context, stop),
  }
}
