/** What the partitions of a table forbid its columns to become (spec: Schema Evolution). */
import { IcebergError } from '../base/errors.ts'
import type { Problem } from '../base/errors.ts'
import { findField } from '../types/schema.ts'
import type { Schema } from '../types/schema.ts'
import type { PartitionField, PartitionSpec } from './partition-spec.ts'
import type { Transform } from './transform.ts'

/** Transforms that give the same for a date as for its first moment. */
const SAME_FOR_MIDNIGHT: ReadonlySet<Transform['kind']> = new Set<Transform['kind']>([
  'year',
  'month',
  'day',
  'void',
])

/**
 * Checks that no partition field would give other values for the rows that are there. Of all promotions only that of a
 * date to a timestamp can do so; of a transform that is not known it is taken to.
 *
 * @throws IcebergError `invalid` with a problem for each column that must stay what it is
 */
export function checkPromotedSources(
  specs: readonly PartitionSpec[],
  before: Schema,
  after: Schema,
): void {
  const problems = specs
    .flatMap(({ fields }) => fields)
    .flatMap((field) => problemsOf(field, before, after))
  if (problems.length === 0) return
  throw new IcebergError('invalid', 'partitions would have other values', { problems })
}

function problemsOf(field: PartitionField, before: Schema, after: Schema): Problem[] {
  if (SAME_FOR_MIDNIGHT.has(field.transform.kind)) return []
  return (field.sourceIds ?? [field.sourceId]).flatMap((sourceId) => {
    const source = findField(after, sourceId)
    const wasDate = findField(before, sourceId)?.field.type.kind === 'date'
    if (source === undefined || !wasDate || source.field.type.kind === 'date') return []
    return [{ path: source.path.join('.'), message: `is a source of partition ${field.name}` }]
  })
}
