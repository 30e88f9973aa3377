import { IcebergError } from '../base/errors.ts'
import type { ManifestEntry } from './manifest-entry.ts'
import type { ManifestFile } from './manifest-file.ts'

/** Lines of a manifest list of version 3, and the row id that follows all that they assign. */
export interface AssignedManifests {
  readonly manifests: readonly ManifestFile[]
  readonly nextRowId: bigint
}

/**
 * Gives a first row id to each data manifest that has none, in order (spec: First Row ID Assignment). Room is left for all
 * rows of its live files, since a reader gives ids to every one of them that has none: more than are taken if some have.
 * A second time changes nothing.
 *
 * @param firstRowId the snapshot's: the table's `next-row-id` when it is made
 * @throws IcebergError `unsupported` when a manifest that needs room does not say how many rows it has
 */
export function assignFirstRowIds(
  manifests: readonly ManifestFile[],
  firstRowId: bigint,
): AssignedManifests {
  let nextRowId = firstRowId
  const assigned = manifests.map((manifest) => {
    if (manifest.content === 'deletes' || manifest.firstRowId !== undefined) return manifest
    const first = nextRowId
    nextRowId += liveRows(manifest)
    return { ...manifest, firstRowId: first }
  })
  return { manifests: assigned, nextRowId }
}

function liveRows({ path, addedRows, existingRows }: ManifestFile): bigint {
  if (addedRows !== null && existingRows !== null) return addedRows + existingRows
  throw new IcebergError('unsupported', 'rows of a manifest without counts cannot be given ids', {
    context: { manifest: path },
  })
}

/** Gives its first row id to a file that has none of its own, and goes on by its rows. */
export type RowIdGiver = (recordCount: bigint) => bigint

/**
 * What gives row ids to the live files of one manifest that have none, in order (spec: First Row ID Inheritance); null when
 * there are none to give. Deleted files get none and take no room: a list that was made by the counts of its manifests, as
 * the specification proposes, leaves room for live files alone. Iceberg Java reads it so too.
 */
export function rowIdGiver(manifest: ManifestFile): RowIdGiver | null {
  if (manifest.content === 'deletes' || manifest.firstRowId === undefined) return null
  let nextRowId = manifest.firstRowId
  return (recordCount) => {
    const firstRowId = nextRowId
    nextRowId += recordCount
    return firstRowId
  }
}

/** Gives the files of one manifest the row ids that they inherit; called with each entry, in order. */
export function inheritRowIds(manifest: ManifestFile): (entry: ManifestEntry) => ManifestEntry {
  const giveRowIds = rowIdGiver(manifest)
  if (giveRowIds === null) return (entry) => entry
  return (entry) => {
    const { status, file } = entry
    if (status === 'deleted' || file.firstRowId !== undefined) return entry
    return { ...entry, file: { ...file, firstRowId: giveRowIds(file.recordCount) } }
  }
}
