import fc from 'fast-check'
import { unreachable } from '../../../src/base/assert.ts'
import { INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN } from '../../../src/base/integers.ts'
import type { ComparisonKind, Expression, NumberText } from '../../../src/expressions/predicate.ts'
import { positionsOf, primitiveReader } from '../../../src/layout/column-value.ts'
import type { RowValues } from '../../../src/layout/column-value.ts'
import { formatDecimal } from '../../../src/types/decimal-text.ts'
import { allFields } from '../../../src/types/schema.ts'
import type { FieldEntry, Schema } from '../../../src/types/schema.ts'
import { formatUuid } from '../../../src/types/uuid-text.ts'
import type { Field, PrimitiveType, Type } from '../../../src/types/type.ts'
import { isPrimitive } from '../../../src/types/type.ts'
import type { PrimitiveValue, Value } from '../../../src/types/value.ts'
import { flatColumns } from './specs.ts'
import { anySchema } from './schemas.ts'
import { anyPrimitiveType } from './types.ts'
import { anyPrimitiveValueOf, anyValueOf } from './values.ts'
import { withoutValues } from '../../../src/types/without-values.ts'

const ORDER_KINDS: readonly ComparisonKind[] = ['eq', 'not-eq', 'lt', 'lt-eq', 'gt', 'gt-eq']
const PREFIX_KINDS: readonly ComparisonKind[] = ['starts-with', 'not-starts-with']

/** One column of a type with rules of its own, so that expressions and rows meet in it. */
export const anyNarrowSchema: fc.Arbitrary<Schema> = fc
  .record({
    required: fc.boolean(),
    type: fc.oneof(
      fc.constant<PrimitiveType>({ kind: 'string' }),
      fc.constantFrom<PrimitiveType[]>({ kind: 'float' }, { kind: 'double' }),
      fc.constantFrom<PrimitiveType[]>({ kind: 'int' }, { kind: 'long' }),
      fc.constantFrom<PrimitiveType[]>({ kind: 'date' }, { kind: 'timestamptz' }),
      anyPrimitiveType,
    ),
  })
  .map((column) => ({
    schemaId: 0,
    fields: [{ id: 1, name: 'x', ...column }],
    identifierFieldIds: [],
  }))

const anyStructSchema: fc.Arbitrary<Schema> = anyNarrowSchema.map((schema) => ({
  ...schema,
  fields: [{ id: 9, name: 's', required: false, type: { kind: 'struct', fields: schema.fields } }],
}))

/** Wide and nested schemas, and often such a narrow one that every rule of a type is met. */
export const anyFilteredSchema: fc.Arbitrary<Schema> = fc.oneof(
  { weight: 1, arbitrary: anySchema() },
  { weight: 2, arbitrary: anyNarrowSchema },
  { weight: 1, arbitrary: anyStructSchema },
)

/**
 * Expressions over the columns of a schema that are decided both ways on the rows: literals are values of the rows, their
 * neighbours, or any. Numbers come in every form that is taken, also ones that the column cannot hold.
 */
export function anyExpressionOf(
  schema: Schema,
  rows: readonly RowValues[] = [],
): fc.Arbitrary<Expression> {
  const anyTest = anyTestOf(schema, rows)
  const { tree } = fc.letrec<{ tree: Expression }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 4, arbitrary: anyTest },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('not'), child: tie('tree') }) },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constantFrom('and', 'or'),
          children: fc.array(tie('tree'), { maxLength: 3 }),
        }),
      },
    ),
  }))
  return tree
}

/** Expressions of one column or none. */
export function anyTestOf(
  schema: Schema,
  rows: readonly RowValues[] = [],
): fc.Arbitrary<Expression> {
  const anyConstant: fc.Arbitrary<Expression> = fc.constantFrom({ kind: 'true' }, { kind: 'false' })
  const nullable = allFields(schema).filter((entry) => !entry.isRepeated)
  const anyNullTest: fc.Arbitrary<Expression> = fc.record({
    kind: fc.constantFrom('is-null', 'not-null'),
    column: fc.constantFrom(...nullable.map((entry) => entry.path)),
  })
  const comparisons = flatColumns(schema)
    .filter(({ field }) => field.type.kind !== 'unknown')
    .map((entry) => anyComparisonOf(schema, entry, rows))
  return fc.oneof(
    { weight: 1, arbitrary: anyConstant },
    { weight: 4, arbitrary: anyNullTest },
    ...(comparisons.length === 0
      ? []
      : [{ weight: 20, arbitrary: fc.oneof<fc.Arbitrary<Expression>[]>(...comparisons) }]),
  )
}

