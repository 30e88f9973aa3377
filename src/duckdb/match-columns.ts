// The columns of rows to write, as those of the table: by name at every level, as batches are matched (`formats/arrow/conform`).
import { equalTypes } from '../types/equal-types.ts'
import type { Schema } from '../types/schema.ts'
import { isPrimitive } from '../types/type.ts'
import type { Field, Type } from '../types/type.ts'
import { decline } from './declined.ts'
import { quoteName } from './sql-text.ts'
import { duckdbType } from './types.ts'

/** What the SELECT says that gives the table's columns, in its order. */
export interface MatchedColumns {
  readonly sql: string
  /** Fields that may be null in the rows, and must not be in the table. */
  readonly mustBeKnown: readonly Field[]
}

/**
 * Gives the columns of a table from a relation.
 *
 * @param sql of the relation
 * @throws Declined where columns are not simply taken over: what is wrong with them, batches tell
 */
export function matchColumns(
  sql: string,
  fields: readonly Field[],
  schema: Schema,
): MatchedColumns {
  const byName = new Map(fields.map((field) => [field.name, field]))
  const mustBeKnown: Field[] = []
  const columns = schema.fields.map((field) => {
    const given = byName.get(field.name)
    byName.delete(field.name)
    if (given === undefined) return nullColumn(field)
    if (!isSameShape(given.type, field.type)) decline('rows of other types than the table has')
    if (field.required && !given.required) mustBeKnown.push(field)
    return quoteName(field.name)
  })
  if (byName.size > 0) decline('rows with columns that the table does not have')
  return { sql: `SELECT ${columns.join(', ')} FROM (${sql}) AS given`, mustBeKnown }
}

function nullColumn({ name, type, required, writeDefault }: Field): string {
  if (required || writeDefault !== undefined)
    return decline('rows without a column that has no null')
  return `CAST(NULL AS ${duckdbType(type)}) AS ${quoteName(name)}`
}

/** Whether values of one type are values of the other without a look at them: ids apart, they are the same. */
function isSameShape(given: Type, wanted: Type): boolean {
  if (isPrimitive(given)) return equalTypes(given, wanted)
  switch (given.kind) {
    case 'struct':
      return (
        wanted.kind === 'struct' &&
        given.fields.length === wanted.fields.length &&
        given.fields.every((field, index) => isSameField(field, wanted.fields[index]))
      )
    case 'list':
      return (
        wanted.kind === 'list' &&
        (given.elementRequired || !wanted.elementRequired) &&
        isSameShape(given.element, wanted.element)
      )
    case 'map':
      return (
        wanted.kind === 'map' &&
        (given.valueRequired || !wanted.valueRequired) &&
        isSameShape(given.key, wanted.key) &&
        isSameShape(given.value, wanted.value)
      )
    default:
      return false
  }
}

function isSameField(given: Field, wanted: Field | undefined): boolean {
  return (
    wanted !== undefined &&
    given.name === wanted.name &&
    (given.required || !wanted.required) &&
    isSameShape(given.type, wanted.type)
  )
}
