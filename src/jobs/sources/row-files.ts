// The files of a dataset that is a folder of files. What is hidden, by a name that begins with `_` or `.`, is none of them, as
// other engines have it; neither is what a write has not finished.
import { IcebergError, isKind } from '../../base/errors.ts'
import { lastName, nameBelow } from '../../io/location.ts'
import { noObject } from '../../io/no-object.ts'
import type { ObjectInfo, RequestOptions } from '../../io/object-store.ts'
import type { FilesPlace } from '../lake.ts'
import { findReplacement, isReplaced } from './replacement.ts'

export type FileFormat = (typeof FILE_FORMATS)[number]

export const FILE_FORMATS = ['parquet', 'csv', 'json'] as const

const FORMATS: ReadonlyMap<string, FileFormat> = new Map([
  ['parquet', 'parquet'],
  ['csv', 'csv'],
  ['json', 'json'],
  ['ndjson', 'json'],
  ['jsonl', 'json'],
])

/** What a file is by its name; null where that does not say. Texts may be packed: `rides.csv.gz`. */
export function formatOfName(name: string): FileFormat | null {
  const plain = name.toLowerCase().replace(/\.gz$/, '')
  return FORMATS.get(plain.slice(plain.lastIndexOf('.') + 1)) ?? null
}

/** A file of rows. */
export interface RowFile extends ObjectInfo {
  /** Below the folder, such as `2026/part-00000.csv`; the last part of the location for a file that is the whole dataset. */
  readonly name: string
}

/**
 * The files of a dataset, by name: of a folder all below it, else the file of that location. None when neither is there.
 *
 * @throws IcebergError `unsupported` for folders such as `day=2026-01-31`, whose names hold values that their files do not
 */
export async function listRowFiles(
  { store, location }: FilesPlace,
  options: RequestOptions = {},
): Promise<readonly RowFile[]> {
  const single = await findFile({ store, location }, options)
  if (single !== null) return [single]
  const replacement = await findReplacement({ store, location }, options)
  const files: RowFile[] = []
  for await (const info of listVisible({ store, location }, options)) {
    checkHoldsAll(info.name)
    files.push(info)
  }
  return files
    .filter(({ name }) => replacement === null || !isReplaced(replacement, name, files))
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
}

/**
 * The files below a folder that are not hidden, in no order.
 *
 * @param isMeant by the name; absent: all are
 * @throws IcebergError `unsupported` for one that cannot be read by its name, rather than to leave its rows out
 */
export async function* listVisible(
  { store, location: folder }: FilesPlace,
  options: RequestOptions,
  isMeant: (name: string) => boolean = () => true,
): AsyncGenerator<RowFile> {
  const isWanted = (name: string): boolean => !isHidden(name) && isMeant(name)
  const wantedName = (location: string): string | null => {
    const name = nameBelow(folder, location)
    return name === null || !isWanted(name) ? null : name
  }
  const onNoObject = (location: string): void => {
    if (wantedName(location) !== null) throw noObject(location)
  }
  for await (const info of store.list(folder, { ...options, isWanted, onNoObject })) {
    const name = wantedName(info.location)
    if (name !== null) yield { ...info, name }
  }
}

/** The file of a location; null when there is none. */
export async function findFile(
  { store, location }: FilesPlace,
  options: RequestOptions,
): Promise<RowFile | null> {
  try {
    return { ...(await store.head(location, options)), name: lastName(location) }
  } catch (error) {
    if (isKind(error, 'not-found')) return null
    throw error
  }
}

/** Names that end in `.tmp` are of files that a local store is writing. */
export function isHidden(name: string): boolean {
  return name.endsWith('.tmp') || /(?:^|\/)[._]/.test(name)
}

/** @throws IcebergError `unsupported` for a name in a folder such as `day=2026-01-31`, which holds a value that the file does not */
export function checkHoldsAll(name: string): void {
  const folder = name
    .split('/')
    .slice(0, -1)
    .find((part) => part.includes('='))
  if (folder === undefined) return
  throw new IcebergError(
    'unsupported',
    'folders named after a column and its value hold what their files do not, and are not read yet',
    { context: { folder } },
  )
}
