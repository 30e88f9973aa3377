import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { orderOfColumn, orderOfValue } from '../../../../src/jobs/incremental/key-order.ts'
import type { KeyOrder } from '../../../../src/jobs/incremental/key-order.ts'
import { formatDate } from '../../../../src/types/temporal-text.ts'
import type { PrimitiveType } from '../../../../src/types/type.ts'
import { runs } from '../../../support/runs.ts'

/** A session zone in which it is always the same hour. */
async function toLocal(text: string): Promise<string> {
  return `local of ${text}`
}

function orderOf(type: PrimitiveType['kind']): KeyOrder {
  return orderOfColumn(type, toLocal)
}

describe('a value that somebody gives for a key', () => {
  it.each([
    ['date', '2024-1-9', '2024-01-09'],
    ['timestamp', '2024-01-09', '2024-01-09'],
    ['timestamp', '2024-01-09T10:00', '2024-01-09 10:00:00'],
    ['timestamp', '2024-01-09 10:00:00.500', '2024-01-09 10:00:00.5'],
    ['timestamptz', '2024-01-09T10:00:00+02:00', 'local of 2024-01-09T10:00:00+02:00'],
    ['long', '+10', '10'],
    ['decimal', '-1.50', '-1.50'],
    ['string', '2024-1-9', '2024-1-9'],
  ] as const)('of a %s column is read from %s as %s', async (type, text, value) => {
    expect(await orderOf(type).read(text)).toBe(value)
  })

  it.each([
    ['date', 'abc', 'is a date or a timestamp'],
    ['date', '2024-13-1', 'is a date or a timestamp'],
    ['timestamp', '10', 'is a date or a timestamp'],
    ['timestamp', '2024-01-09T10:00:00Z', 'has no zone'],
    ['timestamp', '2024-1-9 10:00:00', 'is a date or a timestamp'],
    ['timestamptz', '', 'is a date or a timestamp'],
    ['int', '1.5', 'is a whole number'],
    ['long', '2024-01-09', 'is a whole number'],
    ['decimal', '1e3', 'is a number in plain digits'],
  ] as const)('of a %s column is refused as %j', async (type, text, message) => {
    await expect(orderOf(type).read(text)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(message),
      context: { value: text },
    })
  })

  it.each([
    ['2024-01-09 00:00:00', '2024-2-1', '2024-02-01'],
    ['2024-01-09T00:00:00Z', '2024-02-01', '2024-02-01'],
    ['17', '1.5', '1.5'],
    ['spring', 'summer', 'summer'],
  ])('is one like %s where no column tells', async (present, text, value) => {
    expect(await orderOfValue(present, toLocal).read(text)).toBe(value)
  })

  it.each([
    ['2024-01-09', 'abc'],
    ['17', '2024-01-09'],
  ])('is not one unlike %s', async (present, text) => {
    await expect(orderOfValue(present, toLocal).read(text)).rejects.toMatchObject({
      kind: 'invalid',
    })
  })
})

describe('the order of the values of a key', () => {
  it.each([
    ['date', '2024-1-9', '2024-01-10'],
    ['timestamp', '2024-01-09', '2024-01-09 00:00:00.000001'],
    ['long', '9', '10'],
    ['decimal', '9.5', '10'],
    // As SQL compares texts.
    ['string', '10', '9'],
  ] as const)('of a %s column has %s before %s', async (type, left, right) => {
    const { read, compare } = orderOf(type)
    expect(compare(await read(left), await read(right))).toBeLessThan(0)
  })

  it('is always that of the days, however their dates are written', async () => {
    const anyDay = fc.integer({ min: -700_000, max: 2_900_000 })
    const { read, compare } = orderOf('date')
    const short = (days: number): string => formatDate(days).replaceAll(/-0(\d)/g, '-$1')
    await fc.assert(
      fc.asyncProperty(anyDay, anyDay, async (left, right) => {
        expect(Math.sign(compare(await read(short(left)), await read(formatDate(right))))).toBe(
          Math.sign(left - right),
        )
      }),
      runs(200),
    )
  })
})
