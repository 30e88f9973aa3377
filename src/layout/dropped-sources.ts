/** Which columns the layout of files to come needs (spec: Schema Evolution). */
import { IcebergError } from '../base/errors.ts'
import type { Problem } from '../base/errors.ts'
import { findField } from '../types/schema.ts'
import type { Schema } from '../types/schema.ts'
import type { PartitionSpec } from './partition-spec.ts'
import type { SortOrder } from './sort-order.ts'
import type { Transform } from './transform.ts'

/** How files to come are grouped and sorted. */
export interface Layout {
  readonly spec: PartitionSpec
  readonly sortOrder: SortOrder
}

/**
 * Checks that a changed schema still has the columns of the layout.
 *
 * @throws IcebergError `invalid` with a problem for each that was dropped, which says what to do first
 */
export function checkDroppedSources(layout: Layout, before: Schema, after: Schema): void {
  const problems = [
    ...layout.spec.fields.flatMap((field) =>
      droppedSource(
        field,
        before,
        after,
        `is a source of partition ${field.name}: drop that first`,
      ),
    ),
    ...layout.sortOrder.fields.flatMap((field) =>
      droppedSource(field, before, after, 'is in the sort order: replace that first'),
    ),
  ]
  if (problems.length === 0) return
  throw new IcebergError('invalid', 'columns that partitions or the sort order need are dropped', {
    problems,
  })
}

/** A `void` field outlives its column. */
function droppedSource(
  { sourceId, transform }: { readonly sourceId: number; readonly transform: Transform },
  before: Schema,
  after: Schema,
  message: string,
): Problem[] {
  if (transform.kind === 'void' || findField(after, sourceId) !== undefined) return []
  const path = findField(before, sourceId)?.path.join('.')
  return path === undefined ? [] : [{ path, message }]
}
