import { randomBytes, randomUUID } from 'node:crypto'

/** The only door to time and chance, so that tests can hold both. */
export interface Environment {
  /** Milliseconds since the epoch. */
  nowMs(): number
  /** Rejects with `signal.reason` when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** In `[0, 1)`, for jitter. */
  random(): number
  randomBytes(length: number): Uint8Array
  uuid(): string
}

/** The clock and the chance of this machine. */
export const systemEnvironment: Environment = {
  nowMs: () => Date.now(),
  sleep: sleepFor,
  random: () => Math.random(),
  randomBytes: (length) => new Uint8Array(randomBytes(length)),
  uuid: () => randomUUID(),
}

/** Resolves when whatever else waits for this thread has had its turn. Long work that is done piece by piece asks for it in between. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** What a timer of Node's can wait for, in milliseconds: one that is to wait longer ends at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

async function sleepFor(ms: number, signal?: AbortSignal): Promise<void> {
  let left = ms
  for (; left > LONGEST_TIMER_MS; left -= LONGEST_TIMER_MS)
    await wakeAfter(LONGEST_TIMER_MS, signal)
  await wakeAfter(left, signal)
}

function wakeAfter(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error)
      return
    }
    const abort = (): void => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort)
      resolve()
    }, ms)
    signal?.addEventListener('abort', abort, { once: true })
  })
}

/**
 * Runs `action` after `ms`, unless the function that is returned is called before. A process that has nothing else to do
 * ends without it.
 */
export function startIdleTimer(ms: number, action: () => void): () => void {
  const timer = setTimeout(action, ms)
  timer.unref()
  return () => clearTimeout(timer)
}
