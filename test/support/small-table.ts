import { newTableMetadata } from '../../src/metadata/table-metadata.ts'
import type { TableMetadata } from '../../src/metadata/table-metadata.ts'
import { applyUpdates } from '../../src/metadata/updates.ts'
import type { Schema } from '../../src/types/schema.ts'
import { appendUpdates } from './arbitraries/metadata.ts'

export const ONE_COLUMN: Schema = {
  schemaId: 0,
  fields: [{ id: 1, name: 'id', required: false, type: { kind: 'long' } }],
  identifierFieldIds: [],
}

/** A table of one column without snapshots, made at the 1000th millisecond. */
export function smallTable(): TableMetadata {
  return newTableMetadata({
    uuid: 'u',
    location: 's3://bucket/t/',
    schema: ONE_COLUMN,
    spec: { specId: 0, fields: [] },
    sortOrder: { orderId: 0, fields: [] },
    properties: new Map(),
    nowMs: 1000,
  })
}

/** The table after one more append on its main branch. */
export function appended(
  metadata: TableMetadata,
  snapshotId: bigint,
  nowMs: number,
): TableMetadata {
  const snapshot = {
    snapshotId,
    operation: 'append' as const,
    summary: new Map<string, string>(),
    timestampMs: nowMs,
  }
  return applyUpdates(metadata, appendUpdates(metadata, snapshot), { nowMs })
}
