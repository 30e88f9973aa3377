/** Projections to bucket and truncate, held against every row of a small world. */
import { describe, expect, it } from 'vitest'
import { bind } from '../../../src/expressions/bind.ts'
import { rowMatcher } from '../../../src/expressions/match-row.ts'
import type { ComparisonKind, Expression, SetKind } from '../../../src/expressions/predicate.ts'
import { projectInclusive, projectStrict } from '../../../src/expressions/project.ts'
import { INT32_MIN } from '../../../src/base/integers.ts'
import type { PartitionSpec } from '../../../src/layout/partition-spec.ts'
import type { Transform } from '../../../src/layout/transform.ts'
import type { Schema } from '../../../src/types/schema.ts'
import type { PrimitiveType } from '../../../src/types/type.ts'
import type { PrimitiveValue } from '../../../src/types/value.ts'
import { partitionRows } from '../../support/partitions.ts'

const ORDER_KINDS: readonly ComparisonKind[] = ['eq', 'not-eq', 'lt', 'lt-eq', 'gt', 'gt-eq']
const PREFIX_KINDS: readonly ComparisonKind[] = ['starts-with', 'not-starts-with']
const SET_KINDS: readonly SetKind[] = ['in', 'not-in']

/** What projections promise, and whether they decide as much as a look at all the rows would. */
interface Verdict {
  readonly isSafe: boolean
  readonly isExact: boolean
}

function worldOf(type: PrimitiveType, transform: Transform, values: readonly PrimitiveValue[]) {
  const schema: Schema = {
    schemaId: 0,
    fields: [{ id: 1, name: 'x', required: false, type }],
    identifierFieldIds: [],
  }
  const spec: PartitionSpec = {
    specId: 0,
    fields: [{ sourceId: 1, fieldId: 1000, name: 'p', transform }],
  }
  const partitions = partitionRows(
    schema,
    spec,
    [...values, null].map((value) => [value]),
  )
  return (expression: Expression): Verdict => {
    const predicate = bind(expression, schema)
    const matches = rowMatcher(predicate)
    const keeps = rowMatcher(projectInclusive(predicate, spec, schema))
    const proves = rowMatcher(projectStrict(predicate, spec, schema))
    const verdicts = partitions.map(({ tuple, rows }) => {
      const some = rows.some(matches)
      const every = rows.every(matches)
      return {
        isSafe: (keeps(tuple) || !some) && (!proves(tuple) || every),
        isExact: keeps(tuple) === some && proves(tuple) === every,
      }
    })
    return {
      isSafe: verdicts.every(({ isSafe }) => isSafe),
      isExact: verdicts.every(({ isExact }) => isExact),
    }
  }
}

/** All texts of up to so many of the letters, one of which is two code units long. */
function textsUpTo(length: number): string[] {
  if (length === 0) return ['']
  const shorter = textsUpTo(length - 1)
  const longest = shorter.filter((text) => Array.from(text).length === length - 1)
  return [...shorter, ...longest.flatMap((text) => ['a', 'b', '🧊'].map((last) => text + last))]
}

function comparison(kind: ComparisonKind, literal: unknown): Expression {
  return { kind, column: ['x'], literal }
}

describe('projection to truncate (spec: Truncate Transform Details)', () => {
  it('is exact for strings shorter than the width, and safe for all', () => {
    for (const width of [1, 2, 3]) {
      const judge = worldOf({ kind: 'string' }, { kind: 'truncate', width }, textsUpTo(4))
      for (const literal of textsUpTo(4)) {
        for (const kind of [...ORDER_KINDS, ...PREFIX_KINDS]) {
          const { isSafe, isExact } = judge(comparison(kind, literal))
          expect(isSafe, `${kind} ${literal} at ${width}`).toBe(true)
          if (Array.from(literal).length < width) expect(isExact).toBe(true)
        }
        for (const kind of SET_KINDS) {
          const { isSafe } = judge({ kind, column: ['x'], literals: [literal, 'ab', 'b'] })
          expect(isSafe, `${kind} ${literal} at ${width}`).toBe(true)
        }
      }
    }
  })

  it('is exact for the prefixes that are as long as the width', () => {
    for (const width of [1, 2, 3]) {
      const judge = worldOf({ kind: 'string' }, { kind: 'truncate', width }, textsUpTo(4))
      for (const literal of textsUpTo(width)) {
        for (const kind of [...PREFIX_KINDS, 'lt', 'gt-eq'] as const) {
          expect(judge(comparison(kind, literal)).isExact, `${kind} ${literal}`).toBe(true)
        }
      }
    }
  })

  it('is as good as can be for bytes', () => {
    const values = textsUpTo(3).map((text) => Uint8Array.from(Buffer.from(text)))
    for (const width of [1, 2, 3]) {
      const judge = worldOf({ kind: 'binary' }, { kind: 'truncate', width }, values)
      for (const literal of values) {
        for (const kind of ORDER_KINDS) {
          const { isSafe, isExact } = judge(comparison(kind, literal))
          expect(isSafe).toBe(true)
          if (literal.length < width) expect(isExact).toBe(true)
        }
      }
    }
  })

  it('is exact for numbers in every comparison of order', () => {
    const values = Array.from({ length: 41 }, (_, index) => index - 20)
    for (const width of [1, 2, 3, 7]) {
      const judge = worldOf({ kind: 'int' }, { kind: 'truncate', width }, values)
      for (const literal of values.slice(8, -8)) {
        for (const kind of ORDER_KINDS) {
          const { isSafe, isExact } = judge(comparison(kind, literal))
          expect(isSafe, `${kind} ${literal} at ${width}`).toBe(true)
          if (kind.startsWith('lt') || kind.startsWith('gt')) {
            expect(isExact, `${kind} ${literal} at ${width}`).toBe(true)
          }
        }
        const { isSafe } = judge({ kind: 'not-in', column: ['x'], literals: [literal, 0, 5] })
        expect(isSafe).toBe(true)
      }
    }
  })

  it('is safe near the lowest number', () => {
    const values = Array.from({ length: 30 }, (_, index) => INT32_MIN + index)
    for (const width of [3, 8, 10]) {
      const judge = worldOf({ kind: 'int' }, { kind: 'truncate', width }, values)
      for (const literal of values.slice(0, 15)) {
        for (const kind of ORDER_KINDS) {
          expect(judge(comparison(kind, literal)).isSafe, `${kind} ${literal}`).toBe(true)
        }
      }
    }
  })
})

describe('projection to bucket (spec: Bucket Transform Details)', () => {
  it('is safe, and drops all buckets but those of the literals', () => {
    const values = Array.from({ length: 30 }, (_, index) => BigInt(index))
    const judge = worldOf({ kind: 'long' }, { kind: 'bucket', numBuckets: 8 }, values)
    for (const literal of values) {
      for (const kind of ORDER_KINDS) {
        expect(judge(comparison(kind, literal)).isSafe, `${kind} ${literal}`).toBe(true)
      }
      expect(judge(comparison('eq', literal)).isExact).toBe(true)
      expect(judge({ kind: 'in', column: ['x'], literals: [literal, 1n] }).isExact).toBe(true)
      expect(judge({ kind: 'not-in', column: ['x'], literals: [literal, 1n] }).isSafe).toBe(true)
    }
  })
})
