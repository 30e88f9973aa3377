// Columns of a view, and queries that give them back changed.
import { IcebergError } from '../../base/errors.ts'
import { suggestion } from '../../base/nearest-name.ts'
import type { Field, Type } from '../../types/type.ts'
import { sameName } from '../same-name.ts'
import { quoteName } from '../sql/quotes.ts'
import type { View, ViewQuery } from './define.ts'

type Language = ViewQuery['language']

/** A column of a result: an expression, and the name it gets. */
export interface Column {
  readonly name: string
  readonly expression: string
}

/** @throws IcebergError `invalid` unless the view has the column, found without case */
export function columnOf({ schema }: View, name: string): Field {
  const field = findColumn({ schema }, name)
  if (field !== undefined) return field
  const meant = suggestion(
    name,
    schema.fields.map((known) => known.name),
  )
  throw new IcebergError('invalid', `there is no such column${meant}`, {
    context: { column: name },
  })
}

export function findColumn({ schema }: Pick<View, 'schema'>, name: string): Field | undefined {
  return schema.fields.find((field) => sameName(field.name, name))
}

/**
 * A column whose type is one of those.
 *
 * @throws IcebergError `invalid` unless it is there and of such a type
 */
export function columnOfKind(view: View, name: string, kinds: readonly Type['kind'][]): Field {
  const field = columnOf(view, name)
  if (kinds.includes(field.type.kind)) return field
  throw new IcebergError('invalid', `the column must be of type ${kinds.join(' or ')}`, {
    context: { column: field.name, type: field.type.kind },
  })
}

/** All columns of a view as they are. */
export function columnsOf({ schema }: View, language: Language = 'duckdb'): readonly Column[] {
  return schema.fields.map(({ name }) => ({ name, expression: quoteName(name, language) }))
}

/** The columns of a view and one more, which takes the place of an older one of its name. */
export function withColumn(view: View, column: Column, language: Language = 'duckdb'): ViewQuery {
  const columns = columnsOf(view, language)
  const index = columns.findIndex(({ name }) => sameName(name, column.name))
  if (index < 0) return selectFrom(view, [...columns, column], language)
  const { name } = columns[index] ?? column
  return selectFrom(view, columns.with(index, { ...column, name }), language)
}

/** The columns of a view, each under the name that `rename` gives it. */
export function withNames(view: View, rename: (name: string) => string): ViewQuery {
  const columns = columnsOf(view).map(({ name, expression }) => ({
    name: rename(name),
    expression,
  }))
  return selectFrom(view, columns)
}

/** @throws IcebergError `invalid` for two columns of one name, or one without */
export function selectFrom(
  view: View,
  columns: readonly Column[],
  language: Language = 'duckdb',
  rest = '',
): ViewQuery {
  checkNames(columns.map(({ name }) => name))
  const list = columns.map(
    ({ expression, name }) => `${expression} AS ${quoteName(name, language)}`,
  )
  const from = `${quoteName(view.name, language)}${rest}`
  return { sql: `SELECT ${list.join(', ')} FROM ${from}`, language }
}

function checkNames(names: readonly string[]): void {
  const seen = new Set<string>()
  for (const name of names) {
    if (name === '') throw new IcebergError('invalid', 'a column would have no name')
    if (seen.has(name.toLowerCase())) {
      throw new IcebergError('invalid', 'two columns would have one name', {
        context: { column: name },
      })
    }
    seen.add(name.toLowerCase())
  }
}
