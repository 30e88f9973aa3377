import type { Environment } from '../../src/base/environment.ts'
import { movingEnvironment } from './moving-environment.ts'

/** An environment in which what waits for so many milliseconds does so until the test lets it go on; other waits take no time. */
export interface DueEnvironment extends Environment {
  /** How many wait. */
  readonly waiting: number
  /** Ends the waits that are there. */
  due(): void
  /** Lets time pass in which nobody waits. */
  pass(ms: number): void
}

export function dueEnvironment(heldMs: number): DueEnvironment {
  const environment = movingEnvironment()
  const waits = new Set<() => void>()
  return {
    ...environment,
    sleep: (ms, signal) => {
      if (ms !== heldMs) return environment.sleep(ms, signal)
      return new Promise((resolve, reject) => {
        waits.add(resolve)
        signal?.addEventListener('abort', () => {
          waits.delete(resolve)
          reject(signal.reason as Error)
        })
      })
    },
    get waiting() {
      return waits.size
    },
    due() {
      for (const resolve of waits) resolve()
      waits.clear()
    },
    pass(ms) {
      environment.timeMs += ms
    },
  }
}
