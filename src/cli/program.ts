import { Command, CommanderError } from 'commander'

import { addAppend } from './commands/append.ts'
import { addCreate } from './commands/create.ts'
import { addFiles } from './commands/files.ts'
import { addRun } from './commands/run.ts'
import { addScan } from './commands/scan.ts'
import { addSnapshots } from './commands/snapshots.ts'
import { errorText } from './error-text.ts'
import { DONE, INTERRUPTED, USAGE, exitCodeOf } from './exit-code.ts'
import { printLine } from './terminal.ts'
import type { Terminal } from './terminal.ts'

/** Runs one command of the `frazil` program on this process's streams. @returns its exit code */
export async function runCommand(args: readonly string[]): Promise<number> {
  const interrupt = new AbortController()
  const onInterrupt = (): void => interrupt.abort(new Error('interrupted'))
  process.once('SIGINT', onInterrupt)
  const terminal: Terminal = {
    input: process.stdin,
    out: process.stdout,
    err: process.stderr,
    signal: interrupt.signal,
  }
  // A reader that has seen enough, such as `head`, ends the output: nothing is wrong then.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') interrupt.abort(error)
  })
  try {
    await createProgram(terminal).parseAsync(args, { from: 'user' })
    return DONE
  } catch (error) {
    return await report(terminal, error)
  } finally {
    process.removeListener('SIGINT', onInterrupt)
  }
}

/** The command and its subcommands. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command('frazil')
    .description('Apache Iceberg tables from the command line')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out.write(text),
      writeErr: (text) => terminal.err.write(text),
    })
  addCreate(program, terminal)
  addAppend(program, terminal)
  addScan(program, terminal)
  addFiles(program, terminal)
  addSnapshots(program, terminal)
  addRun(program, terminal)
  return program
}

async function report(terminal: Terminal, error: unknown): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : USAGE
  if (terminal.signal.aborted) return isBrokenPipe(terminal.signal.reason) ? DONE : INTERRUPTED
  await printLine(terminal.err, errorText(error))
  return exitCodeOf(error)
}

function isBrokenPipe(reason: unknown): boolean {
  return reason instanceof Error && 'code' in reason && reason.code === 'EPIPE'
}
