// What a table has come to name since a version that named none of some files: an import makes part of it what lies there. Where
// the table has not moved on nothing is read, and else only what is new.
import type { RequestOptions } from '../io/object-store.ts'
import type { LiveTable, TableState } from '../table/table-state.ts'
import { comparablePath } from './comparable-path.ts'
import { checkMayRemoveFiles } from './own-files.ts'
import { PathIndex } from './path-index.ts'
import { ReferenceMarks } from './reference-marks.ts'

/** Files that a version of a table does not name. */
interface Unnamed {
  readonly table: LiveTable
  readonly version: TableState
  readonly paths: Iterable<string>
}

export class NamesSince {
  readonly #unnamed: Unnamed
  #seen: { readonly paths: PathIndex; readonly marks: ReferenceMarks } | null = null

  constructor(unnamed: Unnamed) {
    this.#unnamed = unnamed
  }

  /** Whether the table named a file when it was looked at last. */
  has(path: string): boolean {
    if (this.#seen === null) return false
    const { paths, marks } = this.#seen
    return marks.isNamed(paths.find(comparablePath(path)))
  }

  /**
   * Looks at the newest version of the table.
   *
   * @throws IcebergError when it cannot be read, or its files may not be removed any more
   */
  async look(options: RequestOptions): Promise<void> {
    const { table, version } = this.#unnamed
    const state = await table.refresh(options)
    checkMayRemoveFiles(state)
    const isSame = state.loaded.metadataLocation === version.loaded.metadataLocation
    if (this.#seen === null && isSame) return
    this.#seen ??= await this.#passed(state, options)
    await this.#seen.marks.add(state, options)
  }

  /** What the two versions have in common names none of the files; the lists of what has gone since may be gone too. */
  async #passed(
    state: TableState,
    options: RequestOptions,
  ): Promise<{ readonly paths: PathIndex; readonly marks: ReferenceMarks }> {
    const { version, paths: unnamed } = this.#unnamed
    const { location } = state.metadata
    const paths = new PathIndex(`${location}/`)
    for (const path of unnamed) paths.add(path)
    const marks = new ReferenceMarks(paths, location, ANY_SPELLING)
    const former = new Set(version.metadata.snapshots.map(({ snapshotId }) => snapshotId))
    const common = state.metadata.snapshots.filter(({ snapshotId }) => former.has(snapshotId))
    await marks.pass(state, common, options)
    return { paths, marks }
  }
}

/** When in doubt a file is kept. */
const ANY_SPELLING = {
  equalSchemes: new Map<string, string>(),
  equalAuthorities: new Map<string, string>(),
  prefixMismatch: 'ignore',
} as const
