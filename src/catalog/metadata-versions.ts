// Versions of table metadata in a folder (spec: File System Tables): `v<N>.metadata.json`, or another name when
// compressed, and `version-hint.text`, which holds the number of a version that was current once.
//
// The current version is the last one that can be reached from the hint without a gap. The hint is written after the
// version, so that it may be old; it only saves time. Without a hint, or with one that leads nowhere, the highest version
// that is listed is the current one.
import { IcebergError, isKind } from '../base/errors.ts'
import type { ErrorContext } from '../base/errors.ts'
import { joinLocation, lastName } from '../io/location.ts'
import type { ObjectStore } from '../io/object-store.ts'
import { FORMER_GZIP_SUFFIX, METADATA_SUFFIX } from './metadata-file.ts'
import type { MetadataCodec } from './metadata-file.ts'

/** Told of what is odd about a table but does not stop anyone. */
export type WarningListener = (message: string, context: ErrorContext) => void

/** The folder that has the versions of one table. */
export interface MetadataFolder {
  readonly store: ObjectStore
  readonly location: string
  readonly onWarning: WarningListener
}

export interface VersionFile {
  readonly version: number
  readonly location: string
}

const HINT_NAME = 'version-hint.text'

/** Longer than any number that can be a version. */
const HINT_BYTES = 64

/** How often the newest version is looked for again when it goes away before it is read. */
const LISTINGS = 3

/** The name under which all writers compete for a version. */
export function versionFile(
  folder: MetadataFolder,
  version: number,
  codec: MetadataCodec,
): VersionFile {
  const location = joinLocation(folder.location, `v${version}${METADATA_SUFFIX[codec]}`)
  return { version, location }
}

/** The version that a file is named for; null for other files. */
export function versionOf(location: string): number | null {
  const digits = /^v(0|[1-9]\d{0,14})(?:(?:\.gz)?\.metadata\.json|\.metadata\.json\.gz)$/.exec(
    lastName(location),
  )?.[1]
  return digits === undefined ? null : Number(digits)
}

/** Whether a version is there under another name than that of `file`. */
export function isNamedOtherwise(folder: MetadataFolder, file: VersionFile): Promise<boolean> {
  const others = namesOf(folder, file.version).filter(({ location }) => location !== file.location)
  return anyExists(folder, others)
}

/**
 * Hands the file of the current version to `use`, and returns what that returns; null when there is no version. A file
 * that turns out not to exist (`not-found`) is not the current one.
 */
export async function atCurrentVersion<Result>(
  folder: MetadataFolder,
  use: (file: VersionFile) => Promise<Result>,
): Promise<Result | null> {
  const hint = await readHint(folder)
  if (hint !== null) {
    const result = await atVersion(folder, await lastInRow(folder, hint), use)
    if (result !== null) return result
    folder.onWarning('version hint leads nowhere', { folder: folder.location, hint })
  }
  for (let listing = 1; listing <= LISTINGS; listing += 1) {
    const highest = await highestListed(folder)
    if (highest === null) return null
    const result = await atVersion(folder, highest, use)
    if (result !== null) return result
  }
  throw new IcebergError('unavailable', 'metadata files go away while they are looked for', {
    context: { folder: folder.location },
  })
}

/** Says where to start next time. */
export async function writeHint(folder: MetadataFolder, version: number): Promise<void> {
  const text = new TextEncoder().encode(String(version))
  await folder.store.put(joinLocation(folder.location, HINT_NAME), text, 'overwrite')
}

/** {@link writeHint} after a version that is there already, whatever becomes of the hint: a failure is a warning. */
export async function hintAt(folder: MetadataFolder, version: number): Promise<void> {
  try {
    await writeHint(folder, version)
  } catch (error) {
    folder.onWarning('version hint could not be written', {
      folder: folder.location,
      version,
      reason: String(error),
    })
  }
}

/** A hint that leads nowhere. */
export interface StrayHint {
  readonly text: string
  /** Whether it is a number at all. */
  readonly isNumber: boolean
}

/** Null when the hint names a version that is there, and when there is no hint. */
export async function strayHint(folder: MetadataFolder): Promise<StrayHint | null> {
  const location = joinLocation(folder.location, HINT_NAME)
  const bytes = await unlessMissing(folder.store.get(location, { start: 0, end: HINT_BYTES }))
  if (bytes === null) return null
  const text = new TextDecoder().decode(bytes).trim()
  if (!/^\d{1,15}$/.test(text)) return { text, isNumber: false }
  const found = await atVersion(folder, Number(text), (file) => folder.store.head(file.location))
  return found === null ? { text, isNumber: true } : null
}

/** Null when there is no hint, or none that is a number. */
async function readHint(folder: MetadataFolder): Promise<number | null> {
  const location = joinLocation(folder.location, HINT_NAME)
  const bytes = await unlessMissing(folder.store.get(location, { start: 0, end: HINT_BYTES }))
  if (bytes === null) return null
  const text = new TextDecoder().decode(bytes).trim()
  if (/^\d{1,15}$/.test(text)) return Number(text)
  folder.onWarning('version hint is not a number', { folder: folder.location })
  return null
}

/** The last version after `from` with none missing between; `from` itself is not looked for. */
async function lastInRow(folder: MetadataFolder, from: number): Promise<number> {
  let version = from
  while (await versionExists(folder, version + 1)) version += 1
  return version
}

function versionExists(folder: MetadataFolder, version: number): Promise<boolean> {
  return anyExists(folder, namesOf(folder, version))
}

function namesOf(folder: MetadataFolder, version: number): readonly VersionFile[] {
  return [versionFile(folder, version, 'none'), versionFile(folder, version, 'gzip')]
}

async function anyExists(folder: MetadataFolder, files: readonly VersionFile[]): Promise<boolean> {
  const found = await Promise.all(files.map(({ location }) => exists(folder.store, location)))
  return found.includes(true)
}

/** Null when there is no version. */
async function highestListed(folder: MetadataFolder): Promise<number | null> {
  let highest: number | null = null
  for await (const { name, isFolder } of folder.store.listNames(folder.location)) {
    const version = isFolder ? null : versionOf(name)
    if (version !== null && version > (highest ?? -1)) highest = version
  }
  return highest
}

/** The former name of gzip files is tried last: who wrote it could not write tables of format version 2. */
async function atVersion<Result>(
  folder: MetadataFolder,
  version: number,
  use: (file: VersionFile) => Promise<Result>,
): Promise<Result | null> {
  const former = joinLocation(folder.location, `v${version}${FORMER_GZIP_SUFFIX}`)
  for (const file of [...namesOf(folder, version), { version, location: former }]) {
    const result = await unlessMissing(use(file))
    if (result !== null) return result
  }
  return null
}

async function exists(store: ObjectStore, location: string): Promise<boolean> {
  return (await unlessMissing(store.head(location))) !== null
}

async function unlessMissing<Result>(attempt: Promise<Result>): Promise<Result | null> {
  try {
    return await attempt
  } catch (error) {
    if (isKind(error, 'not-found')) return null
    throw error
  }
}
