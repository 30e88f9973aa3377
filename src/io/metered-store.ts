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

/** What was asked of a store since it was opened, failed requests too. */
export interface StoreUsage {
  readonly puts: number
  readonly gets: number
  readonly heads: number
  readonly lists: number
  /** Of objects, however many a request removed. */
  readonly deletes: number
  /** Bytes that `get` returned. */
  readonly readBytes: number
  /** Bytes that `put` reported as written. */
  readonly writtenBytes: number
}

/** A store that counts what is asked of it. */
export interface MeteredStore extends ObjectStore {
  /** The counts as they stand now. */
  usage(): StoreUsage
}

/** Counts requests and bytes on their way to another store. */
export function createMeteredStore(inner: ObjectStore): MeteredStore {
  return new CountingStore(inner)
}

const NOTHING: StoreUsage = {
  puts: 0,
  gets: 0,
  heads: 0,
  lists: 0,
  deletes: 0,
  readBytes: 0,
  writtenBytes: 0,
}

class CountingStore implements MeteredStore {
  readonly #inner: ObjectStore
  #usage = NOTHING

  constructor(inner: ObjectStore) {
    this.#inner = inner
  }

  usage(): StoreUsage {
    return this.#usage
  }

  async put(
    location: string,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    mode: 'create' | 'overwrite',
    options?: RequestOptions,
  ): Promise<number> {
    this.#count('puts', 1)
    const sizeBytes = await this.#inner.put(location, body, mode, options)
    this.#count('writtenBytes', sizeBytes)
    return sizeBytes
  }

  async get(location: string, range?: ByteRange, options?: RequestOptions): Promise<Uint8Array> {
    this.#count('gets', 1)
    const bytes = await this.#inner.get(location, range, options)
    this.#count('readBytes', bytes.length)
    return bytes
  }

  head(location: string, options?: RequestOptions): Promise<ObjectInfo> {
    this.#count('heads', 1)
    return this.#inner.head(location, options)
  }

  list(prefix: string, options?: ListOptions): AsyncIterable<ObjectInfo> {
    this.#count('lists', 1)
    return this.#inner.list(prefix, options)
  }

  listNames(folder: string, options?: RequestOptions): AsyncIterable<FolderEntry> {
    this.#count('lists', 1)
    return this.#inner.listNames(folder, options)
  }

  delete(location: string, options?: RequestOptions): Promise<void> {
    this.#count('deletes', 1)
    return this.#inner.delete(location, options)
  }

  deleteAll(
    locations: readonly string[],
    options?: RequestOptions,
  ): Promise<readonly DeleteFailure[]> {
    this.#count('deletes', locations.length)
    return this.#inner.deleteAll(locations, options)
  }

  realLocation(location: string): Promise<string> {
    return realLocationIn(this.#inner, location)
  }

  #count(name: keyof StoreUsage, amount: number): void {
    this.#usage = { ...this.#usage, [name]: this.#usage[name] + amount }
  }
}
