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
  tuples: Iterable<PartitionTuple>,
): readonly FieldSummary[] {
  const partitions = new PartitionSummary(types)
  for (const tuple of tuples) partitions.add(tuple)
  return partitions.fields()
}

/** {@link summarizePartitions} for files that are not there all at once. */
export class PartitionSummary {
  readonly #fields: readonly (FieldValues | null)[]

  constructor(types: readonly (PrimitiveType | null)[]) {
    this.#fields = types.map((type) => (type === null ? null : new FieldValues(type)))
  }

  add(tuple: PartitionTuple): void {
    for (const [index, field] of this.#fields.entries()) field?.add(tuple[index] ?? null)
  }

  /** Of all that were added. */
  fields(): readonly FieldSummary[] {
    return this.#fields.map((field) => field?.summary() ?? claimsNothing)
  }
}

const claimsNothing: FieldSummary = {
  containsNull: true,
  containsNan: null,
  lowerBound: null,
  upperBound: null,
}

class FieldValues {
  readonly #type: PrimitiveType
  readonly #compare: (left: PrimitiveValue, right: PrimitiveValue) => number
  #containsNull = false
  #containsNan = false
  #lowest: PrimitiveValue | null = null
  #highest: PrimitiveValue | null = null

  constructor(type: PrimitiveType) {
    this.#type = type
    this.#compare = comparatorOf(type)
  }

  add(value: PrimitiveValue | null): void {
    if (value === null) this.#containsNull = true
    else if (Number.isNaN(value)) this.#containsNan = true
    else {
      if (this.#lowest === null || this.#compare(value, this.#lowest) < 0) this.#lowest = value
      if (this.#highest === null || this.#compare(value, this.#highest) > 0) this.#highest = value
    }
  }

  summary(): FieldSummary {
    return {
      containsNull: this.#containsNull,
      containsNan: this.#containsNan,
      lowerBound: this.#bound(this.#lowest, -0),
      upperBound: this.#bound(this.#highest, 0),
    }
  }

  #bound(value: PrimitiveValue | null, zero: number): Uint8Array | null {
    return value === null ? null : valueToBytes(this.#type, widenZero(value, zero))
  }
}

/** A bound of zero covers both zeros, because readers disagree on their order (spec: Manifest Lists). */
function widenZero(bound: PrimitiveValue, zero: number): PrimitiveValue {
  return bound === 0 ? zero : bound
}
