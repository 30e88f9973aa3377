/** Values as the bytes of bounds (spec: Binary single-value serialization). */
import { unreachable } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import { decodeUtf8, encodeUtf8 } from '../base/unicode.ts'
import { midnightOf } from './promotion.ts'
import { formatType } from './type.ts'
import type { PrimitiveType } from './type.ts'
import type { PrimitiveValue } from './value.ts'
import { withoutValues } from './without-values.ts'

/** The bytes of a value, which must be of the type. A byte array may be the value's own. */
export function valueToBytes(type: PrimitiveType, value: PrimitiveValue): Uint8Array {
  // The type says how the value is held, as value.ts lists.
  switch (type.kind) {
    case 'boolean':
      return new Uint8Array([value === true ? 1 : 0])
    case 'int':
    case 'date':
      return fixedBytes(4, (view) => view.setInt32(0, value as number, true))
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return fixedBytes(8, (view) => view.setBigInt64(0, value as bigint, true))
    case 'float':
      return fixedBytes(4, (view) => view.setFloat32(0, value as number, true))
    case 'double':
      return fixedBytes(8, (view) => view.setFloat64(0, value as number, true))
    case 'decimal':
      return bigEndianBytes(value as bigint)
    case 'string':
      return encodeUtf8(value as string)
    case 'uuid':
    case 'fixed':
    case 'binary':
      return value as Uint8Array
    case 'unknown':
    case 'geometry':
    case 'geography':
      throw withoutValues(type)
    default:
      return unreachable(type)
  }
}

/**
 * The value of bytes that {@link valueToBytes} made, also for a column whose type was promoted since: a `long` of 4 bytes
 * was an `int`, a `double` of 4 bytes a `float`, a `timestamp` of 4 bytes a `date` (spec: Schema Evolution). A `fixed` may be shorter than its length,
 * because some writers truncate its bounds.
 *
 * @throws IcebergError `corrupt` when the type has no value of such bytes
 */
export function valueFromBytes(type: PrimitiveType, bytes: Uint8Array): PrimitiveValue {
  switch (type.kind) {
    case 'boolean':
      return viewOf(type, bytes, 1).getUint8(0) !== 0
    case 'int':
    case 'date':
      return viewOf(type, bytes, 4).getInt32(0, true)
    case 'long':
      if (bytes.length === 4) return BigInt(viewOf(type, bytes, 4).getInt32(0, true))
      return viewOf(type, bytes, 8).getBigInt64(0, true)
    case 'timestamp':
    case 'timestamp_ns':
      if (bytes.length === 4) return midnightOfDate(type, bytes)
      return viewOf(type, bytes, 8).getBigInt64(0, true)
    case 'time':
    case 'timestamptz':
    case 'timestamptz_ns':
      return viewOf(type, bytes, 8).getBigInt64(0, true)
    case 'float':
      return viewOf(type, bytes, 4).getFloat32(0, true)
    case 'double':
      if (bytes.length === 4) return viewOf(type, bytes, 4).getFloat32(0, true)
      return viewOf(type, bytes, 8).getFloat64(0, true)
    case 'decimal':
      if (bytes.length === 0 || bytes.length > MAX_DECIMAL_BYTES) throw wrongLength(type, bytes)
      return fromBigEndian(bytes)
    case 'string':
      return decodeUtf8(bytes)
    case 'uuid':
      if (bytes.length !== 16) throw wrongLength(type, bytes)
      return bytes
    case 'fixed':
      if (bytes.length > type.length) throw wrongLength(type, bytes)
      return bytes
    case 'binary':
      return bytes
    case 'unknown':
    case 'geometry':
    case 'geography':
      throw withoutValues(type)
    default:
      return unreachable(type)
  }
}

function midnightOfDate(type: PrimitiveType, bytes: Uint8Array): bigint {
  const midnight = midnightOf(viewOf(type, bytes, 4).getInt32(0, true), type)
  if (midnight !== null) return midnight
  throw new IcebergError('corrupt', 'date is beyond the range of the type it was promoted to', {
    context: { type: formatType(type) },
  })
}

/** What the highest precision needs. */
const MAX_DECIMAL_BYTES = 16

function fixedBytes(length: number, write: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(length)
  write(new DataView(bytes.buffer))
  return bytes
}

const scratch = new Uint8Array(8)
const scratchView = new DataView(scratch.buffer)

/** A view of a copy, there until the next one: planning looks at the bounds of every file, and a view of each took a tenth of it. */
function viewOf(type: PrimitiveType, bytes: Uint8Array, length: number): DataView {
  if (bytes.length !== length) throw wrongLength(type, bytes)
  for (let index = 0; index < length; index += 1) scratch[index] = bytes[index] ?? 0
  return scratchView
}

function wrongLength(type: PrimitiveType, bytes: Uint8Array): IcebergError {
  return new IcebergError('corrupt', 'bytes of a value have the wrong length', {
    context: { type: formatType(type), length: bytes.length },
  })
}

/** The fewest bytes of two's complement, the highest first: 127 needs one, 128 two, -128 one. */
export function bigEndianBytes(value: bigint): Uint8Array {
  const magnitude = value < 0n ? ~value : value
  // Eight bits a byte, one of them for the sign.
  const length = Math.floor(bitLength(magnitude) / 8) + 1
  const bytes = new Uint8Array(length)
  let rest = value
  for (let index = length - 1; index >= 0; index -= 1) {
    bytes[index] = Number(rest & 0xffn)
    rest >>= 8n
  }
  return bytes
}

/** The number that big-endian two's complement bytes stand for; at least one byte. */
export function fromBigEndian(bytes: Uint8Array): bigint {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return BigInt.asIntN(bytes.length * 8, value)
}

function bitLength(magnitude: bigint): number {
  return magnitude === 0n ? 0 : magnitude.toString(2).length
}
