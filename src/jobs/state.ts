/**
 * Where an incremental job stands is kept in its target table, by the commit that writes the rows: in the snapshot's
 * summary and in a table property of the same name. The entry is undone with the rows when the table is rolled back. The
 * property outlives the expiry of snapshots, and moves on alone when a window has no rows.
 */

import { createHash } from 'node:crypto'

import { IcebergError, withContext } from '../base/errors.ts'
import { ancestorsOf } from '../metadata/history.ts'
import { MAIN_BRANCH } from '../metadata/refs.ts'
import type { Snapshot } from '../metadata/snapshot.ts'
import { snapshotById } from '../metadata/table-metadata.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import { parseAnchoredState, parseState } from './state-record.ts'
import type { IncrementalState, StateAnchor } from './state-record.ts'
import type { IncrementalKey, StateEntry } from './workflow/model.ts'

/** Which state, and by the history of which branch; main unless told. */
export interface StateQuery {
  readonly key: string
  readonly branch?: string
}

/**
 * Where a job stands: the newest summary entry on the way back from the branch's head, or the property when that has the
 * higher run and belongs to the same history. Null before the first run.
 *
 * @throws IcebergError `invalid` when there is neither and the history is cut off: the job may have run before that
 * @throws IcebergError `corrupt` when what is kept cannot be read
 */
export function findState(metadata: TableMetadata, query: StateQuery): IncrementalState | null {
  const { key, branch = MAIN_BRANCH } = query
  const history = historyOf(metadata, branch)
  const written = writtenState(history, key)
  const kept = keptState(metadata, history, { key, branch })
  if (written !== null && kept !== null) return kept.run > written.run ? kept : written
  if (written !== null || kept !== null || !isCutOff(history)) return written ?? kept
  throw new IcebergError(
    'invalid',
    'where the job stands has expired with its snapshots: say by `frazil state set` where it shall resume',
    { context: { key, branch, oldestSnapshotId: history.at(-1)?.snapshotId ?? 'none' } },
  )
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

/** Newest first, as far as snapshots are kept. */
function historyOf(metadata: TableMetadata, branch: string): readonly Snapshot[] {
  const ref = metadata.refs.get(branch)
  const head = ref?.snapshotId ?? (branch === MAIN_BRANCH ? metadata.currentSnapshotId : null)
  return head === null ? [] : [...ancestorsOf(metadata, head)]
}

/** Whether there were snapshots before the oldest one that is kept. */
function isCutOff(history: readonly Snapshot[]): boolean {
  return (history.at(-1)?.parentId ?? null) !== null
}

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
  const history = historyOf(metadata, branch)
  const kept = keptState(metadata, history, { key, branch })
  if (kept?.run === run) return kept
  for (const { summary, snapshotId } of history) {
    const text = summary.get(key)
    const state =
      text === undefined ? null : readStored({ key, snapshotId }, () => parseState(text))
    if (state?.run === run) return state
    if (state !== null && state.run < run) return null
  }
  return null
}

function writtenState(history: readonly Snapshot[], key: string): IncrementalState | null {
  for (const { summary, snapshotId } of history) {
    const text = summary.get(key)
    if (text !== undefined) return readStored({ key, snapshotId }, () => parseState(text))
  }
  return null
}

function keptState(
  metadata: TableMetadata,
  history: readonly Snapshot[],
  { key, branch }: Required<StateQuery>,
): IncrementalState | null {
  const text = metadata.properties.get(key)
  if (text === undefined) return null
  const { state, anchor } = readStored({ key }, () => parseAnchoredState(text))
  return anchor.branch === branch && isInHistory(metadata, history, anchor) ? state : null
}

/**
 * Whether a branch's history went through an anchor. One that is gone counts if it may lie before what is kept; a
 * snapshot that is kept and not on the way back was left behind when the table was rolled back.
 */
function isInHistory(
  metadata: TableMetadata,
  history: readonly Snapshot[],
  anchor: StateAnchor,
): boolean {
  const { snapshotId, sequenceNumber } = anchor
  // Whatever came later, it came after a table without snapshots.
  if (snapshotId === null) return true
  if (history.some((snapshot) => snapshot.snapshotId === snapshotId)) return true
  const oldest = history.at(-1)
  if (oldest === undefined || !isCutOff(history)) return false
  return snapshotById(metadata, snapshotId) === undefined && sequenceNumber < oldest.sequenceNumber
}

function readStored<Result>(
  context: { readonly key: string; readonly snapshotId?: bigint },
  read: () => Result,
): Result {
  try {
    return read()
  } catch (error) {
    throw withContext(error, context)
  }
}

function sameEntries(
  left: ReadonlyMap<string, string>,
  right: ReadonlyMap<string, string>,
): boolean {
  return left.size === right.size && [...left].every(([name, value]) => right.get(name) === value)
}
