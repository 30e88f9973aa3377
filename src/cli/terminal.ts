import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'

import type { EventListener } from '../table/events.ts'
import { messageText } from './error-text.ts'
import { printable } from './printable.ts'

/** The streams of a command, and what is known of them. */
export interface Terminal {
  readonly input: Readable & { readonly isTTY?: boolean }
  readonly out: Writable & { readonly isTTY?: boolean }
  readonly err: Writable & { readonly isTTY?: boolean }
  /** Aborted by Ctrl-C, and when nobody takes the results any more. */
  readonly signal: AbortSignal
  /**
   * For a command that runs until it is stopped: a signal that the first Ctrl-C aborts, as does what ends processes. The second
   * Ctrl-C is as for any command.
   */
  readonly stopGently: () => AbortSignal
}

/** Writes results, waiting while the reader is slower. */
export async function print({ out, signal }: Terminal, text: string): Promise<void> {
  if (!out.write(text)) await once(out, 'drain', { signal })
}

/** Writes a line of results, waiting while the reader is slower. */
export function printLine(terminal: Terminal, line: string): Promise<void> {
  return print(terminal, `${line}\n`)
}

/** Writes a line of results from where nobody can wait, such as a listener; for a few lines. */
export function printResult({ out }: Terminal, line: string): void {
  out.write(`${line}\n`)
}

/** Writes a line for people, beside the results. */
export function printMessage({ err }: Terminal, text: string): void {
  err.write(`${text}\n`)
}

/** Prints warnings, each once however often it comes. */
export function warningPrinter(terminal: Terminal): (warning: string) => void {
  const printed = new Set<string>()
  return (warning) => {
    if (printed.has(warning)) return
    printed.add(warning)
    printMessage(terminal, printable(`frazil: warning: ${warning}`))
  }
}

/** Prints what is odd about tables, for the commands that open them. */
export function eventPrinter(terminal: Terminal): EventListener {
  const warn = warningPrinter(terminal)
  return (event) => {
    if (event.kind === 'warning') warn(messageText(event.message, event.context))
  }
}
