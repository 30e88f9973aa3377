/**
 * Where an incremental job stands, as the table that it writes to tells: an entry of a snapshot's summary, or a table
 * property of the same name. The entry is undone with the rows when the table is rolled back; the property outlives the
 * expiry of snapshots.
 */
import { IcebergError, withContext } from '../base/errors.ts'
import { parseJson, stringifyJson } from '../base/json-exact.ts'
import { readObject } from '../base/json-fields.ts'
import { encodeUtf8 } from '../base/unicode.ts'
import { ancestorsOf } from './history.ts'
import { MAIN_BRANCH } from './refs.ts'
import type { Snapshot } from './snapshot.ts'
import { snapshotById } from './table-metadata.ts'
import type { TableMetadata } from './table-metadata.ts'

/** How the names of entries and properties begin that say where something stands: a job by windows, a stream, a producer of rows. */
export const JOB_STATE_PREFIX = 'frazil.incremental.'
export const STREAM_STATE_PREFIX = 'frazil.stream.'
export const PRODUCER_STATE_PREFIX = 'frazil.producer.'

/** Whether an entry or a property says where something stands. */
export function isStateKey(name: string): boolean {
  return STATE_PREFIXES.some((prefix) => name.startsWith(prefix))
}

const STATE_PREFIXES = [JOB_STATE_PREFIX, STREAM_STATE_PREFIX, PRODUCER_STATE_PREFIX]

/** Which state, and by the history of which branch; main unless told. */
export interface StateQuery {
  readonly key: string
  readonly branch?: string
}

/** The snapshot that a property was written with, or on top of when it was written alone. */
export interface StateAnchor {
  readonly branch: string
  /** Null when the branch had no snapshot. */
  readonly snapshotId: bigint | null
  /** 0 when there is no snapshot. */
  readonly sequenceNumber: bigint
}

/** What rules on where a job stands. */
export type JobStanding =
  | { readonly kind: 'written'; readonly text: string; readonly snapshotId: bigint }
  | { readonly kind: 'kept'; readonly text: string }
  /** The history is whole, and nothing in it says that the job ever ran. */
  | { readonly kind: 'none' }
  /** Nothing says so, but the history is cut off: the job may have run before that. */
  | { readonly kind: 'lost'; readonly oldestSnapshotId: bigint | null }

/**
 * The newest entry on the way back from the branch's head, or the property when that has the higher run and belongs to the
 * same history.
 *
 * @throws IcebergError `corrupt` when what is kept cannot be read
 */
export function jobStanding(
  metadata: TableMetadata,
  { key, branch = MAIN_BRANCH }: StateQuery,
): JobStanding {
  const history = branchHistory(metadata, branch)
  const written = writtenState(history, key)
  const text = keptStateText(metadata, history, { key, branch })
  const kept = text === null ? null : ({ kind: 'kept', text } as const)
  if (written !== null && kept !== null)
    return runIn(kept, key) > runIn(written, key) ? kept : written
  const rules = written ?? kept
  if (rules !== null) return rules
  if (!isCutOff(history)) return { kind: 'none' }
  return { kind: 'lost', oldestSnapshotId: history.at(-1)?.snapshotId ?? null }
}

/** The snapshots of a branch as far as they are kept, the newest first. */
export function branchHistory(metadata: TableMetadata, branch: string): readonly Snapshot[] {
  const ref = metadata.refs.get(branch)
  const head = ref?.snapshotId ?? (branch === MAIN_BRANCH ? metadata.currentSnapshotId : null)
  return head === null ? [] : [...ancestorsOf(metadata, head)]
}

/** What the property says, when it belongs to the history of the branch. */
export function keptStateText(
  metadata: TableMetadata,
  history: readonly Snapshot[],
  { key, branch }: Required<StateQuery>,
): string | null {
  const text = metadata.properties.get(key)
  if (text === undefined) return null
  const anchor = readStored({ key }, () => parseStateAnchor(text))
  return anchor.branch === branch && isInHistory(metadata, history, anchor) ? text : null
}

/** @throws IcebergError `corrupt` when the text of a property has no anchor */
export function parseStateAnchor(text: string): StateAnchor {
  const fields = readObject(parseJson(text), '')
  return {
    branch: fields.string('branch'),
    snapshotId: fields.optionalLong('snapshot-id') ?? null,
    sequenceNumber: fields.long('sequence-number'),
  }
}

/** Every reader of the table loads every summary: state is a position, not a store. */
const MAX_STATE_BYTES = 16_384

/**
 * The text of a summary's entry, of fields among which is `run`, which rises with every commit that writes it.
 *
 * @throws IcebergError `limit` when it has more than 16,384 bytes
 */
export function writtenText(fields: StateFields): string {
  const text = stringifyJson(fields)
  const bytes = encodeUtf8(text).length
  if (bytes <= MAX_STATE_BYTES) return text
  throw new IcebergError('limit', 'the state is too large to be kept in its table', {
    context: { bytes, limitBytes: MAX_STATE_BYTES },
  })
}

/** The text of a property, of the same fields; as {@link writtenText}. */
export function keptText(fields: StateFields, anchor: StateAnchor): string {
  return writtenText({
    ...fields,
    branch: anchor.branch,
    'snapshot-id': anchor.snapshotId,
    'sequence-number': anchor.sequenceNumber,
  })
}

/** What a state says, as JSON. */
export interface StateFields {
  readonly run: number
  readonly [name: string]: unknown
}

function writtenState(
  history: readonly Snapshot[],
  key: string,
): Extract<JobStanding, { kind: 'written' }> | null {
  for (const { summary, snapshotId } of history) {
    const text = summary.get(key)
    if (text !== undefined) return { kind: 'written', text, snapshotId }
  }
  return null
}

function runIn(
  { text, ...place }: { readonly text: string; readonly snapshotId?: bigint },
  key: string,
): number {
  const { snapshotId } = place
  const context = snapshotId === undefined ? { key } : { key, snapshotId }
  return readStored(context, () => readObject(parseJson(text), '').integer('run'))
}

/** Whether there were snapshots before the oldest one that is kept. */
function isCutOff(history: readonly Snapshot[]): boolean {
  return (history.at(-1)?.parentId ?? null) !== null
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

/** Reads what a table keeps of a job; errors say where it is kept. */
export function readStored<Result>(
  context: { readonly key: string; readonly snapshotId?: bigint },
  read: () => Result,
): Result {
  try {
    return read()
  } catch (error) {
    throw withContext(error, context)
  }
}
