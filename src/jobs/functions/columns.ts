// Functions that add, drop and set whole columns.
import { sameName } from '../same-name.ts'
import { quoteName, quoteText } from '../sql/quotes.ts'
import type { Fields } from '../yaml/fields.ts'
import { defineFunction } from './define.ts'
import type { JobFunction } from './define.ts'
import { readTextsByName } from './names.ts'
import { columnOf, columnsOf, selectFrom, withColumn } from './view.ts'

/** Types that a constant may have, as Spark's SQL spells them. */
const CONSTANT_TYPES: ReadonlyMap<string, string> = new Map([
  ['string', 'STRING'],
  ['boolean', 'BOOLEAN'],
  ['byte', 'TINYINT'],
  ['short', 'SMALLINT'],
  ['int', 'INT'],
  ['long', 'BIGINT'],
  ['float', 'FLOAT'],
  ['double', 'DOUBLE'],
  ['decimal', 'DECIMAL(10, 0)'],
  ['date', 'DATE'],
  ['timestamp', 'TIMESTAMP'],
])

/** Other names of them, and types that only columns are cast to. */
const CAST_TYPES: ReadonlyMap<string, string> = new Map([
  ...CONSTANT_TYPES,
  ['tinyint', 'TINYINT'],
  ['smallint', 'SMALLINT'],
  ['integer', 'INT'],
  ['bigint', 'BIGINT'],
  ['real', 'FLOAT'],
  ['timestamp_ntz', 'TIMESTAMP_NTZ'],
  ['timestamp_ltz', 'TIMESTAMP'],
  ['binary', 'BINARY'],
])

export const addColumn: JobFunction = defineFunction('add_column', {
  keys: ['column', 'value', 'type'],
  read: (fields) => ({
    column: fields.text('column'),
    value: readScalar(fields, 'value'),
    type: readType(fields, 'type', fields.text('type'), CONSTANT_TYPES),
  }),
  toQuery: ({ column, value, type }, view) => {
    const expression = `CAST(${quoteText(value, 'spark')} AS ${type})`
    return withColumn(view, { name: column, expression }, 'spark')
  },
})

export const copy: JobFunction = defineFunction('copy', {
  keys: ['fromColumn', 'toColumn'],
  read: (fields) => ({ fromColumn: fields.text('fromColumn'), toColumn: fields.text('toColumn') }),
  toQuery: ({ fromColumn, toColumn }, view) => {
    const expression = quoteName(columnOf(view, fromColumn).name)
    return withColumn(view, { name: toColumn, expression })
  },
})

export const drop: JobFunction = defineFunction('drop', {
  keys: ['columns'],
  read: readColumns,
  toQuery({ columns }, view) {
    const dropped = columns.map((name) => columnOf(view, name).name)
    return selectFrom(
      view,
      columnsOf(view).filter(({ name }) => !dropped.includes(name)),
    )
  },
})

export const generateUuid: JobFunction = defineFunction('generate_uuid', {
  keys: ['asColumn'],
  read: (fields) => ({ asColumn: fields.text('asColumn') }),
  toQuery: ({ asColumn }, view) =>
    withColumn(view, { name: asColumn, expression: 'CAST(gen_random_uuid() AS VARCHAR)' }),
})

/** Counts the records from 1, in the order in which they come. */
export const incrementVariable: JobFunction = defineFunction('increment_variable', {
  keys: ['column'],
  read: (fields) => ({ column: fields.text('column') }),
  toQuery: ({ column }, view) =>
    withColumn(view, { name: column, expression: 'row_number() OVER ()' }),
})

/** Columns as text, those that are null left out. */
export const merge: JobFunction = defineFunction('merge', {
  keys: ['columns', 'separator', 'asColumn'],
  read: (fields) => ({
    ...readColumns(fields),
    separator: fields.require('separator') ? (fields.scalarText('separator') ?? '') : '',
    asColumn: fields.text('asColumn'),
  }),
  toQuery({ columns, separator, asColumn }, view) {
    const texts = columns.map(
      (name) => `CAST(${quoteName(columnOf(view, name).name, 'spark')} AS STRING)`,
    )
    const expression = `concat_ws(${[quoteText(separator, 'spark'), ...texts].join(', ')})`
    return withColumn(view, { name: asColumn, expression }, 'spark')
  },
})

