import type { DatasetAddress } from '../address.ts'
import type { Faults } from '../yaml/faults.ts'
import type { Fields } from '../yaml/fields.ts'
import { suggestion } from '../yaml/suggestion.ts'
import { readInput } from './input.ts'
import type { FlareJob, Input, JobFrame, Output } from './model.ts'
import { readOutput } from './output.ts'
import { CLUSTER_KEYS, FLARE_JOB, INPUT, OUTPUT } from './vocabulary.ts'

/** The body of a job of the flare stack; null when there is no job in it, which is noted. */
export function readFlareJob(frame: JobFrame, body: Fields): FlareJob | null {
  const cluster = CLUSTER_KEYS.filter((key) => body.has(key))
  if (cluster.length > 0) {
    body.faults.warn(body.place, `there is no cluster to set up: ${cluster.join(', ')}`)
  }
  const job = body.requiredMap('job', FLARE_JOB)
  if (job === null) return null
  const inputs = job.requiredMaps('inputs', INPUT).map(readInput)
  const outputs = job.requiredMaps('outputs', OUTPUT).map(readOutput)
  checkViews(job.faults, inputs)
  checkContexts(job.faults, inputs)
  checkOutputs(job.faults, outputs, inputs)
  return {
    ...frame,
    kind: 'flare',
    explain: job.flag('explain') ?? false,
    logLevel: job.word('logLevel', ['DEBUG', 'INFO', 'WARN', 'ERROR']),
    previewRows: 0,
    inputs,
    steps: [],
    outputs,
  }
}

/** SQL does not tell the case of names; `''` stands for one whose fault is noted. */
function sameName(left: string, right: string): boolean {
  return left !== '' && left.toLowerCase() === right.toLowerCase()
}

function checkViews(faults: Faults, inputs: readonly Input[]): void {
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

function checkOutputs(faults: Faults, outputs: readonly Output[], inputs: readonly Input[]): void {
  const views = inputs.map((input) => input.name)
  for (const [index, output] of outputs.entries()) {
    const { name, place } = output
    if (index > 0) faults.unsupported(place, 'more than one output of a job')
    if (name !== '' && !views.some((view) => sameName(view, name))) {
      faults.invalid(place, `no input is named ${name}${suggestion(name, views)}`)
    }
    if (output.kind === 'console') continue
    if (inputs.some((input) => sameDataset(input.dataset, output.dataset))) {
      faults.warn(place, 'the output is an input too; the run reads it as it was before')
    }
  }
  for (const { name, place } of inputs) {
    if (outputs.some((output) => sameName(output.name, name))) continue
    faults.warn(place, 'no output names this input, so it is not read')
  }
}

function sameDataset(left: DatasetAddress, right: DatasetAddress): boolean {
  return (
    left.depot !== '' &&
    left.depot === right.depot &&
    left.collection === right.collection &&
    left.dataset === right.dataset
  )
}
