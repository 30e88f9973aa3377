// What a value of Avro is as one of a table's type: exactly, or not at all. The annotations of its schema say what it means
// (Avro specification: Logical Types); where they say nothing, a number is a number and never an instant.
import { IcebergError } from '../../base/errors.ts'
import { parseUuid } from '../../types/uuid-text.ts'
import type { Type } from '../../types/type.ts'
import type { Value } from '../../types/value.ts'
import { utf8Of } from '../kafka/wire-reader.ts'

/** Makes the value of a column; null where the types have nothing in common. */
export type Conversion<Written> = ((written: Written) => Value) | null

/** What a schema says of a number or of bytes. */
interface Annotated {
  readonly logicalType: string | null
  readonly scale: number
}

/** Of `int`. */
export function fromInt({ logicalType }: Annotated, type: Type): Conversion<number> {
  if (logicalType === 'date' && type.kind === 'date') return (days) => days
  if (logicalType === 'time-millis' && type.kind === 'time') return (ms) => BigInt(ms) * 1_000n
  switch (type.kind) {
    case 'int':
    case 'double':
      return (value) => value
    case 'long':
      return (value) => BigInt(value)
    case 'float':
      return (value) => floatOf(BigInt(value), Math.fround(value))
    default:
      return null
  }
}

/** Of `long`. */
export function fromLong({ logicalType }: Annotated, type: Type): Conversion<bigint> {
  if (logicalType === 'time-micros' && type.kind === 'time') return (micros) => micros
  const instant = instantScale(logicalType, type)
  if (instant !== null) return (count) => scaled(count, instant)
  switch (type.kind) {
    case 'long':
      return (value) => value
    case 'double':
      return (value) => floatOf(value, Number(value))
    case 'float':
      return (value) => floatOf(value, Math.fround(Number(value)))
    default:
      return null
  }
}

/** Decimal digits of the parts of a second. */
const WRITTEN_DIGITS: ReadonlyMap<string, number> = new Map([
  ['millis', 3],
  ['micros', 6],
  ['nanos', 9],
])
const STORED_DIGITS: ReadonlyMap<string, number> = new Map([
  ['timestamp', 6],
  ['timestamptz', 6],
  ['timestamp_ns', 9],
  ['timestamptz_ns', 9],
])

/** By which power of ten an instant, or the reading of a clock on a wall, must be multiplied; null where it is none. */
function instantScale(logicalType: string | null, { kind }: Type): number | null {
  const [, local, unit = ''] = /^(local-)?timestamp-(\w+)$/.exec(logicalType ?? '') ?? []
  const written = WRITTEN_DIGITS.get(unit)
  const stored = STORED_DIGITS.get(kind)
  if (written === undefined || stored === undefined) return null
  return kind.startsWith('timestamptz') === (local === undefined) ? stored - written : null
}

function scaled(count: bigint, power: number): bigint {
  if (power >= 0) return count * 10n ** BigInt(power)
  const divisor = 10n ** BigInt(-power)
  if (count % divisor === 0n) return count / divisor
  throw new IcebergError('invalid', 'the column does not hold so small parts of a second')
}

/** Of `float` and `double`. */
export function fromFloat(written: 'float' | 'double', type: Type): Conversion<number> {
  if (type.kind === 'double' || type.kind === written) return (value) => value
  return null
}

/** Of `string`, and of an enum. */
export function fromText(type: Type): Conversion<string> {
  switch (type.kind) {
    case 'string':
      return (text) => text
    case 'binary':
      return (text) => new Uint8Array(Buffer.from(text))
    case 'uuid':
      return (text) => {
        const uuid = parseUuid(text)
        if (uuid === null) throw new IcebergError('invalid', 'the text is no uuid')
        return uuid
      }
    default:
      return null
  }
}

/** Of `bytes` and `fixed`. */
export function fromBytes(
  { logicalType, scale }: Annotated,
  size: number | null,
  type: Type,
): Conversion<Uint8Array> {
  if (logicalType === 'decimal' && type.kind === 'decimal') {
    return type.scale < scale ? null : (bytes) => decimalOf(bytes, type.scale - scale, type)
  }
  switch (type.kind) {
    case 'binary':
      return (bytes) => bytes
    case 'fixed':
      return size === type.length ? (bytes) => bytes : null
    case 'uuid':
      return size === UUID_BYTES ? (bytes) => bytes : null
    case 'string':
      return size === null ? textOf : null
    default:
      return null
  }
}

const UUID_BYTES = 16

function textOf(bytes: Uint8Array): string {
  const text = utf8Of(bytes)
  if (text === null) throw new IcebergError('invalid', 'the bytes are no UTF-8')
  return text
}

/** A number in as many bytes as it takes, the highest first, with a sign. */
function decimalOf(
  bytes: Uint8Array,
  moreDigits: number,
  { precision }: { readonly precision: number },
): bigint {
  const hex = Buffer.from(bytes).toString('hex')
  const unsigned = hex === '' ? 0n : BigInt(`0x${hex}`)
  const unscaled = BigInt.asIntN(bytes.length * 8, unsigned) * 10n ** BigInt(moreDigits)
  const limit = 10n ** BigInt(precision)
  if (unscaled < limit && unscaled > -limit) return unscaled
  throw new IcebergError('invalid', 'the decimal has more digits than the column')
}

/** A float of whole numbers must be that number. */
function floatOf(exact: bigint, near: number): number {
  if (BigInt(near) === exact) return near
  throw new IcebergError('invalid', 'the column does not hold so large a number exactly')
}
