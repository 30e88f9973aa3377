import { systemEnvironment } from '../base/environment.ts'
import { openLake } from '../jobs/lake.ts'
import type { Lake } from '../jobs/lake.ts'
import { commandConfig } from './command-config.ts'
import type { ConfigOption } from './options.ts'
import { eventPrinter } from './terminal.ts'
import type { Terminal } from './terminal.ts'

/** The tables that addresses on a command line lead to. */
export async function commandLake(terminal: Terminal, options: ConfigOption): Promise<Lake> {
  const config = await commandConfig(options)
  return openLake(config, { environment: systemEnvironment, onEvent: eventPrinter(terminal) })
}
