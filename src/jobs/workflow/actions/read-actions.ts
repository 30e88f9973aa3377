import { suggestion } from '../../../base/nearest-name.ts'
import type { Fields } from '../../yaml/fields.ts'
import { sameName } from '../../same-name.ts'
import { readWritableDataset } from '../dataset.ts'
import type { JobFrame } from '../model.ts'
import { ACTIONS, INPUT } from '../vocabulary.ts'
import type { Action, ActionFrame, MaintenanceJob } from './action.ts'
import { readExpiry } from './read-expiry.ts'
import { readOrphanRemoval } from './read-orphan-removal.ts'
import { readManifestRewrite, readRewrite } from './read-rewrite.ts'

/** What reads each action's options; absent where it has none. */
const READERS = {
  rewrite_dataset: readRewrite,
  rewrite_manifest: readManifestRewrite,
  expire_snapshots: readExpiry,
  remove_orphans: readOrphanRemoval,
} as const

/** Actions by all the names that files give them. */
const NAMES: ReadonlyMap<string, keyof typeof READERS> = new Map<string, keyof typeof READERS>([
  ['rewrite_dataset', 'rewrite_dataset'],
  ['rewrite_manifest', 'rewrite_manifest'],
  ['rewrite_manifests', 'rewrite_manifest'],
  ['expire_snapshots', 'expire_snapshots'],
  ['remove_orphans', 'remove_orphans'],
])

/** Whether the `job` of a flare stack is one of actions. */
export function hasActions(job: Fields): boolean {
  return job.has('actions')
}

/** A job that maintains tables: it has inputs and actions, and nothing else. */
export function readMaintenanceJob(frame: JobFrame, job: Fields): MaintenanceJob {
  for (const key of ['outputs', 'steps', 'streaming'] as const) {
    if (job.has(key))
      job.invalid(key, `a job with actions has no ${key}: put them in a job of their own`)
  }
  const inputs = job.requiredMaps('inputs', INPUT).map(readTable)
  const actions = job.requiredMaps('actions', ACTIONS)
  return {
    ...frame,
    kind: 'maintenance',
    actions: actions.flatMap((action) => readAction(action, inputs) ?? []),
  }
}

/** A table under the name that actions give it. */
interface NamedTable extends ActionFrame {
  readonly name: string
}

/** Tables are maintained whole: nothing of an input but its name and its address counts. */
function readTable(input: Fields): NamedTable {
  input.word('format', ['iceberg'])
  for (const key of ['incremental', 'options', 'isStream'] as const) {
    if (input.has(key)) input.invalid(key, `an action is done to a whole table, without ${key}`)
  }
  return {
    name: input.text('name'),
    dataset: readWritableDataset(input),
    place: input.placeOf('dataset'),
  }
}

function readAction(action: Fields, inputs: readonly NamedTable[]): Action | null {
  const name = action.require('name') ? action.choice('name', NAMES, ['delete_from_dataset']) : null
  const table = tableOf(action, inputs)
  if (name === null || table === null) return null
  const { dataset } = table
  return READERS[name](action, { dataset, place: action.place })
}

function tableOf(action: Fields, inputs: readonly NamedTable[]): NamedTable | null {
  const name = action.text('input')
  if (name === '') return null
  const found = inputs.find((input) => sameName(input.name, name))
  if (found !== undefined) return found
  const names = inputs.map((input) => input.name)
  action.invalid('input', `no input is named ${name}${suggestion(name, names)}`)
  return null
}
