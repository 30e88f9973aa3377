// The files of an expiry, and the order in which they go.
import { parentLocation } from '../io/location.ts'
import type { RequestOptions } from '../io/object-store.ts'
import type { LiveTable, TableState } from '../table/table-state.ts'
import { BATCHES_IN_FLIGHT, DELETE_BATCH, deleteFiles, leftFiles } from './delete-files.ts'
import type { DeletedFiles, LeftFile } from './delete-files.ts'
import { expiredFiles } from './expired-files.ts'
import { NamesSince } from './names-since.ts'
import { foldersOfOtherTables } from './other-tables.ts'
import { ownFileTest } from './own-files.ts'
import type { ExpiryCommit } from './plan-expiry.ts'
import type { TableFile, TableFileKind } from './table-file.ts'

/** Files that nothing needs any more. */
export interface ExpiryFiles {
  readonly files: readonly TableFile[]
  /** Those outside of the table's folders, or in one of another table inside of them: they stay. */
  readonly outside: readonly TableFile[]
}

/** @throws IcebergError when anything cannot be read that says what they are */
export async function filesOfExpiry(
  state: TableState,
  { before, after, snapshotIds }: Pick<ExpiryCommit, 'before' | 'after' | 'snapshotIds'>,
  reading: RequestOptions,
): Promise<ExpiryFiles> {
  const expiry = { before, after, snapshotIds: new Set(snapshotIds) }
  const all = inOrder(await expiredFiles(state, expiry, reading))
  const isOwn = ownFileTest(state.metadata)
  const own = all.filter(({ path }) => isOwn(path))
  const folders = new Set(own.map(({ path }) => parentLocation(path)))
  const others = await foldersOfOtherTables(state, folders, reading)
  const files = own.filter(({ path }) => !others.has(parentLocation(path)))
  if (files.length === all.length) return { files, outside: [] }
  const going = new Set(files)
  return { files, outside: all.filter((file) => !going.has(file)) }
}

interface DeleteOptions extends RequestOptions {
  readonly onDone: (files: number) => void
}

/**
 * Removes files that a version of a table does not name. What names files goes after them. The table is looked at again
 * every few thousand files: what it has come to name stays, and all stays while it cannot be read.
 */
export async function deleteInOrder(
  table: LiveTable,
  version: TableState,
  files: readonly TableFile[],
  { onDone, signal }: DeleteOptions,
): Promise<DeletedFiles<TableFile>> {
  const { store } = version.services
  const names = new NamesSince({ table, version, paths: files.map(({ path }) => path) })
  const deleted: TableFile[] = []
  const left: (TableFile & LeftFile)[] = []
  for (const round of roundsOf(files)) {
    const parted = await partNamed(names, round, signal === undefined ? {} : { signal })
    left.push(...parted.left)
    const before = deleted.length + left.length
    const done = await deleteFiles(store, parted.unnamed, {
      signal,
      onDone: (count) => onDone(before + count),
    })
    deleted.push(...done.deleted)
    left.push(...done.left)
  }
  return { deleted: inOrder(deleted), left }
}

/** Manifests are read at once, and files removed at once: a report has them in one order, whichever came first. */
function inOrder(files: readonly TableFile[]): readonly TableFile[] {
  return files.toSorted((one, other) => {
    const kinds = KINDS.indexOf(one.kind) - KINDS.indexOf(other.kind)
    return kinds === 0 ? (one.path < other.path ? -1 : 1) : kinds
  })
}

/** What names others comes after them. */
const KINDS: readonly TableFileKind[] = [
  'data',
  'position-deletes',
  'equality-deletes',
  'deletion-vectors',
  'manifest',
  'manifest-list',
  'statistics',
  'partition-statistics',
]

const NAMED_SINCE = 'the table has come to name it since'

async function partNamed(
  names: NamesSince,
  files: readonly TableFile[],
  reading: RequestOptions,
): Promise<{
  readonly unnamed: readonly TableFile[]
  readonly left: readonly (TableFile & LeftFile)[]
}> {
  try {
    await names.look(reading)
  } catch (error) {
    return { unnamed: [], left: leftFiles(files, error) }
  }
  const named = files.filter(({ path }) => names.has(path))
  return {
    unnamed: named.length === 0 ? files : files.filter(({ path }) => !names.has(path)),
    left: named.map((file) => ({ ...file, reason: NAMED_SINCE })),
  }
}

/** As many files as are removed at once; those of the next phase only after all of one. */
function* roundsOf(files: readonly TableFile[]): Generator<readonly TableFile[]> {
  const size = BATCHES_IN_FLIGHT * DELETE_BATCH
  for (const phase of phasesOf(files)) {
    for (let start = 0; start < phase.length; start += size) yield phase.slice(start, start + size)
  }
}

function phasesOf(files: readonly TableFile[]): readonly (readonly TableFile[])[] {
  const isMetadata = ({ kind }: TableFile): boolean => kind === 'manifest'
  const isLast = ({ kind }: TableFile): boolean =>
    kind === 'manifest-list' || kind === 'statistics' || kind === 'partition-statistics'
  return [
    files.filter((file) => !isMetadata(file) && !isLast(file)),
    files.filter(isMetadata),
    files.filter(isLast),
  ]
}
