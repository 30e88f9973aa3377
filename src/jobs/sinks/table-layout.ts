// What a file declares of a table's columns, partitions and order, and what has to change for it.
import { equalTransforms } from '../../layout/transform.ts'
import type { PartitionTerm, SortTerm } from '../../layout/layout-text.ts'
import { buildSortOrder } from '../../layout/build-layout.ts'
import { equivalentOrders } from '../../layout/order-change.ts'
import { changeSchema } from '../../types/schema-change.ts'
import { findField, findFieldByPath } from '../../types/schema.ts'
import type { Schema } from '../../types/schema.ts'
import { unionByName } from '../../types/schema-union.ts'
import type { Field, Type } from '../../types/type.ts'
import type { SpecChange } from '../../client/spec-change.ts'
import type { JobTable } from '../lake.ts'
import type { PartitionItem, TableOutput } from '../workflow/model.ts'

/** Partition fields for a table that is made. */
export function partitionTerms(items: readonly PartitionItem[]): readonly PartitionTerm[] {
  return items.map(({ column, transform, name }) => ({
    column: column.split('.'),
    transform,
    name,
  }))
}

/** The order of the output's rows; null to leave it to the table. */
export function sortTerms({ sort }: Pick<TableOutput, 'sort'>): readonly SortTerm[] | null {
  if (sort === null) return null
  return sort.columns.map(({ name, direction, nullOrder }) => ({
    column: name.split('.'),
    transform: { kind: 'identity' },
    direction,
    nullOrder,
  }))
}

/** Whether new files of a table are grouped as the items say; fields that say nothing any more are not counted. */
export function isPartitionedBy(table: JobTable, items: readonly PartitionItem[]): boolean {
  const actual = table.spec.fields.filter(({ transform }) => transform.kind !== 'void')
  return (
    actual.length === items.length &&
    items.every((item, index) => {
      const field = actual[index]
      return (
        field !== undefined &&
        field.name === item.name &&
        equalTransforms(field.transform, item.transform) &&
        findField(table.schema, field.sourceId)?.path.join('.') === item.column
      )
    })
  )
}

/** Groups new files by the items, in their order. A field that was there before gets its id back. */
export function partitionBy(
  change: SpecChange,
  table: JobTable,
  items: readonly PartitionItem[],
): void {
  for (const { name, transform } of table.spec.fields) {
    if (transform.kind !== 'void') change.drop(name)
  }
  for (const term of partitionTerms(items)) change.add(term)
}

/** Whether a table has exactly the order of the terms, columns being those of `schema`. */
export function isSortedBy(table: JobTable, schema: Schema, terms: readonly SortTerm[]): boolean {
  const own = table.sortOrder
  return equivalentOrders(own, buildSortOrder(schema, terms, own.orderId))
}

/**
 * The columns of a table with those that rows have more, as `mergeSchema` makes them.
 *
 * @throws IcebergError `invalid` with the `path` where the types do not fit together
 */
export function mergedSchema({ schema, metadata }: JobTable, rows: Schema): Schema {
  const { lastColumnId, formatVersion } = metadata
  const added = addableColumns(schema, rows)
  return changeSchema({ schema, lastColumnId, formatVersion }, (edit) => unionByName(edit, added))
    .schema
}

/**
 * Columns of rows as they can be added to a table: a query says nothing of what must not be null and knows no comments, so
 * what the table says of these stays.
 */
export function addableColumns(table: Schema, rows: Schema): Schema {
  const addable = (fields: readonly Field[], parents: readonly string[]): readonly Field[] =>
    fields.map(({ id, name, type }) => {
      const path = [...parents, name]
      const required = findFieldByPath(table, path)?.field.required ?? false
      return { id, name, required, type: within(type, path) }
    })
  const within = (type: Type, path: readonly string[]): Type => {
    switch (type.kind) {
      case 'struct':
        return { ...type, fields: addable(type.fields, path) }
      case 'list': {
        const known = findFieldByPath(table, [...path, 'element'])?.field
        const element = within(type.element, [...path, 'element'])
        return { ...type, element, elementRequired: known?.required ?? false }
      }
      case 'map': {
        const known = findFieldByPath(table, [...path, 'value'])?.field
        const value = within(type.value, [...path, 'value'])
        return { ...type, value, valueRequired: known?.required ?? false }
      }
      default:
        return type
    }
  }
  return { ...rows, fields: addable(rows.fields, []) }
}

/** Columns for a table that is made for rows: without defaults, for every row has its values. */
export function newTableSchema(rows: Schema): Schema {
  return { schemaId: 0, fields: withoutDefaults(rows.fields), identifierFieldIds: [] }
}

function withoutDefaults(fields: readonly Field[]): readonly Field[] {
  return fields.map(({ id, name, required, type, doc }) => ({
    id,
    name,
    required,
    type: typeWithoutDefaults(type),
    ...(doc === undefined ? {} : { doc }),
  }))
}

function typeWithoutDefaults(type: Type): Type {
  switch (type.kind) {
    case 'struct':
      return { ...type, fields: withoutDefaults(type.fields) }
    case 'list':
      return { ...type, element: typeWithoutDefaults(type.element) }
    case 'map':
      return {
        ...type,
        key: typeWithoutDefaults(type.key),
        value: typeWithoutDefaults(type.value),
      }
    default:
      return type
  }
}
