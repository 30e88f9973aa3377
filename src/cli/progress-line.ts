import { ERASE } from './progress.ts'
import type { Terminal } from './terminal.ts'

/** A line of standard error that is written anew: only for people at a terminal. */
export interface ProgressLine {
  readonly show: (text: string) => void
  /** Takes the line away, before anything else is printed or at the end. */
  readonly clear: () => void
}

export function progressLine({ err }: Terminal): ProgressLine {
  let isShown = false
  return {
    show(text) {
      if (err.isTTY !== true) return
      err.write(`${ERASE}${text}`)
      isShown = true
    },
    clear() {
      if (isShown) err.write(ERASE)
      isShown = false
    },
  }
}
