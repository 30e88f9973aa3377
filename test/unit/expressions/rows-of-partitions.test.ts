import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { BoundPredicate } from '../../../src/expressions/bound.ts'
import { rowMatcher } from '../../../src/expressions/match-row.ts'
import { rowsOfPartitions } from '../../../src/expressions/rows-of-partitions.ts'
import { buildSpec } from '../../../src/layout/build-layout.ts'
import { parsePartitionFields } from '../../../src/layout/layout-text.ts'
import type { PartitionTuple } from '../../../src/layout/partition-tuple.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import { anyFilteredSchema, anyRowsOf } from '../../support/arbitraries/predicates.ts'
import { anySpecOf } from '../../support/arbitraries/specs.ts'
import { partitionRows } from '../../support/partitions.ts'
import { runs } from '../../support/runs.ts'

const schema = parseSchemaText('id long, ts timestamp, born date, city string, fare double')

function rowsOf(fields: string, tuple: PartitionTuple): BoundPredicate {
  const spec = buildSpec(schema, parsePartitionFields(fields), { specId: 0, lastPartitionId: 999 })
  return rowsOfPartitions(schema, spec, [tuple])
}

function literalsOf(predicate: BoundPredicate): unknown[] {
  if ('children' in predicate) return predicate.children.flatMap(literalsOf)
  return 'literal' in predicate ? [[predicate.kind, predicate.literal]] : [predicate.kind]
}

describe('rows of a partition (spec: Partition Transforms)', () => {
  it('are those from the first moment of a day, month or year to its last', () => {
    expect(literalsOf(rowsOf('day(ts)', [-1]))).toEqual([
      ['gt-eq', -86_400_000_000n],
      ['lt-eq', -1n],
    ])
    expect(literalsOf(rowsOf('month(born)', [-1]))).toEqual([
      ['gt-eq', -31],
      ['lt-eq', -1],
    ])
    expect(literalsOf(rowsOf('year(born)', [2]))).toEqual([
      ['gt-eq', 730],
      ['lt-eq', 1095],
    ])
  })

  it('have the value of an identity partition, where the two zeros are one', () => {
    expect(literalsOf(rowsOf('city', ['Oslo']))).toEqual([['eq', 'Oslo']])
    expect(literalsOf(rowsOf('fare', [-0]))).toEqual([['eq', 0]])
    expect(literalsOf(rowsOf('fare', [Number.NaN]))).toEqual(['is-nan'])
    expect(literalsOf(rowsOf('day(ts)', [null]))).toEqual(['is-null'])
  })

  it('may be any where a bucket or nothing at all is known', () => {
    expect(rowsOf('bucket(4, id)', [3])).toEqual({ kind: 'true' })
    expect(rowsOfPartitions(schema, { specId: 0, fields: [] }, [[]])).toEqual({ kind: 'true' })
    expect(rowsOfPartitions(schema, { specId: 0, fields: [] }, [])).toEqual({ kind: 'false' })
  })

  it('always match, whatever the columns and the transforms', () => {
    const anyCase = anyFilteredSchema.chain((columns) =>
      fc.tuple(fc.constant(columns), anySpecOf(columns), anyRowsOf(columns)),
    )
    fc.assert(
      fc.property(anyCase, fc.nat(3), ([columns, spec, rows], count) => {
        const partitions = partitionRows(columns, spec, rows).slice(0, count + 1)
        const tuples = partitions.map(({ tuple }) => tuple)
        const matches = rowMatcher(rowsOfPartitions(columns, spec, tuples))
        for (const row of partitions.flatMap((partition) => partition.rows)) {
          expect(matches(row)).toBe(true)
        }
      }),
      runs(300),
    )
  })
})
