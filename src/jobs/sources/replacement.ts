// How the files of a folder are replaced by another one, where no request can do both: a note says first which file is to take
// the place of which others. With the note there, the others count until that file is there, and then no more. So a reader
// sees the old rows or the new ones, wherever the writer stopped; who writes next finishes what the note says.
import { parseJson, stringifyJson } from '../../base/json-exact.ts'
import { isKind } from '../../base/errors.ts'
import { readObject } from '../../base/json-fields.ts'
import { decodeUtf8, encodeUtf8 } from '../../base/unicode.ts'
import { joinLocation } from '../../io/location.ts'
import type { RequestOptions } from '../../io/object-store.ts'
import type { FilesPlace } from '../lake.ts'

/** One file in place of others, by their names in the folder. */
export interface Replacement {
  readonly by: string
  readonly replaced: readonly string[]
}

/** Hidden from readers, ours and others'. */
const NOTE = '_replacement.json'

/** The note that is in the folder; null when there is none. */
export async function findReplacement(
  { store, location }: FilesPlace,
  options: RequestOptions = {},
): Promise<Replacement | null> {
  try {
    const bytes = await store.get(joinLocation(location, NOTE), undefined, options)
    const fields = readObject(parseJson(decodeUtf8(bytes)), NOTE)
    return { by: fields.string('by'), replaced: fields.array('replaced').map(String) }
  } catch (error) {
    if (isKind(error, 'not-found')) return null
    throw error
  }
}

/** Whether a file has been replaced, given what is in the folder. */
export function isReplaced(
  { by, replaced }: Replacement,
  name: string,
  files: readonly { readonly name: string }[],
): boolean {
  return replaced.includes(name) && files.some((file) => file.name === by)
}

/** Says what is about to happen. */
export async function announce(
  { store, location }: FilesPlace,
  { by, replaced }: Replacement,
  options: RequestOptions = {},
): Promise<void> {
  const bytes = encodeUtf8(stringifyJson({ by, replaced }))
  await store.put(joinLocation(location, NOTE), bytes, 'overwrite', options)
}

/**
 * Does what is left of a replacement whose file is there, or forgets one whose file never came.
 *
 * @throws IcebergError `unavailable` when files cannot be removed: the note stays, and they do not count
 */
export async function finish(
  { store, location }: FilesPlace,
  { by, replaced }: Replacement,
  options: RequestOptions = {},
): Promise<void> {
  if (await isThere({ store, location }, by, options)) {
    const locations = replaced.map((name) => joinLocation(location, name))
    const [failure] = await store.deleteAll(locations, options)
    if (failure !== undefined) throw failure.error
  }
  await store.delete(joinLocation(location, NOTE), options)
}

async function isThere(
  { store, location }: FilesPlace,
  name: string,
  options: RequestOptions,
): Promise<boolean> {
  try {
    await store.head(joinLocation(location, name), options)
    return true
  } catch (error) {
    if (isKind(error, 'not-found')) return false
    throw error
  }
}
