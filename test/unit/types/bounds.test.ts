import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isWellFormed } from '../../../src/base/unicode.ts'
import { truncateLower, truncateUpper } from '../../../src/types/bounds.ts'
import { comparatorOf } from '../../../src/types/compare.ts'
import type { PrimitiveType } from '../../../src/types/type.ts'
import { anyPrimitiveTypeOf } from '../../support/arbitraries/types.ts'
import { anyPrimitiveValueOf } from '../../support/arbitraries/values.ts'
import { runs } from '../../support/runs.ts'

const STRING: PrimitiveType = { kind: 'string' }
const BINARY: PrimitiveType = { kind: 'binary' }

const anyBound = fc
  .oneof(fc.constant(STRING), fc.constant(BINARY), anyPrimitiveTypeOf(3))
  .chain((type) =>
    fc.record({
      type: fc.constant(type),
      value: anyPrimitiveValueOf(type),
      length: fc.integer({ min: 1, max: 20 }),
    }),
  )

describe('bounds cut to a length', () => {
  it.each([
    ['iceberg', 3, 'ice', 'icf'],
    ['ice', 3, 'ice', 'ice'],
    ['', 1, '', ''],
    ['a\u{10ffff}b', 2, 'a\u{10ffff}', 'b'],
    ['🧊🧊🧊', 2, '🧊🧊', '🧊🧋'],
    ['日付変更', 2, '日付', '日仙'],
    ['\u007fx', 1, '\u007f', '\u0080'],
    ['\ud7ffx', 1, '\ud7ff', '\ue000'],
    ['\uffffx', 1, '\uffff', '\u{10000}'],
  ])('of %j at %i code points are %j and %j', (text, length, lower, upper) => {
    expect(truncateLower(STRING, text, length)).toBe(lower)
    expect(truncateUpper(STRING, text, length)).toBe(upper)
  })

  it('are none above, when nothing of that length is higher', () => {
    expect(truncateUpper(STRING, '\u{10ffff}\u{10ffff}a', 2)).toBeNull()
    expect(truncateUpper(BINARY, Uint8Array.of(0xff, 0xff, 0), 2)).toBeNull()
  })

  it.each([
    [[1, 2, 3], 2, [1, 2], [1, 3]],
    [[1, 2], 2, [1, 2], [1, 2]],
    [[1, 0xff, 3], 2, [1, 0xff], [2]],
    [[0, 0xff, 0xff, 0xff], 3, [0, 0xff, 0xff], [1]],
  ])('of the bytes %j at %i are %j and %j', (bytes, length, lower, upper) => {
    const value = Uint8Array.from(bytes)
    expect(truncateLower(BINARY, value, length)).toEqual(Uint8Array.from(lower))
    expect(truncateUpper(BINARY, value, length)).toEqual(Uint8Array.from(upper))
    expect(value).toEqual(Uint8Array.from(bytes))
  })

  it('leave a fixed value whole, so that the bound is one of the type', () => {
    const value = Uint8Array.of(1, 2, 3)
    expect(truncateLower({ kind: 'fixed', length: 3 }, value, 1)).toBe(value)
    expect(truncateUpper({ kind: 'fixed', length: 3 }, value, 1)).toBe(value)
  })

  it('always enclose the value, and are no longer than asked', () => {
    fc.assert(
      fc.property(anyBound, ({ type, value, length }) => {
        const compare = comparatorOf(type)
        const lower = truncateLower(type, value, length)
        const upper = truncateUpper(type, value, length)
        expect(compare(lower, value) <= 0).toBe(true)
        if (upper !== null) expect(compare(value, upper) <= 0).toBe(true)
        for (const bound of [lower, upper]) {
          if (typeof bound === 'string') {
            expect(Array.from(bound).length).toBeLessThanOrEqual(length)
            expect(isWellFormed(bound)).toBe(true)
          }
          if (type.kind === 'binary')
            expect((bound as Uint8Array | null)?.length ?? 0).toBeLessThanOrEqual(length)
        }
      }),
      runs(300),
    )
  })

  it('never leave out an upper bound that there could be', () => {
    fc.assert(
      fc.property(anyBound, ({ type, value, length }) => {
        if (truncateUpper(type, value, length) !== null) return
        const highest =
          typeof value === 'string'
            ? '\u{10ffff}'.repeat(length)
            : new Uint8Array(length).fill(0xff)
        expect(comparatorOf(type)(highest, value) < 0).toBe(true)
      }),
      runs(300),
    )
  })

  it('always are the nearest above that keep the beginning', () => {
    const anyLong = fc.string({
      unit: fc.constantFrom('a', 'b', '\ud7ff', '\u{10ffff}'),
      minLength: 3,
    })
    fc.assert(
      fc.property(anyLong, fc.integer({ min: 1, max: 2 }), (text, length) => {
        const upper = truncateUpper(STRING, text, length)
        const prefix = Array.from(text).slice(0, length).join('')
        if (upper === null || upper === text) return
        // Everything that begins with the prefix is below, also what is longest.
        const highest = prefix + '\u{10ffff}'.repeat(5)
        expect(comparatorOf(STRING)(highest, upper) < 0).toBe(true)
      }),
      runs(200),
    )
  })
})
