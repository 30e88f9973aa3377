import { PassThrough, Readable } from 'node:stream'
import type { Writable } from 'node:stream'

import type { Terminal } from '../../src/cli/terminal.ts'

/** A terminal whose streams end in texts. */
export interface RecordedTerminal extends Terminal {
  readonly printed: () => string
  readonly told: () => string
}

/** What a command would write to this process's streams, kept. */
export function recordedTerminal({
  isTTY = false,
  input = Readable.from([]),
}: { readonly isTTY?: boolean; readonly input?: Readable } = {}): RecordedTerminal {
  const [out, err] = [recorder(), recorder()]
  return {
    input,
    out: Object.assign(out.stream, { isTTY }),
    err: Object.assign(err.stream, { isTTY }),
    signal: new AbortController().signal,
    stopGently: () => new AbortController().signal,
    printed: out.text,
    told: err.text,
  }
}

function recorder(): { readonly stream: Writable; readonly text: () => string } {
  const stream = new PassThrough().setEncoding('utf8')
  let text = ''
  stream.on('data', (part: string) => {
    text += part
  })
  return { stream, text: () => text }
}
