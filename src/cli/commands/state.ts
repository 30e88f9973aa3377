import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'

import { addConfigOption, parsePair } from '../options.ts'
import type { ConfigOption } from '../options.ts'
import type { Terminal } from '../terminal.ts'

export interface ShowStateOptions extends ConfigOption {
  readonly json?: boolean
}

export interface SetStateOptions extends ConfigOption {
  readonly fromJob?: string
}

export function addState(program: Command, terminal: Terminal): void {
  const state = program.command('state').description('where a job stands: show it, or move it')
  ofJob(state.command('show'))
    .description('say where a job stands, and who moved it')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  frazil state show orders.yaml by-day')
    .action(async (file: string, job: string, options: ShowStateOptions) => {
      const { showFileState } = await import('../actions/state.ts')
      await showFileState(terminal, { file, job }, options)
    })
  const set = ofJob(state.command('set'))
    .argument('[key=value...]', 'values that the next run takes', addPair, new Map())
    .description('move where a job stands: the next run begins there')
    .option(
      '--from-job <name>',
      'stand where that job does, such as this one before it was renamed',
    )
    .addHelpText(
      'after',
      "\nExample:\n  frazil state set orders.yaml by-day 'start=2026-02-01 00:00:00'",
    )
    .action(async (file: string, job: string, values: Pairs, options: SetStateOptions) => {
      if ((options.fromJob === undefined) === (values.size === 0)) {
        set.error('error: say either key=value or --from-job')
      }
      const { setFileState } = await import('../actions/state.ts')
      await setFileState(terminal, { file, job, values }, options)
    })
  ofJob(state.command('reset'))
    .description('forget where a job stands: the next run is as the first one was')
    .addHelpText('after', '\nExample:\n  frazil state reset orders.yaml by-day')
    .action(async (file: string, job: string, options: ConfigOption) => {
      const { resetFileState } = await import('../actions/state.ts')
      await resetFileState(terminal, { file, job }, options)
    })
}

type Pairs = ReadonlyMap<string, string>

function addPair(text: string, pairs: Pairs): Pairs {
  const [key, value] = parsePair(text)
  if (!pairs.has(key)) return new Map([...pairs, [key, value]])
  throw new InvalidArgumentError('A key has one value.')
}

function ofJob(command: Command): Command {
  return addConfigOption(
    command.argument('<workflow>', 'a workflow file').argument('<job>', 'a job of it'),
  )
}
