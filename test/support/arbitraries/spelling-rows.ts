/** Rows for expressions of SQL: values near each other and near what expressions name, and some of all there are. */
import fc from 'fast-check'
import type { Type } from '../../../src/types/type.ts'
import { isPrimitive } from '../../../src/types/type.ts'
import type { PrimitiveType } from '../../../src/types/type.ts'
import type { Value } from '../../../src/types/value.ts'
import type { ValueRow } from '../sql/engine.ts'
import { anyPrimitiveValueOf } from './values.ts'

const DAY = 86_400_000_000n

const anyWord = fc.oneof(
  fc.constantFrom(
    '',
    'a',
    'ab',
    'ba',
    'abc',
    'a,b',
    ' a ',
    'a%b',
    'aXb',
    'A',
    'æØ',
    'e\u0301',
    '😀a',
    'a1',
    'ab22',
  ),
  fc.constantFrom(
    '0',
    '1',
    '-7',
    ' 12 ',
    '2.5',
    '-0.005',
    '1e3',
    'true',
    'no',
    '3000000000',
    '99999999999999999999',
  ),
  fc.constantFrom(
    '2020-01-31',
    '2020-2-3',
    '2020-01-01 00:00:00',
    '2020-02-30',
    '31/12/2019',
    '2020-01-01T10:11:12.123456Z',
  ),
  fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', ' ', ',', 'é', 'Z'), maxLength: 6 }),
)

const anyMoment = fc.oneof(
  { weight: 9, arbitrary: fc.bigInt(18_000n * DAY, 18_800n * DAY) },
  fc.bigInt(-800_000n * DAY, 3_000_000n * DAY),
)

const SMALL: Readonly<Partial<Record<PrimitiveType['kind'], fc.Arbitrary<Value>>>> = {
  boolean: fc.boolean(),
  int: fc.oneof(fc.integer({ min: -3, max: 12 }), fc.integer({ min: -100_000, max: 100_000 })),
  long: fc.oneof(fc.bigInt(-3n, 12n), fc.bigInt(-10_000_000_000n, 10_000_000_000n)),
  float: fc.constantFrom(
    0,
    -0,
    0.5,
    -1.5,
    2,
    Math.fround(0.35),
    Math.fround(0.1),
    1e10,
    Number.NaN,
    Infinity,
  ),
  double: fc.oneof(
    fc.constantFrom(0, -0, 0.5, -1.5, 2.5, 1.005, 0.1, 1e-7, 123456.789, Number.NaN, -Infinity),
    fc.integer({ min: -100_000, max: 100_000 }).map((n) => n / 1000),
  ),
  decimal: fc.oneof(fc.bigInt(-300n, 300n), fc.bigInt(-99_999_999n, 99_999_999n)),
  // Years of up to five digits: beyond, the engines end in different places.
  date: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 18_000, max: 18_800 }) },
    fc.integer({ min: -800_000, max: 3_000_000 }),
  ),
  timestamptz: anyMoment,
  timestamp: anyMoment,
  string: anyWord,
}

function anyValueOf(type: Type): fc.Arbitrary<Value> {
  if (isPrimitive(type)) {
    const small = SMALL[type.kind]
    const any = anyPrimitiveValueOf(type)
    if (small === undefined) return any
    return isTime(type) ? small : fc.oneof({ weight: 19, arbitrary: small }, any)
  }
  const optional = (inner: Type): fc.Arbitrary<Value | null> =>
    fc.option(anyValueOf(inner), { freq: 5 })
  switch (type.kind) {
    case 'list':
      return fc.array(optional(type.element), { maxLength: 4 })
    case 'map':
      return fc.uniqueArray(fc.tuple(anyValueOf(type.key), optional(type.value)), {
        maxLength: 3,
        selector: ([key]) => String(key),
      })
    case 'struct':
      return fc.tuple(...type.fields.map((field) => optional(field.type)))
    default:
      throw new Error(`no values of ${type.kind}`)
  }
}

export function anyRowOf(columns: Readonly<Record<string, Type>>): fc.Arbitrary<ValueRow> {
  return fc.tuple(...Object.values(columns).map((type) => fc.option(anyValueOf(type), { freq: 8 })))
}

function isTime({ kind }: PrimitiveType): boolean {
  return kind === 'date' || kind === 'timestamp' || kind === 'timestamptz'
}
