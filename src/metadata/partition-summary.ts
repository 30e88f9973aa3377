import type { FieldSummary } from '../layout/field-summary.ts'
import type { PartitionTuple } from '../layout/partition-tuple.ts'
import { comparatorOf } from '../types/compare.ts'
import { valueToBytes } from '../types/single-value-binary.ts'
import type { PrimitiveType } from '../types/type.ts'
import type { PrimitiveValue } from '../types/value.ts'

/**
 * What the files of a manifest hold in each partition field (spec: Manifest Lists). A type that is null is opaque: its
 * values are neither compared nor bounded, and the summary claims nothing.
 */
export function summarizePartitions(
  types: readonly (PrimitiveType | null)[],
  tuples: readonly PartitionTuple[],
): readonly FieldSummary[] {
  return types.map((type, index) => {
    const values = tuples.map((tuple) => tuple[index] ?? null)
    return type === null ? claimsNothing : summarize(type, values)
  })
}

const claimsNothing: FieldSummary = {
  containsNull: true,
  containsNan: null,
  lowerBound: null,
  upperBound: null,
}

function summarize(type: PrimitiveType, values: readonly (PrimitiveValue | null)[]): FieldSummary {
  const compare = comparatorOf(type)
  const bounded = values.filter((value) => value !== null).filter((value) => !Number.isNaN(value))
  const lowest = bounded.reduce(
    (low: PrimitiveValue | null, value) => (low === null || compare(value, low) < 0 ? value : low),
    null,
  )
  const highest = bounded.reduce(
    (high: PrimitiveValue | null, value) =>
      high === null || compare(value, high) > 0 ? value : high,
    null,
  )
  return {
    containsNull: values.includes(null),
    containsNan: values.some((value) => Number.isNaN(value)),
    lowerBound: lowest === null ? null : valueToBytes(type, widenZero(lowest, -0)),
    upperBound: highest === null ? null : valueToBytes(type, widenZero(highest, 0)),
  }
}

/** A bound of zero covers both zeros, because readers disagree on their order (spec: Manifest Lists). */
function widenZero(bound: PrimitiveValue, zero: number): PrimitiveValue {
  return bound === 0 ? zero : bound
}
