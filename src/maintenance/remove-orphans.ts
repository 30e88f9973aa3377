// Removal of files that nothing of a table names: what failed writes left, and what an expiry did not come to remove.
//  1. The folder of the table is listed. A listing that fails part way ends the run.
//  2. Only then the newest version of the table is loaded, and everything it names is read: a commit that lands meanwhile names
//     files that were listed, or such as are too young to be removed.
//  3. What is left is judged without a look at storage.
//     Where names lead past links of this machine, all that lies there stays.
//  4. When it is removed, the age of files is held against the clock of the store, and before each batch the table is looked at
//     once more: where it has moved on, what it names now stays.
import { STOP_NAMES, checkOptions, optionsAmong } from '../base/options.ts'
import type { ObjectStore, RequestOptions } from '../io/object-store.ts'
import type { LiveTable, TableState } from '../table/table-state.ts'
import { comparablePath } from './comparable-path.ts'
import { DELETE_BATCH, deleteFiles, leftFiles } from './delete-files.ts'
import type { LeftFile } from './delete-files.ts'
import { describeFiles } from './describe-files.ts'
import { LinkedPlaces } from './linked-places.ts'
import { listObjects } from './listed-objects.ts'
import type { ListedObjects } from './listed-objects.ts'
import { ORPHAN_RUN_NAMES, checkOrphanOptions, orphanSearch } from './orphan-search.ts'
import type { OrphanOptions, OrphanRun, OrphanSearch } from './orphan-search.ts'
import { checkMayRemoveFiles } from './own-files.ts'
import { checkInNoOtherTable, ownMetadataFolders } from './other-tables.ts'
import { judgeUnnamed, tableFolderOf } from './plan-orphans.ts'
import type { OrphanRules } from './plan-orphans.ts'
import { ReferenceMarks } from './reference-marks.ts'
import { storeClockMs } from './store-clock.ts'

/** A file that nothing names. */
export interface OrphanFile {
  readonly path: string
  readonly sizeBytes: bigint
  /** By the store's clock, in milliseconds since the epoch. */
  readonly modifiedMs: number
}

/** Files that nothing of a table names. */
export interface OrphanPlan {
  /** The folder that was looked at. */
  readonly location: string
  /** Files are looked at that were last written before, in milliseconds since the epoch. */
  readonly olderThanMs: bigint
  readonly files: readonly OrphanFile[]
  /** Files that were passed over because they are younger, whether something names them or not. */
  readonly young: number
  /** Folders of other tables inside of this one, in which nothing is removed. */
  readonly otherTables: readonly string[]
  /** Folders and files that the table reaches by other names, past links, in which nothing is removed. */
  readonly linkedPlaces: readonly string[]
  /** The plan in words. */
  describe(): string
  /**
   * Removes the files, but for those that the table names by then, and those that are too young by the clock of the store:
   * which a file is written to the table's folder for, and read. Files that cannot be removed are reported, and all others are
   * left where the table can no longer be read, or when the caller gives up.
   *
   * @throws IcebergError `unavailable` when the clock of the store cannot be read; nothing is removed then
   */
  run(options?: OrphanRun): Promise<OrphanReport>
}

/** What became of orphans. */
export interface OrphanReport {
  /** Files that are gone. */
  readonly files: readonly OrphanFile[]
  /** Files that are or may be there still. */
  readonly left: readonly (OrphanFile & LeftFile)[]
  /** Files that stayed because the table names them now, or because they are younger by the clock of the store. */
  readonly kept: readonly OrphanFile[]
}

/**
 * Finds the files below a table's folder that nothing names: no snapshot, nor the metadata itself. Metadata files of any
 * version are never among them, nor files of other tables, nor such as begin with `_` or a dot. Nothing is changed.
 *
 * @throws IcebergError `invalid` when `gc.enabled` of the table is false, for an age below a day without `force`, for a location
 *   outside of the table's, and when names differ from what is listed in scheme or authority alone
 * @throws IcebergError `unsupported` for a table that can only be read: a copy, or one that was opened by its metadata file
 * @throws IcebergError when anything cannot be listed or read: what is not seen to be named would be removed
 */
export async function planOrphanRemoval(
  table: LiveTable,
  options: OrphanOptions = {},
  how: { readonly signal?: AbortSignal } = {},
): Promise<OrphanPlan> {
  checkOptions('planOrphanRemoval', how, STOP_NAMES)
  const { signal } = how
  const reading = signal === undefined ? {} : { signal }
  const search = checkedSearch(table.state, options)
  const { store } = table.state.services
  await checkInNoOtherTable(table.state, store, { ...search, ...reading })
  const listed = await listObjects(store, search.location, { ...search, ...reading })
  // What was committed until the listing ended is named by the version that is loaded now.
  const state = await table.refresh(reading)
  checkMayRemoveFiles(state)
  const linked = new LinkedPlaces(store, search.location, listed.links)
  const marks = new ReferenceMarks(listed.old, search.location, search, (name) => linked.note(name))
  const names = { listed, marks, linked }
  await markNames(state, names, reading)
  const rules = rulesOf(state, search.location, listed)
  const found = { ...names, indexes: orphansIn(names, rules) }
  return planOf(table, search, found, rules)
}

/**
 * What is asked of a removal of orphans, held against a version of the table.
 *
 * @throws IcebergError as {@link planOrphanRemoval}, for what no listing has to say
 */
export function checkedSearch(state: TableState, options: OrphanOptions): OrphanSearch {
  checkMayRemoveFiles(state)
  return orphanSearch(state, options)
}

