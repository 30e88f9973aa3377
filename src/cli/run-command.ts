import { CommanderError } from 'commander'

import { IcebergError, isKind } from '../base/errors.ts'
import { errorText } from './error-text.ts'
import { CheckFailed } from './check-failed.ts'
import { DONE, FOUND, INTERRUPTED, TERMINATED, USAGE, exitCodeOf } from './exit-code.ts'
import { createProgram } from './program.ts'
import { isCode } from '../io/durable-files.ts'
import { printMessage } from './terminal.ts'
import type { Terminal } from './terminal.ts'

/** Runs one command of the `frazil` program on this process's streams. @returns its exit code */
export async function runCommand(args: readonly string[]): Promise<number> {
  const stop = new AbortController()
  const interruptions = listenForInterruptions(stop)
  const terminal: Terminal = {
    input: process.stdin,
    out: process.stdout,
    err: process.stderr,
    signal: stop.signal,
    stopGently: interruptions.stopGently,
  }
  process.stdout.on('error', (error) => stop.abort(outputFault(error)))
  // Whom should a message be told that nobody reads?
  process.stderr.on('error', () => undefined)
  try {
    await createProgram(terminal).parseAsync(args, { from: 'user' })
    await flush(terminal)
    return interruptions.gentle() ?? DONE
  } catch (error) {
    return report(terminal, error)
  } finally {
    interruptions.end()
  }
}

interface Interruptions extends Pick<Terminal, 'stopGently'> {
  /** The exit code of a command that was stopped gently; null when none was. */
  readonly gentle: () => number | null
  readonly end: () => void
}

function listenForInterruptions(stop: AbortController): Interruptions {
  let stopping: AbortController | null = null
  let code: number | null = null
  const atOnce = (): void => stop.abort(new Interruption())
  const interrupt = (): void => {
    if (stopping === null || stopping.signal.aborted) return atOnce()
    code = INTERRUPTED
    stopping.abort()
  }
  const terminate = (): void => {
    code ??= TERMINATED
    stopping?.abort()
  }
  process.on('SIGINT', interrupt)
  return {
    stopGently() {
      if (stopping === null) process.on('SIGTERM', terminate)
      stopping ??= new AbortController()
      return stopping.signal
    },
    gentle: () => code,
    end() {
      process.removeListener('SIGINT', interrupt)
      process.removeListener('SIGTERM', terminate)
    },
  }
}

/** Ctrl-C. */
class Interruption extends Error {}

/** A reader that has seen enough, such as `head`, ends the output: nothing is wrong then. */
class ReaderGone extends Error {}

function outputFault(cause: unknown): Error {
  return isCode(cause, 'EPIPE')
    ? new ReaderGone()
    : new IcebergError('unavailable', 'the results cannot be written', { cause })
}

/** What was written last may still fail. */
function flush({ out }: Terminal): Promise<void> {
  return new Promise((resolve, reject) => {
    out.write('', (error) => (error instanceof Error ? reject(outputFault(error)) : resolve()))
  })
}

/** Tells people what went wrong, and scripts by the exit code. */
function report(terminal: Terminal, error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : USAGE
  if (error instanceof CheckFailed) return FOUND
  const why = reasonOf(terminal, error)
  if (why instanceof Interruption) return INTERRUPTED
  if (why instanceof ReaderGone) return DONE
  printMessage(terminal, errorText(why))
  return exitCodeOf(why)
}

/** What stopped the command comes before what failed because it stopped; but a commit in doubt is always told of. */
function reasonOf({ signal }: Terminal, error: unknown): unknown {
  return signal.aborted && !isKind(error, 'commit-unknown') ? signal.reason : error
}
