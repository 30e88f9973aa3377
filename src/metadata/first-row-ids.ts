import { IcebergError } from '../base/errors.ts'
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
