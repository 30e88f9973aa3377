import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatDate,
  formatTime,
  formatTimestamp,
  formatTimestampNs,
  formatTimestamptz,
  formatTimestamptzNs,
  parseDate,
  parseTime,
  parseTimestamp,
  parseTimestampNs,
  parseTimestamptz,
  parseTimestamptzNs,
} from '../../../src/types/temporal-text.ts'
import { anyInt, anyMicros, anyNanos } from '../../support/arbitraries/values.ts'
import { runs } from '../../support/runs.ts'

const INT64_MAX = 2n ** 63n - 1n
const INT64_MIN = -(2n ** 63n)
const MICROS_PER_DAY = 86_400_000_000n

describe('dates as text', () => {
  it.each([
    [17_486, '2017-11-16'],
    [0, '1970-01-01'],
    [-1, '1969-12-31'],
    [-719_528, '0000-01-01'],
    [-719_529, '-0001-12-31'],
    [2_932_896, '9999-12-31'],
    [2_932_897, '+10000-01-01'],
    [2_147_483_647, '+5881580-07-11'],
    [-2_147_483_648, '-5877641-06-23'],
  ])('day %i is %s', (days, text) => {
    expect(formatDate(days)).toBe(text)
    expect(parseDate(text)).toBe(days)
  })

  it('takes years of six digits with a sign, as toISOString spells them', () => {
    expect(parseDate('+010000-01-01')).toBe(2_932_897)
    expect(parseDate('-000001-12-31')).toBe(-719_529)
  })

  it.each([
    '',
    '2017-11-1',
    '2017-1-16',
    '17-11-16',
    '20171116',
    '2017-11-16Z',
    ' 2017-11-16',
    '2017-11-16 ',
    '2017/11/16',
    '2017-13-01',
    '2017-00-01',
    '2017-02-29',
    '2017-04-31',
    '2017-11-00',
    '12017-11-16',
    '-0000-01-01',
    '+-017-01-01',
    '+5881580-07-12',
    '-5877641-06-22',
    '+99999999-01-01',
    '２０１７-11-16',
  ])('refuses %j', (text) => {
    expect(parseDate(text)).toBeNull()
  })

  it('always read back what they print', () => {
    fc.assert(
      fc.property(anyInt, (days) => {
        expect(parseDate(formatDate(days))).toBe(days)
      }),
      runs(300),
    )
  })
})

describe('times as text', () => {
  it.each([
    [0n, '00:00:00.000000'],
    [81_068_123_456n, '22:31:08.123456'],
    [86_399_999_999n, '23:59:59.999999'],
  ])('%s microseconds are %s', (micros, text) => {
    expect(formatTime(micros)).toBe(text)
    expect(parseTime(text)).toBe(micros)
  })

  it.each([
    ['22:31', 81_060_000_000n],
    ['22:31:08', 81_068_000_000n],
    ['22:31:08.1', 81_068_100_000n],
    ['22:31:08.000001', 81_068_000_001n],
  ])('reads %s', (text, micros) => {
    expect(parseTime(text)).toBe(micros)
  })

  it.each([
    '',
    '22',
    '22:3',
    '22:31:',
    '22:31:8',
    '22:31:08.',
    '22:31:08.1234567',
    '22:31:08,123',
    '24:00:00',
    '23:60:00',
    '23:59:60',
    '-1:00:00',
    '22:31:08Z',
    '22.31.08',
    '22:31x08',
    '1:000:00',
  ])('refuses %j', (text) => {
    expect(parseTime(text)).toBeNull()
  })

  it('always read back what they print', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: MICROS_PER_DAY - 1n }), (micros) => {
        expect(parseTime(formatTime(micros))).toBe(micros)
      }),
      runs(300),
    )
  })
})

