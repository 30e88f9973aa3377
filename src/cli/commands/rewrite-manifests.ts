import type { Command } from 'commander'

import { addMaintenanceOptions } from '../maintenance-output.ts'
import type { MaintenanceOptions } from '../maintenance-output.ts'
import { addConfigOption, parseWhole } from '../options.ts'
import type { ConfigOption } from '../options.ts'
import type { Terminal } from '../terminal.ts'

export interface RewriteManifestsOptions extends ConfigOption, MaintenanceOptions {
  readonly specId?: number
  readonly sortBy?: readonly string[]
}

export function addRewriteManifests(program: Command, terminal: Terminal): void {
  const command = addConfigOption(program.command('rewrite-manifests').argument('<table>'))
    .description('group the files of a table by partition in its manifests, in one commit')
    .option('--spec-id <id>', 'of this partition spec; of the current one when absent', parseWhole)
    .option(
      '--sort-by <fields>',
      'partition fields to group by before all others: day,city',
      (text: string) => text.split(',').map((name) => name.trim()),
    )
  addMaintenanceOptions(command)
    .addHelpText('after', '\nExample:\n  frazil rewrite-manifests ./warehouse/city/rides --dry-run')
    .action(async (name: string, options: RewriteManifestsOptions) => {
      const { rewriteManifests } = await import('../actions/rewrite-manifests.ts')
      await rewriteManifests(terminal, name, options)
    })
}
