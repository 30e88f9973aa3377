import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex } from '../../../src/base/bytes.ts'
import { INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN } from '../../../src/base/integers.ts'
import { codePointPrefix, lowestInteger, truncateFunction } from '../../../src/layout/truncate.ts'
import type { PrimitiveType } from '../../../src/types/type.ts'
import type { PrimitiveValue } from '../../../src/types/value.ts'
import {
  anyBytes,
  anyInt,
  anyLong,
  anyString,
  anyUnscaled,
} from '../../support/arbitraries/values.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

const int: PrimitiveType = { kind: 'int' }
const long: PrimitiveType = { kind: 'long' }
const decimal: PrimitiveType = { kind: 'decimal', precision: 9, scale: 2 }
const string: PrimitiveType = { kind: 'string' }

function truncated(width: number, type: PrimitiveType, value: PrimitiveValue): PrimitiveValue {
  return truncateFunction(width, type, 'refuse')(value)
}

describe('truncate (spec: Truncate Transform Details)', () => {
  it('is as the examples of the specification are', () => {
    expect(truncated(10, int, 1)).toBe(0)
    expect(truncated(10, int, -1)).toBe(-10)
    expect(truncated(10, long, 1n)).toBe(0n)
    expect(truncated(10, long, -1n)).toBe(-10n)
    expect(truncated(50, decimal, 1065n)).toBe(1050n)
    expect(truncated(3, string, 'iceberg')).toBe('ice')
    expect(truncated(3, { kind: 'binary' }, fromHex('0102030405') ?? '')).toEqual(fromHex('010203'))
  })

  it('leaves multiples, and what is short enough', () => {
    expect(truncated(10, int, -20)).toBe(-20)
    expect(truncated(1, long, INT64_MIN)).toBe(INT64_MIN)
    expect(truncated(7, string, 'iceberg')).toBe('iceberg')
    expect(truncated(4, string, '')).toBe('')
  })

  it('counts code points and cuts none', () => {
    expect(truncated(2, string, 'a🧊b')).toBe('a🧊')
    expect(truncated(1, string, '🧊🧊')).toBe('🧊')
    expect(truncated(2, string, '🧊')).toBe('🧊')
    expect(truncated(3, string, 'é́x日')).toBe('é́x')
  })

  it('is exact at the limits', () => {
    expect(truncated(10, int, INT32_MAX)).toBe(2147483640)
    expect(truncated(INT32_MAX, int, INT32_MAX)).toBe(INT32_MAX)
    expect(truncated(INT32_MAX, int, 5)).toBe(0)
    expect(truncated(10, long, INT64_MAX)).toBe(9223372036854775800n)
    expect(truncated(16, long, INT64_MIN)).toBe(INT64_MIN)
    expect(truncated(1000, long, 2n ** 53n + 1n)).toBe(9007199254740000n)
  })

  it('refuses numbers whose multiple their type does not hold, as they cannot be stored', () => {
    for (const [type, width, first] of [
      [int, 10, -2147483640],
      [long, 10, -9223372036854775800n],
      [{ kind: 'decimal', precision: 2, scale: 1 }, 50, -50n],
    ] as const) {
      const below = typeof first === 'number' ? first - 1 : first - 1n
      expect(truncated(width, type, first)).toBe(first)
      expect(thrownBy(() => truncated(width, type, below))).toMatchObject({
        kind: 'invalid',
        message: 'value is too near the lowest of its type to be truncated',
      })
      const lowest = truncateFunction(width, type, 'keep-order')(below)
      expect(BigInt(Number(lowest))).toBe(BigInt(Number(lowestInteger(type))))
    }
  })

  const anyWidth = fc.oneof(
    fc.integer({ min: 1, max: 100 }),
    fc.integer({ min: 1, max: INT32_MAX }),
    fc.constantFrom(INT32_MAX, 2 ** 30, 2 ** 30 + 1),
  )
  const anyNumber = fc.oneof(
    anyInt.map((value) => ({ type: int, value: value as number | bigint })),
    fc.constantFrom(INT32_MIN, INT32_MIN + 1).map((value) => ({ type: int, value })),
    anyLong.map((value) => ({ type: long, value })),
    anyUnscaled(9).map((value) => ({ type: decimal, value })),
  )

  it('always is the multiple right at or below a number', () => {
    fc.assert(
      fc.property(anyNumber, anyWidth, ({ type, value }, width) => {
        const result = truncateFunction(width, type, 'keep-order')(value)
        if (typeof result !== 'number' && typeof result !== 'bigint') throw new Error('no number')
        expect(typeof result).toBe(typeof value)
        expect(result <= value).toBe(true)
        expect(BigInt(value) - BigInt(result) < BigInt(width)).toBe(true)
        const isMultiple = BigInt(result) % BigInt(width) === 0n
        expect(isMultiple || BigInt(result) === lowestInteger(type)).toBe(true)
        expect(Object.is(result, -0)).toBe(false)
      }),
      runs(300),
    )
  })

  it('always is the first code points of a string', () => {
    fc.assert(
      fc.property(anyString, fc.integer({ min: 1, max: 25 }), (text, width) => {
        const result = truncated(width, string, text)
        expect(result).toBe(Array.from(text).slice(0, width).join(''))
        expect(codePointPrefix(text, width)).toBe(result)
      }),
      runs(300),
    )
  })

  it('always is the first bytes of a binary', () => {
    fc.assert(
      fc.property(anyBytes, fc.integer({ min: 1, max: 35 }), (bytes, width) => {
        expect(truncated(width, { kind: 'binary' }, bytes)).toEqual(
          Uint8Array.from([...bytes].slice(0, width)),
        )
      }),
      runs(200),
    )
  })
})
