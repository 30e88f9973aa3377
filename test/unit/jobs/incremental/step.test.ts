import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  boundaryAfter,
  momentText,
  parseStep,
  shiftMicros,
  shiftText,
} from '../../../../src/jobs/incremental/step.ts'
import { parseTimestamp } from '../../../../src/types/temporal-text.ts'
import { runs } from '../../../support/runs.ts'

function micros(text: string): bigint {
  const value = parseTimestamp(text.replace(' ', 'T'))
  if (value === null) throw new Error('no timestamp')
  return value
}

describe('a step', () => {
  it.each([
    ['1 month', { kind: 'months', months: 1 }],
    ['2 Quarters', { kind: 'months', months: 6 }],
    [' 3  years ', { kind: 'months', months: 36 }],
    ['90 minutes', { kind: 'time', micros: 5_400_000_000n }],
    ['1 week', { kind: 'time', micros: 604_800_000_000n }],
    ['10', { kind: 'count', count: 10n }],
  ])('is read from %s', (text, step) => {
    expect(parseStep(text)).toEqual(step)
  })

  it.each([
    '',
    '0',
    '0 days',
    '-1 day',
    '1.5 hours',
    'a day',
    '1 fortnight',
    '1 day 2 hours',
    '1e3',
  ])('is not %j', (text) => {
    expect(() => parseStep(text)).toThrow(expect.objectContaining({ kind: 'invalid' }))
  })

  it.each([
    ['2026-01-31', '1 month', 1, '2026-02-28'],
    ['2024-03-31', '1 month', -1, '2024-02-29'],
    ['2026-01-01', '36 hours', -1, '2025-12-30 12:00:00'],
    ['2026-01-01 00:00:00', '1 day', 1, '2026-01-02 00:00:00'],
    ['2026-01-01T00:00:00.25', '1 second', 2, '2026-01-01 00:00:02.25'],
    ['1969-12-31 23:59:59', '1 second', 1, '1970-01-01 00:00:00'],
    ['-5', '10', 1, '5'],
  ])('leads from %s by %s times %i to %s', (text, step, times, end) => {
    expect(shiftText(text, parseStep(step), times)).toBe(end)
  })

  it.each([
    ['tomorrow', '1 day'],
    ['2026-01-01', '5'],
    ['5', '1 day'],
  ])('leads nowhere from %s by %s', (text, step) => {
    expect(() => shiftText(text, parseStep(step), 1)).toThrow(
      expect.objectContaining({ kind: 'invalid' }),
    )
  })
})

describe('boundaries', () => {
  it('are counted from the anchor: a month that was cut short shortens no other', () => {
    const anchor = micros('2026-01-31 00:00:00')
    const step = parseStep('1 month')
    const bounds = ['2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30']
    for (const [index, bound] of bounds.slice(1).entries()) {
      const start = micros(`${bounds[index]} 00:00:00`)
      expect(momentText(boundaryAfter(anchor, step, start))).toBe(`${bound} 00:00:00`)
    }
  })

  it('are always the first step from the anchor that is after the start', () => {
    const anyMicros = fc.bigInt({
      min: micros('1600-01-01 00:00:00'),
      max: micros('2400-01-01 00:00:00'),
    })
    const anyStep = fc.oneof(
      fc.integer({ min: 1, max: 30 }).map((months) => `${months} months`),
      fc.integer({ min: 1, max: 10_000 }).map((hours) => `${hours} hours`),
    )
    const anyOffset = fc.oneof(
      fc.constantFrom(-1n, 0n, 1n),
      fc.bigInt({ min: 0n, max: 10n ** 13n }),
    )
    fc.assert(
      fc.property(anyMicros, anyStep, fc.nat(60), anyOffset, (anchor, text, times, offset) => {
        const step = parseStep(text)
        const start = shiftMicros(anchor, step, times) + offset
        let expected = anchor
        for (let count = 1; expected <= start; count += 1)
          expected = shiftMicros(anchor, step, count)
        expect(boundaryAfter(anchor, step, start)).toBe(expected)
      }),
      runs(300),
    )
  })
})
