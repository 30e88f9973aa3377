// Which listed objects nothing of a table names. Pure: the caller lists the store, collects the references and brings the time.
// Doubt falls on keeping: to remove a live file loses rows, to keep a dead one only takes room.
import { versionOf } from '../catalog/metadata-versions.ts'
import { lastName, parentLocation } from '../io/location.ts'

/** What is known when an object is judged. Folders and paths are comparable ones, as `comparablePath` gives them. */
export interface OrphanRules {
  /** The folder that was listed. */
  readonly folder: string
  /** Folders in which the table's own metadata files are. */
  readonly metadataFolders: ReadonlySet<string>
  /** Folders of other tables inside of the listed one. */
  readonly otherTables: readonly string[]
  /** Names of partition fields: folders begin with them that may begin with `_` or a dot. */
  readonly partitionNames: readonly string[]
}

/** Why an object stays that nothing names; `orphan` for one that does not. */
export type OrphanVerdict = 'orphan' | 'hidden' | 'catalog' | 'other-table'

/**
 * Judges an object that is old enough and that nothing names, by its comparable path.
 *
 * Files and folders whose names begin with `_` or a dot are other programs': checkpoints, markers, checksums. What we leave
 * unfinished is never named so.
 */
export function judgeUnnamed(path: string, rules: OrphanRules): OrphanVerdict {
  if (rules.otherTables.some((folder) => isBelow(folder, path))) return 'other-table'
  if (isOfCatalog(path, rules)) return 'catalog'
  return isHidden(path, rules) ? 'hidden' : 'orphan'
}

/**
 * Whether a name is one that catalogs give to metadata files: numbered versions, those of other catalogs, and the hint. Some of
 * them are named by no metadata and are needed all the same: a version that ended the table, one whose metadata was let go, one
 * that a reader was told of before it was replaced.
 */
export function isMetadataName(name: string): boolean {
  return name === 'version-hint.text' || isMetadataJson(name)
}

function isMetadataJson(name: string): boolean {
  return versionOf(name) !== null || /\.metadata\.json(?:\.gz)?$/.test(name)
}

/** The folder of the table that has such a metadata file; itself where that is not called `metadata`. */
export function tableFolderOf(metadataFile: string): string {
  const folder = parentLocation(metadataFile)
  return lastName(folder) === 'metadata' ? parentLocation(folder) : folder
}

function isOfCatalog(path: string, { metadataFolders }: OrphanRules): boolean {
  return isMetadataName(lastName(path)) && metadataFolders.has(parentLocation(path))
}

function isHidden(path: string, { folder, partitionNames }: OrphanRules): boolean {
  const names = path.slice(folder.length).split('/')
  return names.some(
    (name) => /^[._]/.test(name) && !partitionNames.some((field) => name.startsWith(`${field}=`)),
  )
}

/** A folder ends with its `/`: `t2` is not below `t`. */
function isBelow(folder: string, path: string): boolean {
  return path.startsWith(folder === '/' ? folder : `${folder}/`)
}