function anyComparisonOf(
  schema: Schema,
  entry: FieldEntry,
  rows: readonly RowValues[],
): fc.Arbitrary<Expression> {
  const { type } = entry.field
  if (!isPrimitive(type)) throw new Error('not a flat column')
  const column = fc.constant(entry.path)
  const read = primitiveReader(positionsOf(schema, entry))
  const seen = rows.map(read).filter((value) => value !== null)
  const literal = anyLiteralOf(type, seen)
  return fc.oneof<fc.WeightedArbitrary<Expression>[]>(
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constantFrom(...ORDER_KINDS), column, literal }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constantFrom('in', 'not-in'),
        column,
        literals: fc.array(literal, { maxLength: 4 }),
      }),
    },
    ...(type.kind === 'string'
      ? [
          {
            weight: 5,
            arbitrary: fc.record({
              kind: fc.constantFrom(...PREFIX_KINDS),
              column,
              literal: anyPrefixOf(seen),
            }),
          },
        ]
      : []),
    ...(type.kind === 'float' || type.kind === 'double'
      ? [
          {
            weight: 3,
            arbitrary: fc.record({ kind: fc.constantFrom('is-nan', 'not-nan'), column }),
          },
        ]
      : []),
  )
}

/** Literals as callers write them, mostly at or near what was seen. */
function anyLiteralOf(type: PrimitiveType, seen: readonly PrimitiveValue[]): fc.Arbitrary<unknown> {
  const near = seen.flatMap((value) => [value, value, ...neighboursOf(type, value)])
  const anyHeld = fc.oneof(
    { weight: 1, arbitrary: anyPrimitiveValueOf(type) },
    ...(near.length === 0 ? [] : [{ weight: 5, arbitrary: fc.constantFrom(...near) }]),
  )
  switch (type.kind) {
    case 'int':
    case 'long':
      return anyNumberLike(
        anyHeld.map((value) => BigInt(value as number | bigint)),
        null,
      )
    case 'decimal':
      return anyNumberLike(
        anyHeld.map((value) => value as bigint),
        type.scale,
      )
    case 'float':
    case 'double':
      return fc.oneof(
        { weight: 4, arbitrary: anyHeld },
        { weight: 1, arbitrary: fc.double() },
        {
          weight: 1,
          arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map(numberText),
        },
      )
    case 'date':
      return anyHeld.map((value) => BigInt(value as number))
    case 'uuid':
      return fc.oneof(
        anyHeld,
        anyHeld.map((value) => formatUuid(value as Uint8Array)),
      )
    default:
      return anyHeld
  }
}

/** A decimal of that scale, or an integer if null, in each form that is taken; now and then moved between or beyond the type's values. */
function anyNumberLike(
  unscaled: fc.Arbitrary<bigint>,
  scale: number | null,
): fc.Arbitrary<unknown> {
  const anyMoved = fc
    .record({
      unscaled,
      places: fc.constantFrom(0, 0, 0, 1, 3),
      extra: fc.bigInt({ min: -999n, max: 999n }),
      factor: fc.constantFrom(1n, 1n, 1n, 10n, 10n ** 30n),
    })
    .map(({ unscaled: held, places, extra, factor }) => ({
      unscaled: held * factor * 10n ** BigInt(places) + (places === 0 ? 0n : extra),
      scale: (scale ?? 0) + places,
    }))
  return fc.tuple(anyMoved, fc.nat(3)).map(([number, form]) => {
    if (form === 0)
      return { kind: 'number-text', text: formatDecimal(number.unscaled, number.scale) }
    if (scale === null) return integerForm(number, form)
    return form === 1 ? formatDecimal(number.unscaled, number.scale) : number
  })
}

