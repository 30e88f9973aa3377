/** What a commit did to the rows (spec: Snapshots). */
export type Operation = 'append' | 'replace' | 'overwrite' | 'delete'

/** The table at one moment (spec: Snapshots). */
export interface Snapshot {
  readonly snapshotId: bigint
  readonly parentId: bigint | null
  /** 0 for every snapshot of a version 1 table. */
  readonly sequenceNumber: bigint
  /** Milliseconds from the Unix epoch. */
  readonly timestampMs: number
  readonly manifestList: string
  readonly operation: Operation
  /** All entries of the summary but `operation`. */
  readonly summary: ReadonlyMap<string, string>
  /** The table's current schema when the snapshot was made; null when it is not recorded. */
  readonly schemaId: number | null
}
