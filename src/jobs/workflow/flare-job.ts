import { sameName } from '../same-name.ts'
import type { Faults } from '../yaml/faults.ts'
import type { Fields } from '../yaml/fields.ts'
import type { Companions } from './companions.ts'
import { sameDataset } from './dataset.ts'
import { readInput } from './input.ts'
import type { MaintenanceJob } from './actions/action.ts'
import { hasActions, readMaintenanceJob } from './actions/read-actions.ts'
import type { FlareJob, IncrementalRead, Input, JobFrame, Output, StreamTime } from './model.ts'
import { readOutput } from './output.ts'
import { spelledOutputs } from './output-spelling.ts'
import { readSteps } from './steps.ts'
import type { StepList } from './steps.ts'
import { LATE_ROWS, checkTimedOutputs, readStreamTime } from './stream-time.ts'
import { readStreaming } from './streaming.ts'
import { includesName, viewFault } from './view-names.ts'
import { CLUSTER_KEYS, FLARE_JOB, INPUT, STEPS } from './vocabulary.ts'

/** The body of a job of the flare stack; null when there is no job in it, which is noted. */
export function readFlareJob(
  frame: JobFrame,
  body: Fields,
  companions: Companions,
): FlareJob | MaintenanceJob | null {
  const cluster = CLUSTER_KEYS.filter((key) => body.has(key))
  if (cluster.length > 0) {
    body.faults.warn(body.place, `there is no cluster to set up: ${cluster.join(', ')}`)
  }
  const job = body.requiredMap('job', FLARE_JOB)
  if (job === null) return null
  noteVariables(job)
  return hasActions(job) ? readMaintenanceJob(frame, job) : readRowsJob(frame, job, companions)
}

/** A job that reads inputs and writes outputs. */
function readRowsJob(frame: JobFrame, job: Fields, companions: Companions): FlareJob {
  const inputItems = job.requiredMaps('inputs', INPUT)
  const inputs = inputItems.map((input) => readInput(input, companions))
  const hasStream = inputs.some(({ stream }) => stream !== null)
  const streaming = readStreaming(job, hasStream)
  const blocks = job.maps('steps', STEPS)
  const list = readSteps(blocks, inputs, companions)
  const timed = { faults: job.faults, inputs, list, streaming }
  const time = readStreamTime(timed)
  const outputs = streaming.outputs(spelledOutputs(job, blocks).map(readOutput), time)
  const views = { inputs, list, time }
  checkInputs(job.faults, inputs)
  checkContexts(job.faults, inputs)
  checkOutputs(job.faults, outputs, views)
  if (time !== null) checkTimedOutputs(timed, time, outputs)
  noteUnread(job.faults, outputs, views)
  checkLag(job.faults, outputs, inputs)
  return {
    ...frame,
    kind: 'flare',
    explain: job.flag('explain') ?? false,
    logLevel: job.word('logLevel', ['DEBUG', 'INFO', 'WARN', 'ERROR']),
    previewRows: job.count('showPreviewLines') ?? 0,
    inputs,
    steps: list.steps,
    outputs,
    stream: streaming.settings === null ? null : { ...streaming.settings, time },
  }
}

function noteVariables(job: Fields): void {
  const names = [...job.scalarEntries('variables').keys()]
  if (names.length === 0) return
  job.faults.warn(job.placeOf('variables'), `variables have no effect here: ${names.join(', ')}`)
}

function checkInputs(faults: Faults, inputs: readonly Input[]): void {
  for (const [index, { name, place }] of inputs.entries()) {
    if (inputs.slice(0, index).some((other) => sameName(name, other.name))) {
      faults.invalid(place, 'another input has this name')
    }
  }
}

function checkContexts(faults: Faults, inputs: readonly Input[]): void {
  const reads = inputs.flatMap((input) => input.incremental ?? [])
  for (const [index, { context, place, state }] of reads.entries()) {
    if (inputs.some((input) => sameName(context, input.name))) {
      faults.invalid(place, 'the context needs a name that no input has')
    }
    const sharing = reads.slice(0, index).filter((other) => sameName(context, other.context))
    // State is kept under the context: two reads with one context would overwrite each other's.
    if (sharing.some((other) => state.length + other.state.length > 0)) {
      faults.invalid(place, 'another input has this context, and one of them keeps state')
    }
  }
}

/** The views of a job: what it reads, and what it makes of that. */
interface Views {
  readonly inputs: readonly Input[]
  readonly list: StepList
  readonly time: StreamTime | null
}

function checkOutputs(
  faults: Faults,
  outputs: readonly Output[],
  { inputs, list, time }: Views,
): void {
  const made = [...inputs, ...list.steps, ...(list.windows === null ? [] : [list.windows])]
  const names = [...made.map((view) => view.name), time?.late ?? '']
  const scope = {
    known: names.filter((name) => name !== ''),
    later: [],
    contexts: inputs.flatMap((input) => input.incremental?.context ?? []),
  }
  for (const [index, output] of outputs.entries()) {
    const { name, place } = output
    const fault = name === '' ? null : viewFault(name, scope)
    if (fault !== null) faults.invalid(place, sameName(name, LATE_ROWS) ? NOT_ASIDE : fault)
    if (output.kind === 'console') continue
    if (outputs.slice(0, index).some((other) => writesDataset(other, output))) {
      faults.invalid(place, 'another output writes this dataset')
    }
    if (inputs.some((input) => sameDataset(input.dataset, output.dataset))) {
      faults.warn(place, 'the output is an input too; the run reads it as it was before')
    }
  }
}

const NOT_ASIDE = 'late rows are a view where streaming.watermark.late is aside'

function writesDataset(other: Output, { dataset }: Exclude<Output, { kind: 'console' }>): boolean {
  return other.kind !== 'console' && sameDataset(other.dataset, dataset)
}

function noteUnread(
  faults: Faults,
  outputs: readonly Output[],
  { inputs, list, time }: Views,
): void {
  const read = [...outputs.map((output) => output.name), ...list.read, time?.judged ?? '']
  for (const { name, place } of inputs) {
    if (includesName(read, name)) continue
    faults.warn(place, 'no step or output names this input, so it is not read')
  }
  for (const { name, place } of list.steps) {
    if (includesName(read, name)) continue
    faults.warn(place, 'no later step or output names this step, so it is not run')
  }
}

/** Rows that a window reads once more must replace what they were. */
function checkLag(faults: Faults, outputs: readonly Output[], inputs: readonly Input[]): void {
  const lagging = inputs.flatMap(({ incremental }) => (isLagging(incremental) ? [incremental] : []))
  const appends = outputs.some((output) => output.kind !== 'console' && output.mode === 'append')
  if (!appends) return
  for (const { sqlPlace } of lagging) {
    faults.invalid(
      sqlPlace,
      'with lag rows are read more than once, and an output appends them: replace partitions',
    )
  }
}

function isLagging(read: IncrementalRead | null): read is IncrementalRead {
  return read !== null && read.lag !== null
}
