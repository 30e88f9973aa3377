import type { RecordBatch, Schema as ArrowSchema } from 'apache-arrow'
import { IcebergError } from '../../base/errors.ts'
import { effectiveInitialDefault } from '../../types/default-values.ts'
import type { Field } from '../../types/type.ts'
import type { Value } from '../../types/value.ts'
import { fieldsAdapter } from './adapt.ts'
import type { AdaptRules } from './adapt-rules.ts'
import { columnsOf, makeBatch } from './column-data.ts'
import { findFault, trustValues } from './faults.ts'
import { arrowSchemaOf, fieldIdOf } from './schema.ts'

/**
 * What is known of fields that a file does not have, beside their defaults; undefined for a field of which nothing is.
 */
export type FileConstants = (field: Field) => Value | null | undefined

/**
 * How to make batches of the fields to read from batches of a data file (spec: Column Projection): columns are found
 * by field id, whatever their names and order; a field that the file lacks has the file's constant, else its initial
 * default, else null; types are widened as schemas may evolve. Buffers are shared where the layout is already right.
 *
 * @throws IcebergError `corrupt` at once when a required field is missing or a type cannot be read as the field's,
 *   and from the projector when a required field is null; `unsupported` for a file without field ids
 */
export function batchProjector(
  readFields: readonly Field[],
  fileSchema: ArrowSchema,
  constants: FileConstants = () => undefined,
): (batch: RecordBatch) => RecordBatch {
  checkHasIds(fileSchema)
  const schema = arrowSchemaOf({ fields: readFields })
  const adapt = fieldsAdapter(readFields, fileSchema.fields, byFieldId(constants), [])
  return (batch) => {
    const columns = adapt(columnsOf(batch), batch.numRows)
    const fault = findFault(readFields, columns, trustValues)
    if (fault === null) return makeBatch(schema, columns, batch.numRows)
    throw new IcebergError('corrupt', fault.message, { context: { field: fault.path.join('.') } })
  }
}

/** By field id at every level; a file may say UTC or not of a timestamp, the table's type says what it means. */
function byFieldId(constants: FileConstants): AdaptRules {
  return {
    fault: 'corrupt',
    indexOf(field, columns) {
      const isOfField = (column: (typeof columns)[number]): boolean =>
        fieldIdOf(column) === field.id
      const index = columns.findIndex(isOfField)
      if (index === columns.findLastIndex(isOfField)) return index
      throw new IcebergError('corrupt', 'two columns of a file have the same field id', {
        context: { fieldId: field.id },
      })
    },
    extras: 'ignored',
    absent(field) {
      const constant = constants(field)
      return constant === undefined ? effectiveInitialDefault(field) : constant
    },
    leniency: 'of-files',
  }
}

/** Without ids every column would be taken for missing, and its values for null. */
function checkHasIds({ fields }: ArrowSchema): void {
  if (fields.length === 0 || fields.some((field) => fieldIdOf(field) !== null)) return
  throw new IcebergError('unsupported', 'data file without field ids')
}
