import { stringifyJson } from '../base/json-exact.ts'
import type { Format } from './format.ts'
import { printLine } from './terminal.ts'
import type { Terminal } from './terminal.ts'

/** Facts about a table: values that JSON can spell, 64-bit integers as `bigint`. */
export type FactRecord = Readonly<Record<string, unknown>>

/** Prints records of facts that have the same names, a line of JSON each or as a table. */
export async function printRecords(
  terminal: Terminal,
  format: Format,
  records: readonly FactRecord[],
): Promise<void> {
  if (format === 'table') return printTable(terminal, records)
  for (const record of records) await printLine(terminal, stringifyJson(record))
}

/** As {@link printRecords}, a line as soon as its record comes; a table has to see them all first. */
export async function printRecordStream(
  terminal: Terminal,
  format: Format,
  records: AsyncIterable<FactRecord>,
): Promise<void> {
  if (format === 'table') {
    const all: FactRecord[] = []
    for await (const record of records) all.push(record)
    return printTable(terminal, all)
  }
  for await (const record of records) await printLine(terminal, stringifyJson(record))
}

async function printTable(terminal: Terminal, records: readonly FactRecord[]): Promise<void> {
  const [first] = records
  if (first === undefined) return
  const names = Object.keys(first)
  const { textTable } = await import('./text-table.ts')
  const rows = records.map((record) => names.map((name) => cell(record[name])))
  await printLine(terminal, textTable(names, rows))
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : stringifyJson(value)
}