/** In the order of the list. */
export const select: JobFunction = defineFunction('select', {
  keys: ['columns'],
  read: readColumns,
  toQuery({ columns }, view) {
    const all = columnsOf(view)
    const kept = columns.map((name) => columnOf(view, name).name)
    return selectFrom(
      view,
      kept.flatMap((name) => all.filter((column) => sameName(column.name, name))),
    )
  },
})

export const setColumn: JobFunction = defineFunction('set_column', {
  keys: ['column', 'value'],
  read: (fields) => ({ column: fields.text('column'), value: readScalar(fields, 'value') }),
  toQuery: ({ column, value }, view) =>
    withColumn(view, { name: column, expression: quoteText(value) }),
})

/** In place. What cannot be cast is an error, or null where the file says so. */
export const setType: JobFunction = defineFunction('set_type', {
  keys: ['columns', 'onCastError'],
  read(fields) {
    const types = [...readTextsByName(fields, 'columns')]
    return {
      givesNull: readsNull(fields),
      columns: new Map(
        types.map(([column, type]) => [column, readType(fields, 'columns', type, CAST_TYPES)]),
      ),
    }
  },
  toQuery({ columns, givesNull }, view) {
    const cast = givesNull ? 'TRY_CAST' : 'CAST'
    const types = [...columns].map(([name, type]) => [columnOf(view, name).name, type] as const)
    const cols = columnsOf(view, 'spark').map(({ name, expression }) => {
      const type = types.find(([column]) => column === name)?.[1]
      return {
        name,
        expression: type === undefined ? expression : `${cast}(${expression} AS ${type})`,
      }
    })
    return selectFrom(view, cols, 'spark')
  },
})

/** A column computed by an expression of Spark's SQL. */
export const setVariable: JobFunction = defineFunction('set_variable', {
  keys: ['column', 'expression'],
  read: (fields) => ({ column: fields.text('column'), expression: fields.text('expression') }),
  toQuery: ({ column, expression }, view) =>
    withColumn(view, { name: column, expression: `(${expression})` }, 'spark'),
})

/** Whether there is to be null where a cast fails. YAML's own null counts as the word. */
function readsNull(fields: Fields): boolean {
  return fields.isNull('onCastError') || fields.word('onCastError', ['error', 'null']) === 'null'
}

/** The `columns` of a function: a list that is not empty, nor names anything twice. */
export function readColumns(fields: Fields): { readonly columns: readonly string[] } {
  return { columns: readNames(fields, 'columns') }
}

/** A list of names that is not empty, nor names anything twice. */
export function readNames(fields: Fields, key: string): readonly string[] {
  if (!fields.require(key)) return []
  const items = fields.textOrTexts(key)
  if (items.length === 0) fields.invalid(key, 'must name a column')
  for (const [index, { text, place }] of items.entries()) {
    if (items.slice(0, index).some((other) => sameName(other.text, text))) {
      fields.faults.invalid(place, 'the column is named twice')
    }
  }
  return items.map(({ text }) => text)
}

function readScalar(fields: Fields, name: string): string {
  return fields.require(name) ? (fields.scalarText(name) ?? '') : ''
}

const DECIMAL = /^decimal\s*\(\s*(\d+)\s*,\s*(\d+)\s*\)$/iu

function readType(
  fields: Fields,
  key: string,
  text: string,
  types: ReadonlyMap<string, string>,
): string {
  const [, precision, scale] = DECIMAL.exec(text) ?? []
  if (precision !== undefined && scale !== undefined) return `DECIMAL(${precision}, ${scale})`
  const type = types.get(text.toLowerCase())
  if (type === undefined && text !== '') {
    fields.invalid(key, `invalid datatype ${text}: must be ${[...types.keys()].join(', ')}`)
  }
  return type ?? 'STRING'
}
