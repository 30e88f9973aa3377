// Rows on stdout: NDJSON and CSV for programs, a table for people.
import { unreachable } from '../base/assert.ts'
import { STANDARD_CSV } from '../formats/text/csv-dialect.ts'
import { checkFlat, csvHeader, csvPrinter, textPrinter } from '../formats/text/csv-text.ts'
import type { Field } from '../types/type.ts'
import { linePrinter } from '../types/ndjson.ts'
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
      checkFlat(fields, 'leave them out by --select')
      await printLine(terminal, csvHeader(fields, STANDARD_CSV))
      return printLines(terminal, csvPrinter(fields, STANDARD_CSV), batches)
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
