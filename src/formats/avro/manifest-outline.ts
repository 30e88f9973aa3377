// The entries of a manifest without what is known of columns: for who counts files and rows.
import { IcebergError } from '../../base/errors.ts'
import type { PartitionTuple } from '../../layout/partition-tuple.ts'
import { FILE_CONTENTS } from '../../metadata/data-file.ts'
import type { FileContent } from '../../metadata/data-file.ts'
import type { EntryStatus } from '../../metadata/manifest-entry.ts'
import type { ManifestFile } from '../../metadata/manifest-file.ts'
import type { AvroType } from './avro-type.ts'
import type { BinaryReader } from './binary-reader.ts'
import { openContainer } from './container.ts'
import { EntryCursor } from './entry-cursor.ts'
import { checkSpec, entryFields, fileFields, statusOf } from './entry-views.ts'
import type { WantedPartitionField } from './partition-values.ts'

/** An entry, as far as it counts. */
export interface EntryOutline {
  readonly status: EntryStatus
  /** The snapshot that added the file, or deleted it when `status` is deleted. */
  readonly snapshotId: bigint
  readonly content: FileContent
  /** Whether the deletes are a deletion vector. */
  readonly isDeletionVector: boolean
  readonly partition: PartitionTuple
  readonly recordCount: bigint
  readonly fileSizeBytes: bigint
}

/** Shows each entry of a manifest, in its order. */
export type OutlineReader = (
  bytes: Uint8Array,
  manifest: ManifestFile,
  visit: (entry: EntryOutline) => void,
) => Promise<void>

/**
 * A reader of many manifests of one spec.
 *
 * @throws IcebergError `corrupt` when read bytes are damaged, or are not the manifest that the list means
 */
export function createOutlineReader(partition: readonly WantedPartitionField[]): OutlineReader {
  const compiled = new Map<AvroType, EntryReader>()
  return async (bytes, manifest, visit) => {
    const file = openContainer(bytes)
    checkSpec(file, manifest)
    const read = compiled.get(file.type) ?? entryReader(file.type, partition)
    compiled.set(file.type, read)
    await file.eachValueAside((reader) => visit(read(reader, manifest)))
  }
}

type EntryReader = (reader: BinaryReader, manifest: ManifestFile) => EntryOutline

function entryReader(writer: AvroType, wanted: readonly WantedPartitionField[]): EntryReader {
  const cursor = new EntryCursor(writer)
  const fields = fileFields(wanted)
  const status = cursor.field(entryFields.status)
  const snapshotId = cursor.field(entryFields.snapshotId)
  const content = cursor.field(fields.content)
  const format = cursor.field(fields.format)
  const partition = cursor.field(fields.partition)
  const recordCount = cursor.field(fields.recordCount)
  const fileSizeBytes = cursor.field(fields.fileSizeBytes)
  return (reader, { addedSnapshotId }) => {
    cursor.moveTo(reader)
    const entry = {
      status: statusOf(status()),
      snapshotId: snapshotId() ?? addedSnapshotId,
      content: contentOf(content()),
      isDeletionVector: format().toLowerCase() === 'puffin',
      partition: partition(),
      recordCount: recordCount(),
      fileSizeBytes: fileSizeBytes(),
    }
    cursor.leave()
    return entry
  }
}

function contentOf(code: number): FileContent {
  const content = FILE_CONTENTS[code]
  if (content !== undefined) return content
  throw new IcebergError('corrupt', 'content of a file has an unknown code', { context: { code } })
}
