import type { Command } from 'commander'

import { rowsOf } from '../../formats/arrow/rows.ts'
import type { UnknownRow } from '../../client/row-shapes.ts'
import type { TableScan } from '../../scan/table-scan.ts'
import { chosenFormat, formatOption, printRows } from '../formats.ts'
import type { Format, ValueRow } from '../formats.ts'
import { addSelectorOptions, selectedScan } from '../selector.ts'
import type { SelectorOptions } from '../selector.ts'
import { findTable } from '../table-name.ts'
import type { Terminal } from '../terminal.ts'

export function addScan(program: Command, terminal: Terminal): void {
  addSelectorOptions(program.command('scan').argument('<table>'))
    .description('print rows of a table')
    .addOption(formatOption(['ndjson', 'csv', 'table']))
    .addHelpText('after', `\nExample:\n  frazil scan ./warehouse/city/rides --where "city = 'Oslo'" --select id,fare`)
    .action(async (name: string, options: SelectorOptions & { readonly format?: Format }) => {
      const scan = selectedScan(await findTable(name, options), options)
      const format = chosenFormat(terminal, options.format)
      await printRows(terminal, format, scan.fields, scanRows(scan, terminal.signal))
    })
}

async function* scanRows(
  scan: TableScan<UnknownRow, UnknownRow>,
  signal: AbortSignal,
): AsyncGenerator<ValueRow> {
  const { fields } = scan
  for await (const batch of scan.batches({ signal })) yield* rowsOf(batch, { fields })
}
