import { Readable, pipeline } from 'node:stream'

import { CsvError, parse } from 'csv-parse'
import type { Parser } from 'csv-parse'

import { IcebergError } from '../base/errors.ts'
import { nearestName } from '../base/nearest-name.ts'
import { utf8Text } from '../base/text-lines.ts'
import type { Schema } from '../types/schema.ts'
import { inputFromText } from '../types/text-input.ts'
import { isPrimitive } from '../types/type.ts'
import type { Field } from '../types/type.ts'
import type { PlacedRow } from './placed-row.ts'

/** Bytes of one record; more is no record but a quote that is never closed. */
const MAX_RECORD_BYTES = 256 << 20

/**
 * The rows of a CSV file by RFC 4180 whose first line names columns of the table, in any order. Columns that it does not
 * name are null.
 *
 * @throws IcebergError `invalid` with the line that is not CSV, or that has too few or too many fields
 */
export async function* csvRows(
  schema: Schema,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<PlacedRow> {
  const records = csvRecords(bytes)
  const header = await records.next()
  if (header.done === true) return
  const columns = headerColumns(schema, header.value)
  for await (const { fields, line } of records) {
    if (fields.length !== columns.length) {
      throw new IcebergError('invalid', 'a line has not as many fields as the header', {
        context: { line, fields: fields.length, header: columns.length },
      })
    }
    const entries = columns.map(({ name, convert }, index) => {
      const text = fields[index] ?? null
      return [name, text === null ? null : convert(text)] as const
    })
    yield { row: Object.fromEntries(entries), line }
  }
}

interface CsvColumn {
  readonly name: string
  readonly convert: (text: string) => unknown
}

function headerColumns(schema: Schema, { fields, line }: CsvRecord): readonly CsvColumn[] {
  const known = new Map(schema.fields.map((field) => [field.name, field]))
  const names = fields.map((name) => name ?? '')
  return names.map((name, index) => {
    const field = known.get(name)
    const fault = headerFault(field, names.indexOf(name) < index)
    if (field !== undefined && fault === null) return { name, convert: inputFromText(field.type) }
    const nearest = nearestName(name, known.keys())
    throw new IcebergError('invalid', fault ?? 'the table has no column of this name', {
      context: { line, column: name, ...(nearest === null || nearest === name ? {} : { nearest }) },
    })
  })
}

function headerFault(field: Field | undefined, isRepeated: boolean): string | null {
  if (isRepeated) return 'the header names a column twice'
  if (field === undefined || isPrimitive(field.type)) return null
  return 'nested columns have no form in CSV: append them from NDJSON or Parquet'
}

interface CsvRecord {
  /** Null for an empty field without quotes; with them it is the empty text. */
  readonly fields: readonly (string | null)[]
  /** Where the record begins, counted from 1. */
  readonly line: number
}

async function* csvRecords(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<CsvRecord> {
  const parser = parse({
    bom: true,
    max_record_size: MAX_RECORD_BYTES,
    record_delimiter: ['\r\n', '\n'],
    // Lines of the wrong length are told of by our own words.
    relax_column_count: true,
    cast: (text, { quoting }) => (text === '' && !quoting ? null : text),
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
