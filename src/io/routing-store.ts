import { IcebergError } from '../base/errors.ts'
import type { LocalFiles } from './local-files.ts'
import { parseLocation } from './location.ts'
import { realLocationIn } from './object-store.ts'
import type {
  ByteRange,
  DeleteFailure,
  FolderEntry,
  ListOptions,
  ObjectInfo,
  ObjectStore,
  RequestOptions,
} from './object-store.ts'

/** Opens the store of a scheme. Called once, when a location of that scheme is first asked for. */
export type OpenStore = () => ObjectStore | Promise<ObjectStore>

/**
 * The store of each scheme under one roof: a table in one place may name files in another. Stores are opened when they are
 * first needed, so that nothing is loaded for those that never are.
 *
 * @param openers by scheme, as `parseLocation` gives it
 */
export function createRoutingStore(openers: Readonly<Record<string, OpenStore>>): ObjectStore {
  return new RoutingStore(new Map(Object.entries(openers)))
}

class RoutingStore implements ObjectStore {
  readonly #openers: ReadonlyMap<string, OpenStore>
  readonly #opened = new Map<string, Promise<ObjectStore>>()

  readonly localFiles: LocalFiles = {
    pathOf: async (location) => {
      const { localFiles } = await this.#storeOf(location)
      return localFiles === undefined ? null : localFiles.pathOf(location)
    },
    isThere: async (location) => {
      const { localFiles } = await this.#storeOf(location)
      return localFiles === undefined ? null : localFiles.isThere(location)
    },
    newFile: async (location, options) => {
      const { localFiles } = await this.#storeOf(location)
      if (localFiles !== undefined) return localFiles.newFile(location, options)
      throw new IcebergError('invalid', 'location is not on this machine', {
        context: { location },
      })
    },
  }

  constructor(openers: ReadonlyMap<string, OpenStore>) {
    this.#openers = openers
  }

  async put(
    location: string,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    mode: 'create' | 'overwrite',
    options?: RequestOptions,
  ): Promise<number> {
    return (await this.#storeOf(location)).put(location, body, mode, options)
  }

  async get(location: string, range?: ByteRange, options?: RequestOptions): Promise<Uint8Array> {
    return (await this.#storeOf(location)).get(location, range, options)
  }

  async head(location: string, options?: RequestOptions): Promise<ObjectInfo> {
    return (await this.#storeOf(location)).head(location, options)
  }

  async *list(prefix: string, options?: ListOptions): AsyncGenerator<ObjectInfo> {
    yield* (await this.#storeOf(prefix)).list(prefix, options)
  }

  async *listNames(folder: string, options?: RequestOptions): AsyncGenerator<FolderEntry> {
    yield* (await this.#storeOf(folder)).listNames(folder, options)
  }

  async delete(location: string, options?: RequestOptions): Promise<void> {
    await (await this.#storeOf(location)).delete(location, options)
  }

  async deleteAll(
    locations: readonly string[],
    options?: RequestOptions,
  ): Promise<readonly DeleteFailure[]> {
    const byStore = new Map<ObjectStore, string[]>()
    for (const location of locations) {
      const store = await this.#storeOf(location)
      const own = byStore.get(store) ?? []
      own.push(location)
      byStore.set(store, own)
    }
    const failures: DeleteFailure[] = []
    for (const [store, own] of byStore) failures.push(...(await store.deleteAll(own, options)))
    return failures
  }

  async realLocation(location: string): Promise<string> {
    return realLocationIn(await this.#storeOf(location), location)
  }

  /** @throws IcebergError `invalid` when no store has locations of that scheme */
  async #storeOf(location: string): Promise<ObjectStore> {
    const { scheme } = parseLocation(location)
    const open = this.#openers.get(scheme)
    if (open === undefined) {
      throw new IcebergError('invalid', 'no store has locations of this scheme', {
        context: { location, scheme },
      })
    }
    const opened = this.#opened.get(scheme) ?? (async () => open())()
    this.#opened.set(scheme, opened)
    return opened
  }
}
