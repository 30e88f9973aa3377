// A table of many small files, which is compacted over and over: after each time it is rolled back to what it was.
import { join } from 'node:path'

import type { Table } from 'frazil'

import type { SideSettings } from './settings.js'

/** Rows of each small file. */
export const SMALL_FILE_ROWS = 10_000

export type CompactionVariant = 'binpack' | 'sort' | 'binpack by DuckDB' | 'sort by DuckDB'

/** The warehouse that has the table. */
export function smallFilesFolder({ folder }: SideSettings): string {
  return join(folder, 'small-files')
}

/** Takes back what a compaction did, and deletes what it wrote. */
export async function undoCompaction(
  table: Pick<Table<unknown, never>, 'transaction' | 'state'>,
  { before, addedFiles }: { readonly before: bigint; readonly addedFiles: readonly string[] },
): Promise<void> {
  await table.transaction((tx) =>
    tx.updateRefs((refs) => {
      refs.rollbackTo({ snapshot: before })
    }),
  )
  await table.state.services.store.deleteAll(addedFiles)
}
