// Snapshots of version 1 may name their manifests in the metadata itself, without a list (spec: Snapshots). What the lines of
// a list would say is then found in the manifests.
import { IcebergError } from '../../base/errors.ts'
import type { EntryStatus } from '../../metadata/manifest-entry.ts'
import type { ManifestFile } from '../../metadata/manifest-file.ts'
import { summarizePartitions } from '../../metadata/partition-summary.ts'
import { partitionTypesOf } from '../../metadata/partition-types.ts'
import { specById } from '../../metadata/table-metadata.ts'
import type { TableMetadata } from '../../metadata/table-metadata.ts'
import { openContainer } from './container.ts'
import type { Container } from './container.ts'
import { DATA_FILE, entryFields, fileFields, statusOf, wantedPartition } from './entry-views.ts'
import { fieldView, struct } from './view.ts'

/** Where a manifest was named. */
export interface NamedManifest {
  readonly path: string
  /** The snapshot that names it. */
  readonly snapshotId: bigint
  readonly metadata: TableMetadata
}

/**
 * The line that a manifest list would have for a manifest of version 1. It was added by the snapshot of the files that it
 * adds; one that adds none, by the snapshot that names it.
 *
 * @throws IcebergError `corrupt` when the bytes are damaged, or are no manifest of the table
 */
export function manifestLine(bytes: Uint8Array, named: NamedManifest): ManifestFile {
  const { path, snapshotId, metadata } = named
  const file = openContainer(bytes)
  const specId = specIdOf(file)
  const entries = countedEntries(file, metadata, specId)
  const of = (status: EntryStatus): readonly CountedEntry[] =>
    entries.filter((entry) => entry.status === status)
  const [added, existing, deleted] = [of('added'), of('existing'), of('deleted')]
  return {
    path,
    lengthBytes: BigInt(bytes.length),
    specId,
    content: 'data',
    sequenceNumber: 0n,
    minSequenceNumber: 0n,
    addedSnapshotId: added[0]?.snapshotId ?? snapshotId,
    addedFiles: added.length,
    existingFiles: existing.length,
    deletedFiles: deleted.length,
    addedRows: rowsOf(added),
    existingRows: rowsOf(existing),
    deletedRows: rowsOf(deleted),
    partitions: summarizePartitions(
      partitionTypesOf(metadata, specById(metadata, specId)),
      entries.map((entry) => entry.file.partition),
    ),
    keyMetadata: null,
  }
}

type CountedEntry = ReturnType<typeof countedEntries>[number]

function countedEntries(file: Container, metadata: TableMetadata, specId: number) {
  const partition = wantedPartition(metadata, specById(metadata, specId))
  const { partition: tuple, recordCount } = fileFields(partition)
  const { status, snapshotId } = entryFields
  const dataFile = fieldView(
    DATA_FILE.id,
    DATA_FILE.name,
    struct({ partition: tuple, recordCount }),
  )
  return file
    .values(struct({ status, snapshotId, file: dataFile }))
    .map((entry) => ({ ...entry, status: statusOf(entry.status) }))
}

/** Tables had one spec, of id 0, when manifests did not name theirs. */
function specIdOf(file: Container): number {
  const text = file.property('partition-spec-id') ?? '0'
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new IcebergError('corrupt', 'partition spec of a manifest is no id', {
    context: { specId: text },
  })
}

function rowsOf(entries: readonly CountedEntry[]): bigint {
  return entries.reduce((sum, { file }) => sum + file.recordCount, 0n)
}
