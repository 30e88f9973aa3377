import type { RecordBatch, Table } from 'apache-arrow'
import { IcebergError } from '../../base/errors.ts'
import { effectiveWriteDefault } from '../../types/default-values.ts'
import type { Schema } from '../../types/schema.ts'
import { fieldsAdapter } from './adapt.ts'
import type { AdaptRules } from './adapt-rules.ts'
import { checkValues } from './check-values.ts'
import { columnsOf, makeBatch, nullColumn } from './column-data.ts'
import { findFault } from './faults.ts'
import { arrowSchemaOf, arrowTypeOf } from './schema.ts'

/** By name at every level, case-sensitive. A column that the table does not have would be lost, so it is refused. */
const byName: AdaptRules = {
  fault: 'invalid',
  indexOf: (field, columns) => columns.findIndex((column) => column.name === field.name),
  extras: 'refused',
  absent: effectiveWriteDefault,
  leniency: 'none',
}

/**
 * A caller's own Arrow batch as one of the table's schema, to be appended. Columns are matched by name; a missing
 * column has its write default, or is null if it is optional; types are widened where no value changes. Buffers are shared where the layout is already
 * right, so the result must not be transferred to another thread.
 *
 * @param firstRow number of the batch's first row in what the caller gave, for messages
 * @throws IcebergError `invalid` for columns that are missing, unknown or of a type that does not fit, and for values
 *   that the table cannot hold: null in a required field, strings that are not UTF-8, decimals of too many digits,
 *   times past midnight
 */
export function conformBatch(schema: Schema, batch: RecordBatch, firstRow = 0): RecordBatch {
  const adapt = fieldsAdapter(schema.fields, batch.schema.fields, byName, [])
  // Of a batch without rows apache-arrow has vectors for columns, where it has data of all others.
  if (batch.numRows === 0) return emptyBatch(schema)
  const columns = adapt(columnsOf(batch), batch.numRows)
  const fault = findFault(schema.fields, columns, checkValues)
  if (fault === null) return makeBatch(arrowSchemaOf(schema), columns, batch.numRows)
  throw new IcebergError('invalid', fault.message, {
    context: { row: firstRow + fault.row, field: fault.path.join('.') },
  })
}

function emptyBatch(schema: Schema): RecordBatch {
  const columns = schema.fields.map(({ type }) => nullColumn(arrowTypeOf(type), 0))
  return makeBatch(arrowSchemaOf(schema), columns, 0)
}

/** A caller's own Arrow table, as {@link conformBatch} makes its batches. */
export function* conformTable(schema: Schema, table: Table): Iterable<RecordBatch> {
  let firstRow = 0
  for (const batch of table.batches) {
    yield conformBatch(schema, batch, firstRow)
    firstRow += batch.numRows
  }
}
