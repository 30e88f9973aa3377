import { Option } from 'commander'
import type { Command } from 'commander'

import type { CompactionStrategy } from '../../maintenance/arrangement.ts'
import { addMaintenanceOptions } from '../maintenance-output.ts'
import type { MaintenanceOptions } from '../maintenance-output.ts'
import { addConfigOption, parseBytes, parseCount } from '../options.ts'
import type { ConfigOption } from '../options.ts'
import type { Terminal } from '../terminal.ts'

export interface CompactOptions extends ConfigOption, MaintenanceOptions {
  readonly where?: string
  readonly strategy?: CompactionStrategy
  readonly sort?: string
  readonly zorder?: string
  readonly targetSize?: number
  readonly minInputFiles?: number
  readonly maxFiles?: number
  readonly rewriteAll?: boolean
  readonly partialProgress?: boolean
}

export function addCompact(program: Command, terminal: Terminal): void {
  const command = addConfigOption(program.command('compact').argument('<table>'))
    .description('put small data files together and cut large ones; no row changes')
    .option('--where <predicate>', `files that may hold such rows: "ts >= '2026-01-01T00:00:00Z'"`)
    .addOption(
      new Option(
        '--strategy <how>',
        'leave rows in the order they are in, sort them, or lay them on a z-curve; binpack when absent, unless --sort or --zorder is there',
      ).choices(['binpack', 'sort', 'zorder']),
    )
    .option('--sort <order>', "for sort: ts desc, city; the table's own order when absent")
    .option('--zorder <columns>', 'for zorder: columns with commas between')
    .option('--target-size <bytes>', 'what files are to have: 536870912, 512MiB', parseBytes)
    .option(
      '--min-input-files <number>',
      'so many small files of a partition are worth it, however little they hold; 5 when absent',
      parseCount,
    )
    .option('--max-files <number>', 'rewrite so many files at the most', parseCount)
    .option('--rewrite-all', 'rewrite files of any size')
    .option('--partial-progress', 'commit in up to ten commits, as files are written')
  addMaintenanceOptions(command)
    .addHelpText(
      'after',
      `\nExample:\n  frazil compact ./warehouse/city/rides --where "ts < '2026-02-01T00:00:00Z'" --dry-run`,
    )
    .action(async (name: string, options: CompactOptions) => {
      const { compactTable } = await import('../actions/compact.ts')
      await compactTable(terminal, name, options)
    })
}
