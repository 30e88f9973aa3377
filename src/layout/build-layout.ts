import { IcebergError } from '../base/errors.ts'
import { allFields } from '../types/schema.ts'
import type { FieldEntry, Schema } from '../types/schema.ts'
import { formatType } from '../types/type.ts'
import { findColumn, formatPath } from './find-column.ts'
import type { PartitionTerm, SortTerm } from './layout-text.ts'
import type { PartitionField, PartitionSpec } from './partition-spec.ts'
import { unsortedOrder } from './sort-order.ts'
import type { SortOrder } from './sort-order.ts'
import { canTransform, equalTransforms, formatTransform, isTimeTransform } from './transform.ts'
import type { Transform } from './transform.ts'

/** Ids for a new spec. */
export interface SpecIds {
  readonly specId: number
  /** The highest id that any partition field of the table has had; the new fields follow it. */
  readonly lastPartitionId: number
}

/**
 * The partition spec that the terms ask for, with fresh field ids in their order.
 *
 * A field is named after its column, and after its transform unless that is identity, as `ts_day` and `id_bucket_16`. No name may be that of
 * a column, but for the column that an identity field copies, so that a partition table can show both.
 *
 * @throws IcebergError `invalid` for an unknown or unfit column, a name in use, or two transforms of one column of which
 *   one says all the other says; `unsupported` for a transform that we do not know
 */
export function buildSpec(
  schema: Schema,
  terms: readonly PartitionTerm[],
  ids: SpecIds,
): PartitionSpec {
  const fields: PartitionField[] = []
  for (const term of terms) {
    const source = sourceOf(schema, term)
    const name = term.name ?? defaultName(source, term.transform)
    checkName(schema, source, { name, transform: term.transform })
    const field: PartitionField = {
      sourceId: source.field.id,
      fieldId: ids.lastPartitionId + 1 + fields.length,
      name,
      transform: term.transform,
    }
    checkAgainst(fields, field)
    fields.push(field)
  }
  return { specId: ids.specId, fields }
}

/**
 * The sort order that the terms ask for; the unsorted order when there are none.
 *
 * @throws IcebergError `invalid` for an unknown or unfit column or for `void`, `unsupported` for a transform that we do
 *   not know
 */
export function buildSortOrder(
  schema: Schema,
  terms: readonly SortTerm[],
  orderId: number,
): SortOrder {
  if (terms.length === 0) return unsortedOrder
  const fields = terms.map((term) => {
    const source = sourceOf(schema, term)
    if (term.transform.kind === 'void') {
      throw fault('transform has no order', source, term.transform)
    }
    const { transform, direction, nullOrder } = term
    return { sourceId: source.field.id, transform, direction, nullOrder }
  })
  return { orderId, fields }
}

interface Term {
  readonly column: readonly string[]
  readonly transform: Transform
}

function sourceOf(schema: Schema, { column, transform }: Term): FieldEntry {
  const source = findColumn(schema, column)
  if (transform.kind === 'unknown') {
    throw new IcebergError('unsupported', 'this transform is not supported', {
      context: { transform: transform.name, column: formatPath(column) },
    })
  }
  if (!canTransform(transform, source.field.type)) {
    throw fault('transform does not take the type of this column', source, transform)
  }
  return source
}

function defaultName(source: FieldEntry, transform: Transform): string {
  const column = source.path.join('.')
  switch (transform.kind) {
    case 'identity':
      return column
    case 'bucket':
      return `${column}_bucket_${transform.numBuckets}`
    case 'truncate':
      return `${column}_trunc_${transform.width}`
    default:
      return `${column}_${formatTransform(transform)}`
  }
}

function checkName(
  schema: Schema,
  source: FieldEntry,
  { name, transform }: { readonly name: string; readonly transform: Transform },
): void {
  if (name === '') throw fault('partition field needs a name', source, transform)
  const namesake = allFields(schema).find((entry) => entry.path.join('.') === name)
  if (namesake === undefined) return
  if (transform.kind === 'identity' && namesake.field.id === source.field.id) return
  throw new IcebergError('invalid', 'partition field has the name of a column: give it another', {
    context: {
      field: name,
      transform: formatTransform(transform),
      column: formatPath(source.path),
    },
  })
}

function checkAgainst(earlier: readonly PartitionField[], field: PartitionField): void {
  if (earlier.some(({ name }) => name === field.name)) {
    throw new IcebergError('invalid', 'two partition fields have one name', {
      context: { field: field.name },
    })
  }
  const rival = earlier.find((other) => isRedundant(other, field))
  if (rival === undefined) return
  throw new IcebergError('invalid', 'partition fields are redundant: keep the finer one', {
    context: { field: field.name, other: rival.name },
  })
}

/** A day decides its year, so two times of one column partition no finer than the finer one alone. */
function isRedundant(left: PartitionField, right: PartitionField): boolean {
  if (left.sourceId !== right.sourceId) return false
  if (isTimeTransform(left.transform) && isTimeTransform(right.transform)) return true
  return equalTransforms(left.transform, right.transform)
}

function fault(message: string, source: FieldEntry, transform: Transform): IcebergError {
  return new IcebergError('invalid', message, {
    context: {
      column: formatPath(source.path),
      type: formatType(source.field.type),
      transform: formatTransform(transform),
    },
  })
}
