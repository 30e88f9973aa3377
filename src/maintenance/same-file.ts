// Whether two names are those of one file. By one spelling of each, and where a store follows links, by where these lead: rows that
// come by two ways are there twice. To follow a name costs a look at the disk, so of the many files of a table only those are
// followed that are as long as one that is looked for.
import { mapConcurrent } from '../base/concurrency.ts'
import type { LiveFile } from '../formats/avro/manifest-live-files.ts'
import { canonicalLocation, isAbsoluteLocation } from '../io/location.ts'
import { realLocationIn } from '../io/object-store.ts'
import type { ObjectStore } from '../io/object-store.ts'

/** A file as storage and tables tell of it. */
export interface SizedFile {
  readonly path: string
  readonly fileSizeBytes: bigint
}

/** Files that are looked for among those of a table. */
export interface FileSearch {
  /** The files that were found, by their paths as they were given: how the table names them. */
  readonly found: ReadonlyMap<string, string>
  /** @param alike takes names that may lead to one of the files, for {@link FileSearch.follow} */
  look(file: Pick<LiveFile, 'path' | 'sizeBytes'>, alike: string[]): void
  follow(alike: readonly string[], signal: AbortSignal): Promise<void>
}

/** To follow a name is a look at a folder or two. */
const NAMES_IN_FLIGHT = 16

export async function createFileSearch(
  store: ObjectStore,
  files: readonly SizedFile[],
): Promise<FileSearch> {
  const byName = new Map(files.map(({ path }) => [canonicalLocation(path), path]))
  const sizes = new Set(files.map(({ fileSizeBytes }) => fileSizeBytes))
  const byPlace = new Map<string, string>()
  const paths = files.map(({ path }) => path)
  for await (const { path, place } of places(store, paths)) byPlace.set(place, path)
  const found = new Map<string, string>()
  return {
    found,
    look({ path, sizeBytes }, alike) {
      const name = isAbsoluteLocation(path) ? canonicalLocation(path) : path
      const named = byName.get(name)
      if (named !== undefined) found.set(named, path)
      else if (store.realLocation !== undefined && sizes.has(sizeBytes)) alike.push(path)
    },
    async follow(alike, signal) {
      for await (const { path, place } of places(store, alike, signal)) {
        const named = byPlace.get(place)
        if (named !== undefined) found.set(named, path)
      }
    },
  }
}

/** Those of the paths that lead where another one before them does, with that one. */
export async function namedTwice(
  store: ObjectStore,
  paths: readonly string[],
): Promise<readonly (readonly [path: string, before: string])[]> {
  const seen = new Map<string, string>()
  const twice: (readonly [string, string])[] = []
  for await (const { path, place } of places(store, paths)) {
    const before = seen.get(place)
    if (before === undefined) seen.set(place, path)
    else twice.push([path, before])
  }
  return twice
}

interface Placed {
  readonly path: string
  readonly place: string
}

/** Where paths lead, in their order. */
function places(
  store: ObjectStore,
  paths: readonly string[],
  signal?: AbortSignal,
): AsyncIterable<Placed> {
  return mapConcurrent(paths, NAMES_IN_FLIGHT, (path) => placed(store, path), signal)
}

async function placed(store: ObjectStore, path: string): Promise<Placed> {
  // Some tables name files relative to themselves.
  if (!isAbsoluteLocation(path)) return { path, place: path }
  return { path, place: canonicalLocation(await realLocationIn(store, path)) }
}
