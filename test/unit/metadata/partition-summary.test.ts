import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { summarizePartitions } from '../../../src/metadata/partition-summary.ts'
import { valueToBytes } from '../../../src/types/single-value-binary.ts'
import { runs } from '../../support/runs.ts'

const DOUBLE = { kind: 'double' } as const
const anyValue = fc.oneof(
  fc.constantFrom(null, Number.NaN, 0, -0, -Infinity, Infinity),
  fc.double(),
)

describe('the summary of a partition field', () => {
  it('always tells of nulls and NaN apart, and bounds the rest, zeros of both signs included', () => {
    fc.assert(
      fc.property(fc.array(anyValue, { maxLength: 8 }), (values) => {
        const numbers = values.filter((value) => value !== null && !Number.isNaN(value)) as number[]
        const [low, high] = [Math.min(...numbers), Math.max(...numbers)]
        const bound = (value: number, zero: number): Uint8Array | null =>
          numbers.length === 0 ? null : valueToBytes(DOUBLE, value === 0 ? zero : value)
        expect(
          summarizePartitions(
            [DOUBLE],
            values.map((value) => [value]),
          ),
        ).toEqual([
          {
            containsNull: values.includes(null),
            containsNan: values.some((value) => Number.isNaN(value)),
            lowerBound: bound(low, -0),
            upperBound: bound(high, 0),
          },
        ])
      }),
      runs(300),
    )
  })
})
