import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { comparatorOf, equalValues, valueKey } from '../../../src/types/compare.ts'
import type { PrimitiveType, Type } from '../../../src/types/type.ts'
import { anySchema } from '../../support/arbitraries/schemas.ts'
import { anyPrimitiveTypeOf } from '../../support/arbitraries/types.ts'
import { anyPrimitiveValueOf, anyValueOf } from '../../support/arbitraries/values.ts'
import { runs } from '../../support/runs.ts'

/** A type with three of its values, equal ones often. */
const anyTypeAndValues = anyPrimitiveTypeOf(3).chain((type) => {
  const anyValue = anyPrimitiveValueOf(type)
  return fc.tuple(
    fc.constant(type),
    fc.oneof(
      fc.tuple(anyValue, anyValue, anyValue),
      anyValue.map((value) => [value, value, value] as const),
    ),
  )
})

describe('order of values (spec: Sorting)', () => {
  it('puts floats from minus infinity over minus zero and zero to NaN', () => {
    const ordered = [-Infinity, -1, -5e-324, -0, 0, 5e-324, 1, Infinity, Number.NaN]
    const shuffled = [0, Number.NaN, -0, 1, -Infinity, 5e-324, -5e-324, Infinity, -1]
    expect(shuffled.sort(comparatorOf({ kind: 'double' }))).toEqual(ordered)
  })

  it('puts strings in the order of their code points', () => {
    const ordered = ['', 'Z', 'a', 'aa', 'ä', '\uffff', '\u{10000}']
    expect([...ordered].reverse().sort(comparatorOf({ kind: 'string' }))).toEqual(ordered)
  })

  it('takes bytes as unsigned, those of a uuid too', () => {
    const compare = comparatorOf({ kind: 'uuid' })
    const low = new Uint8Array(16).fill(0x7f)
    const high = new Uint8Array(16).fill(0x80)
    expect(compare(low, high)).toBeLessThan(0)
  })

  it('tells long integers apart that doubles do not', () => {
    const compare = comparatorOf({ kind: 'long' })
    expect(compare(2n ** 62n, 2n ** 62n + 1n)).toBe(-1)
    expect(compare(false, true)).toBe(-1)
  })

  it('puts false before true', () => {
    expect(comparatorOf({ kind: 'boolean' })(false, true)).toBeLessThan(0)
  })

  it('always is total: antisymmetric, transitive, and zero only for the same value', () => {
    fc.assert(
      fc.property(anyTypeAndValues, ([type, [a, b, c]]) => {
        const compare = comparatorOf(type)
        expect(Math.sign(compare(a, b))).toBe(0 - Math.sign(compare(b, a)))
        if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c) <= 0).toBe(true)
        expect(compare(a, b) === 0).toBe(equalValues(type, a, b))
      }),
      runs(300),
    )
  })
})

describe('equality of values', () => {
  const list: Type = {
    kind: 'list',
    elementId: 1,
    elementRequired: false,
    element: { kind: 'string' },
  }

  it('looks at every depth, and at nulls', () => {
    expect(equalValues(list, ['a', null], ['a', null])).toBe(true)
    expect(equalValues(list, ['a', null], ['a', 'b'])).toBe(false)
    expect(equalValues(list, ['a'], ['a', null])).toBe(false)
    expect(equalValues(list, null, [])).toBe(false)
    expect(equalValues(list, null, null)).toBe(true)
  })

  it.each<[PrimitiveType, number | Uint8Array, number | Uint8Array, boolean]>([
    [{ kind: 'double' }, Number.NaN, Number.NaN, true],
    [{ kind: 'double' }, 0, -0, false],
    [{ kind: 'binary' }, Uint8Array.of(1), Uint8Array.of(1), true],
    [{ kind: 'binary' }, Uint8Array.of(1), Uint8Array.of(1, 0), false],
  ])('of %j holds for %s and %s: %s', (type, left, right, equal) => {
    expect(equalValues(type, left, right)).toBe(equal)
  })

  it('never takes strings apart differently for the same key', () => {
    const pairs: readonly (readonly (string | null)[])[] = [
      ['a', 'b'],
      ['ab'],
      ['a', '1:b'],
      ['1:a', 'b'],
      ['null'],
      [null],
      ['4:null'],
      [''],
      [],
      ['', ''],
    ]
    expect(new Set(pairs.map((pair) => valueKey(list, pair))).size).toBe(pairs.length)
  })

  it('always holds of a value and its copy, and gives both one key', () => {
    const anyTypeAndValue = anySchema({ formatVersion: 3 }).chain(({ fields }) => {
      const type = { kind: 'struct', fields } as const
      return fc.tuple(fc.constant(type), anyValueOf(type))
    })
    fc.assert(
      fc.property(anyTypeAndValue, ([type, value]) => {
        const copy = structuredClone(value)
        expect(equalValues(type, value, copy)).toBe(true)
        expect(new Set([valueKey(type, value), valueKey(type, copy)]).size).toBe(1)
      }),
      runs(200),
    )
  })
})
