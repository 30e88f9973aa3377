import type { Command } from 'commander'

import { addTableOptions } from '../options.ts'
import type { TableOptions } from '../options.ts'
import type { Terminal } from '../terminal.ts'

export interface DoctorOptions extends TableOptions {
  /** Whether all rows are read. */
  readonly deep?: boolean
  readonly json?: boolean
}

export function addDoctor(program: Command, terminal: Terminal): void {
  addTableOptions(program.command('doctor').argument('<table>'))
    .description('look for damage in a table: exit code 1 when there is any')
    .option('--deep', 'read all rows, and hold what is recorded of them against them')
    .option('--json', 'print one document of JSON')
    .addHelpText('after', '\nExample:\n  frazil doctor ./warehouse/city/rides')
    .action(async (name: string, options: DoctorOptions) => {
      const { examineNamed } = await import('../actions/doctor.ts')
      await examineNamed(terminal, name, options)
    })
}
