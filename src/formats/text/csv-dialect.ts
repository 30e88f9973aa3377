import { IcebergError } from '../../base/errors.ts'

/** How values are told apart in lines of separated values. */
export interface CsvDialect {
  /** Whether the first line has the names of the columns. */
  readonly header: boolean
  /** One character. */
  readonly delimiter: string
  /** One character, which doubled stands for itself between two of it. */
  readonly quote: string
  /** The text of an absent value, where it stands without quotes. */
  readonly nullText: string
}

/** RFC 4180 with a header; an absent value is an empty field, the empty text one of two quotes. */
export const STANDARD_CSV: CsvDialect = { header: true, delimiter: ',', quote: '"', nullText: '' }

/**
 * A dialect by what is unlike the standard. What is there and undefined is as if it were absent: else the names of columns would come
 * as a row.
 *
 * @throws IcebergError as {@link checkDialect}
 */
export function csvDialect(given: Partial<CsvDialect> = {}): CsvDialect {
  const {
    header = STANDARD_CSV.header,
    delimiter = STANDARD_CSV.delimiter,
    quote = STANDARD_CSV.quote,
    nullText = STANDARD_CSV.nullText,
  } = given
  const dialect = { header, delimiter, quote, nullText }
  checkDialect(dialect)
  return dialect
}

/**
 * Checks that whatever is written in a dialect can be read again.
 *
 * @throws IcebergError `invalid` naming what is wrong with it
 */
export function checkDialect({ delimiter, quote, nullText }: CsvDialect): void {
  const fault = signFault('delimiter', delimiter) ?? signFault('quote', quote)
  if (fault !== null) throw new IcebergError('invalid', fault)
  if (delimiter === quote) throw new IcebergError('invalid', 'delimiter and quote must differ')
  if (![delimiter, quote, '\r', '\n'].some((sign) => nullText.includes(sign))) return
  throw new IcebergError('invalid', 'the null text must have no delimiter, quote or line end in it')
}

function signFault(what: string, sign: string): string | null {
  if (sign.length === 1 && sign !== '\r' && sign !== '\n') return null
  return `the ${what} must be one character, and no line end`
}
