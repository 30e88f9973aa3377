/** What the files of a manifest hold in one partition field (spec: Manifest Lists). */
export interface FieldSummary {
  readonly containsNull: boolean
  /** Null when not recorded. */
  readonly containsNan: boolean | null
  /** Binary single-value form; null when all values are null or NaN. */
  readonly lowerBound: Uint8Array | null
  readonly upperBound: Uint8Array | null
}
