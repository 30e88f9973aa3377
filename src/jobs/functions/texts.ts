// Functions of the letters of one column.
import { quoteName, quoteText } from '../sql/quotes.ts'
import { defineFunction } from './define.ts'
import type { JobFunction, View } from './define.ts'
import { readSedExpression, readTextsByName } from './names.ts'
import { URL_PARTS } from './url-parts.ts'
import { columnOf, columnOfKind, columnsOf, findColumn, selectFrom, withColumn } from './view.ts'

const CASES = ['lower', 'upper', 'title'] as const

export const changeCase: JobFunction = defineFunction('change_case', {
  keys: ['column', 'case'],
  read: (fields) => ({
    column: fields.text('column'),
    case: fields.require('case') ? fields.word('case', CASES) : null,
  }),
  toQuery(args, view) {
    const { name } = columnOfKind(view, args.column, ['string'])
    const expression = `frazil_${args.case ?? 'lower'}(${quoteName(name)})`
    return withColumn(view, { name, expression })
  },
})

/** The characters from `startIndex` to `endIndex`, both counted from 1 and both included. */
export const cutCharacter: JobFunction = defineFunction('cut_character', {
  keys: ['column', 'asColumn', 'startIndex', 'endIndex'],
  read(fields) {
    const start = fields.require('startIndex') ? (fields.count('startIndex') ?? 1) : 1
    const end = fields.require('endIndex') ? (fields.count('endIndex') ?? start) : start
    if (start < 1) fields.invalid('startIndex', 'characters are counted from 1')
    else if (end < start) fields.invalid('endIndex', 'must not be less than startIndex')
    return { column: fields.text('column'), asColumn: fields.text('asColumn'), start, end }
  },
  toQuery({ column, asColumn, start, end }, view) {
    const text = textOf(view, column)
    const expression = `substring(${text}, ${start}, ${end - start + 1})`
    return withColumn(view, { name: asColumn, expression })
  },
})

export const fillNullOrEmpty: JobFunction = defineFunction('fill_null_or_empty', {
  keys: ['columns'],
  read: (fields) => ({ columns: readTextsByName(fields, 'columns') }),
  toQuery({ columns }, view) {
    const fills = [...columns].map(
      ([column, text]) => [columnOfKind(view, column, ['string']).name, text] as const,
    )
    const filled = columnsOf(view).map(({ name, expression }) => {
      const text = fills.find(([column]) => column === name)?.[1]
      if (text === undefined) return { name, expression }
      return { name, expression: `coalesce(nullif(${expression}, ''), ${quoteText(text)})` }
    })
    return selectFrom(view, filled)
  },
})

export const findAndReplace: JobFunction = defineFunction('find_and_replace', {
  keys: ['column', 'sedExpression'],
  read: (fields) => ({ column: fields.text('column'), ...readSedExpression(fields) }),
  toQuery({ column, sedExpression }, view) {
    const { name } = columnOfKind(view, column, ['string'])
    const expression = `frazil_sed(${quoteText(sedExpression)}, ${quoteName(name)})`
    return withColumn(view, { name, expression })
  },
})

export const maskNumber: JobFunction = defineFunction('mask_number', {
  keys: ['column', 'pattern'],
  read: (fields) => ({ column: fields.text('column'), pattern: fields.text('pattern') }),
  toQuery({ column, pattern }, view) {
    const expression = `frazil_mask(${quoteText(pattern)}, ${textOf(view, column)})`
    return withColumn(view, { name: column, expression })
  },
})

/** Spaces, as Spark's functions of these names. */
export const trim: JobFunction = defineFunction('trim', {
  keys: ['column', 'method'],
  read: (fields) => ({
    column: fields.text('column'),
    method: fields.word('method', ['trim', 'ltrim', 'rtrim']) ?? 'trim',
  }),
  toQuery({ column, method }, view) {
    const { name } = columnOfKind(view, column, ['string'])
    return withColumn(view, { name, expression: `${method}(${quoteName(name)}, ' ')` })
  },
})

/** One sign between two parts without spaces. */
const EMAIL = String.raw`^\s*([^@\s]+)@([^@\s]+)\s*$`

/** Both parts are null where the text is no address. */
export const splitEmail: JobFunction = defineFunction('split_email', {
  keys: ['column'],
  read: (fields) => ({ column: fields.text('column') }),
  toQuery({ column }, view) {
    const { name } = columnOfKind(view, column, ['string'])
    const part = (group: number): string =>
      `nullif(regexp_extract(${quoteName(name)}, ${quoteText(EMAIL)}, ${group}), '')`
    const parts = [
      { name: `${name}_account`, expression: part(1) },
      { name: `${name}_domain`, expression: part(2) },
    ]
    return selectFrom(view, [...columnsOf(view), ...parts])
  },
})

/** A column that is not there has parts that are null; a text that is no URL is an error. */
export const splitUrl: JobFunction = defineFunction('split_url', {
  keys: ['column'],
  read: (fields) => ({ column: fields.text('column') }),
  toQuery({ column }, view) {
    const found = findColumn(view, column)
    const name = found === undefined ? column : columnOfKind(view, column, ['string']).name
    const text = found === undefined ? 'CAST(NULL AS VARCHAR)' : quoteName(name)
    const parts = URL_PARTS.map((part) => {
      const value = `frazil_url(${quoteText(part)}, ${text})`
      return {
        name: `${name}_${part}`,
        expression: part === 'port' ? `CAST(${value} AS INTEGER)` : value,
      }
    })
    return selectFrom(view, [...columnsOf(view), ...parts])
  },
})

/**
 * The text of a column whose values have but one spelling.
 *
 * @throws IcebergError `invalid` for columns of other types
 */
export function textOf(view: View, column: string): string {
  const kinds = ['string', 'int', 'long', 'decimal', 'date', 'uuid', 'boolean'] as const
  const { name, type } = columnOfKind(view, column, kinds)
  const value = quoteName(name)
  return type.kind === 'string' ? value : `CAST(${value} AS VARCHAR)`
}

/** The bytes of a column, of text or binary, in hexadecimal digits. */
export function hexOf(view: View, column: string): string {
  const { name, type } = columnOf(view, column)
  const isBinary = type.kind === 'binary' || type.kind === 'fixed'
  return `hex(${isBinary ? quoteName(name) : textOf(view, column)})`
}
