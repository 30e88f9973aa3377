import { Readable, pipeline } from 'node:stream'

import { CsvError, parse } from 'csv-parse'
import type { Parser } from 'csv-parse'

import { IcebergError } from '../../base/errors.ts'
import { nearestName } from '../../base/nearest-name.ts'
import { utf8Text } from '../../base/utf8-text.ts'
import type { Schema } from '../../types/schema.ts'
import { inputFromText } from '../../types/text-input.ts'
import { isPrimitive } from '../../types/type.ts'
import type { Field } from '../../types/type.ts'
import type { OnBadRow } from './bad-row.ts'
import { STANDARD_CSV } from './csv-dialect.ts'
import type { CsvDialect } from './csv-dialect.ts'
import { linePrinter } from './csv-text.ts'
import type { PlacedRow, ReadNames } from './placed-row.ts'

/** Bytes of one record; more is no record but a quote that is never closed. */
const MAX_RECORD_BYTES = 256 << 20

export interface CsvRowsOptions extends ReadNames {
  /** {@link STANDARD_CSV} when absent. */
  readonly dialect?: CsvDialect
  /** Takes lines of too few or too many fields, in place of an error that ends the reading. */
  readonly onBad?: OnBadRow | undefined
}

/**
 * The rows of a CSV file. Its first line names columns of the schema, in any order, and columns that it does not name are
 * null; without such a line the columns are those of the schema, in their order.
 *
 * @throws IcebergError `invalid` with the line that is not CSV, or that has too few or too many fields
 */
export async function* csvRows(
  schema: Pick<Schema, 'fields'>,
  bytes: AsyncIterable<Uint8Array>,
  { dialect = STANDARD_CSV, others = 'refused', onBad }: CsvRowsOptions = {},
): AsyncGenerator<PlacedRow> {
  const printLine = linePrinter(dialect)
  const records = csvRecords(bytes, dialect)
  const columns = dialect.header
    ? await headerColumns(schema, records, others)
    : schema.fields.map(columnOf)
  for await (const { fields, line } of records) {
    const record = (): string => printLine(fields)
    if (fields.length !== columns.length) {
      const error = wrongCount({ line, fields: fields.length, columns: columns.length })
      if (onBad === undefined) throw error
      onBad({ line, error, record: record() })
      continue
    }
    const entries = columns.flatMap((column, index) => {
      const text = fields[index] ?? null
      if (column === null) return []
      return [[column.name, text === null ? null : column.convert(text)] as const]
    })
    yield { row: Object.fromEntries(entries), line, record }
  }
}

/**
 * The names in the first line of a file; null for a file without any line.
 *
 * @throws IcebergError `invalid` when that line is not CSV
 */
export async function csvNames(
  bytes: AsyncIterable<Uint8Array>,
  dialect: CsvDialect,
): Promise<readonly string[] | null> {
  for await (const { fields } of csvRecords(bytes, dialect)) return fields.map((name) => name ?? '')
  return null
}

interface CsvColumn {
  readonly name: string
  readonly convert: (text: string) => unknown
}

/** What becomes of each field of a line; null for one that is passed over. */
async function headerColumns(
  schema: Pick<Schema, 'fields'>,
  records: AsyncGenerator<CsvRecord>,
  others: ReadNames['others'],
): Promise<readonly (CsvColumn | null)[]> {
  const header = await records.next()
  if (header.done === true) return []
  const { fields, line } = header.value
  const names = fields.map((name) => name ?? '')
  const known = new Map(schema.fields.map((field) => [field.name, field]))
  if (others === 'passed-over' && !names.some((name) => known.has(name))) {
    throw new IcebergError('invalid', 'the header names none of the columns', { context: { line } })
  }
  return names.map((name, index) => {
    const field = known.get(name)
    if (names.indexOf(name) < index) {
      throw headerFault('the header names a column twice', { line, column: name })
    }
    if (field !== undefined) return columnOf(field)
    if (others === 'passed-over') return null
    const nearest = nearestName(name, known.keys())
    const meant = nearest === null ? {} : { nearest }
    throw headerFault('there is no column of this name', { line, column: name, ...meant })
  })
}

function wrongCount(context: Readonly<Record<string, number>>): IcebergError {
  return new IcebergError('invalid', 'a line has not as many fields as there are columns', {
    context,
  })
}

function headerFault(
  message: string,
  context: Readonly<Record<string, string | number>>,
): IcebergError {
  return new IcebergError('invalid', message, { context })
}

function columnOf({ name, type }: Field): CsvColumn {
  if (isPrimitive(type)) return { name, convert: inputFromText(type) }
  throw new IcebergError(
    'invalid',
    'nested columns have no form in CSV: read them from NDJSON or Parquet',
    { context: { column: name } },
  )
}

interface CsvRecord {
  /** Null for an absent value. */
  readonly fields: readonly (string | null)[]
  /** Where the record begins, counted from 1. */
  readonly line: number
}

async function* csvRecords(
  bytes: AsyncIterable<Uint8Array>,
  { delimiter, quote, nullText }: CsvDialect,
): AsyncGenerator<CsvRecord> {
  const parser = parse({
    bom: true,
    delimiter,
    quote,
    escape: quote,
    max_record_size: MAX_RECORD_BYTES,
    record_delimiter: ['\r\n', '\n'],
    // Lines of the wrong length are told of by our own words.
    relax_column_count: true,
    cast: (text, { quoting }) => (text === nullText && !quoting ? null : text),
  })
  // What fails before the parser ends it with that error, which the loop below throws.
  pipeline(Readable.from(utf8Text(bytes)), parser, () => undefined)
  let line = 1
  try {
    for await (const fields of recordsOf(parser)) {
      yield { fields, line }
      line += 1 + lineFeedsIn(fields)
    }
  } catch (error) {
    throw error instanceof CsvError ? csvFault(error, line) : error
  }
}

/** By its options the parser gives arrays of what `cast` does. */
function recordsOf(parser: Parser): AsyncIterable<readonly (string | null)[]> {
  return parser
}

/** The parser's own count takes the line ends of Windows inside quotes for two. */
function lineFeedsIn(fields: readonly (string | null)[]): number {
  return fields.reduce((count, text) => count + (text?.match(/\n/g)?.length ?? 0), 0)
}

/** The parser's own messages quote what they read. */
function csvFault({ code }: CsvError, line: number): IcebergError {
  if (code === 'CSV_MAX_RECORD_SIZE') {
    return new IcebergError('limit', 'a line is too long: is a quote not closed?', {
      context: { line },
    })
  }
  const message = CSV_FAULTS.get(code)
  return message === undefined
    ? new IcebergError('invalid', 'a line is no CSV', { context: { line, code } })
    : new IcebergError('invalid', message, { context: { line } })
}

const CSV_FAULTS: ReadonlyMap<string, string> = new Map([
  ['CSV_QUOTE_NOT_CLOSED', 'a quoted field is not closed'],
  ['CSV_INVALID_CLOSING_QUOTE', 'a quoted field goes on after its closing quote'],
  ['INVALID_OPENING_QUOTE', 'a quote stands in a field that does not begin with one'],
])
