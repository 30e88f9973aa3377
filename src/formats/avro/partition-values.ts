import { unreachable } from '../../base/assert.ts'
import type { PartitionTuple } from '../../layout/partition-tuple.ts'
import { bigEndianBytes, fromBigEndian } from '../../types/single-value-binary.ts'
import type { PrimitiveType } from '../../types/type.ts'
import type { PrimitiveValue } from '../../types/value.ts'
import type { AvroType } from './avro-type.ts'
import { asBuffer } from './encoding.ts'
import { decimalBytes } from './manifest-schemas.ts'
import { skip } from './skip.ts'
import {
  booleanView,
  bytesView,
  intView,
  isSameField,
  longView,
  optional,
  stringView,
  viewOf,
} from './view.ts'
import type { Decode, View } from './view.ts'
import { withoutValues } from '../../types/without-values.ts'

/** A field of a partition struct as a reader wants it. */
export interface WantedPartitionField {
  readonly id: number
  readonly name: string
  /** Null for an opaque field, whose values are read as they are stored. */
  readonly type: PrimitiveType | null
}

/** The partition struct of a manifest as a tuple in the order of the fields; a field that was not written is null. */
export function partitionView(fields: readonly WantedPartitionField[]): View<PartitionTuple> {
  return viewOf('record', (writer, path) => {
    if (writer.kind !== 'record') return null
    const steps = writer.fields.map((written) => {
      const index = fields.findIndex((field) => isSameField(written, field))
      const field = fields[index]
      if (field === undefined) return { index: -1, decode: skip(written.type) }
      const view = optional(valueView(field.type))
      return { index, decode: view.against(written.type, `${path}.${field.name}`) }
    })
    return (reader) => {
      const tuple: (PrimitiveValue | null)[] = fields.map(() => null)
      for (const { index, decode } of steps) {
        const value = decode(reader)
        if (index !== -1) tuple[index] = value ?? null
      }
      return tuple
    }
  })
}

/** A value as {@link createEncoder} takes it. */
export function partitionValueToAvro(type: PrimitiveType, value: PrimitiveValue): unknown {
  if (type.kind === 'decimal' && typeof value === 'bigint') {
    return signExtended(bigEndianBytes(value), decimalBytes(type.precision))
  }
  return value instanceof Uint8Array ? asBuffer(value) : value
}

function signExtended(bytes: Uint8Array, length: number): Buffer {
  const isNegative = (bytes[0] ?? 0) >= 0x80
  const extended = Buffer.alloc(length, isNegative ? 0xff : 0)
  extended.set(bytes, length - bytes.length)
  return extended
}

function valueView(type: PrimitiveType | null): View<PrimitiveValue> {
  if (type === null) return opaqueView
  switch (type.kind) {
    case 'boolean':
      return booleanView
    case 'int':
    case 'date':
      return intView
    case 'long':
      return longView
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return microsView
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return nanosView
    case 'float':
    case 'double':
      return floatingView
    case 'decimal':
      return decimalView(type.scale)
    case 'string':
      return stringView
    case 'uuid':
      return fixedView(16)
    case 'fixed':
      return fixedView(type.length)
    case 'binary':
      return bytesView
    case 'unknown':
    case 'geometry':
    case 'geography':
      throw withoutValues(type)
    default:
      return unreachable(type)
  }
}

const MICROS: ReadonlySet<string | null> = new Set([
  null,
  'time-micros',
  'timestamp-micros',
  'local-timestamp-micros',
])

const NANOS: ReadonlySet<string | null> = new Set([
  null,
  'timestamp-nanos',
  'local-timestamp-nanos',
])

const microsView = ticksView('microseconds', MICROS)
const nanosView = ticksView('nanoseconds', NANOS)

/** In another unit the same number would be another time. */
function ticksView(unit: string, logicalTypes: ReadonlySet<string | null>): View<bigint> {
  return viewOf(unit, (writer) =>
    writer.kind === 'long' && logicalTypes.has(writer.logicalType)
      ? (reader) => reader.long()
      : null,
  )
}

/** A float column may have become a double one since the file was written. */
const floatingView: View<number> = viewOf('float or double', (writer) => {
  if (writer.kind === 'float') return (reader) => reader.float()
  return writer.kind === 'double' ? (reader) => reader.double() : null
})

/** Widening changes the precision of a decimal, never its scale (spec: Schema Evolution). */
function decimalView(scale: number): View<bigint> {
  return viewOf('decimal', (writer, path) => {
    if (writer.kind !== 'fixed' && writer.kind !== 'bytes') return null
    if (writer.logicalType === 'decimal' && writer.scale !== scale) return null
    const decode = bytesView.against(writer, path)
    return (reader) => fromBigEndian(decode(reader))
  })
}

function fixedView(length: number): View<Uint8Array> {
  return viewOf('fixed', (writer, path) =>
    writer.kind === 'fixed' && writer.size === length ? bytesView.against(writer, path) : null,
  )
}

const opaqueView: View<PrimitiveValue> = viewOf('single value', (writer, path) =>
  opaqueDecoder(writer, path),
)

/** The value that the writer's type says it is, because there is no one else to ask. */
function opaqueDecoder(writer: AvroType, path: string): Decode<PrimitiveValue> | null {
  switch (writer.kind) {
    case 'boolean':
      return (reader) => reader.boolean()
    case 'int':
      return (reader) => reader.int()
    case 'long':
      return (reader) => reader.long()
    case 'float':
      return (reader) => reader.float()
    case 'double':
      return (reader) => reader.double()
    case 'string':
      return (reader) => reader.string()
    case 'bytes':
    case 'fixed':
      return (writer.logicalType === 'decimal' ? decimalView(writer.scale) : bytesView).against(
        writer,
        path,
      )
    default:
      return null
  }
}
