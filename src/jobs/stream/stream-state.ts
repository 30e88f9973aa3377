// What a batch of a stream leaves in each table that it writes, in the commit of its rows: where the next one begins.
import { unreachable } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import { parseJson } from '../../base/json-exact.ts'
import { readObject } from '../../base/json-fields.ts'
import type { JsonFields } from '../../base/json-fields.ts'
import {
  STREAM_STATE_PREFIX,
  branchHistory,
  jobStanding,
  keptText,
  readStored,
  writtenText,
} from '../../metadata/job-standing.ts'
import type { StateAnchor, StateFields } from '../../metadata/job-standing.ts'
import { MAIN_BRANCH } from '../../metadata/refs.ts'
import type { TableMetadata } from '../../metadata/table-metadata.ts'
import type { StreamOffset } from '../sources/stream-source.ts'
import { isSameOffset } from './offsets.ts'
import type { Offsets } from './offsets.ts'

/** Where a stream stands after a batch. */
export interface StreamState {
  /** The number of the batch; counts from 1, also when a person moved the state. */
  readonly epoch: number
  /** What is read next of each source, by its name. */
  readonly offsets: Offsets
  /** Where sources began that were read for the first time; empty for most batches. */
  readonly begun: Offsets
  /** The clock that the batch saw: microseconds since the epoch. */
  readonly batchMicros: bigint
  /** What event time had come to: microseconds since the epoch; null for a stream without a watermark, and before its first row. */
  readonly watermarkMicros: bigint | null
  /** What the stream holds back for later batches: the name of a file in its checkpoint; null for nothing. */
  readonly held: string | null
}

/** The number of the batch that comes next. */
export function epochAfter(state: Pick<StreamState, 'epoch'> | null): number {
  return (state?.epoch ?? 0) + 1
}

/** The name of both the summary's entry and the table's property. */
export function streamKey(streamId: string): string {
  return `${STREAM_STATE_PREFIX}${streamId}`
}

/** @throws IcebergError `limit` when the positions are too long for a table to keep */
export function formatWritten(state: StreamState): string {
  return writtenText(fieldsOf(state))
}

/** @throws IcebergError as {@link formatWritten} */
export function formatKept(state: StreamState, anchor: StateAnchor): string {
  return keptText(fieldsOf(state), anchor)
}

/** @throws IcebergError `corrupt` when the text is no state */
export function parseStreamState(text: string): StreamState {
  const fields = readObject(parseJson(text), '')
  return {
    epoch: fields.integer('run'),
    offsets: readOffsets(fields, 'offsets'),
    begun: fields.optionalObject('begun') === undefined ? new Map() : readOffsets(fields, 'begun'),
    batchMicros: fields.long('batch-us'),
    watermarkMicros: fields.optionalLong('watermark-us') ?? null,
    held: fields.optionalString('held') ?? null,
  }
}

function fieldsOf({
  epoch,
  offsets,
  begun,
  batchMicros,
  watermarkMicros,
  held,
}: StreamState): StateFields {
  return {
    run: epoch,
    offsets,
    ...(begun.size === 0 ? {} : { begun }),
    'batch-us': batchMicros,
    ...(watermarkMicros === null ? {} : { 'watermark-us': watermarkMicros }),
    ...(held === null ? {} : { held }),
  }
}

/** @throws IcebergError `corrupt` when the field is no positions */
export function readOffsets(parent: JsonFields, field: string): Offsets {
  const fields = readObject(parent.object(field), parent.path(field))
  return new Map(fields.names().map((name) => [name, readOffset(fields, name)]))
}

function readOffset(fields: JsonFields, name: string): StreamOffset {
  const offset: unknown = fields.object(name)
  if (isObject(offset)) return offset
  throw new IcebergError('corrupt', 'a position is an object', { context: { source: name } })
}

function isObject(value: unknown): value is StreamOffset {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Where a stream stands by its table; null before its first batch.
 *
 * @throws IcebergError `invalid` when nothing says so, but the history is cut off: the stream may have run before that
 * @throws IcebergError `corrupt` when what is kept cannot be read
 */
export function findStream(metadata: TableMetadata, key: string): StreamState | null {
  const standing = jobStanding(metadata, { key })
  switch (standing.kind) {
    case 'written': {
      const { text, snapshotId } = standing
      return readStored({ key, snapshotId }, () => parseStreamState(text))
    }
    case 'kept':
      return readStored({ key }, () => parseStreamState(standing.text))
    case 'none':
      return null
    case 'lost':
      throw new IcebergError(
        'invalid',
        'where the stream stands has expired with its snapshots: say by `frazil stream reset` where it shall begin',
        { context: { key, oldestSnapshotId: standing.oldestSnapshotId ?? 'none' } },
      )
    default:
      return unreachable(standing)
  }
}

/** What the batch of that number left, wherever the stream stands now; null when nothing says so any more. */
export function findEpoch(metadata: TableMetadata, key: string, epoch: number): StreamState | null {
  const newest = findStream(metadata, key)
  if (newest === null || newest.epoch === epoch) return newest
  for (const { summary, snapshotId } of branchHistory(metadata, MAIN_BRANCH)) {
    const text = summary.get(key)
    if (text === undefined) continue
    const state = readStored({ key, snapshotId }, () => parseStreamState(text))
    if (state.epoch === epoch) return state
    if (state.epoch < epoch) return null
  }
  return null
}

/** Whether nobody moved a stream from one look to the other. Guards of commits ask this. */
export function isSameState(left: StreamState | null, right: StreamState | null): boolean {
  if (left === null || right === null) return left === right
  return left.epoch === right.epoch && isSameOffsets(left.offsets, right.offsets)
}

export function isSameOffsets(left: Offsets, right: Offsets): boolean {
  return (
    left.size === right.size &&
    [...left].every(([name, offset]) => {
      const other = right.get(name)
      return other !== undefined && isSameOffset(offset, other)
    })
  )
}
