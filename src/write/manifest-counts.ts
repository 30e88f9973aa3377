import type { RequestOptions } from '../io/object-store.ts'
import type { EntryStatus, ManifestEntry } from '../metadata/manifest-entry.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import { readManifest } from '../table/manifest-io.ts'
import type { TableState } from '../table/table-state.ts'

/** What a line of a manifest list says of the entries of its manifest. */
export type ManifestCounts = Pick<
  ManifestFile,
  'addedFiles' | 'existingFiles' | 'deletedFiles' | 'addedRows' | 'existingRows' | 'deletedRows'
>

export function countEntries(entries: readonly ManifestEntry[]): ManifestCounts {
  const added = countOf(entries, 'added')
  const existing = countOf(entries, 'existing')
  const deleted = countOf(entries, 'deleted')
  return {
    addedFiles: added.files,
    existingFiles: existing.files,
    deletedFiles: deleted.files,
    addedRows: added.rows,
    existingRows: existing.rows,
    deletedRows: deleted.rows,
  }
}

function countOf(
  entries: readonly ManifestEntry[],
  status: EntryStatus,
): { readonly files: number; readonly rows: bigint } {
  const matching = entries.filter((entry) => entry.status === status)
  return {
    files: matching.length,
    rows: matching.reduce((sum, { file }) => sum + file.recordCount, 0n),
  }
}

/**
 * Lines as the table's version wants them in a new manifest list. Version 1 may leave out counts that later versions
 * require (spec: Manifest Lists), so that manifests from before an upgrade are read once and counted.
 */
export function listable(
  state: TableState,
  manifests: readonly ManifestFile[],
  options: RequestOptions,
): Promise<readonly ManifestFile[]> {
  const { formatVersion } = state.metadata
  return Promise.all(
    manifests.map(async (manifest) =>
      formatVersion === 1 || hasCounts(manifest)
        ? manifest
        : { ...manifest, ...countEntries(await readManifest(state, manifest, options)) },
    ),
  )
}

function hasCounts(manifest: ManifestFile): boolean {
  const { addedFiles, existingFiles, deletedFiles, addedRows, existingRows, deletedRows } = manifest
  return [addedFiles, existingFiles, deletedFiles, addedRows, existingRows, deletedRows].every(
    (count) => count !== null,
  )
}
