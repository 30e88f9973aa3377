import { IcebergError } from '../base/errors.ts'
import type { DataFile } from './data-file.ts'
import type { ManifestFile } from './manifest-file.ts'

export type EntryStatus = 'existing' | 'added' | 'deleted'

/** In the order of their codes (spec: Manifest Entry Fields). */
export const ENTRY_STATUSES: readonly EntryStatus[] = ['existing', 'added', 'deleted']

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

/**
 * An entry as it is meant: what it leaves null comes from its manifest's line in the manifest list (spec: Sequence Number
 * Inheritance). Manifests of number 0 were written before tables had sequence numbers; all their files have number 0.
 *
 * @throws IcebergError `corrupt` when an entry that is not new lacks its sequence numbers
 */
export function inheritNumbers(entry: ManifestEntry, manifest: ManifestFile): ManifestEntry {
  const { status, snapshotId, dataSequenceNumber, fileSequenceNumber } = entry
  if (snapshotId !== null && dataSequenceNumber !== null && fileSequenceNumber !== null)
    return entry
  const mayInherit = status === 'added' || manifest.sequenceNumber === 0n
  if (!mayInherit && (dataSequenceNumber === null || fileSequenceNumber === null)) {
    throw new IcebergError('corrupt', 'manifest entry that is not new lacks a sequence number', {
      context: { status, file: entry.file.path },
    })
  }
  return {
    ...entry,
    snapshotId: snapshotId ?? manifest.addedSnapshotId,
    dataSequenceNumber: dataSequenceNumber ?? manifest.sequenceNumber,
    fileSequenceNumber: fileSequenceNumber ?? manifest.sequenceNumber,
  }
}
