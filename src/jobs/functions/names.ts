// Functions that give columns other names and leave their values.
import { sameName } from '../same-name.ts'
import { textOfScalar } from '../yaml/fields.ts'
import type { Fields } from '../yaml/fields.ts'
import { defineFunction } from './define.ts'
import type { JobFunction, View, ViewQuery } from './define.ts'
import { cleanName, snakeCase } from './letters.ts'
import { parseSed } from './sed.ts'
import { columnOf, columnsOf, selectFrom, withNames } from './view.ts'

export const changeColumnCase: JobFunction = defineFunction('change_column_case', {
  keys: ['case'],
  read: (fields) => ({
    case: fields.require('case') ? fields.word('case', ['lower', 'upper']) : null,
  }),
  toQuery: (args, view) =>
    withNames(view, (name) => (args.case === 'upper' ? name.toUpperCase() : name.toLowerCase())),
})

export const cleanseColumnNames: JobFunction = defineFunction('cleanse_column_names', {
  keys: [],
  read: () => ({}),
  toQuery: (_args, view) => withNames(view, cleanName),
})

export const columnsReplace: JobFunction = defineFunction('columns_replace', {
  keys: ['sedExpression'],
  read: readSedExpression,
  toQuery: ({ sedExpression }, view) => withNames(view, parseSed(sedExpression)),
})

export const rename: JobFunction = defineFunction('rename', {
  keys: ['column', 'asColumn'],
  read: (fields) => ({ column: fields.text('column'), asColumn: fields.text('asColumn') }),
  toQuery: ({ column, asColumn }, view) => renamed(view, new Map([[column, asColumn]])),
})

export const renameAll: JobFunction = defineFunction('rename_all', {
  keys: ['columns'],
  read: (fields) => ({ columns: readTextsByName(fields, 'columns') }),
  toQuery: ({ columns }, view) => renamed(view, columns),
})

export const snakeCaseNames: JobFunction = defineFunction('snake_case', {
  keys: [],
  read: () => ({}),
  toQuery: (_args, view) => withNames(view, snakeCase),
})

/** The values change places, the names stay: what was read by one name is now read by the other. */
export const swap: JobFunction = defineFunction('swap', {
  keys: ['columnA', 'columnB'],
  read: (fields) => ({ columnA: fields.text('columnA'), columnB: fields.text('columnB') }),
  toQuery({ columnA, columnB }, view) {
    const [left, right] = [columnOf(view, columnA).name, columnOf(view, columnB).name]
    const all = columnsOf(view)
    const other = new Map([
      [left, right],
      [right, left],
    ])
    return selectFrom(
      view,
      all.map((column) => ({
        ...(all.find(({ name }) => name === other.get(column.name)) ?? column),
        name: column.name,
      })),
    )
  },
})

/** The `sedExpression` of a function; a fault is noted unless it is one. */
export function readSedExpression(fields: Fields): { readonly sedExpression: string } {
  const sedExpression = fields.text('sedExpression')
  if (sedExpression !== '') {
    fields.faults.attempt(fields.placeOf('sedExpression'), null, () => parseSed(sedExpression))
  }
  return { sedExpression }
}

/** A mapping of columns to single values, as texts; required, and not empty. */
export function readTextsByName(fields: Fields, name: string): ReadonlyMap<string, string> {
  if (!fields.require(name)) return new Map()
  const texts = fields.entries(name, ({ value }) => {
    if (value.kind === 'scalar') return textOfScalar(value)
    fields.faults.invalid(value.place, 'must be a single value')
    return null
  })
  if (texts.size === 0 && fields.isMap(name)) fields.invalid(name, 'must name a column')
  return texts
}

function renamed(view: View, names: ReadonlyMap<string, string>): ViewQuery {
  const found = [...names].map(([from, to]) => [columnOf(view, from).name, to] as const)
  return withNames(view, (name) => found.find(([from]) => sameName(from, name))?.[1] ?? name)
}
