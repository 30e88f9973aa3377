import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'

import { addMaintenanceOptions } from '../maintenance-output.ts'
import type { MaintenanceOptions } from '../maintenance-output.ts'
import { addConfigOption, parseCount, parseId } from '../options.ts'
import type { ConfigOption } from '../options.ts'
import type { Terminal } from '../terminal.ts'

export interface ExpireCommandOptions extends ConfigOption, MaintenanceOptions {
  readonly olderThan?: string
  readonly retainLast?: number
  readonly snapshotId?: readonly bigint[]
  readonly jobSnapshots: boolean
}

export function addExpire(program: Command, terminal: Terminal): void {
  const command = addConfigOption(program.command('expire').argument('<table>'))
    .description('take away old snapshots, and the files that nothing else needs')
    .option(
      '--older-than <time|age>',
      'snapshots from before that: "5 days", ISO 8601 with an offset, or milliseconds since the epoch; as the table says when absent',
    )
    .option('--retain-last <number>', 'keep so many of each branch, however old', parseCount)
    .option('--snapshot-id <id>', 'take this snapshot away as well; repeatable', addId)
    .option(
      '--no-job-snapshots',
      'also take away snapshots that say where a job stands; it goes on from there all the same',
    )
  addMaintenanceOptions(command)
    .addHelpText(
      'after',
      '\nExample:\n  frazil expire ./warehouse/city/rides --older-than "5 days" --retain-last 10 --dry-run',
    )
    .action(async (name: string, options: ExpireCommandOptions) => {
      const { expireTable } = await import('../actions/expire.ts')
      await expireTable(terminal, name, options)
    })
}

function addId(text: string, ids: readonly bigint[] = []): readonly bigint[] {
  const id = parseId(text)
  if (!ids.includes(id)) return [...ids, id]
  throw new InvalidArgumentError('It is named twice.')
}
