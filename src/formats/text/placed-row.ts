/** A row of a file, and where it stands. */
export interface PlacedRow {
  readonly row: object
  /** Where the row begins, counted from 1. */
  readonly line: number
  /** What the file says there. */
  readonly record?: () => string
}

/** How the names in a file are taken. */
export interface ReadNames {
  /** What becomes of values under names that the schema does not have; refused when absent. */
  readonly others?: 'refused' | 'passed-over'
}
