import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dateText, rulesText, timestampText } from '../../../../src/jobs/functions/date-rules.ts'
import { runs } from '../../../support/runs.ts'

const KNOWN = rulesText([])

describe('a date in a text', () => {
  it.each([
    '2026-3-07',
    '2026/03/7',
    '2026.03.07',
    '20260307',
    '7-3-2026',
    '07/03/2026',
    '7.3.2026',
    '07-03-26',
    '7/3/26',
    '07.03.26',
    '7 March 2026',
    '7th Mar, 2026',
    '07-Mar-2026',
    '7-mar-26',
    '2026-Mar-07',
    'March 7, 2026',
    'Mar 7th 2026',
    'Sat, 7 Mar 2026',
    'Sat Mar 7 05:07:38 2026',
    ' 2026-03-07T05:07:38Z ',
    '2026-03-07 05:07:38.123 +02:00',
    '7/3/2026 at 5:07 pm',
  ])('is found in %j', (text) => {
    expect(dateText(KNOWN)(text)).toBe('2026-03-07')
  })

  it('has its day before its month, unless there is no such month', () => {
    expect(dateText(KNOWN)('03/07/2026')).toBe('2026-07-03')
    expect(dateText(KNOWN)('03/17/2026')).toBe('2026-03-17')
  })

  it.each(['', 'soon', '2026-02-29', '2026-13-01', '31/4/2026', '2026', '2026-03-07 and more'])(
    'is null in %j',
    (text) => {
      expect(dateText(KNOWN)(text)).toBeNull()
    },
  )

  it('is found by a rule of the author, in brackets or not', () => {
    const rule = String.raw`(?<year>\d{4})\W{1}(?<month>\d{1,2})\W{1}(?<day>\d{1,2})[^\d]? \W*(?:at )?(?<hour>\d{1,2}):(?<minute>\d{1,2})`
    for (const rules of [[rule], [`【${rule}】`]]) {
      expect(dateText(rulesText(rules))('2026:3:07, at 5:07')).toBe('2026-03-07')
      expect(dateText(rulesText(rules))('2026-03-07')).toBeNull()
    }
  })

  it('refuses a rule that is no expression', () => {
    expect(() => rulesText(['('])).toThrow('a rule must be a regular expression')
  })
})

describe('a time in a text', () => {
  it.each([
    ['2026-03-07T05:07:38Z', '2026-03-07T05:07:38.000000'],
    ['2026-03-07 05:07:38.1234567', '2026-03-07T05:07:38.123456'],
    ['2026-03-07T05:07:38+05:30', '2026-03-06T23:37:38.000000'],
    ['2026-03-07 12:07 am', '2026-03-07T00:07:00.000000'],
    ['2026-03-07 1:07 PM', '2026-03-07T13:07:00.000000'],
    ['7.3.2026', '2026-03-07T00:00:00.000000'],
  ])('is that of %s', (text, time) => {
    expect(timestampText(KNOWN)(text)).toBe(time)
  })

  it('is null when there is no such time', () => {
    expect(timestampText(KNOWN)('2026-03-07 25:00')).toBeNull()
  })

  it('is always read back from ISO', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date('2099-12-31'), noInvalidDate: true }),
        (date) => {
          expect(timestampText(KNOWN)(date.toISOString())).toBe(
            `${date.toISOString().slice(0, -1)}000`,
          )
        },
      ),
      runs(300),
    )
  })
})