describe('timestamps as text', () => {
  it.each([
    [1_510_871_468_123_456n, '2017-11-16T22:31:08.123456'],
    [-1n, '1969-12-31T23:59:59.999999'],
    [253_402_300_799_999_999n, '9999-12-31T23:59:59.999999'],
    [253_402_300_800_000_000n, '+10000-01-01T00:00:00.000000'],
    [INT64_MAX, '+294247-01-10T04:00:54.775807'],
    [INT64_MIN, '-290308-12-21T19:59:05.224192'],
  ])('%s microseconds are %s', (micros, text) => {
    expect(formatTimestamp(micros)).toBe(text)
    expect(formatTimestamptz(micros)).toBe(`${text}+00:00`)
    expect(parseTimestamp(text)).toBe(micros)
    expect(parseTimestamptz(`${text}+00:00`)).toBe(micros)
  })

  it.each([
    ['2017-11-16T14:31:08-08:00', 1_510_871_468_000_000n],
    ['2017-11-16T22:31:08Z', 1_510_871_468_000_000n],
    ['2017-11-16t22:31:08z', 1_510_871_468_000_000n],
    ['2017-11-16 22:31+00:00', 1_510_871_460_000_000n],
    ['1970-01-01T00:00:00.000001+23:59', -86_339_999_999n],
    ['1969-12-31T23:00:00-01:00', 0n],
    ['+294247-01-10T06:00:54.775807+02:00', INT64_MAX],
  ])('reads %s with its offset', (text, micros) => {
    expect(parseTimestamptz(text)).toBe(micros)
    expect(parseTimestamp(text)).toBeNull()
  })

  it.each(['2017-11-16T22:31:08', '2017-11-16 22:31', '-0044-03-15T12:00:00.5'])(
    'reads %s only where there is no zone',
    (text) => {
      expect(parseTimestamp(text)).not.toBeNull()
      expect(parseTimestamptz(text)).toBeNull()
    },
  )

  it.each([
    '',
    'T',
    '2017-11-16',
    '2017-11-16T',
    '2017-11-16T22',
    '2017-11-16_22:31:08',
    '2017-11-16  22:31:08',
    '2017-11-16T22:31:08.1234567',
    '2017-02-29T00:00:00',
    '2017-11-16T24:00:00',
    '2017-11-16T22:31:08 ',
    '+294247-01-10T04:00:54.775808',
    '-290308-12-21T19:59:05.224191',
  ])('refuses %j with and without offset', (text) => {
    expect(parseTimestamp(text)).toBeNull()
    expect(parseTimestamptz(`${text}Z`)).toBeNull()
  })

  it.each([
    '2017-11-16T22:31:08+24:00',
    '2017-11-16T22:31:08+00:60',
    '2017-11-16T22:31:08+0000',
    '2017-11-16T22:31:08+00',
    '2017-11-16T22:31:08 +00:00',
    '2017-11-16T22:31:08ZZ',
    '2017-11-16T22:31:08+00:00:00',
    '2017-11-16+00:00',
  ])('refuses the offset of %s', (text) => {
    expect(parseTimestamptz(text)).toBeNull()
  })

  it('always read back what they print', () => {
    fc.assert(
      fc.property(anyMicros, (micros) => {
        expect(parseTimestamp(formatTimestamp(micros))).toBe(micros)
        expect(parseTimestamptz(formatTimestamptz(micros))).toBe(micros)
      }),
      runs(300),
    )
  })

  it('always agree with Date on the moment, where Date reaches', () => {
    const anyMs = fc.integer({ min: -8_640_000_000_000_000, max: 8_640_000_000_000_000 })
    fc.assert(
      fc.property(anyMs, (ms) => {
        expect(parseTimestamptz(new Date(ms).toISOString())).toBe(BigInt(ms) * 1_000n)
      }),
      runs(300),
    )
  })

  it('always mean an earlier moment the further east they are', () => {
    const anyOffset = fc.tuple(fc.constantFrom('+', '-'), fc.nat(23), fc.nat(59))
    fc.assert(
      fc.property(
        fc.integer({ min: -1e12, max: 1e12 }),
        anyOffset,
        (ms, [sign, hours, minutes]) => {
          const two = (value: number): string => String(value).padStart(2, '0')
          const local = formatTimestamp(BigInt(ms) * 1_000n)
          const east = BigInt((hours * 60 + minutes) * (sign === '+' ? 1 : -1)) * 60_000_000n
          const moment = parseTimestamptz(`${local}${sign}${two(hours)}:${two(minutes)}`)
          expect(moment).toBe(BigInt(ms) * 1_000n - east)
        },
      ),
      runs(200),
    )
  })
})

