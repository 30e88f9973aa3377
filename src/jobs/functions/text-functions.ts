/** What DuckDB cannot compute, or not as it must be: functions of texts that its sessions get under these names. */
export interface TextFunction {
  /** As SQL calls it. */
  readonly name: string
  /** How many texts it takes. */
  readonly arity: number
  /**
   * Called when no argument is null; the result is null if one is.
   *
   * @throws IcebergError what ends the query
   */
  readonly apply: (...texts: readonly string[]) => string | null
}

export const TEXT_FUNCTIONS: readonly TextFunction[] = []
