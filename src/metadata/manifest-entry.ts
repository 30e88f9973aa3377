import type { DataFile } from './data-file.ts'

export type EntryStatus = 'existing' | 'added' | 'deleted'

/**
 * One file in a manifest (spec: Manifest Entry Fields). Null numbers are those that a reader inherits from the line of
 * the manifest list (spec: Sequence Number Inheritance); only added entries may have them.
 */
export interface ManifestEntry {
  readonly status: EntryStatus
  /** The snapshot that added the file, or deleted it when `status` is deleted. */
  readonly snapshotId: bigint | null
  readonly dataSequenceNumber: bigint | null
  readonly fileSequenceNumber: bigint | null
  readonly file: DataFile
}
