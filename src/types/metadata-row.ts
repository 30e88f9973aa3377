/** What metadata columns give beside a table's own (spec: Reserved Field IDs). */
export interface MetadataRow {
  /** Location of the file that holds the row, as the table spells it. */
  readonly _file: string
  /** Place of the row in its file, from 0. */
  readonly _pos: bigint
  /** The partition spec of the row's file. */
  readonly _spec_id: number
  /** Values in the fields of all specs of the table; null in a table that never had any. */
  readonly _partition: Readonly<Record<string, unknown>> | null
  /** Null in files that no row ids were assigned to. */
  readonly _row_id: bigint | null
  readonly _last_updated_sequence_number: bigint | null
  /** The snapshot that the row's file came with. */
  readonly _commit_snapshot_id: bigint | null
  /** When that snapshot was made; null when it has expired. */
  readonly _commit_timestamp: string | null
}

/** A metadata column, or a field of `_partition`. */
export type MetadataPath = keyof MetadataRow | `_partition.${string}`

/** A row with the metadata columns that its own columns do not hide. */
export type WithMetadata<Row> = Row & Omit<MetadataRow, keyof Row>
