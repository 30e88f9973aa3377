import { IcebergError } from '../base/errors.ts'
import { parseJson } from '../base/json-exact.ts'
import { readObject } from '../base/json-fields.ts'
import type { JsonFields } from '../base/json-fields.ts'
import {
  JOB_STATE_PREFIX,
  keptText,
  parseStateAnchor,
  writtenText,
} from '../metadata/job-standing.ts'
import type { StateAnchor, StateFields } from '../metadata/job-standing.ts'

/** What a run of an incremental job leaves for the next one. */
export interface IncrementalState {
  /** Counts from 1 whatever moved the state: a run, or a person. */
  readonly run: number
  /** The window of the run: every key with its value. */
  readonly keys: ReadonlyMap<string, string>
  /** Values that the next run takes instead of computing them. */
  readonly state: ReadonlyMap<string, string>
  /** For each of these, a fingerprint of how the file defined the key at the time. */
  readonly definitions: ReadonlyMap<string, string>
  /** The version of the source that was read; null when nothing was. */
  readonly sourceSnapshotId: bigint | null
  /** For windows of commits: the version after which they began; null when they began with the source, or at a time. */
  readonly afterSnapshotId: bigint | null
  /** Versions of the job's other inputs that were read, by the inputs' names; null for a table that had none. */
  readonly pins: ReadonlyMap<string, bigint | null>
  /** The outputs of the job, which it is bound to; null in what was stored before they were. */
  readonly outputs: readonly string[] | null
  /** Whether a person moved the state. That speaks for all outputs, wherever each of them stood. */
  readonly isSet: boolean
}

/** What is in a state that says nothing else. */
export const blankState: IncrementalState = {
  run: 0,
  keys: new Map(),
  state: new Map(),
  definitions: new Map(),
  sourceSnapshotId: null,
  afterSnapshotId: null,
  pins: new Map(),
  outputs: null,
  isSet: false,
}

/** State as a table property keeps it. */
export interface AnchoredState {
  readonly state: IncrementalState
  readonly anchor: StateAnchor
}

/** The name of both the summary entry and the table property. */
export function stateKey(jobId: string, context: string): string {
  return `${JOB_STATE_PREFIX}${jobId}.${context}`
}

/**
 * The text of a summary entry.
 *
 * @throws IcebergError `limit` when it has more than 16,384 bytes
 */
export function formatState(state: IncrementalState): string {
  return writtenText(stateToJson(state))
}

/** @throws IcebergError `corrupt` when the text is no state */
export function parseState(text: string): IncrementalState {
  return stateFromJson(readObject(parseJson(text), ''))
}

/**
 * The text of a table property.
 *
 * @throws IcebergError `limit` when it has more than 16,384 bytes
 */
export function formatAnchoredState({ state, anchor }: AnchoredState): string {
  return keptText(stateToJson(state), anchor)
}

/** @throws IcebergError `corrupt` when the text is no state with an anchor */
export function parseAnchoredState(text: string): AnchoredState {
  return { state: parseState(text), anchor: parseStateAnchor(text) }
}

/** A state as JSON. */
export function stateToJson(state: IncrementalState): StateFields {
  return {
    run: state.run,
    keys: state.keys,
    state: state.state,
    definitions: state.definitions,
    'source-snapshot-id': state.sourceSnapshotId,
    ...(state.afterSnapshotId === null ? {} : { 'after-snapshot-id': state.afterSnapshotId }),
    ...(state.pins.size === 0 ? {} : { inputs: state.pins }),
    ...(state.outputs === null ? {} : { outputs: state.outputs }),
    ...(state.isSet ? { set: true } : {}),
  }
}

/** @throws IcebergError `corrupt` when the fields are no state */
export function stateFromJson(fields: JsonFields): IncrementalState {
  return {
    run: fields.integer('run'),
    keys: fields.stringMap('keys'),
    state: fields.stringMap('state'),
    definitions: fields.optionalStringMap('definitions') ?? new Map(),
    sourceSnapshotId: fields.optionalLong('source-snapshot-id') ?? null,
    afterSnapshotId: fields.optionalLong('after-snapshot-id') ?? null,
    pins: pinsFromJson(fields),
    outputs: fields.optionalArray('outputs')?.map(textIn) ?? null,
    isSet: fields.optionalBoolean('set') ?? false,
  }
}

function pinsFromJson(fields: JsonFields): ReadonlyMap<string, bigint | null> {
  const inputs = fields.optionalObject('inputs')
  if (inputs === undefined) return new Map()
  const pins = readObject(inputs, fields.path('inputs'))
  return new Map(pins.names().map((name) => [name, pins.optionalLong(name) ?? null]))
}

function textIn(value: unknown): string {
  if (typeof value === 'string') return value
  throw new IcebergError('corrupt', 'the outputs of a job are texts')
}
