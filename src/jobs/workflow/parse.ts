import { assert } from '../../base/assert.ts'
import type { Problem } from '../../base/errors.ts'
import { checkOptions } from '../../base/options.ts'
import { readYaml } from '../yaml/document.ts'
import type { YamlValue } from '../yaml/document.ts'
import { Faults } from '../yaml/faults.ts'
import { Fields } from '../yaml/fields.ts'
import { companionsOf } from './companions.ts'
import { readDag } from './jobs.ts'
import type { Schedule, Workflow } from './model.ts'
import { checkedName, nameOfFile } from './name.ts'
import { BARE_DAG, FILE, JOB, SCHEDULE, WORKFLOW } from './vocabulary.ts'

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
  /** Where the text is from: files that it names are found beside it. Named in the error. */
  readonly file?: string
}

/**
 * Reads a workflow file.
 *
 * @throws IcebergError with every fault of the file in `problems`: `invalid`, or `unsupported` when all that stands in the
 *   way is what we cannot do yet
 */
export function parseWorkflow(text: string, options: ParseOptions = {}): ParsedWorkflow {
  checkOptions<ParseOptions>('parseWorkflow', options, { strict: 'boolean', file: 'text' })
  const faults = new Faults(options)
  const root = readYaml(text, faults)
  const workflow = root === null ? null : readFile(root, faults, options.file ?? null)
  const context = options.file === undefined ? {} : { file: options.file }
  faults.throwIfAny('the workflow file has faults', context)
  assert(workflow !== null, 'a file is read or has a fault')
  return { workflow, warnings: faults.warnings }
}

const DEFAULT_WORKSPACE = 'public'

function readFile(root: YamlValue, faults: Faults, path: string | null): Workflow {
  return isBareDag(root) ? readBareDag(root, faults, path) : readFramed(root, faults, path)
}

function readFramed(root: YamlValue, faults: Faults, path: string | null): Workflow {
  const file = new Fields(root, FILE, faults)
  file.require('version')
  file.require('type')
  const name = checkedName(file, 'name', file.text('name'))
  return readWorkflow(file, file.requiredMap('workflow', WORKFLOW), { name, path })
}

/** Jobs alone, as older documents print them; the name is then that of the file. */
function readBareDag(root: YamlValue, faults: Faults, path: string | null): Workflow {
  faults.warnUnlessStrict(
    root.place,
    'a dag without the frame of a workflow: version, name, type and workflow are missing',
  )
  const file = new Fields(root, BARE_DAG, faults)
  const said = file.optionalText('name')
  const name = said === null ? nameOfFile(path) : checkedName(file, 'name', said)
  return readWorkflow(file, file, { name, path })
}

function isBareDag(root: YamlValue): boolean {
  if (root.kind !== 'map') return false
  const names = root.entries.map((entry) => entry.name)
  return names.includes('dag') && !names.includes('workflow')
}

function readWorkflow(
  file: Fields,
  workflow: Fields | null,
  { name, path }: { readonly name: string; readonly path: string | null },
): Workflow {
  file.word('version', ['v1'])
  file.word('type', ['workflow'])
  const workspace = file.optionalText('workspace') ?? DEFAULT_WORKSPACE
  checkedName(file, 'workspace', workspace)
  const jobs = workflow?.requiredMaps('dag', JOB) ?? []
  return {
    name,
    workspace,
    file: path,
    title: workflow?.scalarText('title') ?? file.scalarText('title'),
    description: file.scalarText('description'),
    tags: file.texts('tags').map((tag) => tag.text),
    schedule: readSchedule(workflow?.map('schedule', SCHEDULE) ?? null),
    dag: readDag(jobs, `${workspace}/${name}`, companionsOf(path)),
  }
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
