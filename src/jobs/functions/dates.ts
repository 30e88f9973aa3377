// Functions of dates and times.
import { stringifyJson } from '../../base/json-exact.ts'
import { readTimeZone } from '../time-zone.ts'
import { quoteName, quoteText } from '../sql/quotes.ts'
import type { Fields } from '../yaml/fields.ts'
import { rulesText } from './date-rules.ts'
import { defineFunction } from './define.ts'
import type { JobFunction } from './define.ts'
import { columnOf, columnOfKind, withColumn } from './view.ts'

export const anyDate: JobFunction = defineFunction('any_date', {
  keys: ['column', 'asColumn', 'rule', 'rules'],
  read: (fields) => ({ ...readColumnAs(fields), rules: readRules(fields) }),
  toQuery({ column, asColumn, rules }, view) {
    const text = quoteName(columnOfKind(view, column, ['string']).name)
    const expression = `CAST(frazil_date(${quoteText(rules)}, ${text}) AS DATE)`
    return withColumn(view, { name: asColumn, expression })
  },
})

/** What clocks show in the zone at the moment that a text tells, which is in UTC unless it says otherwise. */
export const anyTimestamp: JobFunction = defineFunction('any_timestamp', {
  keys: ['column', 'asColumn', 'timezone', 'rule', 'rules'],
  read: (fields) => ({
    ...readColumnAs(fields),
    timezone: readTimeZone(fields, 'timezone'),
    rules: readRules(fields),
  }),
  toQuery({ column, asColumn, timezone, rules }, view) {
    const text = quoteName(columnOfKind(view, column, ['string']).name)
    const moment = `CAST(frazil_timestamp(${quoteText(rules)}, ${text}) || '+00' AS TIMESTAMPTZ)`
    const expression = `timezone(${quoteText(timezone)}, ${moment})`
    return withColumn(view, { name: asColumn, expression })
  },
})

/** Days from `columnB` to `columnA`. */
export const diffDate: JobFunction = defineFunction('diff_date', {
  keys: ['columnA', 'columnB', 'asColumn'],
  read: (fields) => ({
    columnA: fields.text('columnA'),
    columnB: fields.text('columnB'),
    asColumn: fields.text('asColumn'),
  }),
  toQuery({ columnA, columnB, asColumn }, view) {
    const [to, from] = [columnA, columnB].map((name) =>
      quoteName(columnOf(view, name).name, 'spark'),
    )
    return withColumn(view, { name: asColumn, expression: `datediff(${to}, ${from})` }, 'spark')
  },
})

/** Of seconds since 1970-01-01T00:00:00 UTC, exact to the microsecond. */
export const epochToTimestamp: JobFunction = defineFunction('epoch_to_timestamp', {
  keys: ['column', 'asColumn'],
  read: readColumnAs,
  toQuery({ column, asColumn }, view) {
    const { name } = columnOfKind(view, column, ['string', 'int', 'long', 'decimal', 'double'])
    const micros = `CAST(${quoteName(name)} AS DECIMAL(24, 6)) * 1000000`
    const expression = `make_timestamptz(CAST(${micros} AS BIGINT))`
    return withColumn(view, { name: asColumn, expression })
  },
})

export const formatDate: JobFunction = defineFunction('format_date', {
  keys: ['column', 'format'],
  read: (fields) => ({ column: fields.text('column'), format: fields.text('format') }),
  toQuery({ column, format }, view) {
    const { name } = columnOf(view, column)
    const expression = `date_format(${quoteName(name, 'spark')}, ${quoteText(format, 'spark')})`
    return withColumn(view, { name, expression }, 'spark')
  },
})

/** Of seconds since 1970-01-01T00:00:00 UTC. */
export const formatUnixDate: JobFunction = defineFunction('format_unix_date', {
  keys: ['column', 'format'],
  read: (fields) => ({ column: fields.text('column'), format: fields.text('format') }),
  toQuery({ column, format }, view) {
    const { name } = columnOfKind(view, column, ['string', 'int', 'long'])
    const seconds = `CAST(${quoteName(name, 'spark')} AS BIGINT)`
    const expression = `from_unixtime(${seconds}, ${quoteText(format, 'spark')})`
    return withColumn(view, { name, expression }, 'spark')
  },
})

function readColumnAs(fields: Fields): { readonly column: string; readonly asColumn: string } {
  return { column: fields.text('column'), asColumn: fields.text('asColumn') }
}

/** Under either key, one rule or several; none: the layouts that are known without being told. */
function readRules(fields: Fields): string {
  if (fields.has('rule') && fields.has('rules')) {
    fields.invalid('rules', 'rule and rules cannot both be given')
  }
  const items = [...fields.textOrTexts('rule'), ...fields.textOrTexts('rules')]
  for (const { text, place } of items) {
    fields.faults.attempt(place, null, () => rulesText([text]))
  }
  return stringifyJson(items.map(({ text }) => text))
}
