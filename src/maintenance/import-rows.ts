// What only the rows of a file can tell: the partitions that they belong to, whether a null is where none may be, and whether
// text is text.
import { rowsOf } from '../formats/arrow/rows.ts'
import { boundTrue } from '../expressions/bound.ts'
import { transformFunction } from '../layout/apply-transform.ts'
import { positionsOf, primitiveReader } from '../layout/column-value.ts'
import type { RowValues } from '../layout/column-value.ts'
import { partitionKey } from '../layout/partition-key.ts'
import type { PartitionField } from '../layout/partition-spec.ts'
import { resultType } from '../layout/transform.ts'
import type { DataFile } from '../metadata/data-file.ts'
import { readTask } from '../scan/read-task.ts'
import type { TableState } from '../table/table-state.ts'
import { childFields, findField, withChildFields } from '../types/schema.ts'
import type { FieldEntry, Schema } from '../types/schema.ts'
import { mergeFields, selectFields } from '../types/select-fields.ts'
import { isPrimitive } from '../types/type.ts'
import type { Field, PrimitiveType, Type } from '../types/type.ts'
import type { NestedValue, PrimitiveValue, Value } from '../types/value.ts'

/** What the rows are asked. */
export interface RowQuestion {
  readonly schema: Schema
  /** Partition fields whose values are wanted; all of them have a column of the schema. */
  readonly partitionFields: readonly PartitionField[]
  /** Columns of the root that are read whole, and in which nulls are looked for. */
  readonly columns: readonly Field[]
}

export interface RowAnswer {
  /** Of the wanted fields, in their order; null when rows differ. */
  readonly partition: readonly (PrimitiveValue | null)[] | null
  /** Names of columns that have a null where the table forbids it. */
  readonly withNulls: readonly string[]
}

/**
 * Reads the columns that are needed, until all is known.
 *
 * @throws IcebergError `corrupt` for values that no reader takes, such as text that is no UTF-8
 */
export async function askRows(
  state: TableState,
  file: DataFile,
  { schema, partitionFields, columns }: RowQuestion,
  signal?: AbortSignal,
): Promise<RowAnswer> {
  const sources = partitionFields.flatMap(({ sourceId }) => findField(schema, sourceId) ?? [])
  const fields = mergeFields(
    selectFields(
      schema,
      sources.map(({ path }) => path),
    ),
    columns,
  )
  const narrowed = { ...schema, fields }
  const keys = partitionFields.map((field) => partitionReader(narrowed, field))
  const types = keys.map(({ type }) => type)
  const withNulls = new Set<string>()
  let partition: readonly (PrimitiveValue | null)[] | null = null
  let key: string | null = null
  const task = { file, dataSequenceNumber: 0n, addedSnapshotId: null, residual: boundTrue }
  const request = { schema, fields: fields.map(withoutDemand), ...(signal && { signal }) }
  for await (const batch of readTask(state, task, request)) {
    for (const row of rowsOf(batch, narrowed)) {
      const tuple = keys.map(({ read }) => read(row))
      const own = partitionKey(types, tuple)
      if (key !== null && own !== key) return { partition: null, withNulls: [...withNulls] }
      key = own
      partition ??= tuple
      for (const [index, field] of fields.entries()) {
        if (isForbidden(field, row[index] ?? null)) withNulls.add(field.name)
      }
    }
  }
  return { partition: partition ?? partitionFields.map(() => null), withNulls: [...withNulls] }
}

interface PartitionReader {
  readonly type: PrimitiveType | null
  readonly read: (row: RowValues) => PrimitiveValue | null
}

function partitionReader(schema: Schema, { sourceId, transform }: PartitionField): PartitionReader {
  const source = findField(schema, sourceId)
  // Those of other types have no partition fields.
  const type = source?.field.type as PrimitiveType
  const read = primitiveReader(positionsOf(schema, source as FieldEntry))
  const apply = transformFunction(transform, type)
  return { type: resultType(transform, type), read: (row) => apply(read(row)) }
}

/** To read what is there, and judge it here. */
function withoutDemand(field: Field): Field {
  const inner = childFields(field.type).map(withoutDemand)
  const type = inner.length === 0 ? field.type : withChildFields(field.type, inner)
  return { ...field, required: false, type }
}

function isForbidden({ required, type }: Field, value: Value | null): boolean {
  return value === null ? required : hasForbidden(type, value)
}

/** Values are held as value.ts lists: those of structs, lists and maps as arrays. */
function hasForbidden(type: Type, value: Value): boolean {
  if (isPrimitive(type) || type.kind === 'variant') return false
  const fields = childFields(type)
  const parts = value as NestedValue
  switch (type.kind) {
    case 'struct':
      return fields.some((field, index) => isForbidden(field, parts[index] ?? null))
    case 'list':
      return parts.some((part) => fields.some((field) => isForbidden(field, part)))
    default:
      return parts.some((entry) =>
        fields.some((field, index) => isForbidden(field, (entry as NestedValue)[index] ?? null)),
      )
  }
}