/** {@link planOrphanRemoval} and its run, in one. */
export async function removeOrphans(
  table: LiveTable,
  options: OrphanOptions & OrphanRun = {},
): Promise<OrphanReport> {
  checkOrphanOptions(options)
  const run = optionsAmong<OrphanRun>(options, ORPHAN_RUN_NAMES)
  const plan = await planOrphanRemoval(table, options, optionsAmong(run, STOP_NAMES))
  return plan.run(run)
}

function rulesOf(
  state: TableState,
  location: string,
  { metadataFolders }: ListedObjects,
): OrphanRules {
  const own = ownMetadataFolders(state)
  const others = [...metadataFolders].filter(([folder]) => !own.has(folder))
  return {
    folder: comparablePath(location),
    metadataFolders: own,
    otherTables: others.map(([, file]) => tableFolderOf(file)),
    partitionNames: state.metadata.specs.flatMap(({ fields }) => fields.map(({ name }) => name)),
  }
}

function orphansIn({ listed, marks, linked }: Names, rules: OrphanRules): readonly number[] {
  const { old } = listed
  const indexes: number[] = []
  for (let index = 0; index < old.size; index += 1) {
    if (marks.isNamed(index)) continue
    const path = comparablePath(old.path(index))
    if (!linked.holds(path) && judgeUnnamed(path, rules) === 'orphan') indexes.push(index)
  }
  return indexes
}

/** What is listed, and what the table names of it. */
interface Names {
  readonly listed: ListedObjects
  readonly marks: ReferenceMarks
  readonly linked: LinkedPlaces
}

interface Found extends Names {
  /** Numbers of the orphans. */
  readonly indexes: readonly number[]
}

function planOf(
  table: LiveTable,
  search: OrphanSearch,
  found: Found,
  rules: OrphanRules,
): OrphanPlan {
  const { listed, linked, indexes } = found
  const plan = {
    location: search.location,
    olderThanMs: search.olderThanMs,
    files: indexes.map((index) => orphanFile(listed, index)),
    young: listed.young,
    otherTables: rules.otherTables,
    linkedPlaces: linked.paths,
  }
  return {
    ...plan,
    describe: () => describePlan(plan),
    run: async (options = {}) => {
      checkOptions('run', options, ORPHAN_RUN_NAMES)
      return runRemoval(table, search, { ...found, files: plan.files }, options)
    },
  }
}

function orphanFile({ old, sizeBytes, modifiedMs }: ListedObjects, index: number): OrphanFile {
  return {
    path: old.path(index),
    sizeBytes: BigInt(sizeBytes.get(index)),
    modifiedMs: modifiedMs.get(index),
  }
}

interface Removal extends Found {
  /** In the order of `indexes`. */
  readonly files: readonly OrphanFile[]
}

async function runRemoval(
  table: LiveTable,
  search: OrphanSearch,
  removal: Removal,
  { signal, onProgress }: OrphanRun,
): Promise<OrphanReport> {
  const { marks, linked, indexes, files } = removal
  const reading = signal === undefined ? {} : { signal }
  const removed: OrphanFile[] = []
  const left: (OrphanFile & LeftFile)[] = []
  const kept: OrphanFile[] = []
  if (files.length === 0) return { files: removed, left, kept }
  const { store } = table.state.services
  const youngFromMs = await youngFrom(table.state, search, store)
  for (let start = 0; start < files.length; start += DELETE_BATCH) {
    try {
      await markAnew(table, removal, reading)
    } catch (error) {
      left.push(...leftFiles(files.slice(start), error))
      break
    }
    const batch: OrphanFile[] = []
    for (const [at, file] of files.slice(start, start + DELETE_BATCH).entries()) {
      const isNeeded =
        marks.isNamed(indexes[start + at] ?? -1) || linked.holds(comparablePath(file.path))
      const isKept = isNeeded || BigInt(file.modifiedMs) >= youngFromMs
      ;(isKept ? kept : batch).push(file)
    }
    const outcome = await deleteFiles(store, batch, reading)
    removed.push(...outcome.deleted)
    left.push(...outcome.left)
    onProgress?.({ files: removed.length + left.length + kept.length, totalFiles: files.length })
  }
  return { files: removed, left, kept }
}

/** The moment of the search, or an earlier one where the clock of the store is behind ours. */
async function youngFrom(
  state: TableState,
  search: OrphanSearch,
  store: ObjectStore,
): Promise<bigint> {
  const storeNowMs = await storeClockMs(state, store)
  const byStoreMs = BigInt(storeNowMs) - search.ageMs
  return byStoreMs < search.olderThanMs ? byStoreMs : search.olderThanMs
}

/** What the table has come to name meanwhile. */
async function markAnew(table: LiveTable, names: Names, reading: RequestOptions): Promise<void> {
  const state = await table.refresh(reading)
  checkMayRemoveFiles(state)
  await markNames(state, names, reading)
}

async function markNames(
  state: TableState,
  { marks, linked }: Names,
  reading: RequestOptions,
): Promise<void> {
  await marks.add(state, reading)
  await linked.look(reading)
}

function describePlan({
  location,
  files,
  young,
  otherTables,
  linkedPlaces,
}: Pick<OrphanPlan, 'location' | 'files' | 'young' | 'otherTables' | 'linkedPlaces'>): string {
  return [
    files.length === 0
      ? `nothing below ${location} is an orphan`
      : `nothing names ${describeFiles(files)} below ${location}`,
    ...files.map(({ path }) => `  ${path}`),
    ...(young === 0 ? [] : [`${young} younger files were passed over`]),
    ...otherTables.map((folder) => `${folder} is another table's, and stays as it is`),
    ...linkedPlaces.map((place) => `${place} is reached past a link, and stays as it is`),
  ].join('\n')
}
