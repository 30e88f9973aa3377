import CliTable from 'cli-table3'

import { printable } from './printable.ts'

/** Lines with rules between them, for people. */
export function textTable(head: readonly string[], rows: Iterable<readonly string[]>): string {
  const table = new CliTable({
    head: head.map(printable),
    style: { head: [], border: [], compact: true },
  })
  for (const row of rows) table.push(row.map(printable))
  return table.toString()
}
