import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { momentBefore } from '../../../src/maintenance/moment.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

const NOW_MS = Date.UTC(2026, 0, 31, 12)

describe('an age', () => {
  it.each([
    ['1 second', 1_000],
    ['90 minutes', 5_400_000],
    ['36 hours', 129_600_000],
    ['5 days', 432_000_000],
    ['1 day', 86_400_000],
    ['2 Weeks', 1_209_600_000],
    [' 0 days ', 0],
  ])('%j reaches so far back from now', (text, backMs) => {
    expect(momentBefore(text, NOW_MS)).toBe(BigInt(NOW_MS - backMs))
  })

  it('may be a moment, whatever the time is', () => {
    expect(momentBefore('2026-01-01T00:00:00+01:00', NOW_MS)).toBe(
      BigInt(Date.UTC(2025, 11, 31, 23)),
    )
    expect(momentBefore('1767222000000', NOW_MS)).toBe(1_767_222_000_000n)
    expect(momentBefore(1_767_222_000_000n, NOW_MS)).toBe(1_767_222_000_000n)
  })

  it.each(['', 'days', '5 months', '1 year', '-5 days', '1.5 days', '2026-01-01', 'yesterday'])(
    'is not %j',
    (text) => {
      expect(thrownBy(() => momentBefore(text, NOW_MS)).kind).toBe('invalid')
    },
  )

  it('is always further back the longer it is', () => {
    const anyUnit = fc.constantFrom('second', 'minute', 'hour', 'day', 'week')
    const anyCount = fc.nat(999_999_999)
    fc.assert(
      fc.property(anyCount, anyCount, anyUnit, (one, other, unit) => {
        const [shorter, longer] = [Math.min(one, other), Math.max(one, other)]
        const reach = momentBefore(`${longer} ${unit}s`, NOW_MS)
        expect(reach <= momentBefore(`${shorter} ${unit}`, NOW_MS)).toBe(true)
      }),
      runs(100),
    )
  })
})