function integerForm(number: { unscaled: bigint; scale: number }, form: number): unknown {
  const text = formatDecimal(number.unscaled, number.scale)
  const double = Number(text)
  const isFaithful = String(double) === text && Math.abs(double) < Number.MAX_SAFE_INTEGER
  if (form === 1 && isFaithful) return double
  return number.scale === 0 ? number.unscaled : ({ kind: 'number-text', text } as const)
}

function numberText(value: number): NumberText {
  return { kind: 'number-text', text: String(value) }
}

/** Prefixes of what was seen, cut between code points, and some that are not. */
function anyPrefixOf(seen: readonly PrimitiveValue[]): fc.Arbitrary<string> {
  const texts = seen.filter((value) => typeof value === 'string')
  const anySeen = texts.length === 0 ? fc.constant('') : fc.constantFrom(...texts)
  return fc
    .record({
      text: anySeen,
      length: fc.nat(5),
      tail: fc.constantFrom('', '', '', 'a', '\u{10ffff}'),
    })
    .map(({ text, length, tail }) => Array.from(text).slice(0, length).join('') + tail)
}

/** Values right beside one, of the same type; where doubt begins. */
export function neighboursOf(type: PrimitiveType, value: PrimitiveValue): PrimitiveValue[] {
  switch (type.kind) {
    case 'int':
    case 'date':
      return [(value as number) - 1, (value as number) + 1].filter(
        (near) => near >= INT32_MIN && near <= INT32_MAX,
      )
    case 'long':
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return bigNeighbours(value as bigint, INT64_MIN, INT64_MAX)
    case 'time':
      return bigNeighbours(value as bigint, 0n, 86_399_999_999n)
    case 'decimal': {
      const limit = 10n ** BigInt(type.precision) - 1n
      return bigNeighbours(value as bigint, -limit, limit)
    }
    case 'float':
    case 'double':
      return value === 0 ? [0, -0] : [Math.fround((value as number) / 2), 0]
    case 'string':
      return [
        `${value as string}a`,
        Array.from(value as string)
          .slice(0, -1)
          .join(''),
      ]
    case 'binary': {
      const bytes = value as Uint8Array
      return [Uint8Array.from([...bytes, 0]), bytes.slice(0, -1)]
    }
    case 'fixed':
    case 'uuid': {
      const bytes = Uint8Array.from(value as Uint8Array)
      bytes[0] = (bytes[0] ?? 0) ^ 0x80
      return [bytes]
    }
    case 'boolean':
      return [value !== true]
    case 'unknown':
    case 'geometry':
    case 'geography':
      throw withoutValues(type)
    default:
      return unreachable(type)
  }
}

function bigNeighbours(value: bigint, min: bigint, max: bigint): bigint[] {
  return [value - 1n, value + 1n].filter((near) => near >= min && near <= max)
}

/**
 * Rows that often agree: each column takes its values from a few and their neighbours, so that partitions hold several
 * rows and bounds are tight.
 */
export function anyRowsOf(
  schema: Schema,
  options: { readonly minLength?: number; readonly maxLength?: number } = {},
): fc.Arbitrary<(Value | null)[][]> {
  const { minLength = 1, maxLength = 8 } = options
  return fc.tuple(...schema.fields.map(anyPoolOf)).chain((pools) =>
    fc.array(fc.tuple(...pools.map((pool) => fc.constantFrom(...pool))), {
      minLength,
      maxLength,
    }),
  )
}

function anyPoolOf(field: Field): fc.Arbitrary<(Value | null)[]> {
  if (field.type.kind === 'unknown') return fc.constant([null])
  return fc
    .tuple(fc.array(anyValueOf(field.type), { minLength: 1, maxLength: 3 }), fc.boolean())
    .map(([values, hasNull]) => [
      ...values,
      ...values.flatMap((value) => nearbyValues(field.type, value)),
      ...(hasNull && !field.required ? [null] : []),
    ])
}

function nearbyValues(type: Type, value: Value): Value[] {
  return isPrimitive(type) ? neighboursOf(type, value as PrimitiveValue) : []
}
