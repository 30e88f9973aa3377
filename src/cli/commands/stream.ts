import type { Command } from 'commander'

import { addConfigOption } from '../options.ts'
import type { ConfigOption } from '../options.ts'
import type { Terminal } from '../terminal.ts'

export interface StreamStatusOptions extends ConfigOption {
  readonly json?: boolean
}

export interface StreamResetOptions extends ConfigOption {
  readonly offsets?: string
}

export function addStream(program: Command, terminal: Terminal): void {
  const stream = program
    .command('stream')
    .description('where a stream stands: show it, or reset it')
  ofJob(stream.command('status'))
    .description('say which batch the tables of a stream have, and what is read next')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  frazil stream status invoices.yaml bronze')
    .action(async (file: string, job: string, options: StreamStatusOptions) => {
      const { showStream } = await import('../actions/stream.ts')
      await showStream(terminal, { file, job }, options)
    })
  ofJob(stream.command('reset'))
    .description(
      'forget where a stream stands: it begins where its sources do, and rows may come again',
    )
    .option(
      '--offsets <json>',
      'begin there instead: positions by input, as status --json has them',
    )
    .addHelpText('after', '\nExample:\n  frazil stream reset invoices.yaml bronze')
    .action(async (file: string, job: string, options: StreamResetOptions) => {
      const { resetFileStream } = await import('../actions/stream.ts')
      await resetFileStream(terminal, { file, job }, options)
    })
}

function ofJob(command: Command): Command {
  return addConfigOption(
    command.argument('<workflow>', 'a workflow file').argument('<job>', 'a job of it'),
  )
}
