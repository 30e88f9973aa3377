// How far a command has come that removes files: on the line of standard error that progress has, only at a terminal.
import { ERASE } from './progress.ts'
import type { Terminal } from './terminal.ts'

export interface DeletionProgress {
  readonly show: (files: number, totalFiles: number) => void
  /** Takes the line away, before anything else is printed or at the end. */
  readonly clear: () => void
}

export function showDeletions({ err }: Terminal): DeletionProgress {
  if (err.isTTY !== true) return { show: () => undefined, clear: () => undefined }
  let isShown = false
  return {
    show(files, totalFiles) {
      err.write(`${ERASE}removed ${files} of ${totalFiles} files`)
      isShown = true
    },
    clear() {
      if (isShown) err.write(ERASE)
      isShown = false
    },
  }
}
