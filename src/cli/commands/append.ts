import type { Command } from 'commander'

import { addConfigOption } from '../options.ts'
import type { ConfigOption } from '../options.ts'
import type { Terminal } from '../terminal.ts'

export interface AppendOptions extends ConfigOption {
  readonly overwritePartitions?: boolean
  readonly sort?: string
}

export function addAppend(program: Command, terminal: Terminal): void {
  addConfigOption(program.command('append').argument('<table>').argument('[files...]'))
    .description(
      'add the rows of NDJSON, CSV or Parquet files, or NDJSON from standard input, in one commit',
    )
    .option('--overwrite-partitions', 'replace the partitions that get rows')
    .option(
      '--sort <fields>',
      `order of the rows in the files, such as "ts desc"; "none" for the order they come in`,
    )
    .addHelpText(
      'after',
      '\nExample:\n  frazil append ./warehouse/city/rides rides.ndjson more.csv',
    )
    .action(async (name: string, files: readonly string[], options: AppendOptions) => {
      const { appendFiles } = await import('../actions/append.ts')
      await appendFiles(terminal, name, files, options)
    })
}
