import type { Command } from 'commander'

import { addConfigOption, parseCount } from '../options.ts'
import type { ConfigOption } from '../options.ts'
import type { Terminal } from '../terminal.ts'

/** How windows that were run before are run again. */
export interface AgainOptions extends ConfigOption {
  readonly dryRun?: boolean
  readonly explain?: boolean
  readonly json?: boolean
}

export interface BackfillOptions extends AgainOptions {
  readonly from: string
  readonly to: string
  readonly step?: string
}

export function addBackfill(program: Command, terminal: Terminal): void {
  addAgainOptions(program.command('backfill'))
    .description('run the windows of a range again, in place of what is there of them')
    .requiredOption('--from <value>', 'where the first window begins')
    .requiredOption('--to <value>', 'where the last window ends')
    .option('--step <length>', "length of a window, such as '1 month'; the job's own when absent")
    .addHelpText(
      'after',
      '\nAn interrupted backfill goes on where it was. Where the job stands does not move.\n' +
        '\nExample:\n  frazil backfill orders.yaml by-day --from 2026-01-01 --to 2026-03-01',
    )
    .action(async (file: string, job: string, options: BackfillOptions) => {
      const { backfillFile } = await import('../actions/backfill.ts')
      await backfillFile(terminal, { file, job }, options)
    })
}

export function addReplay(program: Command, terminal: Terminal): void {
  addAgainOptions(program.command('replay'))
    .argument('<run>', 'the number of the run, as `snapshots` and reports have it', parseCount)
    .description('do a run again: its window, of the source as it was then')
    .addHelpText('after', '\nExample:\n  frazil replay orders.yaml by-day 3')
    .action(async (file: string, job: string, run: number, options: AgainOptions) => {
      const { replayFile } = await import('../actions/backfill.ts')
      await replayFile(terminal, { file, job, run }, options)
    })
}

function addAgainOptions(command: Command): Command {
  return addConfigOption(
    command.argument('<workflow>', 'a workflow file').argument('<job>', 'a job of it'),
  )
    .option('--dry-run', 'say what would be read and replaced, and commit nothing')
    .option('--explain', 'say what was read and what was written')
    .option('--json', 'print one JSON document')
}
