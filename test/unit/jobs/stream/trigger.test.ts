import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { waitMs } from '../../../../src/jobs/stream/trigger.ts'
import { runs } from '../../../support/runs.ts'

describe('the wait for the next batch', () => {
  it('is what is left of the interval, and none after a batch that took longer', () => {
    expect(waitMs(1000, 400, true)).toBe(600)
    expect(waitMs(1000, 2000, true)).toBe(0)
    expect(waitMs(0, 400, true)).toBe(0)
    expect(waitMs(0, 400, false)).toBe(100)
  })

  it('is never longer than the interval, whatever becomes of the clock', () => {
    const day = 86_400_000
    const spent = fc.integer({ min: -1000 * day, max: 1000 * day })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: day }), spent, (everyMs, spentMs) => {
        const wait = waitMs(everyMs, spentMs, true)
        expect(wait).toBeGreaterThanOrEqual(0)
        expect(wait).toBeLessThanOrEqual(everyMs)
      }),
      runs(200),
    )
  })
})
