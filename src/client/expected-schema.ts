import { IcebergError } from '../base/errors.ts'
import type { Problem } from '../base/errors.ts'
import { currentSchema } from '../metadata/table-metadata.ts'
import type { TableState } from '../table/table-state.ts'
import { formsFor } from '../types/define.ts'
import { allFields, findFieldByPath } from '../types/schema.ts'
import type { FieldEntry, Schema } from '../types/schema.ts'
import { formatType, isPrimitive } from '../types/type.ts'
import type { Type } from '../types/type.ts'
import type { Shape, TypedSchema } from '../types/typed-schema.ts'
import type { OutputForms } from '../types/value-output.ts'

/**
 * Checks that a table's rows are what a program's schema says. The table may have more columns, and more required ones;
 * a column that the schema requires may not be optional, because reading would then give null.
 *
 * @throws IcebergError `invalid` with a problem for each column that differs
 */
export function checkExpected(state: TableState, expected: Schema): void {
  const actual = currentSchema(state.metadata)
  const problems = allFields(expected).flatMap((entry) => problemsOf(actual, entry))
  if (problems.length === 0) return
  throw new IcebergError('invalid', 'the table has other columns than the schema says', {
    context: { table: state.name, columns: problems.map(({ path }) => path).join(', ') },
    problems,
  })
}

function problemsOf(actual: Schema, { field, path }: FieldEntry): Problem[] {
  const found = findFieldByPath(actual, path)?.field
  const at = path.join('.')
  if (found === undefined) return [{ path: at, message: 'the table has no such column' }]
  if (spelling(found.type) !== spelling(field.type)) {
    const message = `is ${spelling(found.type)} in the table, not ${spelling(field.type)}`
    return [{ path: at, message }]
  }
  return field.required && !found.required
    ? [{ path: at, message: 'is optional in the table' }]
    : []
}

/** What lies inside a nested type is compared by itself. */
function spelling(type: Type): string {
  return isPrimitive(type) ? formatType(type) : type.kind
}

/** The forms in which a program wants values read, by the field ids of the table. */
export function formsOf(schema: Schema, table: Schema): OutputForms {
  return isTyped(schema) ? formsFor(table, schema) : new Map()
}

function isTyped(schema: Schema): schema is TypedSchema<Shape> {
  return 'columns' in schema && 'forms' in schema
}
