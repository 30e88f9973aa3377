import type { Command } from 'commander'

import { addMaintenanceOptions } from '../maintenance-output.ts'
import type { MaintenanceOptions } from '../maintenance-output.ts'
import { addConfigOption } from '../options.ts'
import type { ConfigOption } from '../options.ts'
import type { Terminal } from '../terminal.ts'

export interface ImportOptions extends ConfigOption, MaintenanceOptions {
  readonly allowDuplicates?: boolean
}

export function addImport(program: Command, terminal: Terminal): void {
  const command = addConfigOption(
    program.command('import').argument('<table>').argument('<files...>'),
  )
    .description(
      'make existing Parquet files part of a table where they are, without a copy, in one commit',
    )
    .option('--allow-duplicates', 'also files that are in the table already')
  addMaintenanceOptions(command)
    .addHelpText(
      'after',
      `
Files may be folders, of which all files count, and patterns such as 'lake/*/part-*.parquet'. Folders such as city=Oslo tell
of an identity partition whose column is in no file. From then on the files are the table's to read: leave them as they are.

Example:
  frazil import ./warehouse/city/rides ./lake/rides --dry-run`,
    )
    .action(async (name: string, files: readonly string[], options: ImportOptions) => {
      const { importFiles } = await import('../actions/import.ts')
      await importFiles(terminal, name, files, options)
    })
}
