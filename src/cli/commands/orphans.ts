import { Option } from 'commander'
import type { Command } from 'commander'

import { addMaintenanceOptions } from '../maintenance-output.ts'
import type { MaintenanceOptions } from '../maintenance-output.ts'
import { addConfigOption, parsePair } from '../options.ts'
import type { ConfigOption } from '../options.ts'
import type { Terminal } from '../terminal.ts'

export interface OrphansCommandOptions extends ConfigOption, MaintenanceOptions {
  readonly olderThan?: string
  readonly force?: boolean
  readonly location?: string
  readonly equalScheme?: Readonly<Record<string, string>>
  readonly equalAuthority?: Readonly<Record<string, string>>
  readonly prefixMismatch?: 'error' | 'ignore' | 'delete'
}

export function addOrphans(program: Command, terminal: Terminal): void {
  const command = addConfigOption(program.command('orphans').argument('<table>'))
    .description("remove the files in a table's folder that nothing of it names")
    .option(
      '--older-than <time|age>',
      'files from before that: "3 days", which is so when absent, ISO 8601 with an offset, or milliseconds since the epoch',
    )
    .option('--force', 'also files younger than a day, which a writer may be about to commit')
    .option('--location <folder>', "look at this folder of the table's alone")
    .option('--equal-scheme <one=other>', 'two schemes that mean the same; repeatable', addPair)
    .option('--equal-authority <one=other>', 'as two authorities do; repeatable', addPair)
    .addOption(
      new Option(
        '--prefix-mismatch <what>',
        'what a file is that is named with another scheme or authority than it is listed with: nothing that could be told, the file that is named, or another one',
      ).choices(['error', 'ignore', 'delete']),
    )
  addMaintenanceOptions(command)
    .addHelpText('after', HELP)
    .action(async (name: string, options: OrphansCommandOptions) => {
      const { removeTableOrphans } = await import('../actions/orphans.ts')
      await removeTableOrphans(terminal, name, options)
    })
}

const HELP = `
Tables whose data share a folder, because write.data.path of one leads into the folder of another, cannot be told apart:
remove no orphans of the one whose folder it is.

Example:
  frazil orphans ./warehouse/city/rides --dry-run`

type Pairs = Readonly<Record<string, string>>

function addPair(text: string, pairs: Pairs = {}): Pairs {
  const [name, value] = parsePair(text)
  return { ...pairs, [name]: value }
}
