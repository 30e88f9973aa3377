import fc from 'fast-check'
import { geographyType, geometryType } from '../../../src/types/type-text.ts'
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

const NANO_KINDS: readonly PlainTypeKind[] = ['timestamp_ns', 'timestamptz_ns']

/** Decimals of every precision, with every scale up to it. */
export const anyDecimalType: fc.Arbitrary<PrimitiveType & { readonly kind: 'decimal' }> = fc
  .integer({ min: 1, max: 38 })
  .chain((precision) =>
    fc.integer({ min: 0, max: precision }).map((scale) => ({ kind: 'decimal', precision, scale })),
  )

export const anyFixedType: fc.Arbitrary<PrimitiveType & { readonly kind: 'fixed' }> = fc
  .integer({ min: 1, max: 20 })
  .map((length) => ({ kind: 'fixed', length }))

/** Primitive types that tables of every format version have. */
export const anyPrimitiveType: fc.Arbitrary<PrimitiveType> = anyPrimitiveTypeOf(2)

/** Which types there are to choose from. */
export interface TypeChoice {
  /** That of the table, 2 unless told; those of 3 are one more than 2 has. */
  readonly formatVersion?: 1 | 2 | 3
  /** Also types that schemas carry, though their values are not read or written. */
  readonly carried?: boolean
}

/** Primitive types of a format version whose values are read and written, but for `unknown`, which has none. */
export function anyPrimitiveTypeOf(formatVersion: 1 | 2 | 3): fc.Arbitrary<PrimitiveType> {
  const kinds = formatVersion === 3 ? [...PLAIN_KINDS, ...NANO_KINDS] : PLAIN_KINDS
  return fc.oneof(
    { weight: kinds.length, arbitrary: fc.constantFrom(...kinds).map((kind) => ({ kind })) },
    { weight: 2, arbitrary: anyDecimalType },
    { weight: 1, arbitrary: anyFixedType },
  )
}

const anyCrs = fc.constantFrom('OGC:CRS84', 'EPSG:4326', 'srid:0', 'projjson:my-crs', "it's", 'a b')

/** Types whose values are not read or written. */
export const anyCarriedType: fc.Arbitrary<Type> = fc.oneof(
  fc.constant<Type>({ kind: 'variant' }),
  anyCrs.map(geometryType),
  fc
    .tuple(anyCrs, fc.constantFrom('spherical', 'vincenty', 'thomas', 'andoyer', 'karney'))
    .map(([crs, algorithm]) => geographyType(crs, algorithm)),
)

/** A type and one that a column of it may change to in a table of version 3, with other values than null. */
export const anyPromotion: fc.Arbitrary<{ from: PrimitiveType; to: PrimitiveType }> = fc.oneof(
  fc.constantFrom<{ from: PrimitiveType; to: PrimitiveType }>(
    { from: { kind: 'int' }, to: { kind: 'long' } },
    { from: { kind: 'float' }, to: { kind: 'double' } },
    { from: { kind: 'date' }, to: { kind: 'timestamp' } },
    { from: { kind: 'date' }, to: { kind: 'timestamp_ns' } },
  ),
  anyDecimalType
    .filter(({ precision }) => precision < 38)
    .chain((from) =>
      fc
        .integer({ min: from.precision + 1, max: 38 })
        .map((precision) => ({ from, to: { ...from, precision } })),
    ),
)

/** Types with no types inside. */
function anyUnnestedType({ formatVersion = 2, carried = false }: TypeChoice): fc.Arbitrary<Type> {
  const primitive = anyPrimitiveTypeOf(formatVersion)
  if (formatVersion < 3) return primitive
  return fc.oneof<fc.WeightedArbitrary<Type>[]>(
    { weight: 12, arbitrary: primitive },
    { weight: 1, arbitrary: fc.constant({ kind: 'unknown' }) },
    { weight: carried ? 2 : 0, arbitrary: anyCarriedType },
  )
}

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
export function anyType(choice: TypeChoice = {}): fc.Arbitrary<Type> {
  return anyTypeOfDepth(2, choice)
}

/** Types with at most so many nested types inside each other; all field ids are 0. */
export function anyTypeOfDepth(depth: number, choice: TypeChoice = {}): fc.Arbitrary<Type> {
  if (depth <= 0) return anyUnnestedType(choice)
  const inner = anyTypeOfDepth(depth - 1, choice)
  return fc.oneof<fc.WeightedArbitrary<Type>[]>(
    { weight: 6, arbitrary: anyUnnestedType(choice) },
    { weight: 2, arbitrary: anyStructType(inner) },
    { weight: 1, arbitrary: anyListType(inner) },
    { weight: 1, arbitrary: anyMapType(inner, anyPrimitiveTypeOf(choice.formatVersion ?? 2)) },
  )
}

function anyStructType(inner: fc.Arbitrary<Type>): fc.Arbitrary<Type> {
  return anyFields(inner, 4).map((fields) => ({ kind: 'struct', fields }))
}

function anyListType(inner: fc.Arbitrary<Type>): fc.Arbitrary<Type> {
  return fc.record({ required: fc.boolean(), element: inner }).map(({ required, element }) => ({
    kind: 'list',
    elementId: 0,
    elementRequired: mayRequire(element) && required,
    element,
  }))
}

function anyMapType(inner: fc.Arbitrary<Type>, keys: fc.Arbitrary<Type>): fc.Arbitrary<Type> {
  return fc
    .record({ key: keys, required: fc.boolean(), value: inner })
    .map(({ key, required, value }) => ({
      kind: 'map',
      keyId: 0,
      key,
      valueId: 0,
      valueRequired: mayRequire(value) && required,
      value,
    }))
}

/** What is always null must be optional (spec: Primitive Types). */
function mayRequire(type: Type): boolean {
  return type.kind !== 'unknown'
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
  const anyValidField = anyField.map((field) => ({
    ...field,
    required: mayRequire(field.type) && field.required,
  }))
  return fc.uniqueArray(anyValidField, { selector: (field) => field.name, minLength: 1, maxLength })
}
