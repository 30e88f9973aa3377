/** The metadata tables that other engines have, by their names. */
export const METADATA_TABLES = [
  'snapshots',
  'history',
  'refs',
  'metadata_log_entries',
  'manifests',
  'entries',
  'files',
  'data_files',
  'delete_files',
  'partitions',
  'position_deletes',
  'all_manifests',
  'all_entries',
  'all_files',
  'all_data_files',
  'all_delete_files',
] as const

/** The name of a metadata table. */
export type MetadataTableName = (typeof METADATA_TABLES)[number]

const OF_SNAPSHOTS: ReadonlySet<MetadataTableName> = new Set<MetadataTableName>([
  'manifests',
  'entries',
  'files',
  'data_files',
  'delete_files',
  'partitions',
  'position_deletes',
])

/** Whether a metadata table is of one snapshot; the others are of the table. */
export function isOfSnapshot(name: MetadataTableName): boolean {
  return OF_SNAPSHOTS.has(name)
}
