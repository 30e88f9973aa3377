import type { Command } from 'commander'

import { formatOption } from '../format.ts'
import type { FormatOptions } from '../format.ts'
import { addSelectorOptions } from '../options.ts'
import type { SelectorOptions } from '../options.ts'
import type { Terminal } from '../terminal.ts'

export interface FilesOptions extends SelectorOptions, FormatOptions {}

export function addFiles(program: Command, terminal: Terminal): void {
  addSelectorOptions(program.command('files').argument('<table>'))
    .description('print the data files that a scan would read')
    .addOption(formatOption(['ndjson', 'table']))
    .addHelpText(
      'after',
      `\nExample:\n  frazil files ./warehouse/city/rides --where "ts >= '2026-01-01T00:00:00Z'"`,
    )
    .action(async (name: string, options: FilesOptions) => {
      const { listFiles } = await import('../actions/files.ts')
      await listFiles(terminal, name, options)
    })
}
