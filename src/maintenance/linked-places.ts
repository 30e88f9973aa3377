// Places that a table reaches by another name than they are listed by: past links of this machine. A listing follows none and shows
// what lies there under names that nothing names. Nobody can tell by them what the table needs, so that all of it stays.
import { mapConcurrent } from '../base/concurrency.ts'
import { isAbsoluteLocation, joinLocation, nameWithin, parentLocation } from '../io/location.ts'
import { realLocationIn } from '../io/object-store.ts'
import type { ObjectStore, RequestOptions } from '../io/object-store.ts'
import { comparablePath } from './comparable-path.ts'

const LOOKS_IN_FLIGHT = 16

export class LinkedPlaces {
  readonly #store: ObjectStore
  readonly #folder: string
  readonly #comparableFolder: string
  /** Comparable paths of the links below the folder. */
  readonly #links: readonly string[]
  readonly #seen = new Set<string>()
  #unseen = new Set<string>()
  #places: readonly string[] = []

  /** @param links that a listing of the folder came by */
  constructor(store: ObjectStore, folder: string, links: readonly string[]) {
    this.#store = store
    this.#folder = folder
    this.#comparableFolder = comparablePath(folder)
    this.#links = links.map(comparablePath)
  }

  /** Comparable paths of folders and files, as they are listed. */
  get paths(): readonly string[] {
    return this.#places
  }

  /** Whether a comparable path is one of these places, or lies in one. */
  holds(path: string): boolean {
    return this.#places.some((place) => isAt(place, path))
  }

  /** Takes note of a name that the listing did not show. */
  note(location: string): void {
    const path = comparablePath(location)
    const isListed = isAt(this.#comparableFolder, path)
    if (isListed && !this.#links.some((link) => isAt(link, path))) return
    // Of a folder there may be a million files, and few that are links themselves.
    const place = isListed && this.#links.includes(path) ? location : parentLocation(location)
    if (!this.#seen.has(place)) this.#unseen.add(place)
  }

  /** Follows the links of what was noted since. */
  async look({ signal }: RequestOptions): Promise<void> {
    const places = [...this.#unseen].filter(isAbsoluteLocation)
    const real = (location: string): Promise<string> => realLocationIn(this.#store, location)
    const root = await real(this.#folder)
    const found = new Set(this.#places)
    for await (const place of mapConcurrent(places, LOOKS_IN_FLIGHT, real, signal)) {
      const name = nameWithin(root, place)
      if (name === null) continue
      found.add(comparablePath(name === '' ? this.#folder : joinLocation(this.#folder, name)))
    }
    this.#places = [...found].toSorted()
    for (const place of this.#unseen) this.#seen.add(place)
    this.#unseen = new Set()
  }
}

function isAt(place: string, path: string): boolean {
  return path === place || path.startsWith(place === '/' ? place : `${place}/`)
}
