import type { PartitionSpec } from '../layout/partition-spec.ts'
import type { SortOrder } from '../layout/sort-order.ts'
import type { Schema } from '../types/schema.ts'
import type { SnapshotRef } from './refs.ts'
import type { Snapshot } from './snapshot.ts'

/** A moment at which the current snapshot changed (spec: Table Metadata Fields). */
export interface SnapshotLogEntry {
  readonly timestampMs: number
  readonly snapshotId: bigint
}

/** A metadata file that was current until a moment. */
export interface MetadataLogEntry {
  readonly timestampMs: number
  readonly metadataFile: string
}

/** Everything a table is, apart from the rows (spec: Table Metadata Fields). */
export interface TableMetadata {
  readonly formatVersion: 2
  readonly tableUuid: string
  readonly location: string
  readonly lastSequenceNumber: bigint
  readonly lastUpdatedMs: number
  readonly lastColumnId: number
  readonly schemas: readonly Schema[]
  readonly currentSchemaId: number
  readonly specs: readonly PartitionSpec[]
  readonly defaultSpecId: number
  readonly lastPartitionId: number
  readonly sortOrders: readonly SortOrder[]
  readonly defaultSortOrderId: number
  readonly properties: ReadonlyMap<string, string>
  readonly currentSnapshotId: bigint | null
  readonly snapshots: readonly Snapshot[]
  readonly snapshotLog: readonly SnapshotLogEntry[]
  readonly metadataLog: readonly MetadataLogEntry[]
  readonly refs: ReadonlyMap<string, SnapshotRef>
  /** `statistics` and `partition-statistics` as they were read: kept, not understood. */
  readonly statistics: readonly unknown[]
  readonly partitionStatistics: readonly unknown[]
}
