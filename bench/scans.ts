// The reads that are compared. Bounds of rows are shares of the table, so that they select alike at every size.

/** Rows of one read, and which ones. */
export interface RideScan {
  /** Null: all columns. */
  readonly columns: readonly string[] | null
  readonly filter: RideFilter | null
}

/** Rows whose `column` lies in `[low, high)`. */
export interface RideFilter {
  readonly column: 'id' | 'tip'
  readonly low: number
  readonly high: number
}

export type ScanVariant = 'all' | 'columns' | 'range' | 'rows'

export function rideScan(variant: ScanVariant, rows: number): RideScan {
  const scans: Readonly<Record<ScanVariant, RideScan>> = {
    all: { columns: null, filter: null },
    columns: { columns: ['id', 'fare', 'payment'], filter: null },
    range: { columns: null, filter: { column: 'id', low: rows * 0.5, high: rows * 0.51 } },
    rows: { columns: null, filter: { column: 'tip', low: 4.25, high: 5 } },
  }
  return scans[variant]
}
