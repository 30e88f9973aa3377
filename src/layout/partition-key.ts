import { assert, unreachable } from '../base/assert.ts'
import { toHex } from '../base/bytes.ts'
import { formatDecimal } from '../types/decimal-text.ts'
import {
  formatDate,
  formatTime,
  formatTimestamp,
  formatTimestampNs,
  formatTimestamptz,
  formatTimestamptzNs,
} from '../types/temporal-text.ts'
import type { PrimitiveType } from '../types/type.ts'
import type { PrimitiveValue } from '../types/value.ts'
import type { PartitionSpec } from './partition-spec.ts'
import type { PartitionTuple } from './partition-tuple.ts'
import { formatHour, formatMonth, formatYear } from './temporal.ts'
import type { Transform } from './transform.ts'

/**
 * A key for maps: the same for two tuples of one spec exactly if they are the same partition. All NaN are one value and
 * minus zero is not zero (spec: Scan Planning). A promoted column does not matter: 5 read as int and as long is the same.
 */
export function partitionKey(
  types: readonly (PrimitiveType | null)[],
  tuple: PartitionTuple,
): string {
  assert(types.length === tuple.length, 'a partition tuple has one value a field')
  return tuple.map(valueKey).join(',')
}

/** Begins with what kind of value it is, and carries the length of free text, so that no two tuples join alike. */
function valueKey(value: PrimitiveValue | null): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return `s${value.length}:${value}`
  if (value instanceof Uint8Array) return `x${toHex(value)}`
  return Object.is(value, -0) ? '-0' : String(value)
}

/** What file systems take as one name, in bytes. */
const MAX_SEGMENT_BYTES = 255

/**
 * The readable folder of a partition: `ts_day=2026-01-31/city=Oslo`; empty when the spec has no fields. For people only:
 * values are never read back from it, and two partitions whose long values begin alike may share a folder.
 *
 * @returns segments of `[A-Za-z0-9._*+%=-]`, each at most 255 bytes and none of them `.` or `..`
 */
export function partitionPath(
  spec: PartitionSpec,
  types: readonly (PrimitiveType | null)[],
  tuple: PartitionTuple,
): string {
  return spec.fields
    .map(({ name, transform }, index) => {
      const text = valueText(transform, types[index] ?? null, tuple[index] ?? null)
      return shorten(`${escapeText(name)}=${escapeText(text)}`)
    })
    .join('/')
}

function valueText(
  transform: Transform,
  type: PrimitiveType | null,
  value: PrimitiveValue | null,
): string {
  if (value === null) return 'null'
  if (type === null) return opaqueText(value)
  if (typeof value === 'number') {
    if (transform.kind === 'year') return formatYear(value)
    if (transform.kind === 'month') return formatMonth(value)
    if (transform.kind === 'hour') return formatHour(value)
  }
  return typedText(type, value)
}

function typedText(type: PrimitiveType, value: PrimitiveValue): string {
  // The type says how the value is held, as value.ts lists.
  switch (type.kind) {
    case 'boolean':
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'string':
    case 'fixed':
    case 'binary':
    case 'unknown':
    case 'geometry':
    case 'geography':
      return opaqueText(value)
    case 'decimal':
      return formatDecimal(value as bigint, type.scale)
    case 'date':
      return formatDate(value as number)
    case 'time':
      return formatTime(value as bigint)
    case 'timestamp':
      return formatTimestamp(value as bigint)
    case 'timestamptz':
      return formatTimestamptz(value as bigint)
    case 'timestamp_ns':
      return formatTimestampNs(value as bigint)
    case 'timestamptz_ns':
      return formatTimestamptzNs(value as bigint)
    case 'uuid':
      return uuidText(value as Uint8Array)
    default:
      return unreachable(type)
  }
}

function opaqueText(value: PrimitiveValue): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return Object.is(value, -0) ? '-0' : String(value)
}

function uuidText(bytes: Uint8Array): string {
  return toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/**
 * The form encoding that the reference implementation uses for folder names, so that tables written by both look alike.
 * Two dots in a row are escaped besides, though no segment can be `..` with its equals sign.
 */
function escapeText(text: string): string {
  return Buffer.from(text, 'utf8')
    .toString('latin1')
    .replaceAll(/[^A-Za-z0-9._*-]/g, escapeByte)
    .replaceAll('..', '%2E%2E')
}

function escapeByte(byte: string): string {
  return byte === ' ' ? '+' : `%${toHex(Buffer.from(byte, 'latin1')).toUpperCase()}`
}

/** Cuts what is too long, but never inside an escape. */
function shorten(segment: string): string {
  if (segment.length <= MAX_SEGMENT_BYTES) return segment
  return segment.slice(0, MAX_SEGMENT_BYTES).replace(/%.?$/, '')
}
