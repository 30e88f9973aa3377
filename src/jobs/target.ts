// The table that a job writes to: made by its first run, held to the file by later ones.
import { IcebergError, isKind } from '../base/errors.ts'
import type { PartitionTerm, SortTerm } from '../layout/layout-text.ts'
import { equalTransforms } from '../layout/transform.ts'
import { findField } from '../types/schema.ts'
import type { Schema } from '../types/schema.ts'
import type { JobTable, TablePlace } from './lake.ts'
import type { TableOutput, PartitionItem } from './workflow/model.ts'

/** The table if it is there. */
export async function findTarget({ warehouse, name }: TablePlace): Promise<JobTable | null> {
  try {
    return await warehouse.loadTable(name)
  } catch (error) {
    if (isKind(error, 'not-found')) return null
    throw error
  }
}

/**
 * A table for rows of this schema, as the output describes it. Whoever makes it first makes it for all.
 *
 * @throws IcebergError what {@link checkTarget} does, when another job has made it
 */
export async function createTarget(
  { warehouse, name }: TablePlace,
  output: TableOutput,
  schema: Schema,
): Promise<JobTable> {
  try {
    await warehouse.createTable(name, {
      schema,
      partitionBy: partitionTerms(output.partitionSpec ?? []),
      properties: {
        ...Object.fromEntries(output.properties),
        ...(output.description === null ? {} : { comment: output.description }),
      },
    })
  } catch (error) {
    if (!isKind(error, 'conflict')) throw error
  }
  const table = await warehouse.loadTable(name)
  checkTarget(table, output)
  return table
}

/**
 * Checks that a table is laid out as the output says.
 *
 * @throws IcebergError `unsupported` when the file declares other partitions than the table has
 */
export function checkTarget(table: JobTable, output: TableOutput): void {
  if (output.partitionSpec === null) return
  const actual = table.spec.fields
  const same =
    actual.length === output.partitionSpec.length &&
    output.partitionSpec.every((item, index) => {
      const field = actual[index]
      return (
        field !== undefined &&
        field.name === item.name &&
        equalTransforms(field.transform, item.transform) &&
        findField(table.schema, field.sourceId)?.path.join('.') === item.column
      )
    })
  if (same) return
  throw new IcebergError(
    'unsupported',
    'the file declares other partitions than the table has, and changing them is not built yet',
    { context: { table: table.name, ...output.place } },
  )
}

/** Properties that the file declares and the table has otherwise. */
export function changedProperties(table: JobTable, output: TableOutput): Record<string, string> {
  return Object.fromEntries(
    [...output.properties].filter(([name, value]) => table.properties.get(name) !== value),
  )
}

/** The order of the output's rows; null to leave them as they come. */
export function sortTerms({ sort }: TableOutput): readonly SortTerm[] | null {
  if (sort === null) return null
  return sort.columns.map(({ name, direction, nullOrder }) => ({
    column: name.split('.'),
    transform: { kind: 'identity' },
    direction,
    nullOrder,
  }))
}

function partitionTerms(items: readonly PartitionItem[]): readonly PartitionTerm[] {
  return items.map(({ column, transform, name }) => ({
    column: column.split('.'),
    transform,
    name,
  }))
}
