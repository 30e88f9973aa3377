import { IcebergError } from '../base/errors.ts'
import type { Problem } from '../base/errors.ts'
import { currentSchema } from '../metadata/table-metadata.ts'
import type { TableState } from '../table/table-state.ts'
import { formsFor } from '../types/define.ts'
import { childFields, findFieldByPath } from '../types/schema.ts'
import type { Schema } from '../types/schema.ts'
import { formatType, isPrimitive } from '../types/type.ts'
import type { Field, Type } from '../types/type.ts'
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
  const problems = problemsOf(actual, expected.fields, [])
  if (problems.length === 0) return
  throw new IcebergError('invalid', 'the table has other columns than the schema says', {
    context: { table: state.name, columns: problems.map(({ path }) => path).join(', ') },
    problems,
  })
}

/** Of a column that differs, what lies inside it is not told. */
function problemsOf(
  actual: Schema,
  fields: readonly Field[],
  parents: readonly string[],
): readonly Problem[] {
  return fields.flatMap((field) => {
    const path = [...parents, field.name]
    const found = findFieldByPath(actual, path)?.field
    const problem = (message: string): Problem => ({ path: path.join('.'), message })
    if (found === undefined) return [problem('the table has no such column')]
    if (spelling(found.type) !== spelling(field.type)) {
      return [problem(`is ${spelling(found.type)} in the table, not ${spelling(field.type)}`)]
    }
    const isLooser = field.required && !found.required
    return [
      ...(isLooser ? [problem('is optional in the table')] : []),
      ...problemsOf(actual, childFields(field.type), path),
    ]
  })
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
