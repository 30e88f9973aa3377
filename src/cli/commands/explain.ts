import type { Command } from 'commander'

import { formatOption } from '../format.ts'
import type { FormatOptions } from '../format.ts'
import { addSelectorOptions } from '../options.ts'
import type { SelectorOptions } from '../options.ts'
import type { Terminal } from '../terminal.ts'

export interface ExplainOptions extends SelectorOptions, FormatOptions {}

export function addExplain(program: Command, terminal: Terminal): void {
  addSelectorOptions(program.command('explain').argument('<table>'))
    .description('print why manifests, files and row groups are read or left out')
    .addOption(formatOption(['ndjson', 'table']))
    .addHelpText(
      'after',
      `\nExample:\n  frazil explain ./warehouse/city/rides --where "fare > 10.00" --format table`,
    )
    .action(async (name: string, options: ExplainOptions) => {
      const { explainNamed } = await import('../actions/explain.ts')
      await explainNamed(terminal, name, options)
    })
}
