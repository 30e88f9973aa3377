import type { PartitionSpec } from '../layout/partition-spec.ts'
import type { SortOrder } from '../layout/sort-order.ts'
import type { Schema } from '../types/schema.ts'
import type { SnapshotRef } from './refs.ts'
import type { Snapshot } from './snapshot.ts'

/** One change of table metadata, as the REST specification names them. */
export type TableUpdate =
  | { readonly action: 'add-schema'; readonly schema: Schema }
  | { readonly action: 'set-current-schema'; readonly schemaId: number }
  | { readonly action: 'add-spec'; readonly spec: PartitionSpec }
  | { readonly action: 'set-default-spec'; readonly specId: number }
  | { readonly action: 'add-sort-order'; readonly sortOrder: SortOrder }
  | { readonly action: 'set-default-sort-order'; readonly orderId: number }
  | { readonly action: 'add-snapshot'; readonly snapshot: Snapshot }
  | { readonly action: 'set-snapshot-ref'; readonly name: string; readonly ref: SnapshotRef }
  | { readonly action: 'set-properties'; readonly updates: ReadonlyMap<string, string> }
  | { readonly action: 'remove-properties'; readonly removals: readonly string[] }
