import fc from 'fast-check'
import type { Field, PlainTypeKind, PrimitiveType, Type } from '../../../src/types/type.ts'

const PLAIN_KINDS: readonly PlainTypeKind[] = [
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'date',
  'time',
  'timestamp',
  'timestamptz',
  'string',
  'uuid',
  'binary',
]

/** Decimals of every precision, with every scale up to it. */
export const anyDecimalType: fc.Arbitrary<PrimitiveType & { readonly kind: 'decimal' }> = fc
  .integer({ min: 1, max: 38 })
  .chain((precision) =>
    fc.integer({ min: 0, max: precision }).map((scale) => ({ kind: 'decimal', precision, scale })),
  )

export const anyFixedType: fc.Arbitrary<PrimitiveType & { readonly kind: 'fixed' }> = fc
  .integer({ min: 1, max: 20 })
  .map((length) => ({ kind: 'fixed', length }))

export const anyPrimitiveType: fc.Arbitrary<PrimitiveType> = fc.oneof(
  {
    weight: PLAIN_KINDS.length,
    arbitrary: fc.constantFrom(...PLAIN_KINDS).map((kind) => ({ kind })),
  },
  { weight: 2, arbitrary: anyDecimalType },
  { weight: 1, arbitrary: anyFixedType },
)

/** Names that have tripped someone: inherited by every object, dotted, quoted, not ASCII, of words that mean something. */
const ODD_NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'element',
  'key',
  'value',
  '1',
  '01',
  'a b',
  'A.B',
  'qu"oted',
  'Straße',
  '日付',
  '🧊',
  'order',
  'null',
]

/** Names of fields; no dotted name is also the path of two names in {@link anyFields}. */
export const anyFieldName: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.stringMatching(/^[a-z][a-z_]{0,5}$/) },
  { weight: 1, arbitrary: fc.constantFrom(...ODD_NAMES) },
)

/** Any type, nested ones included; all its field ids are 0: `anySchema` numbers them. */
export const anyType: fc.Arbitrary<Type> = anyTypeOfDepth(2)

/** Types with at most so many nested types inside each other; all field ids are 0. */
export function anyTypeOfDepth(depth: number): fc.Arbitrary<Type> {
  if (depth <= 0) return anyPrimitiveType
  const inner = anyTypeOfDepth(depth - 1)
  return fc.oneof<fc.WeightedArbitrary<Type>[]>(
    { weight: 6, arbitrary: anyPrimitiveType },
    { weight: 2, arbitrary: anyStructType(inner) },
    { weight: 1, arbitrary: anyListType(inner) },
    { weight: 1, arbitrary: anyMapType(inner) },
  )
}

function anyStructType(inner: fc.Arbitrary<Type>): fc.Arbitrary<Type> {
  return anyFields(inner, 4).map((fields) => ({ kind: 'struct', fields }))
}

function anyListType(inner: fc.Arbitrary<Type>): fc.Arbitrary<Type> {
  return fc
    .record({ elementRequired: fc.boolean(), element: inner })
    .map((parts) => ({ kind: 'list', elementId: 0, ...parts }))
}

function anyMapType(inner: fc.Arbitrary<Type>): fc.Arbitrary<Type> {
  return fc
    .record({ key: anyPrimitiveType, valueRequired: fc.boolean(), value: inner })
    .map((parts) => ({ kind: 'map', keyId: 0, valueId: 0, ...parts }))
}

/** From one to `maxLength` fields with different names; all ids are 0. */
export function anyFields(types: fc.Arbitrary<Type>, maxLength: number): fc.Arbitrary<Field[]> {
  const anyField: fc.Arbitrary<Field> = fc.record(
    {
      id: fc.constant(0),
      name: anyFieldName,
      required: fc.boolean(),
      type: types,
      doc: fc.string({ unit: 'binary', maxLength: 8 }),
    },
    { requiredKeys: ['id', 'name', 'required', 'type'], noNullPrototype: true },
  )
  return fc.uniqueArray(anyField, { selector: (field) => field.name, minLength: 1, maxLength })
}
