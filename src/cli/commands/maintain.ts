import type { Command } from 'commander'

import { addMaintenanceOptions } from '../maintenance-output.ts'
import type { MaintenanceOptions } from '../maintenance-output.ts'
import { addConfigOption, parseBytes, parseCount } from '../options.ts'
import type { ConfigOption } from '../options.ts'
import type { Terminal } from '../terminal.ts'

export interface MaintainOptions extends ConfigOption, MaintenanceOptions {
  readonly expire: boolean
  readonly manifests: boolean
  readonly orphans: boolean
  readonly compact: boolean
  readonly olderThan?: string
  readonly retainLast?: number
  readonly orphansOlderThan?: string
  readonly targetSize?: number
  readonly seconds?: number
  readonly bytes?: number
}

export function addMaintain(program: Command, terminal: Terminal): void {
  const command = addConfigOption(program.command('maintain').argument('<table>'))
    .description(
      'keep a table in order: expire snapshots, group manifests, remove orphans and compact, in that order',
    )
    .option(
      '--older-than <time|age>',
      'expire snapshots from before that; as the table says when absent',
    )
    .option('--retain-last <number>', 'keep so many snapshots of each branch', parseCount)
    .option(
      '--orphans-older-than <time|age>',
      'remove orphans from before that; 3 days when absent',
    )
    .option('--target-size <bytes>', 'what data files are to have: 536870912, 512MiB', parseBytes)
    .option('--no-expire', 'leave all snapshots')
    .option('--no-manifests', 'leave manifests as they are')
    .option('--no-orphans', 'leave orphans')
    .option('--no-compact', 'leave data files as they are')
    .option('--seconds <number>', 'begin nothing later than that; the next run goes on', parseCount)
    .option(
      '--bytes <bytes>',
      'compact files of so much, and leave the rest to the next run',
      parseBytes,
    )
  addMaintenanceOptions(command)
    .addHelpText(
      'after',
      '\nExample:\n  frazil maintain ./warehouse/city/rides --older-than "5 days" --retain-last 10 --seconds 600',
    )
    .action(async (name: string, options: MaintainOptions) => {
      const { maintainTable } = await import('../actions/maintain.ts')
      await maintainTable(terminal, name, options)
    })
}
