// The end of a process in which threads run DuckDB: ended in the middle of a call, it would abort the process.

/** How long a process that exits waits for one of them to let go. */
export const EXIT_PATIENCE_MS = 2_000

const waits = new Set<() => void>()

/**
 * Has a process that exits wait for a thread.
 *
 * @param letGo asks the thread to let go and waits for it, in one go: there is no loop to come back to
 */
export function callAtExit(letGo: () => void): void {
  // One listener for all threads: a process warns of many.
  if (waits.size === 0) process.on('exit', letGoOfAll)
  waits.add(letGo)
}

/** For a thread that has ended. */
export function forgetAtExit(letGo: () => void): void {
  waits.delete(letGo)
  if (waits.size === 0) process.removeListener('exit', letGoOfAll)
}

function letGoOfAll(): void {
  for (const letGo of waits) letGo()
}
