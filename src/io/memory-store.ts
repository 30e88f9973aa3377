import { concatBytes } from '../base/bytes.ts'
import { systemEnvironment } from '../base/environment.ts'
import { IcebergError } from '../base/errors.ts'
import { joinLocation, nameBelow, parseLocation } from './location.ts'
import type {
  ByteRange,
  DeleteFailure,
  FolderEntry,
  ListOptions,
  ObjectInfo,
  ObjectStore,
  RequestOptions,
} from './object-store.ts'
import { checkRange, deleteEach } from './object-store.ts'

interface StoredObject {
  readonly bytes: Uint8Array
  readonly modifiedMs: number
}

export interface MemoryStoreOptions {
  /** Gives `modifiedMs`. */
  readonly clock?: () => number
}

/** Objects under `memory:` locations, for as long as the store is held. The reference for what a store does. */
export function createMemoryStore(options: MemoryStoreOptions = {}): ObjectStore {
  return new MemoryStore(options.clock ?? (() => systemEnvironment.nowMs()))
}

class MemoryStore implements ObjectStore {
  readonly #objects = new Map<string, StoredObject>()
  readonly #clock: () => number

  constructor(clock: () => number) {
    this.#clock = clock
  }

  async put(
    location: string,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    mode: 'create' | 'overwrite',
    options: RequestOptions = {},
  ): Promise<number> {
    const key = keyOf(location)
    const bytes = body instanceof Uint8Array ? body.slice() : await collect(body, options)
    options.signal?.throwIfAborted()
    if (mode === 'create' && this.#objects.has(key)) {
      throw new IcebergError('conflict', 'object exists', { context: { location } })
    }
    this.#objects.set(key, { bytes, modifiedMs: this.#clock() })
    return bytes.length
  }

  async get(
    location: string,
    range?: ByteRange,
    options: RequestOptions = {},
  ): Promise<Uint8Array> {
    options.signal?.throwIfAborted()
    checkRange(location, range)
    return this.#find(location).bytes.slice(range?.start, range?.end)
  }

  async head(location: string, options: RequestOptions = {}): Promise<ObjectInfo> {
    options.signal?.throwIfAborted()
    const { bytes, modifiedMs } = this.#find(location)
    return { location, sizeBytes: bytes.length, modifiedMs }
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ObjectInfo> {
    for (const [rest, { bytes, modifiedMs }] of this.#below(prefix)) {
      options.signal?.throwIfAborted()
      if (options.isWanted?.(rest) === false) continue
      yield { location: joinLocation(prefix, rest), sizeBytes: bytes.length, modifiedMs }
    }
  }

  async *listNames(folder: string, options: RequestOptions = {}): AsyncGenerator<FolderEntry> {
    const folders = new Set<string>()
    for (const [rest] of this.#below(folder)) {
      options.signal?.throwIfAborted()
      const slash = rest.indexOf('/')
      if (slash < 0) yield { name: rest, isFolder: false }
      else folders.add(rest.slice(0, slash))
    }
    for (const name of folders) yield { name, isFolder: true }
  }

  async delete(location: string, options: RequestOptions = {}): Promise<void> {
    options.signal?.throwIfAborted()
    this.#objects.delete(keyOf(location))
  }

  async deleteAll(
    locations: readonly string[],
    options: RequestOptions = {},
  ): Promise<readonly DeleteFailure[]> {
    return deleteEach(this, locations, options)
  }

  #find(location: string): StoredObject {
    const object = this.#objects.get(keyOf(location))
    if (object !== undefined) return object
    throw new IcebergError('not-found', 'object does not exist', { context: { location } })
  }

  /** What is below a folder now, by the rest of its name; later changes do not disturb who reads it. */
  #below(folder: string): readonly (readonly [string, StoredObject])[] {
    const key = keyOf(folder)
    return [...this.#objects].flatMap(([location, object]) => {
      const name = nameBelow(key, location)
      return name === null ? [] : [[name, object] as const]
    })
  }
}

function keyOf(location: string): string {
  const { scheme, authority, path } = parseLocation(location)
  if (scheme === 'memory' && authority === '') return path
  throw new IcebergError('invalid', 'location is not in memory', { context: { location } })
}

async function collect(
  body: AsyncIterable<Uint8Array>,
  options: RequestOptions,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) {
    options.signal?.throwIfAborted()
    chunks.push(chunk.slice())
  }
  return concatBytes(chunks)
}
