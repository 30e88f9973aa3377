import fc from 'fast-check'
import { INT32_MAX } from '../../../src/base/integers.ts'
import { canTransform } from '../../../src/layout/transform.ts'
import type { Transform } from '../../../src/layout/transform.ts'
import type { PartitionField, PartitionSpec } from '../../../src/layout/partition-spec.ts'
import { unsortedOrder } from '../../../src/layout/sort-order.ts'
import type { SortField, SortOrder } from '../../../src/layout/sort-order.ts'
import { allFields, highestFieldId } from '../../../src/types/schema.ts'
import type { FieldEntry, Schema } from '../../../src/types/schema.ts'
import { isPrimitive } from '../../../src/types/type.ts'
import type { PrimitiveType } from '../../../src/types/type.ts'
import { anyFieldName, anyPrimitiveType } from './types.ts'

export const KNOWN_TRANSFORMS: readonly Transform[] = [
  { kind: 'identity' },
  { kind: 'year' },
  { kind: 'month' },
  { kind: 'day' },
  { kind: 'hour' },
  { kind: 'void' },
  { kind: 'bucket', numBuckets: 16 },
  { kind: 'bucket', numBuckets: 3 },
  { kind: 'truncate', width: 4 },
  { kind: 'truncate', width: 10 },
]

/** The widths and numbers of buckets that are, the limits often. */
const anySize = fc.oneof(
  fc.integer({ min: 1, max: 20 }),
  fc.integer({ min: 1, max: INT32_MAX }),
  fc.constantFrom(1, 2 ** 30, 2 ** 30 + 1, INT32_MAX),
)

/** Every transform that we know, with any parameter. */
export const anyKnownTransform: fc.Arbitrary<Transform> = fc.oneof(
  fc.constantFrom(...KNOWN_TRANSFORMS),
  anySize.map((numBuckets): Transform => ({ kind: 'bucket', numBuckets })),
  anySize.map((width): Transform => ({ kind: 'truncate', width })),
)

/** Spellings that a later specification might bring, and some that are out of range. */
export const anyUnknownTransform: fc.Arbitrary<Transform> = fc
  .constantFrom('bucket[0]', 'truncate[2147483648]', 'bucket', 'zorder', 'Foo[3]', '')
  .map((name) => ({ kind: 'unknown', name }))

/** Types of values that transforms are applied to, nanoseconds among them. */
export const anySourceType: fc.Arbitrary<PrimitiveType> = fc.oneof(
  { weight: 4, arbitrary: anyPrimitiveType },
  {
    weight: 1,
    arbitrary: fc.constantFrom<PrimitiveType[]>(
      { kind: 'timestamp_ns' },
      { kind: 'timestamptz_ns' },
    ),
  },
)

/** Columns that can be partitioned and sorted by: one primitive value a row. */
export function flatColumns(schema: Schema): readonly FieldEntry[] {
  return allFields(schema).filter((entry) => !entry.isRepeated && isPrimitive(entry.field.type))
}

interface DerivedField {
  readonly sourceId: number
  readonly transform: Transform
}

/** What a table may hold after years: several fields of one column, unknown transforms, columns that were dropped. */
export function anySpecOf(
  schema: Schema,
  options: { readonly maxFields?: number; readonly opaque?: boolean } = {},
): fc.Arbitrary<PartitionSpec> {
  const { maxFields = 4, opaque = true } = options
  return fc.record({
    specId: fc.nat(5),
    fields: fc
      .uniqueArray(fc.tuple(anyFieldName, anyDerivedField(schema, opaque)), {
        selector: ([name]) => name,
        maxLength: flatColumns(schema).length === 0 && !opaque ? 0 : maxFields,
      })
      .map((named) =>
        named.map(([name, field], index): PartitionField => ({
          ...field,
          name,
          fieldId: 1000 + index,
        })),
      ),
  })
}

/** Small enough that values of a few characters and rows of a few values share them, and now and then the largest. */
const anyNearSize = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 6 }) },
  { weight: 1, arbitrary: fc.constantFrom(10, 2 ** 30, 2 ** 30 + 1, INT32_MAX) },
)

function withAnySize(field: DerivedField): fc.Arbitrary<DerivedField> {
  const { kind } = field.transform
  if (kind !== 'bucket' && kind !== 'truncate') return fc.constant(field)
  return anyNearSize.map((size) => ({
    ...field,
    transform: kind === 'bucket' ? { kind, numBuckets: size } : { kind, width: size },
  }))
}

function anyDerivedField(schema: Schema, opaque: boolean): fc.Arbitrary<DerivedField> {
  const fits = flatColumns(schema).flatMap(({ field }) =>
    KNOWN_TRANSFORMS.filter((transform) => canTransform(transform, field.type)).map(
      (transform): DerivedField => ({ sourceId: field.id, transform }),
    ),
  )
  const anyOpaque = fc.record({
    sourceId: fc.integer({ min: 1, max: highestFieldId(schema) + 5 }),
    transform: anyUnknownTransform,
  })
  const anyDropped = fc.record({
    sourceId: fc.integer({ min: highestFieldId(schema) + 1, max: highestFieldId(schema) + 9 }),
    transform: fc.constantFrom(...KNOWN_TRANSFORMS),
  })
  return fc.oneof(
    ...(fits.length === 0
      ? []
      : [{ weight: 8, arbitrary: fc.constantFrom(...fits).chain(withAnySize) }]),
    ...(opaque || fits.length === 0
      ? [
          { weight: 1, arbitrary: anyOpaque },
          { weight: 1, arbitrary: anyDropped },
        ]
      : []),
  )
}

/** Orders by any columns and transforms that have an order; sometimes unsorted. */
export function anySortOrderOf(schema: Schema): fc.Arbitrary<SortOrder> {
  const fits = flatColumns(schema).flatMap(({ field }) =>
    KNOWN_TRANSFORMS.filter(({ kind }) => kind !== 'void')
      .filter((transform) => canTransform(transform, field.type))
      .map((transform): DerivedField => ({ sourceId: field.id, transform })),
  )
  if (fits.length === 0) return fc.constant(unsortedOrder)
  const anySortField: fc.Arbitrary<SortField> = fc
    .record({
      derived: fc.constantFrom(...fits),
      direction: fc.constantFrom('asc', 'desc'),
      nullOrder: fc.constantFrom('nulls-first', 'nulls-last'),
    })
    .map(({ derived, ...order }) => ({ ...derived, ...order }))
  return fc
    .record({
      orderId: fc.integer({ min: 1, max: 9 }),
      fields: fc.array(anySortField, { maxLength: 3 }),
    })
    .map((order) => (order.fields.length === 0 ? unsortedOrder : order))
}
