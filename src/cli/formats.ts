// Rows on stdout: NDJSON and CSV for programs, a table for people.
import { Option } from 'commander'
import CliTable from 'cli-table3'

import { IcebergError } from '../base/errors.ts'
import { isPrimitive } from '../types/type.ts'
import type { Field } from '../types/type.ts'
import { linePrinter, valuePrinter } from '../types/ndjson.ts'
import type { Value } from '../types/value.ts'
import { printLine } from './terminal.ts'
import type { Terminal } from './terminal.ts'

export type Format = 'ndjson' | 'csv' | 'table'

/** A row as model values, one a field. */
export type ValueRow = readonly (Value | null)[]

export function formatOption(formats: readonly Format[]): Option {
  return new Option('--format <format>', 'table on a terminal, else ndjson').choices([...formats])
}

/** What is asked for, or what suits the reader. */
export function chosenFormat(terminal: Terminal, format: Format | undefined): Format {
  return format ?? (terminal.out.isTTY === true ? 'table' : 'ndjson')
}

/**
 * Prints rows as they come; a table is held until its last row.
 *
 * @throws IcebergError `unsupported` for nested columns as CSV, before anything is printed
 */
export async function printRows(
  terminal: Terminal,
  format: Format,
  fields: readonly Field[],
  rows: AsyncIterable<ValueRow>,
): Promise<void> {
  if (format === 'table') return printTable(terminal, fields, rows)
  if (format === 'csv') {
    checkFlat(fields)
    await printLine(terminal.out, csvLine(fields.map((field) => field.name)))
  }
  const print = format === 'csv' ? csvPrinter(fields) : linePrinter(fields)
  for await (const row of rows) await printLine(terminal.out, print(row))
}

function checkFlat(fields: readonly Field[]): void {
  const nested = fields.find((field) => !isPrimitive(field.type))
  if (nested === undefined) return
  throw new IcebergError('unsupported', 'nested columns have no form in CSV: leave them out by --select', {
    context: { column: nested.name },
  })
}

async function printTable(
  terminal: Terminal,
  fields: readonly Field[],
  rows: AsyncIterable<ValueRow>,
): Promise<void> {
  const table = new CliTable({
    head: fields.map((field) => field.name),
    style: { head: [], border: [], compact: true },
  })
  const printers = fields.map((field) => textPrinter(field))
  for await (const row of rows) {
    table.push(printers.map((print, index) => print(row[index] ?? null) ?? ''))
  }
  await printLine(terminal.out, table.toString())
}

function csvPrinter(fields: readonly Field[]): (row: ValueRow) => string {
  const printers = fields.map((field) => textPrinter(field))
  return (row) => csvLine(printers.map((print, index) => print(row[index] ?? null)))
}

/** A value as it is read in NDJSON, without the quotes; null for null. */
function textPrinter({ type }: Field): (value: Value | null) => string | null {
  if (type.kind === 'string') return (value) => value as string | null
  const print = valuePrinter(type)
  return (value) => (value === null ? null : print(value).replaceAll(/^"|"$/g, ''))
}

/** One line by RFC 4180. Null is an empty field, the empty string a quoted one. */
function csvLine(values: readonly (string | null)[]): string {
  return values
    .map((value) => {
      if (value === null) return ''
      return value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
    })
    .join(',')
}
