import type { ErrorKind } from '../../../src/base/errors.ts'
import type { ParseOptions } from '../../../src/jobs/workflow/parse.ts'
import type { FlareJob } from '../../../src/jobs/workflow/model.ts'
import { faultsOf, flareJobOf, warningsOf } from './workflow-file.ts'

const FRAME = `version: v1
name: port-calls
type: workflow
workflow:
  dag:
  - name: calls
    spec:
      stack: flare
      compute: runnable-default
      stackSpec:
        job:
`

const FRAME_LINES = FRAME.split('\n').length - 1

const INDENT = ' '.repeat(10)

/** What every job has: an input and an output of it. */
export const INPUTS = 'inputs: [{name: calls, dataset: "dataos://lake:raw/calls"}]\n'
export const OUTPUTS =
  'outputs: [{name: calls, dataset: "dataos://lake:ports/calls?acl=rw", options: {saveMode: append}}]\n'

/** A workflow of one job, whose keys are these lines. */
export function workflowOfJob(body: string): string {
  return FRAME + body.trimEnd().replaceAll(/^(?=.)/gm, INDENT) + '\n'
}

export function jobOf(body: string, options: ParseOptions = {}): FlareJob {
  return flareJobOf(workflowOfJob(body), options)
}

/** `line path: message` for each fault, counted and named within the job. */
export function jobFaults(
  body: string,
  kind: ErrorKind = 'invalid',
  options: ParseOptions = {},
): readonly string[] {
  return faultsOf(workflowOfJob(body), kind, options).map(withinJob)
}

/** `line path: message` for each warning, counted and named within the job. */
export function jobWarnings(body: string): readonly string[] {
  return warningsOf(workflowOfJob(body)).map(withinJob)
}

function withinJob(text: string): string {
  return text
    .replace('workflow.dag[0].spec.stackSpec.job.', '')
    .replace(/^\d+/, (line) => String(Number(line) - FRAME_LINES))
}
