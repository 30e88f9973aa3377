/** A row of a file, and where it stands. */
export interface PlacedRow {
  readonly row: object
  /** Where the row begins, counted from 1. */
  readonly line: number
}
