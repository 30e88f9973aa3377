import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'

/** The streams of a command, and what is known of them. */
export interface Terminal {
  readonly input: Readable
  readonly out: Writable & { readonly isTTY?: boolean }
  readonly err: Writable & { readonly isTTY?: boolean }
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
}

/** Writes a line of results, waiting while the reader is slower. */
export async function printLine(out: Writable, line: string): Promise<void> {
  if (!out.write(`${line}\n`)) await once(out, 'drain')
}
