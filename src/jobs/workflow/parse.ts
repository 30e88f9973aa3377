import { assert } from '../../base/assert.ts'
import type { Problem } from '../../base/errors.ts'
import { readYaml } from '../yaml/document.ts'
import type { YamlValue } from '../yaml/document.ts'
import { Faults } from '../yaml/faults.ts'
import { Fields } from '../yaml/fields.ts'
import { readDag } from './jobs.ts'
import type { Schedule, Workflow } from './model.ts'
import { checkedName } from './name.ts'
import { FILE, JOB, SCHEDULE, WORKFLOW } from './vocabulary.ts'

/** A workflow file, read. */
export interface ParsedWorkflow {
  readonly workflow: Workflow
  /** What was put up with or has no effect, in file order. */
  readonly warnings: readonly Problem[]
}

/** How a workflow file is read. */
export interface ParseOptions {
  /** Refuses what is otherwise only warned of: an output without `acl=rw`, a missing save mode. */
  readonly strict?: boolean
  /** Named in the error. */
  readonly file?: string
}

/**
 * Reads a workflow file.
 *
 * @throws IcebergError with every fault of the file in `problems`: `invalid`, or `unsupported` when all that stands in the
 *   way is what we cannot do yet
 */
export function parseWorkflow(text: string, options: ParseOptions = {}): ParsedWorkflow {
  const faults = new Faults(options)
  const root = readYaml(text, faults)
  const workflow = root === null ? null : readFile(root, faults)
  const context = options.file === undefined ? {} : { file: options.file }
  faults.throwIfAny('the workflow file has faults', context)
  assert(workflow !== null, 'a file is read or has a fault')
  return { workflow, warnings: faults.warnings }
}

const DEFAULT_WORKSPACE = 'public'

function readFile(root: YamlValue, faults: Faults): Workflow | null {
  if (isBareDag(root)) {
    faults.unsupported(root.place, 'a dag without the frame of a workflow')
    return null
  }
  const file = new Fields(root, FILE, faults)
  if (file.require('version')) file.word('version', ['v1'])
  if (file.require('type')) file.word('type', ['workflow'])
  const name = checkedName(file, 'name', file.text('name'))
  const workspace = file.optionalText('workspace') ?? DEFAULT_WORKSPACE
  checkedName(file, 'workspace', workspace)
  const workflow = file.requiredMap('workflow', WORKFLOW)
  const jobs = workflow?.requiredMaps('dag', JOB) ?? []
  return {
    name,
    workspace,
    title: workflow?.scalarText('title') ?? file.scalarText('title'),
    description: file.scalarText('description'),
    tags: file.texts('tags').map((tag) => tag.text),
    schedule: readSchedule(workflow?.map('schedule', SCHEDULE) ?? null),
    dag: readDag(jobs, `${workspace}/${name}`),
  }
}

function isBareDag(root: YamlValue): boolean {
  if (root.kind !== 'map') return false
  const names = root.entries.map((entry) => entry.name)
  return names.includes('dag') && !names.includes('workflow')
}

function readSchedule(schedule: Fields | null): Schedule | null {
  if (schedule === null) return null
  schedule.faults.warn(schedule.place, 'schedule is left to the scheduler that starts us')
  return {
    cron: schedule.text('cron'),
    concurrencyPolicy:
      schedule.word('concurrencyPolicy', ['Allow', 'Forbid', 'Replace']) ?? 'Allow',
    endOn: schedule.scalarText('endOn'),
    timezone: schedule.optionalText('timezone'),
  }
}
