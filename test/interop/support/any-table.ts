import fc from 'fast-check'

import type { UnknownRow } from '../../../src/client/row-shapes.ts'
import type { Table } from '../../../src/client/table.ts'
import type { Warehouse } from '../../../src/client/warehouse.ts'
import type { Expression } from '../../../src/expressions/predicate.ts'
import { batchFromValues } from '../../../src/formats/arrow/builders.ts'
import type { RowValues } from '../../../src/layout/column-value.ts'
import type { PartitionTerm, SortTerm } from '../../../src/layout/layout-text.ts'
import { partitionKey } from '../../../src/layout/partition-key.ts'
import { partitionTypes } from '../../../src/layout/partition-spec.ts'
import type { Transform } from '../../../src/layout/transform.ts'
import { allFields, findField } from '../../../src/types/schema.ts'
import type { FieldEntry, Schema } from '../../../src/types/schema.ts'
import { anyExpressionOf, anyRowsOf } from '../../support/arbitraries/predicates.ts'
import { anySchema } from '../../support/arbitraries/schemas.ts'
import { anySortOrderOf, anySpecOf } from '../../support/arbitraries/specs.ts'
import { anyRowOf } from '../../support/arbitraries/values.ts'
import { partitionOf } from '../../support/partitions.ts'

export type AnyTable = Table<UnknownRow, UnknownRow>

export interface Write {
  readonly kind: 'append' | 'overwritePartitions'
  readonly rows: readonly RowValues[]
}

/** A table, what is written to it one commit after the other, and what it is asked. */
export interface TablePlan {
  readonly schema: Schema
  readonly partitionBy: readonly PartitionTerm[]
  readonly sortBy: readonly SortTerm[]
  readonly writes: readonly Write[]
  readonly filters: readonly Expression[]
}

/** Spark tells names apart without regard to case, and takes a dot for the way into a struct. */
const anyNamedSchema = anySchema({ maxFields: 8 }).filter((schema) => {
  const paths = allFields(schema).map(({ path }) => path.join('/').toLowerCase())
  return new Set(paths).size === paths.length && !paths.some((path) => path.includes('.'))
})

export const anyTablePlan: fc.Arbitrary<TablePlan> = anyNamedSchema.chain((schema) => {
  const anyRows = fc.oneof(
    anyRowsOf(schema, { maxLength: 20 }),
    fc.array(anyRowOf(schema), { maxLength: 20 }),
  )
  const anyWrite: fc.Arbitrary<Write> = fc.record({
    kind: fc.constantFrom('append', 'append', 'overwritePartitions'),
    rows: anyRows,
  })
  return fc.array(anyWrite, { minLength: 1, maxLength: 4 }).chain((writes) =>
    fc.record({
      schema: fc.constant(schema),
      partitionBy: anyPartitionsOf(schema),
      sortBy: anySortOf(schema),
      writes: fc.constant(writes),
      filters: fc.array(
        anyExpressionOf(
          schema,
          writes.flatMap(({ rows }) => rows),
        ),
        {
          minLength: 3,
          maxLength: 3,
        },
      ),
    }),
  )
})

/** A field a column: several of one column are redundant, and refused. */
function anyPartitionsOf(schema: Schema): fc.Arbitrary<PartitionTerm[]> {
  return anySpecOf(schema, { opaque: false, maxFields: 3 }).map(({ fields }) => {
    const bySource = new Map(fields.map((field) => [field.sourceId, field]))
    return [...bySource.values()].flatMap(({ sourceId, transform }, index) => {
      const source = findField(schema, sourceId)
      if (source === undefined || !isReadByJava(schema, source, transform)) return []
      return [{ column: source.path, transform, name: `part ${index}` }]
    })
  })
}

/**
 * Java reads no partition values of fixed columns, and makes a struct of one that is null if it has a partition value for
 * something in it (spec/differences.md).
 */
function isReadByJava(schema: Schema, { field, ids }: FieldEntry, transform: Transform): boolean {
  const isAlwaysThere = ids.slice(0, -1).every((id) => findField(schema, id)?.field.required)
  return field.type.kind !== 'fixed' && (transform.kind !== 'identity' || isAlwaysThere)
}

function anySortOf(schema: Schema): fc.Arbitrary<SortTerm[]> {
  return anySortOrderOf(schema).map(({ fields }) =>
    fields.map(({ sourceId, ...term }) => ({
      ...term,
      column: findField(schema, sourceId)?.path ?? [],
    })),
  )
}

/** Makes the table and a list of rows that goes the same way. */
export async function written(
  warehouse: Warehouse,
  name: string,
  { schema, partitionBy, sortBy, writes }: TablePlan,
): Promise<{ table: AnyTable; rows: readonly RowValues[] }> {
  const table = await warehouse.createTable(name, { schema, partitionBy, sortBy })
  const keyOf = partitionKeyOf(table)
  let model: readonly RowValues[] = []
  for (const { kind, rows } of writes) {
    const placed = rows.filter((row) => keyOf(row) !== null)
    const batch = batchFromValues(table.schema, placed)
    await table[kind]([batch])
    const replaced = new Set(kind === 'append' ? [] : placed.map(keyOf))
    model = [...model.filter((row) => !replaced.has(keyOf(row))), ...placed]
  }
  return { table, rows: model }
}

/** Null for rows whose hour no partition can hold. */
function partitionKeyOf({ schema, spec }: AnyTable): (row: RowValues) => string | null {
  const tupleOf = partitionOf(schema, spec)
  const types = partitionTypes(spec, schema)
  return (row) => {
    const tuple = tupleOf(row)
    return tuple === null ? null : partitionKey(types, tuple)
  }
}
