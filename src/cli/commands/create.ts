import { Option } from 'commander'
import type { Command } from 'commander'

import { addConfigOption, parsePair } from '../options.ts'
import type { ConfigOption } from '../options.ts'
import type { Terminal } from '../terminal.ts'

export interface CreateOptions extends ConfigOption {
  readonly schema: string
  readonly partition?: string
  readonly sort?: string
  readonly formatVersion?: '1' | '2' | '3'
  readonly property?: ReadonlyMap<string, string>
}

export function addCreate(program: Command, terminal: Terminal): void {
  addConfigOption(program.command('create').argument('<table>'))
    .description('make a table without rows, and print the place of its metadata')
    .requiredOption('--schema <file|text>', `schema JSON, or "id long not null, ts timestamptz"`)
    .option('--partition <fields>', `such as "day(ts), city"`)
    .option('--sort <fields>', `such as "ts desc nulls last"`)
    .addOption(new Option('--format-version <version>', '2 when absent').choices(['1', '2', '3']))
    .option(
      '--property <name=value>',
      'table property; repeatable',
      (text, previous?: ReadonlyMap<string, string>) =>
        new Map([...(previous ?? []), parsePair(text)]),
    )
    .addHelpText(
      'after',
      `\nExample:\n  frazil create ./warehouse/city/rides --schema "id long not null, city string, ts timestamptz, fare decimal(9,2)" --partition "day(ts), city"`,
    )
    .action(async (name: string, options: CreateOptions) => {
      const { createTable } = await import('../actions/create.ts')
      await createTable(terminal, name, options)
    })
}
