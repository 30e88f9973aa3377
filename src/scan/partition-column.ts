// The `_partition` column: one struct for all specs of a table, whatever spec a file was written with (spec: Reserved
// Field IDs).
import { partitionTypes } from '../layout/partition-spec.ts'
import type { PartitionField } from '../layout/partition-spec.ts'
import { equalTransforms } from '../layout/transform.ts'
import type { DataFile } from '../metadata/data-file.ts'
import { currentSchema, specById } from '../metadata/table-metadata.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import type { Schema } from '../types/schema.ts'
import type { Field, PrimitiveType, StructType } from '../types/type.ts'
import type { PrimitiveValue } from '../types/value.ts'

/**
 * The fields of all specs whose values are known by their type, in the order of their ids; the newest spec that has a
 * field names it. Fields whose column was dropped and those of unknown transforms are left out.
 *
 * A partition field's id is negated, because columns of a table may have the same ids as its partition fields.
 *
 * @param schema the schema that rows are read with, where it is not the table's current one
 * @returns null when two specs mean different values by one id, as old tables of format version 1 may: no column can
 *   hold both
 */
export function partitionStruct(
  metadata: TableMetadata,
  schema: Schema = currentSchema(metadata),
): StructType | null {
  const fields = new Map<number, TypedField>()
  for (const typed of typedFields(metadata, schema)) {
    const { fieldId } = typed.field
    const known = fields.get(fieldId)
    if (known === undefined) fields.set(fieldId, typed)
    else if (!isSameField(known.field, typed.field)) return null
    else if (isVoid(known.field)) {
      fields.set(fieldId, { field: { ...typed.field, name: known.field.name }, type: typed.type })
    }
  }
  const inOrder = [...fields.values()].toSorted(
    (left, right) => left.field.fieldId - right.field.fieldId,
  )
  return { kind: 'struct', fields: inOrder.map(structField) }
}

/** The values of a file in the fields of {@link partitionStruct}, by the ids that they have there. */
export function partitionValues(
  metadata: TableMetadata,
  { specId, partition }: DataFile,
): ReadonlyMap<number, PrimitiveValue | null> {
  const { fields } = specById(metadata, specId)
  return new Map(fields.map(({ fieldId }, index) => [-fieldId, partition[index] ?? null]))
}

interface TypedField {
  readonly field: PartitionField
  readonly type: PrimitiveType
}

/** Of the newest spec first. */
function typedFields(metadata: TableMetadata, schema: Schema): readonly TypedField[] {
  const current = currentSchema(metadata)
  return metadata.specs
    .toSorted((left, right) => right.specId - left.specId)
    .flatMap((spec) => {
      const types = partitionTypes(spec, schema, current)
      return spec.fields.flatMap((field, index) => {
        const type = types[index] ?? null
        return type === null ? [] : [{ field, type }]
      })
    })
}

/** In format version 1 a field that is dropped stays, with the void transform (spec: Partition Evolution). */
function isSameField(left: PartitionField, right: PartitionField): boolean {
  return (
    left.sourceId === right.sourceId &&
    (isVoid(left) || isVoid(right) || equalTransforms(left.transform, right.transform))
  )
}

function isVoid({ transform }: PartitionField): boolean {
  return transform.kind === 'void'
}

function structField({ field, type }: TypedField): Field {
  return { id: -field.fieldId, name: field.name, required: false, type }
}
