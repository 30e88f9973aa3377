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

export function countEntries(entries: Iterable<ManifestEntry>): ManifestCounts {
  const counter = new EntryCounter()
  for (const entry of entries) counter.add(entry)
  return counter.counts()
}

/** {@link countEntries} for entries that are not there all at once. */
export class EntryCounter {
  readonly #of: Readonly<Record<EntryStatus, Tally>> = {
    existing: { files: 0, rows: 0n },
    added: { files: 0, rows: 0n },
    deleted: { files: 0, rows: 0n },
  }

  add({ status, file }: ManifestEntry): void {
    this.#of[status].files += 1
    this.#of[status].rows += file.recordCount
  }

  counts(): ManifestCounts {
    const { added, existing, deleted } = this.#of
    return {
      addedFiles: added.files,
      existingFiles: existing.files,
      deletedFiles: deleted.files,
      addedRows: added.rows,
      existingRows: existing.rows,
      deletedRows: deleted.rows,
    }
  }
}

interface Tally {
  files: number
  rows: bigint
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
