// Which files a stream has not had yet. A file is known by its path alone: neither by its age, which clocks and copies change, nor
// by what is in it.
import { parseGlob } from '../../base/glob.ts'
import { mapConcurrent } from '../../base/concurrency.ts'
import type { Environment } from '../../base/environment.ts'
import { lastName, parentLocation } from '../../io/location.ts'
import type { ObjectStore, RequestOptions } from '../../io/object-store.ts'
import { checkHoldsAll, findFile, listVisible } from './row-files.ts'
import type { RowFile } from './row-files.ts'

/** Which files are meant, and in which order they come. */
export interface FilesWanted {
  readonly store: ObjectStore
  /** A folder, all files below which are meant, a single file, or a pattern of paths. */
  readonly pattern: string
  readonly order: 'path' | 'modified'
  readonly latestFirst: boolean
  /** A file that was written later than so long ago may not be whole yet. */
  readonly minAgeMs: number
  readonly environment: Environment
}

/** How much a batch may be. */
export interface BatchLimits {
  readonly maxFiles: number
  /** A file that is larger by itself is a batch. */
  readonly maxBytes: number
}

const REQUESTS_IN_FLIGHT = 8

/** Files that are not in any batch. */
export class NewFiles {
  /** What all files lie below. */
  readonly folder: string
  readonly #wanted: FilesWanted
  readonly #matches: ((path: string) => boolean) | null
  readonly #seen = new SeenFiles()
  /** What the last listing showed and no batch has taken, in order: a backlog is listed once, and not for every batch. */
  #waiting: readonly RowFile[] = []
  /** Of these, how many have been taken, or are gone. */
  #done = 0
  #isFrozen = false

  constructor(wanted: FilesWanted) {
    const { base, matches } = parseGlob(wanted.pattern)
    this.#wanted = wanted
    this.folder = base
    this.#matches = matches
  }

  /** Files of a batch. */
  see(files: readonly RowFile[]): void {
    for (const file of files) this.#seen.add(file)
  }

  /** No file is of any batch: the stream has been moved back. */
  forget(): void {
    this.#seen.clear()
    this.#done = 0
  }

  /** From now on no file is new that is not there now. */
  async freeze(options: RequestOptions): Promise<void> {
    await this.#listAnew(options)
    this.#isFrozen = true
  }

  /** The files of the next batch, in order; none when nothing is new. They stay new until they are seen. */
  async next(limits: BatchLimits, options: RequestOptions): Promise<readonly RowFile[]> {
    // The latest may have come just now.
    if (!this.#wanted.latestFirst || this.#isFrozen) {
      const files = await this.#take(limits, options)
      if (files.length > 0 || this.#isFrozen) return files
    }
    await this.#listAnew(options)
    return withinLimits(this.#waiting, limits)
  }

  /** All that is new, in order. */
  async list(options: RequestOptions): Promise<readonly RowFile[]> {
    const { store, environment, minAgeMs } = this.#wanted
    // Without an age to wait for, a clock of the store that is ahead of ours does no harm.
    const latestMs = minAgeMs > 0 ? environment.nowMs() - minAgeMs : Infinity
    const files: RowFile[] = []
    const single =
      this.#matches === null ? await findFile({ store, location: this.folder }, options) : null
    if (single !== null) files.push({ ...single, name: lastName(single.location) })
    else {
      const place = { store, location: this.folder }
      // Most of a folder that fills for long has been seen: it is not looked at, by a store that heeds this.
      for await (const file of listVisible(place, options, (name) => this.#isNew(name))) {
        checkHoldsAll(file.name)
        files.push(file)
      }
    }
    return files
      .filter(({ location, modifiedMs }) => modifiedMs <= latestMs && !this.#seen.has(location))
      .toSorted(this.#compare)
  }

  #isNew(name: string): boolean {
    return !this.#seen.hasBelow(this.folder, name) && this.#matches?.(name) !== false
  }

  async #listAnew(options: RequestOptions): Promise<void> {
    this.#waiting = await this.list(options)
    this.#done = 0
  }

  /** Of what an earlier listing showed, as it is now. */
  async #take(limits: BatchLimits, options: RequestOptions): Promise<readonly RowFile[]> {
    for (;;) {
      const candidates = withinLimits(this.#unseen(), limits)
      if (candidates.length === 0) return []
      const files = await this.#asTheyAre(candidates, options)
      if (files.length > 0) return withinLimits(files, limits)
      const last = candidates.at(-1)
      while (this.#waiting[this.#done] !== last) this.#done += 1
      this.#done += 1
    }
  }

  /** Those that wait, in order. */
  *#unseen(): Generator<RowFile> {
    const isSeen = (file: RowFile | undefined): boolean =>
      file !== undefined && this.#seen.has(file.location)
    while (isSeen(this.#waiting[this.#done])) this.#done += 1
    for (let at = this.#done; at < this.#waiting.length; at += 1) {
      const file = this.#waiting[at]
      if (file !== undefined && !isSeen(file)) yield file
    }
  }

  /** Without those that are gone. */
  async #asTheyAre(
    files: readonly RowFile[],
    { signal }: RequestOptions,
  ): Promise<readonly RowFile[]> {
    const { store } = this.#wanted
    const find = async (file: RowFile, stop: AbortSignal): Promise<RowFile | null> => {
      const found = await findFile({ store, location: file.location }, { signal: stop })
      return found === null ? null : { ...found, name: file.name }
    }
    const found: RowFile[] = []
    for await (const file of mapConcurrent(files, REQUESTS_IN_FLIGHT, find, signal)) {
      if (file !== null) found.push(file)
    }
    return found
  }

  readonly #compare = (left: RowFile, right: RowFile): number => {
    const { order, latestFirst } = this.#wanted
    const byAge = left.modifiedMs - right.modifiedMs
    if (order === 'modified' && byAge !== 0) return latestFirst ? -byAge : byAge
    return left.name < right.name ? -1 : 1
  }
}

/** As many of the first files as a batch may have, one at the least. */
function withinLimits(
  files: Iterable<RowFile>,
  { maxFiles, maxBytes }: BatchLimits,
): readonly RowFile[] {
  const taken: RowFile[] = []
  let bytes = 0
  for (const file of files) {
    bytes += file.sizeBytes
    if (taken.length >= maxFiles || (taken.length > 0 && bytes > maxBytes)) break
    taken.push(file)
  }
  return taken
}

/**
 * Paths, by folder: a name alone takes less memory than all that stands before it too. It is what grows as long as a stream runs: by 66
 * bytes for a name of 19 characters.
 */
class SeenFiles {
  readonly #names = new Map<string, Set<string>>()

  add({ location, name }: RowFile): void {
    const folder = parentLocation(location)
    const names = this.#names.get(folder) ?? new Set()
    this.#names.set(folder, names)
    // Cut out of the location it would hold on to all of that.
    names.add(lastName(name))
  }

  clear(): void {
    this.#names.clear()
  }

  has(location: string): boolean {
    return this.#names.get(parentLocation(location))?.has(lastName(location)) ?? false
  }

  /** Asked of each name that a folder has, at each listing: where most lie, no location is put together for it. */
  hasBelow(folder: string, name: string): boolean {
    const names = this.#names.get(folder)
    if (names !== undefined && !name.includes('/')) return names.has(name)
    return this.has(`${folder}/${name}`)
  }
}
