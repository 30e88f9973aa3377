import type { RecordBatch, Schema as ArrowSchema } from 'apache-arrow'
import { IcebergError } from '../../base/errors.ts'
import type { Field } from '../../types/type.ts'
import { fieldsAdapter } from './adapt.ts'
import type { AdaptRules } from './adapt-rules.ts'
import { columnsOf, makeBatch } from './column-data.ts'
import { findFault, trustValues } from './faults.ts'
import { arrowSchemaOf, fieldIdOf } from './schema.ts'

/** By field id at every level; a file may say UTC or not of a timestamp, the table's type says what it means. */
const byFieldId: AdaptRules = {
  fault: 'corrupt',
  indexOf: (field, columns) => columns.findIndex((column) => fieldIdOf(column) === field.id),
  extras: 'ignored',
  zones: 'lenient',
}

/**
 * How to make batches of the fields to read from batches of a data file (spec: Column Projection): columns are found
 * by field id, whatever their names and order; an optional field that the file lacks is null; types are widened as
 * schemas may evolve. Buffers are shared where the layout is already right.
 *
 * @throws IcebergError `corrupt` at once when a required field is missing or a type cannot be read as the field's,
 *   and from the projector when a required field is null; `unsupported` for a file without field ids
 */
export function batchProjector(
  readFields: readonly Field[],
  fileSchema: ArrowSchema,
): (batch: RecordBatch) => RecordBatch {
  checkHasIds(fileSchema)
  const schema = arrowSchemaOf({ fields: readFields })
  const adapt = fieldsAdapter(readFields, fileSchema.fields, byFieldId, [])
  return (batch) => {
    const columns = adapt(columnsOf(batch), batch.numRows)
    const fault = findFault(readFields, columns, trustValues)
    if (fault === null) return makeBatch(schema, columns, batch.numRows)
    throw new IcebergError('corrupt', fault.message, { context: { field: fault.path.join('.') } })
  }
}

/** Without ids every column would be taken for missing, and its values for null. */
function checkHasIds({ fields }: ArrowSchema): void {
  if (fields.length === 0 || fields.some((field) => fieldIdOf(field) !== null)) return
  throw new IcebergError('unsupported', 'data file without field ids')
}
