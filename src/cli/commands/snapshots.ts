import type { Command } from 'commander'

import { formatOption } from '../format.ts'
import type { FormatOptions } from '../format.ts'
import { addTableOptions } from '../options.ts'
import type { TableOptions } from '../options.ts'
import type { Terminal } from '../terminal.ts'

export interface SnapshotsOptions extends TableOptions, FormatOptions {}

export function addSnapshots(program: Command, terminal: Terminal): void {
  addTableOptions(program.command('snapshots').argument('<table>'))
    .description('print the snapshots of a table, oldest first')
    .addOption(formatOption(['ndjson', 'table']))
    .addHelpText('after', '\nExample:\n  frazil snapshots ./warehouse/city/rides')
    .action(async (name: string, options: SnapshotsOptions) => {
      const { listSnapshots } = await import('../actions/snapshots.ts')
      await listSnapshots(terminal, name, options)
    })
}
