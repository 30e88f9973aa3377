import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isKind } from '../../../src/base/errors.ts'
import { sortKeyFunction, transformFunction } from '../../../src/layout/apply-transform.ts'
import {
  canTransform,
  equalTransforms,
  formatTransform,
  isTimeTransform,
  parseTransform,
  preservesOrder,
  resultType,
} from '../../../src/layout/transform.ts'
import type { Transform } from '../../../src/layout/transform.ts'
import { comparatorOf } from '../../../src/types/compare.ts'
import type { PrimitiveType } from '../../../src/types/type.ts'
import type { PrimitiveValue } from '../../../src/types/value.ts'
import {
  KNOWN_TRANSFORMS,
  anyKnownTransform,
  anySourceType,
  anyUnknownTransform,
} from '../../support/arbitraries/specs.ts'
import { anyPrimitiveValueOf } from '../../support/arbitraries/values.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

const date: PrimitiveType = { kind: 'date' }
const timestamp: PrimitiveType = { kind: 'timestamp' }
const string: PrimitiveType = { kind: 'string' }

/** A transform of a type that it takes, and two values. */
const anyTransformed = fc.tuple(anySourceType, anyKnownTransform).chain(([type, wanted]) => {
  const transform: Transform = canTransform(wanted, type) ? wanted : { kind: 'identity' }
  const value = anyPrimitiveValueOf(type)
  return fc.record({
    type: fc.constant(type),
    transform: fc.constant(transform),
    left: value,
    right: value,
  })
})

const ALL_TYPES: readonly PrimitiveType[] = [
  { kind: 'boolean' },
  { kind: 'int' },
  { kind: 'long' },
  { kind: 'float' },
  { kind: 'double' },
  { kind: 'date' },
  { kind: 'time' },
  { kind: 'timestamp' },
  { kind: 'timestamptz' },
  { kind: 'timestamp_ns' },
  { kind: 'timestamptz_ns' },
  { kind: 'string' },
  { kind: 'uuid' },
  { kind: 'binary' },
  { kind: 'unknown' },
  { kind: 'decimal', precision: 9, scale: 2 },
  { kind: 'fixed', length: 4 },
  { kind: 'geometry' },
  { kind: 'geography' },
]

const REFUSED = Symbol('refused')

function partitionValue(
  transform: Transform,
  type: PrimitiveType,
  value: PrimitiveValue,
): PrimitiveValue | null | typeof REFUSED {
  try {
    return transformFunction(transform, type)(value)
  } catch (error) {
    if (isKind(error, 'invalid')) return REFUSED
    throw error
  }
}

describe('transform names (spec: Partition Specs)', () => {
  it('are read in any case', () => {
    expect(parseTransform('DAY')).toEqual({ kind: 'day' })
    expect(formatTransform({ kind: 'day' })).toBe('day')
  })

  it('are kept as they are when we do not know them', () => {
    expect(parseTransform('Foo[3]')).toEqual({ kind: 'unknown', name: 'Foo[3]' })
    expect(equalTransforms(parseTransform('Foo[3]'), parseTransform('foo[3]'))).toBe(false)
  })

  it('have a parameter from 1 to 2147483647, or are not known', () => {
    expect(parseTransform('BUCKET[16]')).toEqual({ kind: 'bucket', numBuckets: 16 })
    expect(parseTransform('truncate[2147483647]')).toEqual({ kind: 'truncate', width: 2147483647 })
    for (const name of ['bucket[0]', 'truncate[2147483648]', 'bucket[-1]', 'bucket[]', 'bucket']) {
      expect(parseTransform(name)).toEqual({ kind: 'unknown', name })
    }
  })

  it('always come back from their spelling', () => {
    fc.assert(
      fc.property(fc.oneof(anyKnownTransform, anyUnknownTransform), (transform) => {
        expect(parseTransform(formatTransform(transform))).toEqual(transform)
      }),
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
    expect(resultType({ kind: 'day' }, { kind: 'timestamp_ns' })).toEqual(date)
    expect(resultType({ kind: 'bucket', numBuckets: 4 }, string)).toEqual({ kind: 'int' })
    expect(resultType({ kind: 'truncate', width: 4 }, string)).toEqual(string)
    expect(resultType({ kind: 'void' }, { kind: 'geometry' })).toEqual({ kind: 'int' })
    expect(resultType({ kind: 'identity' }, { kind: 'geometry' })).toBe(null)
    expect(canTransform({ kind: 'identity' }, { kind: 'struct', fields: [] })).toBe(false)
    expect(canTransform({ kind: 'unknown', name: 'x' }, string)).toBe(false)
  })

  it('bucket and truncate what the specification lists', () => {
    const kinds = (transform: Transform): string[] =>
      ALL_TYPES.filter((type) => canTransform(transform, type)).map(({ kind }) => kind)
    expect(kinds({ kind: 'bucket', numBuckets: 4 })).toEqual([
      'int',
      'long',
      'date',
      'time',
      'timestamp',
      'timestamptz',
      'timestamp_ns',
      'timestamptz_ns',
      'string',
      'uuid',
      'binary',
      'decimal',
      'fixed',
    ])
    expect(kinds({ kind: 'truncate', width: 4 })).toEqual([
      'int',
      'long',
      'string',
      'binary',
      'decimal',
    ])
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
      fc.property(anyTransformed, ({ type, transform }) => {
        expect(transformFunction(transform, type)(null)).toBe(null)
      }),
      runs(200),
    )
  })

  it('always keep order where they say so', () => {
    fc.assert(
      fc.property(anyTransformed, ({ type, transform, left, right }) => {
        const result = resultType(transform, type)
        if (result === null || !preservesOrder(transform)) return
        const apply = sortKeyFunction(transform, type)
        const [from, to] = [apply(left), apply(right)]
        if (from === null || to === null) throw new Error('null from a value')
        const before = Math.sign(comparatorOf(type)(left, right))
        const after = Math.sign(comparatorOf(result)(from, to))
        expect([before, 0]).toContain(after)
      }),
      runs(300),
    )
  })

  it('always give a sort key that is the partition value, where there is one', () => {
    fc.assert(
      fc.property(anyTransformed, ({ type, transform, left }) => {
        const key = sortKeyFunction(transform, type)(left)
        const stored = partitionValue(transform, type, left)
        if (stored !== REFUSED) expect(key).toEqual(stored)
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
