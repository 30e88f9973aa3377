import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { comparatorOf } from '../../../src/types/compare.ts'
import { canPromote, promoteValue } from '../../../src/types/promotion.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import { parseTypeText } from '../../../src/types/type-text.ts'
import type { PrimitiveType, StructType, Type } from '../../../src/types/type.ts'
import type { PrimitiveValue } from '../../../src/types/value.ts'
import { anyPrimitiveTypeOf, anyPromotion } from '../../support/arbitraries/types.ts'
import { anyPrimitiveValueOf } from '../../support/arbitraries/values.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

function typeOf(text: string): Type {
  const type = parseTypeText(text)
  if (type === null) throw new Error(`no type: ${text}`)
  return type
}

describe('promotion of types (spec: Schema Evolution)', () => {
  it.each([
    ['int', 'long', [1, 2, 3]],
    ['float', 'double', [1, 2, 3]],
    ['decimal(9,2)', 'decimal(10,2)', [1, 2, 3]],
    ['decimal(9,2)', 'decimal(38,2)', [1, 2, 3]],
    ['int', 'int', [1, 2, 3]],
    ['date', 'timestamp', [3]],
    ['date', 'timestamp_ns', [3]],
    ['unknown', 'int', [3]],
    ['unknown', 'variant', [3]],
    ['date', 'timestamptz', []],
    ['date', 'timestamptz_ns', []],
    ['timestamp', 'timestamp_ns', []],
    ['long', 'int', []],
    ['int', 'double', []],
    ['int', 'decimal(10,0)', []],
    ['int', 'string', []],
    ['decimal(9,2)', 'decimal(8,2)', []],
    ['decimal(9,2)', 'decimal(10,3)', []],
    ['fixed[4]', 'fixed[5]', []],
    ['fixed[4]', 'binary', []],
    ['string', 'binary', []],
    ['int', 'unknown', []],
    ['geometry', 'geometry(EPSG:4326)', []],
    ['geometry', 'geography', []],
  ])('from %s to %s is allowed in the versions %j', (from, to, versions) => {
    const allowed = [1, 2, 3].filter((version) => canPromote(typeOf(from), typeOf(to), version))
    expect(allowed).toEqual(versions)
  })

  it('takes a column of unknown type to a nested one', () => {
    const struct: StructType = { kind: 'struct', fields: [] }
    expect(canPromote({ kind: 'unknown' }, struct, 3)).toBe(true)
    expect(canPromote({ kind: 'int' }, struct, 3)).toBe(false)
  })

  it('never goes back, but from a type to itself', () => {
    const anyPair = fc.tuple(anyPrimitiveTypeOf(3), anyPrimitiveTypeOf(3))
    fc.assert(
      fc.property(
        fc.oneof(
          anyPair,
          anyPromotion.map(({ from, to }) => [from, to]),
        ),
        (pair) => {
          const [left, right] = pair as [PrimitiveType, PrimitiveType]
          if (!canPromote(left, right, 3) || !canPromote(right, left, 3)) return
          expect(left).toEqual(right)
        },
      ),
      runs(300),
    )
  })

  it('is always all that an earlier version allows, and more', () => {
    fc.assert(
      fc.property(anyPromotion, ({ from, to }) => {
        expect(canPromote(from, to, 3)).toBe(true)
        expect(canPromote(from, to, 1)).toBe(canPromote(from, to, 2))
        expect(canPromote(from, to, 2)).toBe(from.kind !== 'date')
      }),
      runs(100),
    )
  })
})

describe('promotion of values', () => {
  it.each<[string, string, PrimitiveValue, PrimitiveValue]>([
    ['int', 'long', -2147483648, -2147483648n],
    ['float', 'double', 0.10000000149011612, 0.10000000149011612],
    ['decimal(3,2)', 'decimal(9,2)', -314n, -314n],
    ['date', 'timestamp', -1, -86_400_000_000n],
    ['date', 'timestamp_ns', -1, -86_400_000_000_000n],
  ])('from %s to %s makes %s into %s', (from, to, value, promoted) => {
    expect(promoteValue(typeOf(from), typeOf(to), value)).toBe(promoted)
  })

  it('refuses a date that the new type does not reach', () => {
    const date: Type = { kind: 'date' }
    expect(thrownBy(() => promoteValue(date, { kind: 'timestamp' }, 2147483647)).kind).toBe(
      'invalid',
    )
    expect(promoteValue(date, { kind: 'timestamp_ns' }, 106_751)).toBe(9_223_286_400_000_000_000n)
    expect(thrownBy(() => promoteValue(date, { kind: 'timestamp_ns' }, 106_752)).kind).toBe(
      'invalid',
    )
  })

  it('leaves null alone', () => {
    expect(promoteValue({ kind: 'int' }, { kind: 'long' }, null)).toBeNull()
  })

  it('finds the parts of nested values by their ids', () => {
    const from = parseSchemaText('l list<struct<a: int, b: string, c: int>>, m map<int, date>')
    const [list, map] = from.fields.map(({ type }) => type)
    if (list?.kind !== 'list' || list.element.kind !== 'struct') throw new Error('no list')
    if (map?.kind !== 'map') throw new Error('no map')
    const [a, b] = list.element.fields
    if (a === undefined || b === undefined) throw new Error('no fields')
    const fields = [
      b,
      { id: 90, name: 'new', required: true, type: { kind: 'int' }, initialDefault: 7 } as const,
      { ...a, type: { kind: 'long' } } as const,
    ]
    const longer: Type = { ...list, element: { kind: 'struct', fields } }
    expect(promoteValue(list, longer, [[1, 'x', 2], null])).toEqual([['x', 7, 1n], null])
    expect(promoteValue(map, { ...map, value: { kind: 'timestamp' } }, [[5, 1]])).toEqual([
      [5, 86_400_000_000n],
    ])
  })

  it('always keeps the order', () => {
    const anyCase = anyPromotion.chain(({ from, to }) =>
      fc.record({
        from: fc.constant(from),
        to: fc.constant(to),
        left: anyPrimitiveValueOf(from),
        right: anyPrimitiveValueOf(from),
      }),
    )
    fc.assert(
      fc.property(anyCase, ({ from, to, left, right }) => {
        const before = Math.sign(comparatorOf(from)(left, right))
        let promoted: PrimitiveValue[]
        try {
          // Primitives stay primitive.
          promoted = [left, right].map((value) => promoteValue(from, to, value) as PrimitiveValue)
        } catch (error) {
          expect(error).toMatchObject({ kind: 'invalid' })
          return
        }
        const [first = 0, second = 0] = promoted
        expect(Math.sign(comparatorOf(to)(first, second))).toBe(before)
      }),
      runs(300),
    )
  })
})
