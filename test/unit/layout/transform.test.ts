import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { transformFunction } from '../../../src/layout/apply-transform.ts'
import {
  canTransform,
  equalTransforms,
  formatTransform,
  isTimeTransform,
  parseTransform,
  preservesOrder,
  resultType,
} from '../../../src/layout/transform.ts'
import { comparatorOf } from '../../../src/types/compare.ts'
import type { PrimitiveType } from '../../../src/types/type.ts'
import { KNOWN_TRANSFORMS, anyUnknownTransform } from '../../support/arbitraries/specs.ts'
import { anyPrimitiveType } from '../../support/arbitraries/types.ts'
import { anyPrimitiveValueOf } from '../../support/arbitraries/values.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

const date: PrimitiveType = { kind: 'date' }
const timestamp: PrimitiveType = { kind: 'timestamp' }
const string: PrimitiveType = { kind: 'string' }

describe('transform names (spec: Partition Specs)', () => {
  it('are read in any case', () => {
    expect(parseTransform('DAY')).toEqual({ kind: 'day' })
    expect(formatTransform({ kind: 'day' })).toBe('day')
  })

  it('are kept as they are when we do not know them', () => {
    expect(parseTransform('Foo[3]')).toEqual({ kind: 'unknown', name: 'Foo[3]' })
    expect(equalTransforms(parseTransform('Foo[3]'), parseTransform('foo[3]'))).toBe(false)
  })

  it('always come back from their spelling', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.constantFrom(...KNOWN_TRANSFORMS), anyUnknownTransform),
        (transform) => {
          expect(parseTransform(formatTransform(transform))).toEqual(transform)
        },
      ),
      runs(50),
    )
  })
})

describe('transforms (spec: Partition Transforms)', () => {
  it('take the source types of the specification', () => {
    expect(resultType({ kind: 'identity' }, string)).toEqual(string)
    expect(resultType({ kind: 'void' }, string)).toEqual(string)
    expect(resultType({ kind: 'day' }, timestamp)).toEqual(date)
    expect(resultType({ kind: 'month' }, date)).toEqual({ kind: 'int' })
    expect(resultType({ kind: 'hour' }, date)).toBe(null)
    expect(resultType({ kind: 'year' }, string)).toBe(null)
    expect(canTransform({ kind: 'identity' }, { kind: 'struct', fields: [] })).toBe(false)
    expect(canTransform({ kind: 'unknown', name: 'x' }, string)).toBe(false)
  })

  it('refuse types they do not take, and values when we do not know them', () => {
    expect(thrownBy(() => transformFunction({ kind: 'hour' }, date))).toMatchObject({
      kind: 'invalid',
      context: { transform: 'hour', type: 'date' },
    })
    expect(
      thrownBy(() => transformFunction({ kind: 'unknown', name: 'foo[3]' }, string)),
    ).toMatchObject({ kind: 'unsupported', context: { transform: 'foo[3]' } })
  })

  it('refuse a timestamp whose hour exceeds 32 bits', () => {
    const hour = transformFunction({ kind: 'hour' }, timestamp)
    const first = 2_147_483_648n * 3_600_000_000n
    expect(hour(first - 1n)).toBe(2_147_483_647)
    expect(thrownBy(() => hour(first))).toMatchObject({ kind: 'invalid' })
    expect(hour(-first)).toBe(-2_147_483_648)
    expect(thrownBy(() => hour(-first - 1n))).toMatchObject({ kind: 'invalid' })
  })

  it('always give null for null', () => {
    fc.assert(
      fc.property(anyPrimitiveType, fc.constantFrom(...KNOWN_TRANSFORMS), (type, transform) => {
        if (!canTransform(transform, type)) return
        expect(transformFunction(transform, type)(null)).toBe(null)
      }),
      runs(200),
    )
  })

  it('always keep order where they say so', () => {
    const anyPair = anyPrimitiveType.chain((type) =>
      fc.record({
        type: fc.constant(type),
        transform: fc.constantFrom(
          ...KNOWN_TRANSFORMS.filter(
            (transform) => canTransform(transform, type) && preservesOrder(transform),
          ),
        ),
        left: anyPrimitiveValueOf(type),
        right: anyPrimitiveValueOf(type),
      }),
    )
    fc.assert(
      fc.property(anyPair, ({ type, transform, left, right }) => {
        const result = resultType(transform, type)
        if (result === null || transform.kind === 'hour') return
        const apply = transformFunction(transform, type)
        const [from, to] = [apply(left), apply(right)]
        if (from === null || to === null) throw new Error('null from a value')
        const before = Math.sign(comparatorOf(type)(left, right))
        const after = Math.sign(comparatorOf(result)(from, to))
        expect([before, 0]).toContain(after)
      }),
      runs(300),
    )
  })

  it('are of time, or not', () => {
    expect(KNOWN_TRANSFORMS.filter(isTimeTransform).map(({ kind }) => kind)).toEqual([
      'year',
      'month',
      'day',
      'hour',
    ])
  })
})
