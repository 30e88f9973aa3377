import type { Environment } from '../../src/base/environment.ts'

/** When tests take place, unless they say otherwise. */
export const TEST_TIME_MS = Date.UTC(2026, 0, 31, 12)

/** Time stands still, and chance is a count. Sleeping takes no time. */
export function fixedEnvironment(nowMs = TEST_TIME_MS): Environment {
  let drawn = 0
  return {
    nowMs: () => nowMs,
    sleep: async (_ms, signal) => signal?.throwIfAborted(),
    random: () => 0.5,
    randomBytes: (length) => {
      drawn += 1
      return new Uint8Array(length).fill(drawn)
    },
    uuid: () => {
      drawn += 1
      return `00000000-0000-4000-8000-${String(drawn).padStart(12, '0')}`
    },
  }
}
