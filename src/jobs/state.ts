/**
 * Where an incremental job stands is kept in its target table, by the commit that writes the rows: in the snapshot's
 * summary and in a table property of the same name. The entry is undone with the rows when the table is rolled back. The
 * property outlives the expiry of snapshots, and moves on alone when a window has no rows.
 */

import { createHash } from 'node:crypto'

import { unreachable } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import { branchHistory, jobStanding, keptStateText, readStored } from '../metadata/job-standing.ts'
import type { StateQuery } from '../metadata/job-standing.ts'
import { MAIN_BRANCH } from '../metadata/refs.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import { parseAnchoredState, parseState } from './state-record.ts'
import type { IncrementalState } from './state-record.ts'
import type { IncrementalKey, StateEntry } from './workflow/model.ts'

/**
 * Where a job stands: the newest summary entry on the way back from the branch's head, or the property when that has the
 * higher run and belongs to the same history. Null before the first run.
 *
 * @throws IcebergError `invalid` when there is neither and the history is cut off: the job may have run before that
 * @throws IcebergError `corrupt` when what is kept cannot be read
 */
export function findState(metadata: TableMetadata, query: StateQuery): IncrementalState | null {
  const { key, branch = MAIN_BRANCH } = query
  const standing = jobStanding(metadata, query)
  switch (standing.kind) {
    case 'written':
      return readWritten(key, standing)
    case 'kept':
      return readKept(key, standing.text)
    case 'none':
      return null
    case 'lost':
      throw new IcebergError(
        'invalid',
        'where the job stands has expired with its snapshots: say by `frazil state set` where it shall resume',
        { context: { key, branch, oldestSnapshotId: standing.oldestSnapshotId ?? 'none' } },
      )
    default:
      return unreachable(standing)
  }
}

/** Whether nobody moved the state from one find to the other. Guards of a commit ask this. */
export function sameState(left: IncrementalState | null, right: IncrementalState | null): boolean {
  if (left === null || right === null) return left === right
  return (
    left.run === right.run &&
    sameEntries(left.keys, right.keys) &&
    sameEntries(left.state, right.state)
  )
}

/** What a run had, for {@link stateAfter}. */
export interface FinishedRun {
  readonly run: number
  /** Of the keys, as {@link definitionsOf} gives them. */
  readonly definitions: ReadonlyMap<string, string>
  readonly entries: readonly StateEntry[]
  /** A value for each key. */
  readonly values: ReadonlyMap<string, string>
  readonly sourceSnapshotId: bigint | null
  readonly afterSnapshotId: bigint | null
  readonly pins: ReadonlyMap<string, bigint | null>
  /** Names of all outputs of the job. */
  readonly outputs: readonly string[]
}

/** The state after a run: exactly what the file's `state` names is stored, so that what it no longer names is forgotten. */
export function stateAfter(finished: FinishedRun): IncrementalState {
  const { run, values, definitions: known } = finished
  const state = new Map<string, string>()
  const definitions = new Map<string, string>()
  for (const { key, value } of finished.entries) {
    const stored = values.get(value)
    const definition = known.get(key)
    if (stored !== undefined) state.set(key, stored)
    if (definition !== undefined) definitions.set(key, definition)
  }
  const { sourceSnapshotId, afterSnapshotId, pins, outputs } = finished
  const versions = { sourceSnapshotId, afterSnapshotId, pins }
  return { run, keys: values, state, definitions, ...versions, outputs, isSet: false }
}

/** Names of keys whose stored value rules although they are now defined differently from when it was stored. */
export function redefinedKeys(
  definitions: ReadonlyMap<string, string>,
  stored: IncrementalState | null,
): readonly string[] {
  return [...definitions].flatMap(([name, definition]) => {
    const before = stored?.state.has(name) === true ? stored.definitions.get(name) : undefined
    return before === undefined || before === definition ? [] : name
  })
}

/** What keys are defined by, in short: to notice an edit. */
export function definitionsOf(keys: readonly IncrementalKey[]): ReadonlyMap<string, string> {
  return new Map(keys.map((key) => [key.name, fingerprint(definitionText(key))]))
}

function definitionText(key: IncrementalKey): string {
  return key.sql === null ? `default ${key.default ?? ''}` : `sql ${key.sql}`
}

/** A short text that differs where the definition does. */
export function fingerprint(definition: string): string {
  return createHash('sha256').update(definition).digest('hex').slice(0, FINGERPRINT_DIGITS)
}

/** Enough to notice an edit; nobody gains from forging one. */
const FINGERPRINT_DIGITS = 16

/**
 * What the run of that number left, wherever the job stands now; null when nothing says so any more.
 *
 * @throws IcebergError `corrupt` when what is kept cannot be read
 */
export function findRun(
  metadata: TableMetadata,
  query: StateQuery,
  run: number,
): IncrementalState | null {
  const { key, branch = MAIN_BRANCH } = query
  const history = branchHistory(metadata, branch)
  const text = keptStateText(metadata, history, { key, branch })
  const kept = text === null ? null : readKept(key, text)
  if (kept?.run === run) return kept
  for (const { summary, snapshotId } of history) {
    const entry = summary.get(key)
    const state = entry === undefined ? null : readWritten(key, { text: entry, snapshotId })
    if (state?.run === run) return state
    if (state !== null && state.run < run) return null
  }
  return null
}

function readWritten(
  key: string,
  { text, snapshotId }: { readonly text: string; readonly snapshotId: bigint },
): IncrementalState {
  return readStored({ key, snapshotId }, () => parseState(text))
}

function readKept(key: string, text: string): IncrementalState {
  return readStored({ key }, () => parseAnchoredState(text).state)
}

function sameEntries(
  left: ReadonlyMap<string, string>,
  right: ReadonlyMap<string, string>,
): boolean {
  return left.size === right.size && [...left].every(([name, value]) => right.get(name) === value)
}
