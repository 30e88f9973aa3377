import type { Command } from 'commander'

import { formatOption } from '../format.ts'
import type { FormatOptions } from '../format.ts'
import { addSelectorOptions } from '../options.ts'
import type { SelectorOptions } from '../options.ts'
import type { Terminal } from '../terminal.ts'

export interface ScanOptions extends SelectorOptions, FormatOptions {}

export function addScan(program: Command, terminal: Terminal): void {
  addSelectorOptions(program.command('scan').argument('<table>'))
    .description('print rows of a table')
    .addOption(formatOption(['ndjson', 'csv', 'table']))
    .addHelpText(
      'after',
      `\nExample:\n  frazil scan ./warehouse/city/rides --where "city = 'Oslo'" --select id,fare`,
    )
    .action(async (name: string, options: ScanOptions) => {
      const { scanTable } = await import('../actions/scan.ts')
      await scanTable(terminal, name, options)
    })
}
