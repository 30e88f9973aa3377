import { stringifyJson } from '../../base/json-exact.ts'
import { jobState, moveJobState } from '../../jobs/job-calls.ts'
import type { JobStateMove } from '../../jobs/job-calls.ts'
import type { KeptState } from '../../jobs/incremental/kept-state.ts'
import type { SetStateOptions, ShowStateOptions } from '../commands/state.ts'
import type { ConfigOption } from '../options.ts'
import { stateRecord, stateText } from '../state-text.ts'
import { eventPrinter, printLine } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'
import { loadWorkflow } from '../workflow-file.ts'

interface NamedJob {
  readonly file: string
  readonly job: string
}

export async function showFileState(
  terminal: Terminal,
  { file, job }: NamedJob,
  options: ShowStateOptions,
): Promise<void> {
  const kept = await stateOf(terminal, { file, job }, options)
  if (options.json === true) await printLine(terminal, stringifyJson(stateRecord(job, kept)))
  else await printLine(terminal, stateText(kept))
}

export async function setFileState(
  terminal: Terminal,
  { file, job, values }: NamedJob & { readonly values: ReadonlyMap<string, string> },
  { fromJob, ...options }: SetStateOptions,
): Promise<void> {
  const move: JobStateMove =
    fromJob === undefined ? { kind: 'set', values } : { kind: 'from-job', name: fromJob }
  await moveAndShow(terminal, { file, job, move }, options)
}

export async function resetFileState(
  terminal: Terminal,
  { file, job }: NamedJob,
  options: ConfigOption,
): Promise<void> {
  await moveAndShow(terminal, { file, job, move: { kind: 'reset' } }, options)
}

async function moveAndShow(
  terminal: Terminal,
  { file, job, move }: NamedJob & { readonly move: JobStateMove },
  options: ConfigOption,
): Promise<void> {
  const { workflow, config } = await loadWorkflow(terminal, file, options)
  const how = { config, job, signal: terminal.signal, onEvent: eventPrinter(terminal) }
  await moveJobState(workflow, move, how)
  await printLine(terminal, stateText(await jobState(workflow, how)))
}

async function stateOf(
  terminal: Terminal,
  { file, job }: NamedJob,
  options: ConfigOption,
): Promise<readonly KeptState[]> {
  const { workflow, config } = await loadWorkflow(terminal, file, options)
  return jobState(workflow, {
    config,
    job,
    signal: terminal.signal,
    onEvent: eventPrinter(terminal),
  })
}