describe('timestamps in nanoseconds', () => {
  it.each([
    ['1970-01-01T00:00:00.000000000', 0n],
    ['2017-11-16T22:31:08.123456789', 1_510_871_468_123_456_789n],
    ['1969-12-31T23:59:59.999999999', -1n],
    ['1969-12-31T23:59:59.999999000', -1_000n],
    ['2262-04-11T23:47:16.854775807', INT64_MAX],
    ['1677-09-21T00:12:43.145224192', INT64_MIN],
  ])('print %s', (text, nanos) => {
    expect(formatTimestampNs(nanos)).toBe(text)
    expect(formatTimestamptzNs(nanos)).toBe(`${text}+00:00`)
    expect(parseTimestampNs(text)).toBe(nanos)
    expect(parseTimestamptzNs(`${text}+00:00`)).toBe(nanos)
  })

  it.each([
    ['1969-12-31T23:59', -60_000_000_000n],
    ['1969-12-31 23:59:59', -1_000_000_000n],
    ['1969-12-31T23:59:59.5', -500_000_000n],
    ['1969-12-31T23:59:59.999999', -1_000n],
    ['1969-12-31T23:59:59.9999995', -500n],
    ['1969-12-31T23:59:59.99999955', -450n],
    ['1969-12-31T23:59:59.999999555', -445n],
  ])('read %s, with as many digits as there are', (text, nanos) => {
    expect(parseTimestampNs(text)).toBe(nanos)
    expect(parseTimestamptzNs(`${text}Z`)).toBe(nanos)
    expect(parseTimestamptzNs(`${text}+01:00`)).toBe(nanos - 3_600_000_000_000n)
  })

  it.each([
    '',
    'T',
    '.',
    '1970-01-01',
    '1970-01-01T00:00:00.',
    '1970-01-01T00:00:00.0000000000',
    '1970-01-01T00:00:00.000000-01',
    '1970-01-01T00:00:00.0000000 1',
    '1970-01-01T00:00:00.000000x',
    '1970-01-01T00:00.0000001',
    '1970-01-01.0000001',
    '1970-01-01T00:00:00.000.0000001',
    '2262-04-11T23:47:16.854775808',
    '1677-09-21T00:12:43.145224191',
  ])('refuse %j with and without offset', (text) => {
    expect(parseTimestampNs(text)).toBeNull()
    expect(parseTimestamptzNs(`${text}Z`)).toBeNull()
    expect(parseTimestamptzNs(`${text}+00:00`)).toBeNull()
  })

  it('take an offset where there is a zone, and nowhere else', () => {
    expect(parseTimestampNs('1970-01-01T00:00:00.000000001Z')).toBeNull()
    expect(parseTimestampNs('1970-01-01T00:00:00.000000001+00:00')).toBeNull()
    expect(parseTimestamptzNs('1970-01-01T00:00:00.000000001')).toBeNull()
    expect(parseTimestamptzNs('1970-01-01T00:00:00+00:00.000000001')).toBeNull()
  })

  it('always read back what they print', () => {
    fc.assert(
      fc.property(anyNanos, (nanos) => {
        expect(parseTimestampNs(formatTimestampNs(nanos))).toBe(nanos)
        expect(parseTimestamptzNs(formatTimestamptzNs(nanos))).toBe(nanos)
      }),
      runs(300),
    )
  })

  it('always mean the same with fewer digits as with zeros in their place', () => {
    fc.assert(
      fc.property(anyNanos, fc.integer({ min: 1, max: 9 }), (nanos, digits) => {
        const text = formatTimestampNs(nanos)
        const cut = text.slice(0, text.length - 9 + digits)
        const whole = cut + '0'.repeat(9 - digits)
        expect(parseTimestampNs(cut)).toBe(parseTimestampNs(whole))
        expect(parseTimestamptzNs(`${cut}Z`)).toBe(parseTimestamptzNs(`${whole}Z`))
      }),
      runs(200),
    )
  })

  it('always are a thousand times the microseconds of the same text', () => {
    const limit = INT64_MAX / 1000n
    fc.assert(
      fc.property(fc.bigInt({ min: -limit, max: limit }), (micros) => {
        expect(parseTimestampNs(formatTimestamp(micros))).toBe(micros * 1000n)
        expect(parseTimestamptzNs(formatTimestamptz(micros))).toBe(micros * 1000n)
        expect(formatTimestampNs(micros * 1000n)).toBe(`${formatTimestamp(micros)}000`)
      }),
      runs(200),
    )
  })
})
