// How far a command has come, on one line of standard error that is written anew: only for people at a terminal.
import { systemEnvironment } from '../base/environment.ts'
import type { EventListener } from '../table/events.ts'
import type { Terminal } from './terminal.ts'

export interface Progress {
  /** To be told of what happens to tables. */
  readonly onEvent: EventListener
  /** Takes the line away, before anything else is printed or at the end. */
  readonly clear: () => void
}

/** To the start of the line, and nothing after it. */
export const ERASE = '\r\u001b[K'

/** Shows rows and files as they are written, and the seconds since the command began. */
export function showProgress(
  { err }: Terminal,
  nowMs: () => number = () => systemEnvironment.nowMs(),
): Progress {
  if (err.isTTY !== true) return { onEvent: () => undefined, clear: () => undefined }
  const startMs = nowMs()
  let [rows, files] = [0n, 0]
  let isShown = false
  return {
    onEvent(event) {
      if (event.kind !== 'file-written') return
      rows += event.rows
      files += 1
      const seconds = ((nowMs() - startMs) / 1000).toFixed(1)
      err.write(`${ERASE}wrote ${rows} rows in ${files} files, ${seconds} s`)
      isShown = true
    },
    clear() {
      if (isShown) err.write(ERASE)
      isShown = false
    },
  }
}
