// The files of a manifest, by no more than what they are: for who keeps or removes files and asks nothing of their rows.
import { IcebergError } from '../../base/errors.ts'
import { FILE_CONTENTS } from '../../metadata/data-file.ts'
import type { FileContent } from '../../metadata/data-file.ts'
import type { ManifestFile } from '../../metadata/manifest-file.ts'
import type { AvroType } from './avro-type.ts'
import type { BinaryReader } from './binary-reader.ts'
import { openContainer } from './container.ts'
import { EntryCursor } from './entry-cursor.ts'
import { checkSpec, entryFields, fileFields, statusOf } from './entry-views.ts'

/** A file that is part of the table where its manifest is. */
export interface LiveFile {
  readonly path: string
  readonly content: FileContent
  /** As its writer spelled it, such as `PARQUET`. */
  readonly format: string
  readonly sizeBytes: bigint
}

/** Shows each live file of a manifest, in its order. What is shown is whole, or the manifest is not read to its end. */
export type LiveFileReader = (
  bytes: Uint8Array,
  manifest: ManifestFile,
  visit: (file: LiveFile) => void,
) => Promise<void>

/**
 * A reader of many manifests, which passes over what is not wanted.
 *
 * @throws IcebergError `corrupt` when read bytes are damaged, or are not the manifest that the list means
 */
export function createLiveFileReader(): LiveFileReader {
  const compiled = new Map<AvroType, EntryReader>()
  return async (bytes, manifest, visit) => {
    const file = openContainer(bytes)
    checkSpec(file, manifest)
    const read = compiled.get(file.type) ?? entryReader(file.type)
    compiled.set(file.type, read)
    await file.eachValueAside((reader) => {
      const live = read(reader)
      if (live !== null) visit(live)
    })
  }
}

/** Null for an entry of a file that was deleted. */
type EntryReader = (reader: BinaryReader) => LiveFile | null

function entryReader(writer: AvroType): EntryReader {
  const cursor = new EntryCursor(writer)
  const fields = fileFields([])
  const status = cursor.field(entryFields.status)
  const path = cursor.field(fields.path)
  const content = cursor.field(fields.content)
  const format = cursor.field(fields.format)
  const sizeBytes = cursor.field(fields.fileSizeBytes)
  return (reader) => {
    cursor.moveTo(reader)
    const file =
      statusOf(status()) === 'deleted'
        ? null
        : { path: path(), content: contentOf(content()), format: format(), sizeBytes: sizeBytes() }
    cursor.leave()
    return file
  }
}

function contentOf(code: number): FileContent {
  const content = FILE_CONTENTS[code]
  if (content !== undefined) return content
  throw new IcebergError('corrupt', 'content of a file has an unknown code', { context: { code } })
}
