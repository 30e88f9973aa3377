import type { Command } from 'commander'

import { addConfigOption } from '../options.ts'
import type { ConfigOption } from '../options.ts'
import type { Terminal } from '../terminal.ts'

export interface LintFileOptions extends ConfigOption {
  readonly strict?: boolean
  readonly json?: boolean
}

export function addLint(program: Command, terminal: Terminal): void {
  addConfigOption(program.command('lint').argument('<workflow>', 'a workflow file'))
    .description('find what is wrong with a workflow file, or would lose rows, without any data')
    .option('--strict', 'find what is otherwise only warned of, too')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExits with 1 when something is found.\n\nExample:\n  frazil lint flights.yaml',
    )
    .action(async (file: string, options: LintFileOptions) => {
      const { lintFile } = await import('../actions/lint.ts')
      await lintFile(terminal, file, options)
    })
}
