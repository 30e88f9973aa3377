import type { ColumnMetrics } from '../../types/metrics.ts'

/**
 * Metrics as they are stored, decoded when someone looks at them first. Decoded, those of ten columns take some fifty times
 * the memory, and most files that are planned are read without anyone looking.
 */
export class StoredMetrics implements ColumnMetrics {
  readonly #decode: () => ColumnMetrics
  #decoded: ColumnMetrics | null = null

  /** @param decode called once, unless it fails */
  constructor(decode: () => ColumnMetrics) {
    this.#decode = decode
  }

  get columnSizes(): ReadonlyMap<number, bigint> {
    return this.#all().columnSizes
  }

  get valueCounts(): ReadonlyMap<number, bigint> {
    return this.#all().valueCounts
  }

  get nullCounts(): ReadonlyMap<number, bigint> {
    return this.#all().nullCounts
  }

  get nanCounts(): ReadonlyMap<number, bigint> {
    return this.#all().nanCounts
  }

  get lowerBounds(): ReadonlyMap<number, Uint8Array> {
    return this.#all().lowerBounds
  }

  get upperBounds(): ReadonlyMap<number, Uint8Array> {
    return this.#all().upperBounds
  }

  #all(): ColumnMetrics {
    return (this.#decoded ??= this.#decode())
  }
}
