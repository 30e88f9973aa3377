/** A table's name within a catalog. */
export interface TableIdentifier {
  /** At least one part. */
  readonly namespace: readonly string[]
  readonly name: string
}
