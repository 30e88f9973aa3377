import type { Environment } from '../../src/base/environment.ts'
import { TEST_TIME_MS } from './fixed-environment.ts'

/** An environment whose clock goes as the test says; ids differ, and sleeping moves the clock. */
export interface MovingEnvironment extends Environment {
  /** What the clock says. May be set to any time, also an earlier one. */
  timeMs: number
  /** How long each sleep was asked to be. */
  readonly sleptMs: readonly number[]
  /** What {@link Environment.random} gives next. */
  chance: number
}

export function movingEnvironment(startMs = TEST_TIME_MS): MovingEnvironment {
  let drawn = 0
  const sleptMs: number[] = []
  const environment: MovingEnvironment = {
    timeMs: startMs,
    sleptMs,
    chance: 0,
    nowMs: () => environment.timeMs,
    async sleep(ms, signal) {
      signal?.throwIfAborted()
      sleptMs.push(ms)
      environment.timeMs += ms
    },
    random: () => environment.chance,
    randomBytes(length) {
      drawn += 1
      const bytes = new Uint8Array(length)
      new DataView(bytes.buffer).setUint32(length - 4, drawn)
      return bytes
    },
    uuid() {
      drawn += 1
      return `00000000-0000-4000-8000-${String(drawn).padStart(12, '0')}`
    },
  }
  return environment
}
