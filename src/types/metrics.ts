/**
 * What is known of the columns of a file or of one of its row groups, by field id (spec: Field-level Metrics and
 * Statistics). A missing entry means that nothing is known, never zero.
 */
export interface ColumnMetrics {
  /** Bytes on disk. */
  readonly columnSizes: ReadonlyMap<number, bigint>
  /** Values, nulls and NaN included. */
  readonly valueCounts: ReadonlyMap<number, bigint>
  readonly nullCounts: ReadonlyMap<number, bigint>
  readonly nanCounts: ReadonlyMap<number, bigint>
  /** Binary single-value form; no value other than null and NaN is lower. */
  readonly lowerBounds: ReadonlyMap<number, Uint8Array>
  /** Binary single-value form; no value other than null and NaN is higher. */
  readonly upperBounds: ReadonlyMap<number, Uint8Array>
}

/** As much of {@link ColumnMetrics} as a test of a file asks for: what is known of one column or another. */
export interface MetricsLookup {
  readonly valueCounts: Lookup<bigint>
  readonly nullCounts: Lookup<bigint>
  readonly nanCounts: Lookup<bigint>
  readonly lowerBounds: Lookup<Uint8Array>
  readonly upperBounds: Lookup<Uint8Array>
}

/** Values by field id, one at a time. */
export type Lookup<Known> = Pick<ReadonlyMap<number, Known>, 'get'>

/** Metrics of a file of which nothing is known. */
export const noMetrics: ColumnMetrics = {
  columnSizes: new Map(),
  valueCounts: new Map(),
  nullCounts: new Map(),
  nanCounts: new Map(),
  lowerBounds: new Map(),
  upperBounds: new Map(),
}
