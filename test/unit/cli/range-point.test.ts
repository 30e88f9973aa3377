import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { rangePoint } from '../../../src/cli/range-point.ts'
import { timeToMs } from '../../../src/scan/selector.ts'
import { appended, smallTable } from '../../support/small-table.ts'
import { runs } from '../../support/runs.ts'

/** Snapshot 7, and one of an id as they are drawn. */
const TABLE = appended(appended(smallTable(), 7n, 2000), 3051729675574597004n, 3000)

describe('a point in a history, as the command line spells it', () => {
  it.each([
    ['7', { snapshot: 7n }],
    ['3051729675574597004', { snapshot: 3051729675574597004n }],
    ['3051729675574597005', { snapshot: 3051729675574597005n }],
    ['8', { time: '8' }],
    ['1767225600000', { time: '1767225600000' }],
    ['2026-01-01T00:00:00Z', { time: '2026-01-01T00:00:00Z' }],
    ['yesterday', { time: 'yesterday' }],
  ])('%s is %o', (text, point) => {
    expect(rangePoint(TABLE, text)).toEqual(point)
  })

  it('may be a snapshot that expired, while the next one names it', () => {
    const expired = { ...TABLE, snapshots: TABLE.snapshots.slice(1) }
    expect(rangePoint(expired, '7')).toEqual({ snapshot: 7n })
  })

  it('is always a time within the years that people write', () => {
    const anyTime = fc.date({ min: new Date(8), max: new Date('5000-01-01'), noInvalidDate: true })
    fc.assert(
      fc.property(anyTime, (date) => {
        for (const text of [date.toISOString(), String(date.getTime())]) {
          const point = rangePoint(TABLE, text)
          expect('time' in point && timeToMs(point.time)).toBe(date.getTime())
        }
      }),
      runs(100),
    )
  })
})
