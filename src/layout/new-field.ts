/** What a partition field must be to be made today. Fields that are there already may be otherwise. */
import { IcebergError } from '../base/errors.ts'
import { allFields } from '../types/schema.ts'
import type { FieldEntry, Schema } from '../types/schema.ts'
import { formatType } from '../types/type.ts'
import { findColumn, formatPath } from './find-column.ts'
import type { PartitionField } from './partition-spec.ts'
import { canTransform, equalTransforms, formatTransform, isTimeTransform } from './transform.ts'
import type { Transform } from './transform.ts'

/**
 * The column that a partition field or a sort field is to be derived from.
 *
 * @throws IcebergError `invalid` for a column that is unknown or that the transform does not take, `unsupported` for a
 *   transform that we do not know
 */
export function sourceColumn(
  schema: Schema,
  term: { readonly column: readonly string[]; readonly transform: Transform },
): FieldEntry {
  checkTerm(term)
  const { column, transform } = term
  const source = findColumn(schema, column)
  if (transform.kind === 'unknown') {
    throw new IcebergError('unsupported', 'this transform is not supported', {
      context: { transform: transform.name, column: formatPath(column) },
    })
  }
  if (!canTransform(transform, source.field.type)) {
    throw misfit('transform does not take the type of this column', source, transform)
  }
  return source
}

/** What a program without types gives may be anything. */
function checkTerm(term: unknown): void {
  const { column, transform } = (term ?? {}) as {
    readonly column?: unknown
    readonly transform?: unknown
  }
  const isPath = Array.isArray(column) && column.every((name) => typeof name === 'string')
  if (isPath && typeof transform === 'object' && transform !== null) return
  throw new IcebergError(
    'invalid',
    'a field to partition or sort by is a text, or an object of a column, which is a list of names, and a transform',
  )
}

/**
 * The column that a partition field is to be derived from, as {@link sourceColumn}. What is always null would put all rows
 * into one partition, and manifests have no values of that type.
 *
 * @throws IcebergError `unsupported` for a column of unknown type besides
 */
export function partitionSource(
  schema: Schema,
  term: { readonly column: readonly string[]; readonly transform: Transform },
): FieldEntry {
  const source = sourceColumn(schema, term)
  if (source.field.type.kind !== 'unknown') return source
  throw new IcebergError('unsupported', 'a column of unknown type is not partitioned by', {
    context: { column: formatPath(source.path) },
  })
}

/** A transform that does not go with its column. */
export function misfit(message: string, source: FieldEntry, transform: Transform): IcebergError {
  return new IcebergError('invalid', message, {
    context: {
      column: formatPath(source.path),
      type: formatType(source.field.type),
      transform: formatTransform(transform),
    },
  })
}

/** After its column, and after its transform unless that is identity: `city`, `ts_day`, `id_bucket_16`. */
export function defaultFieldName(source: FieldEntry, transform: Transform): string {
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

type NamedField = Pick<PartitionField, 'sourceId' | 'name' | 'transform'>

/**
 * No name may be that of a column, but for the column that an identity field copies, so that a partition table can show
 * both.
 *
 * @throws IcebergError `invalid`
 */
export function checkFieldName(schema: Schema, { sourceId, name, transform }: NamedField): void {
  const context = { field: name, transform: formatTransform(transform) }
  if (name === '') throw new IcebergError('invalid', 'partition field needs a name', { context })
  const namesake = allFields(schema).find((entry) => entry.path.join('.') === name)
  if (namesake === undefined) return
  if (transform.kind === 'identity' && namesake.field.id === sourceId) return
  throw new IcebergError('invalid', 'partition field has the name of a column: give it another', {
    context: { ...context, column: formatPath(namesake.path) },
  })
}

/** @throws IcebergError `invalid` when another field has the name */
export function checkUniqueName(others: readonly PartitionField[], name: string): void {
  if (others.every((other) => other.name !== name)) return
  throw new IcebergError('invalid', 'two partition fields have one name', {
    context: { field: name },
  })
}

/** @throws IcebergError `invalid` when one of the fields decides the other */
export function checkNotRedundant(others: readonly PartitionField[], field: PartitionField): void {
  const rival = others.find((other) => isRedundant(other, field))
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
