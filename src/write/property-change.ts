import { checkProperties } from '../metadata/property-rules.ts'
import { currentSnapshot } from '../metadata/table-metadata.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import type { TableUpdate } from '../metadata/updates.ts'

/** Where in the table's history a commit stands: at the snapshot that it makes, or at the head when it makes none. */
export interface CommitPoint {
  /** Null when the table has no snapshot and gets none. */
  readonly snapshotId: bigint | null
  /** 0 without a snapshot. */
  readonly sequenceNumber: bigint
}

/** Properties to set, once it is known where the commit stands. Asked again at every attempt. */
export type PropertySource = (point: CommitPoint) => Iterable<readonly [string, string]>

/**
 * The properties that the sources give at a point; of one name the last one counts.
 *
 * @throws IcebergError `invalid` when one is no text, or malformed where the table format gives it a meaning
 */
export function propertiesAt(
  sources: readonly PropertySource[],
  point: CommitPoint,
): ReadonlyMap<string, string> {
  const properties = new Map(sources.flatMap((source) => [...source(point)]))
  checkProperties(properties)
  return properties
}

export function propertyUpdates(properties: ReadonlyMap<string, string>): readonly TableUpdate[] {
  return properties.size === 0 ? [] : [{ action: 'set-properties', updates: properties }]
}

/** Where a commit without a snapshot stands. */
export function headOf(metadata: TableMetadata): CommitPoint {
  const head = currentSnapshot(metadata)
  return { snapshotId: head?.snapshotId ?? null, sequenceNumber: head?.sequenceNumber ?? 0n }
}
