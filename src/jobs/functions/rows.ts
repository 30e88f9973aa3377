// Functions that make other rows: fewer, more, or turned into columns.
import { IcebergError } from '../../base/errors.ts'
import { sameName } from '../same-name.ts'
import { quoteName, quoteText } from '../sql/quotes.ts'
import type { Fields } from '../yaml/fields.ts'
import { readColumns, readNames } from './columns.ts'
import { defineFunction } from './define.ts'
import type { JobFunction, View, ViewQuery } from './define.ts'
import { columnOf, columnOfKind, columnsOf, selectFrom, withColumn } from './view.ts'

/** Of rows with equal keys the least stays, by the other columns in their order. */
export const dropDuplicates: JobFunction = defineFunction('drop_duplicates', {
  keys: ['columns'],
  read: readColumns,
  toQuery({ columns }, view) {
    const keys = columns.map((name) => quoteName(columnOf(view, name).name))
    const others = columnsOf(view).flatMap(({ expression }) =>
      keys.includes(expression) ? [] : expression,
    )
    const sql = `SELECT DISTINCT ON (${keys.join(', ')}) * FROM ${quoteName(view.name)}`
    return { sql: `${sql} ORDER BY ${[...keys, ...others].join(', ')}`, language: 'duckdb' }
  },
})

/** A row for each element of a list; none for a list that is null or empty. */
export const flatten: JobFunction = defineFunction('flatten', flattening(', '))

/** As {@link flatten}, with one row where the list is null or empty. */
export const flattenOuter: JobFunction = defineFunction('flatten_outer', flattening(' LEFT JOIN '))

function flattening(join: ', ' | ' LEFT JOIN ') {
  return {
    keys: ['column', 'asColumn'],
    read: (fields: Fields) => ({
      column: fields.text('column'),
      asColumn: fields.text('asColumn'),
    }),
    toQuery({ column, asColumn }: { column: string; asColumn: string }, view: View): ViewQuery {
      const { name } = columnOfKind(view, column, ['list'])
      return exploded(view, { list: name, as: asColumn, join })
    },
  }
}

interface Explosion {
  readonly list: string
  readonly as: string
  readonly join: ', ' | ' LEFT JOIN '
}

function exploded(view: View, { list, as, join }: Explosion): ViewQuery {
  const lateral = `unnest(${quoteName(view.name)}.${quoteName(list)}) AS frazil_elements(frazil_element)`
  const on = join === ', ' ? '' : ' ON true'
  const expression = 'frazil_elements.frazil_element'
  const query = withColumn(view, { name: as, expression })
  return { ...query, sql: `${query.sql}${join}${lateral}${on}` }
}

