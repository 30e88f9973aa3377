import { IcebergError } from '../../base/errors.ts'
import { readObject } from '../../base/json-fields.ts'
import type { StreamOffset } from './stream-source.ts'

/**
 * A place among the files of a table's snapshots. Before it are what earlier snapshots appended, and so many files of this
 * one: those that it added, in the order of its own manifests, which never change, or all that it has, in the order of their age.
 */
export interface TableOffset {
  /** Null: before the first snapshot of the table. */
  readonly snapshotId: bigint | null
  readonly position: number
  /** How many files the snapshot has: with all of them before the place, the snapshot is not needed any more. */
  readonly files: number
  /** The files are not those that the snapshot added but all that it has, whoever added them. */
  readonly scanAllFiles: boolean
}

/** The place before everything. */
export const BEFORE_ALL: TableOffset = endOf(null, { files: 0 })

/** The place after all files of a snapshot. */
export function endOf(
  snapshotId: bigint | null,
  { files, scanAllFiles = false }: { readonly files: number; readonly scanAllFiles?: boolean },
): TableOffset {
  return { snapshotId, position: files, files, scanAllFiles }
}

/** Whether all files of the snapshot come before the place. */
export function isAtEnd({ position, files }: TableOffset): boolean {
  return position === files
}

export function tableOffsetToJson(offset: TableOffset): StreamOffset {
  const { snapshotId, position, files, scanAllFiles } = offset
  return {
    'snapshot-id': snapshotId === null ? null : jsonInteger(snapshotId),
    position,
    files,
    'scan-all-files': scanAllFiles,
  }
}

/** @throws IcebergError `corrupt` for what is no position in a table */
export function tableOffsetFromJson(json: StreamOffset): TableOffset {
  const fields = readObject(json, '')
  const offset = {
    snapshotId: fields.optionalLong('snapshot-id') ?? null,
    position: fields.integer('position'),
    files: fields.integer('files'),
    scanAllFiles: fields.boolean('scan-all-files'),
  }
  if (offset.position >= 0 && offset.position <= offset.files) return offset
  throw new IcebergError('corrupt', 'the position of a stream lies beyond the files', {
    context: { position: offset.position, files: offset.files },
  })
}

/** As reading the text of it gives it. */
function jsonInteger(value: bigint): bigint | number {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
