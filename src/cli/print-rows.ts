// Rows on stdout: NDJSON and CSV for programs, a table for people.
import { unreachable } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import { isPrimitive } from '../types/type.ts'
import type { Field } from '../types/type.ts'
import { linePrinter, valuePrinter } from '../types/ndjson.ts'
import type { Value } from '../types/value.ts'
import type { Format } from './format.ts'
import { print, printLine } from './terminal.ts'
import type { Terminal } from './terminal.ts'

/** A row as model values, one a field. */
export type ValueRow = readonly (Value | null)[]

/** Characters that are written at once: a write a row costs more than the row. */
const CHUNK_LENGTH = 65_536

/** Rows that a table is measured for. A longer one is several, so that none has to be held whole. */
const TABLE_ROWS = 1_000

/**
 * Prints rows, each batch as it comes.
 *
 * @throws IcebergError `unsupported` for nested columns as CSV, before anything is printed
 */
export async function printRows(
  terminal: Terminal,
  format: Format,
  fields: readonly Field[],
  batches: AsyncIterable<Iterable<ValueRow>>,
): Promise<void> {
  switch (format) {
    case 'ndjson':
      return printLines(terminal, linePrinter(fields), batches)
    case 'csv':
      checkFlat(fields)
      await printLine(terminal, csvLine(fields.map((field) => field.name)))
      return printLines(terminal, csvPrinter(fields), batches)
    case 'table':
      return printTables(terminal, fields, batches)
    default:
      return unreachable(format)
  }
}

async function printLines(
  terminal: Terminal,
  lineOf: (row: ValueRow) => string,
  batches: AsyncIterable<Iterable<ValueRow>>,
): Promise<void> {
  for await (const batch of batches) {
    let chunk = ''
    for (const row of batch) {
      chunk += `${lineOf(row)}\n`
      if (chunk.length < CHUNK_LENGTH) continue
      await print(terminal, chunk)
      chunk = ''
    }
    await print(terminal, chunk)
  }
}

async function printTables(
  terminal: Terminal,
  fields: readonly Field[],
  batches: AsyncIterable<Iterable<ValueRow>>,
): Promise<void> {
  const { textTable } = await import('./text-table.ts')
  const head = fields.map((field) => field.name)
  const printers = fields.map(textPrinter)
  let cells: string[][] = []
  for await (const batch of batches) {
    for (const row of batch) {
      if (cells.length === TABLE_ROWS) {
        await printLine(terminal, textTable(head, cells))
        cells = []
      }
      cells.push(printers.map((textOf, index) => textOf(row[index] ?? null) ?? ''))
    }
  }
  await printLine(terminal, textTable(head, cells))
}

function checkFlat(fields: readonly Field[]): void {
  const nested = fields.find((field) => !isPrimitive(field.type))
  if (nested === undefined) return
  throw new IcebergError(
    'unsupported',
    'nested columns have no form in CSV: leave them out by --select',
    {
      context: { column: nested.name },
    },
  )
}

function csvPrinter(fields: readonly Field[]): (row: ValueRow) => string {
  const printers = fields.map(textPrinter)
  return (row) => csvLine(printers.map((textOf, index) => textOf(row[index] ?? null)))
}

/** A value as it is spelled in NDJSON, without the quotes; null for null. */
function textPrinter({ type }: Field): (value: Value | null) => string | null {
  // The model has strings as strings.
  if (type.kind === 'string') return (value) => value as string | null
  const textOf = valuePrinter(type)
  return (value) => (value === null ? null : textOf(value).replaceAll(/^"|"$/g, ''))
}

/** One line by RFC 4180, to be ended as lines are here. Null is an empty field, the empty string a quoted one. */
function csvLine(values: readonly (string | null)[]): string {
  return values
    .map((value) => {
      if (value === null) return ''
      return value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
    })
    .join(',')
}
