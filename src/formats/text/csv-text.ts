// Rows as lines of separated values, as `csv-rows.ts` reads them.
import { IcebergError } from '../../base/errors.ts'
import { valuePrinter } from '../../types/ndjson.ts'
import { isPrimitive } from '../../types/type.ts'
import type { Field } from '../../types/type.ts'
import type { Value } from '../../types/value.ts'
import type { CsvDialect } from './csv-dialect.ts'

/** @throws IcebergError `unsupported` for a nested column, which has no form in CSV */
export function checkFlat(fields: readonly Field[], advice: string): void {
  const nested = fields.find((field) => !isPrimitive(field.type))
  if (nested === undefined) return
  throw new IcebergError('unsupported', `nested columns have no form in CSV: ${advice}`, {
    context: { column: nested.name },
  })
}

/** A printer of rows: one line each, to be ended as lines are. */
export function csvPrinter(
  fields: readonly Field[],
  dialect: CsvDialect,
): (row: readonly (Value | null)[]) => string {
  const printers = fields.map(textPrinter)
  const lineOf = linePrinter(dialect)
  return (row) => lineOf(printers.map((textOf, index) => textOf(row[index] ?? null)))
}

/** The line of names that a file begins with. */
export function csvHeader(fields: readonly Field[], dialect: CsvDialect): string {
  return linePrinter(dialect)(fields.map((field) => field.name))
}

/** A value as it is spelled in NDJSON, without the quotes; null for null. */
export function textPrinter({ type }: Field): (value: Value | null) => string | null {
  // The model has strings as strings.
  if (type.kind === 'string') return (value) => value as string | null
  const textOf = valuePrinter(type)
  return (value) => (value === null ? null : textOf(value).replaceAll(/^"|"$/g, ''))
}

/** A printer of lines. A text that would be taken for something else stands in quotes: for an absent value, for two values or for a line's end. */
export function linePrinter({
  delimiter,
  quote,
  nullText,
}: CsvDialect): (values: readonly (string | null)[]) => string {
  const special = new Set([delimiter, quote, '\r', '\n'])
  const needsQuotes = (text: string): boolean =>
    text === '' || text === nullText || Array.from(special).some((sign) => text.includes(sign))
  const quoted = (text: string): string => quote + text.replaceAll(quote, quote + quote) + quote
  return (values) =>
    values
      .map((text) => {
        if (text === null) return nullText
        return needsQuotes(text) ? quoted(text) : text
      })
      .join(delimiter)
}
