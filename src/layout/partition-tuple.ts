import type { PrimitiveValue } from '../types/value.ts'

/** The partition of a file: one value a field of its spec, in the spec's order. */
export type PartitionTuple = readonly (PrimitiveValue | null)[]
