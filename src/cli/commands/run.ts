import type { Command } from 'commander'

import { addConfigOption } from '../options.ts'
import type { ConfigOption } from '../options.ts'
import type { Terminal } from '../terminal.ts'

export interface RunOptions extends ConfigOption {
  readonly catchUp?: boolean
  readonly dryRun?: boolean
  readonly explain?: boolean
  readonly strict?: boolean
  readonly json?: boolean
}

export function addRun(program: Command, terminal: Terminal): void {
  addConfigOption(program.command('run').argument('<workflow>', 'a workflow file'))
    .description('run the jobs of a workflow file: the next window of each')
    .option('--catch-up', 'run windows until nothing is left to do')
    .option('--dry-run', 'say what would be read, and commit nothing')
    .option('--explain', 'say what was read and what was pruned')
    .option('--strict', 'refuse what is otherwise only warned of')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  frazil run flights.yaml --catch-up')
    .action(async (file: string, options: RunOptions) => {
      const { runFile } = await import('../actions/run.ts')
      await runFile(terminal, file, options)
    })
}
