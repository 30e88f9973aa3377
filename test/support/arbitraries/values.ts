import fc from 'fast-check'
import { unreachable } from '../../../src/base/assert.ts'
import { INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN } from '../../../src/base/integers.ts'
import { valueKey } from '../../../src/types/compare.ts'
import type { Field, MapType, PrimitiveType, Type } from '../../../src/types/type.ts'
import type { PrimitiveValue, Value } from '../../../src/types/value.ts'
import { withoutValues } from '../../../src/types/without-values.ts'

const MICROS_PER_DAY = 86_400_000_000n

export const anyInt: fc.Arbitrary<number> = fc.oneof(
  fc.integer(),
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(INT32_MIN, INT32_MAX),
)

export const anyLong: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: INT64_MIN, max: INT64_MAX }),
  fc.bigInt({ min: -3n, max: 3n }),
  fc.constantFrom(INT64_MIN, INT64_MAX, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n),
)

/** Around the epoch, around midnight, over what people use, and over all 64 bits. */
export const anyMicros: fc.Arbitrary<bigint> = fc.oneof(
  anyLong,
  fc.bigInt({ min: -5_000_000_000_000_000n, max: 5_000_000_000_000_000n }),
  fc
    .tuple(fc.bigInt({ min: -40_000n, max: 40_000n }), fc.constantFrom(-1n, 0n, 1n))
    .map(([days, micros]) => days * MICROS_PER_DAY + micros),
)

/** As {@link anyMicros}, in nanoseconds: 64 bits of them reach from 1677 to 2262. */
export const anyNanos: fc.Arbitrary<bigint> = fc.oneof(
  anyLong,
  fc
    .tuple(fc.bigInt({ min: -40_000n, max: 40_000n }), fc.bigInt({ min: -1001n, max: 1001n }))
    .map(([days, nanos]) => days * MICROS_PER_DAY * 1000n + nanos),
)

export const anyFloat: fc.Arbitrary<number> = fc.oneof(
  fc.float(),
  fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity),
)

export const anyDouble: fc.Arbitrary<number> = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity),
)

/** Code points at the edges of UTF-8 lengths and of the surrogates. */
const EDGE_CODE_POINTS = [
  0, 0x22, 0x5c, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfeff, 0xffff, 0x10000, 0x10ffff,
].map((codePoint) => String.fromCodePoint(codePoint))

/** Well-formed strings over all of Unicode. */
export const anyString: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: fc.constantFrom('a', ...EDGE_CODE_POINTS), maxLength: 20 }),
)

export const anyBytes: fc.Arbitrary<Uint8Array> = bytes(0, 30)

/** Every unscaled value of the precision, its limits often. */
export function anyUnscaled(precision: number): fc.Arbitrary<bigint> {
  const limit = 10n ** BigInt(precision) - 1n
  const nearZero = limit < 300n ? limit : 300n
  return fc.oneof(
    fc.bigInt({ min: -limit, max: limit }),
    fc.bigInt({ min: -nearZero, max: nearZero }),
    fc.constantFrom(-limit, limit),
  )
}

export function anyPrimitiveValueOf(type: PrimitiveType): fc.Arbitrary<PrimitiveValue> {
  switch (type.kind) {
    case 'boolean':
      return fc.boolean()
    case 'int':
    case 'date':
      return anyInt
    case 'long':
      return anyLong
    case 'float':
      return anyFloat
    case 'double':
      return anyDouble
    case 'decimal':
      return anyUnscaled(type.precision)
    case 'time':
      return fc.oneof(
        fc.bigInt({ min: 0n, max: MICROS_PER_DAY - 1n }),
        fc.constantFrom(0n, MICROS_PER_DAY - 1n),
      )
    case 'timestamp':
    case 'timestamptz':
      return anyMicros
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return anyNanos
    case 'string':
      return anyString
    case 'uuid':
      return bytes(16, 16)
    case 'fixed':
      return bytes(type.length, type.length)
    case 'binary':
      return anyBytes
    case 'unknown':
    case 'geometry':
    case 'geography':
      throw withoutValues(type)
    default:
      return unreachable(type)
  }
}

function bytes(minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> {
  const anyByte = fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff))
  return fc.array(anyByte, { minLength, maxLength }).map((list) => Uint8Array.from(list))
}

/** Every value of the type, limits often; map keys differ, and nulls stand only where the type has them. */
export function anyValueOf(type: Type): fc.Arbitrary<Value> {
  switch (type.kind) {
    case 'struct':
      return anyRowOf(type)
    case 'list':
      return fc.array(anyNullableOf(type.element, type.elementRequired), { maxLength: 4 })
    case 'map':
      return anyEntriesOf(type)
    case 'variant':
      throw withoutValues(type)
    default:
      return anyPrimitiveValueOf(type)
  }
}

/** One value a field of a schema or struct, null only in optional ones. */
export function anyRowOf(struct: {
  readonly fields: readonly Field[]
}): fc.Arbitrary<(Value | null)[]> {
  return fc.tuple(...struct.fields.map((field) => anyNullableOf(field.type, field.required)))
}

function anyNullableOf(type: Type, required: boolean): fc.Arbitrary<Value | null> {
  if (type.kind === 'unknown') return fc.constant(null)
  return required ? anyValueOf(type) : fc.option(anyValueOf(type), { freq: 4 })
}

function anyEntriesOf(type: MapType): fc.Arbitrary<Value> {
  const anyEntry = fc.tuple(anyValueOf(type.key), anyNullableOf(type.value, type.valueRequired))
  return fc.uniqueArray(anyEntry, {
    maxLength: 4,
    selector: ([key]) => valueKey(type.key, key),
  })
}