/** `explode(items)`, with or without a name for the elements, or `address.*`. */
const EXPLODE =
  /^\s*(explode|explode_outer)\s*\(\s*`?([^`()]+?)`?\s*\)(?:\s+as\s+`?([^`]+?)`?)?\s*$/iu
const STAR = /^\s*`?([^`]+?)`?\.\*\s*$/u

/** An array into rows, whose elements are called `col` unless they are named, or a struct into columns. */
export const unfurl: JobFunction = defineFunction('unfurl', {
  keys: ['expression'],
  read(fields) {
    const expression = fields.text('expression')
    if (expression !== '' && !EXPLODE.test(expression) && !STAR.test(expression)) {
      fields.invalid('expression', 'must be explode(column) or column.*')
    }
    return { expression }
  },
  toQuery({ expression }, view) {
    const [, how = '', list = '', as = 'col'] = EXPLODE.exec(expression) ?? []
    if (list === '') return unfurledStruct(view, STAR.exec(expression)?.[1] ?? '')
    const { name } = columnOfKind(view, list, ['list'])
    return exploded(view, { list: name, as, join: /outer/iu.test(how) ? ' LEFT JOIN ' : ', ' })
  },
})

function unfurledStruct(view: View, column: string): ViewQuery {
  const { name, type } = columnOfKind(view, column, ['struct'])
  const fields = type.kind === 'struct' ? type.fields : []
  const parts = fields.map((field) => ({
    name: field.name,
    expression: `struct_extract(${quoteName(name)}, ${quoteText(field.name)})`,
  }))
  return selectFrom(view, [...columnsOf(view), ...parts])
}

/** `sum(amount) as amount`, of one aggregate. */
const AGGREGATE = /^\s*(\w+\s*\([^]*\))\s+as\s+`?[^`]+?`?\s*$/iu

/** Rows of a group into one, with a column for each value of another column. */
export const pivot: JobFunction = defineFunction('pivot', {
  keys: ['groupBy', 'column', 'values', 'aggregateExpression', 'approach'],
  read(fields) {
    const expression = fields.text('aggregateExpression')
    const aggregate = AGGREGATE.exec(expression)?.[1]
    if (expression !== '' && aggregate === undefined) {
      fields.invalid(
        'aggregateExpression',
        'must be one aggregate with a name: sum(amount) as amount',
      )
    }
    return {
      groupBy: readNames(fields, 'groupBy'),
      column: fields.text('column'),
      values: fields.has('values') ? fields.texts('values').map(({ text }) => text) : null,
      aggregate: aggregate ?? '',
    }
  },
  question({ column, values }, view) {
    const text = pivotText(view, column)
    const given = values === null ? '' : ' LIMIT 0'
    const from = quoteName(view.name, 'spark')
    return {
      sql: `SELECT DISTINCT ${text} AS value FROM ${from} ORDER BY value${given}`,
      language: 'spark',
    }
  },
  toQuery({ groupBy, column, values, aggregate }, view, answers) {
    const keys = groupBy.map((name) => columnOf(view, name).name)
    const text = pivotText(view, column)
    const cells = (values ?? answers).map((value) => {
      const isValue = value === null ? `${text} IS NULL` : `${text} = ${quoteText(value, 'spark')}`
      return { name: value ?? 'null', expression: `${aggregate} FILTER (WHERE ${isValue})` }
    })
    const groups = keys.map((name) => ({ name, expression: quoteName(name, 'spark') }))
    const rest = ` GROUP BY ${groups.map(({ expression }) => expression).join(', ')}`
    return selectFrom(view, [...groups, ...cells], 'spark', rest)
  },
})

function pivotText(view: View, column: string): string {
  return `CAST(${quoteName(columnOf(view, column).name, 'spark')} AS STRING)`
}

const ALL = '*'

/** Columns into rows: the name of each in one column, its value in another, nulls included. */
export const unpivot: JobFunction = defineFunction('unpivot', {
  keys: ['columns', 'pivotColumns', 'keyColumnName', 'valueColumnName'],
  read(fields) {
    const columns = readNames(fields, 'columns')
    const pivotColumns = readNames(fields, 'pivotColumns')
    if (columns.includes(ALL) && pivotColumns.includes(ALL)) {
      fields.invalid('pivotColumns', 'only one of columns and pivotColumns can be "*"')
    }
    return {
      columns,
      pivotColumns,
      keyColumnName: fields.text('keyColumnName'),
      valueColumnName: fields.text('valueColumnName'),
    }
  },
  toQuery({ columns, pivotColumns, keyColumnName, valueColumnName }, view) {
    const kept = namesOf(view, columns, pivotColumns)
    const turned = namesOf(view, pivotColumns, columns)
    checkOneType(view, turned)
    const parts = turned.map((name) => {
      const cells = [
        ...kept.map((column) => ({ name: column, expression: quoteName(column) })),
        { name: keyColumnName, expression: quoteText(name) },
        { name: valueColumnName, expression: quoteName(name) },
      ]
      return selectFrom(view, cells).sql
    })
    return { sql: parts.join(' UNION ALL '), language: 'duckdb' }
  },
})

/** The columns of a list; for `*` all that are not in the other one. */
function namesOf(
  view: View,
  names: readonly string[],
  others: readonly string[],
): readonly string[] {
  if (!names.includes(ALL)) return names.map((name) => columnOf(view, name).name)
  return view.schema.fields
    .map(({ name }) => name)
    .filter((name) => !others.some((other) => sameName(name, other)))
}

function checkOneType(view: View, names: readonly string[]): void {
  const kinds = new Set(names.map((name) => columnOf(view, name).type.kind))
  if (kinds.size === 1) return
  const message =
    kinds.size === 0
      ? 'there is no column to turn into rows'
      : 'columns that become one must be of one type'
  throw new IcebergError('invalid', message, { context: { types: [...kinds].join(', ') } })
}
