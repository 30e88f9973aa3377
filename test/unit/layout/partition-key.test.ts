import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { partitionKey, partitionPath } from '../../../src/layout/partition-key.ts'
import type { PartitionSpec } from '../../../src/layout/partition-spec.ts'
import type { Transform } from '../../../src/layout/transform.ts'
import { equalValues } from '../../../src/types/compare.ts'
import type { PrimitiveType } from '../../../src/types/type.ts'
import type { PrimitiveValue } from '../../../src/types/value.ts'
import { anyPrimitiveType } from '../../support/arbitraries/types.ts'
import { anyPrimitiveValueOf } from '../../support/arbitraries/values.ts'
import { runs } from '../../support/runs.ts'

function specOf(fields: readonly { name: string; transform: Transform }[]): PartitionSpec {
  return {
    specId: 0,
    fields: fields.map((field, index) => ({
      ...field,
      sourceId: index + 1,
      fieldId: 1000 + index,
    })),
  }
}

const identity: Transform = { kind: 'identity' }

function pathOf(
  type: PrimitiveType | null,
  value: PrimitiveValue | null,
  transform: Transform = identity,
): string {
  return partitionPath(specOf([{ name: 'p', transform }]), [type], [value])
}

interface Tuples {
  readonly types: readonly PrimitiveType[]
  readonly left: readonly (PrimitiveValue | null)[]
  readonly right: readonly (PrimitiveValue | null)[]
}

/** Two tuples that agree in many places. */
const anyTuples: fc.Arbitrary<Tuples> = fc
  .array(anyPrimitiveType, { minLength: 1, maxLength: 4 })
  .chain((types) =>
    fc
      .tuple(
        ...types.map((type) =>
          fc
            .tuple(
              fc.option(anyPrimitiveValueOf(type)),
              fc.option(anyPrimitiveValueOf(type)),
              fc.boolean(),
            )
            .map(([left, right, isSame]) => [left, isSame ? left : right] as const),
        ),
      )
      .map((pairs) => ({
        types,
        left: pairs.map(([left]) => left),
        right: pairs.map(([, right]) => right),
      })),
  )

describe('the key of a partition', () => {
  it('is one for all NaN, and tells minus zero from zero', () => {
    const double: PrimitiveType[] = [{ kind: 'double' }]
    expect(partitionKey(double, [Number.NaN])).toBe(partitionKey(double, [-Number.NaN]))
    expect(partitionKey(double, [-0])).not.toBe(partitionKey(double, [0]))
  })

  it('does not depend on whether an integer was read as int or long', () => {
    expect(partitionKey([{ kind: 'int' }], [5])).toBe(partitionKey([{ kind: 'long' }], [5n]))
  })

  it('tells null from the text null, and where one text ends from where the next begins', () => {
    const texts: PrimitiveType[] = [{ kind: 'string' }, { kind: 'string' }]
    expect(partitionKey(texts, [null, 'a'])).not.toBe(partitionKey(texts, ['null', 'a']))
    expect(partitionKey(texts, ['a,s:b', 'c'])).not.toBe(partitionKey(texts, ['a', 'b,s:c']))
  })

  it('is always the same for equal tuples, and never for others', () => {
    fc.assert(
      fc.property(anyTuples, ({ types, left, right }) => {
        const isEqual = types.every((type, index) =>
          equalValues(type, left[index] ?? null, right[index] ?? null),
        )
        expect(partitionKey(types, left) === partitionKey(types, right)).toBe(isEqual)
      }),
      runs(300),
    )
  })
})

describe('the path of a partition', () => {
  it('reads like the values', () => {
    expect(pathOf({ kind: 'date' }, 20484, { kind: 'day' })).toBe('p=2026-01-31')
    expect(pathOf({ kind: 'int' }, 491_628, { kind: 'hour' })).toBe('p=2026-01-31-12')
    expect(pathOf({ kind: 'int' }, 672, { kind: 'month' })).toBe('p=2026-01')
    expect(pathOf({ kind: 'int' }, 56, { kind: 'year' })).toBe('p=2026')
    expect(pathOf({ kind: 'decimal', precision: 9, scale: 2 }, -1250n)).toBe('p=-12.50')
    expect(pathOf({ kind: 'time' }, 1n)).toBe('p=00%3A00%3A00.000001')
    expect(pathOf({ kind: 'timestamptz' }, -1n)).toBe('p=1969-12-31T23%3A59%3A59.999999%2B00%3A00')
    expect(pathOf({ kind: 'boolean' }, true)).toBe('p=true')
    expect(pathOf({ kind: 'long' }, 2n ** 63n - 1n)).toBe('p=9223372036854775807')
    expect(pathOf({ kind: 'uuid' }, new Uint8Array(16))).toBe(
      'p=00000000-0000-0000-0000-000000000000',
    )
    expect(pathOf({ kind: 'binary' }, Uint8Array.from([251, 255]))).toBe('p=%2B%2F8%3D')
    expect(pathOf({ kind: 'string' }, null)).toBe('p=null')
    expect(pathOf(null, 7)).toBe('p=7')
  })

  it('escapes as the reference implementation does', () => {
    expect(pathOf({ kind: 'string' }, "a b/c%d=é~'()!*._-")).toBe(
      'p=a+b%2Fc%25d%3D%C3%A9%7E%27%28%29%21*._-',
    )
  })

  it('does not climb', () => {
    expect(pathOf({ kind: 'string' }, '../..')).toBe('p=%2E%2E%2F%2E%2E')
    const spec = specOf([{ name: '..', transform: identity }])
    expect(partitionPath(spec, [{ kind: 'string' }], [''])).toBe('%2E%2E=')
  })

  it('ends a long value between escapes', () => {
    const path = pathOf({ kind: 'string' }, '日'.repeat(100))
    expect(path.length).toBeLessThanOrEqual(255)
    expect(path).toMatch(/^p=(%[0-9A-F]{2})+$/)
  })

  it('is empty for a table without partitions', () => {
    expect(partitionPath(specOf([]), [], [])).toBe('')
  })

  it('always stays inside its folder, a segment a field', () => {
    const anyName = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.constantFrom('.', '..', '/', ''),
    )
    fc.assert(
      fc.property(
        anyTuples,
        fc.array(anyName, { minLength: 4, maxLength: 4 }),
        ({ types, left }, names) => {
          const spec = specOf(
            types.map((_, index) => ({ name: names[index] ?? '', transform: identity })),
          )
          const segments = partitionPath(spec, types, left).split('/')
          expect(segments).toHaveLength(types.length)
          for (const segment of segments) {
            expect(segment).toMatch(/^([A-Za-z0-9._*+=-]|%[0-9A-F]{2}){1,255}$/)
            expect(segment.length).toBeLessThanOrEqual(255)
            expect(['.', '..']).not.toContain(segment)
          }
        },
      ),
      runs(300),
    )
  })
})
