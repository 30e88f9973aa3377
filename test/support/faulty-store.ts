import { systemEnvironment } from '../../src/base/environment.ts'
import { IcebergError } from '../../src/base/errors.ts'
import type {
  ByteRange,
  DeleteFailure,
  FolderEntry,
  ObjectInfo,
  ObjectStore,
  RequestOptions,
} from '../../src/io/object-store.ts'

/** What goes wrong with one request. */
export type Fault =
  /** Nothing happens, and the caller is told so. */
  | 'fails'
  /** It happens, but the answer is lost. */
  | 'applies-then-fails'
  /** The caller is told that it failed; it happens when {@link FaultyStore.landLate} is called. */
  | 'fails-then-applies'
  /** It happens, and the answer is that of a second, repeated request: only creates differ from those that succeed. */
  | 'repeats'
  /** It happens after a while. */
  | 'is-slow'

export const FAULTS: readonly Fault[] = [
  'fails',
  'applies-then-fails',
  'fails-then-applies',
  'repeats',
  'is-slow',
]

export interface FaultyStore extends ObjectStore {
  /** Requests that were made so far, as `put memory:/a`. A listing is one. */
  readonly requests: string[]
  /** What happens at requests, by their number from 1. */
  readonly faults: Map<number, Fault>
  /** Waited for before each request. */
  beforeRequest: (request: string) => Promise<void>
  /** Lets land what was on its way when the caller had given up on it. */
  landLate(): Promise<void>
}

/** A store that fails when told to. */
export function createFaultyStore(
  inner: ObjectStore,
  faults: Iterable<readonly [request: number, fault: Fault]> = [],
): FaultyStore {
  return new FailingStore(inner, new Map(faults))
}

class FailingStore implements FaultyStore {
  readonly requests: string[] = []
  readonly faults: Map<number, Fault>
  beforeRequest = (_request: string): Promise<void> => Promise.resolve()
  readonly #inner: ObjectStore
  readonly #late: (() => Promise<unknown>)[] = []

  constructor(inner: ObjectStore, faults: Map<number, Fault>) {
    this.#inner = inner
    this.faults = faults
  }

  put(
    location: string,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    mode: 'create' | 'overwrite',
    options?: RequestOptions,
  ): Promise<number> {
    return this.#request(`put ${location}`, () => this.#inner.put(location, body, mode, options))
  }

  get(location: string, range?: ByteRange, options?: RequestOptions): Promise<Uint8Array> {
    return this.#request(`get ${location}`, () => this.#inner.get(location, range, options))
  }

  head(location: string, options?: RequestOptions): Promise<ObjectInfo> {
    return this.#request(`head ${location}`, () => this.#inner.head(location, options))
  }

  delete(location: string, options?: RequestOptions): Promise<void> {
    return this.#request(`delete ${location}`, () => this.#inner.delete(location, options))
  }

  deleteAll(
    locations: readonly string[],
    options?: RequestOptions,
  ): Promise<readonly DeleteFailure[]> {
    return this.#request(`delete-all ${locations.join(' ')}`, () =>
      this.#inner.deleteAll(locations, options),
    )
  }

  list(prefix: string, options?: RequestOptions): AsyncIterable<ObjectInfo> {
    return this.#listing(`list ${prefix}`, this.#inner.list(prefix, options))
  }

  listNames(folder: string, options?: RequestOptions): AsyncIterable<FolderEntry> {
    return this.#listing(`list-names ${folder}`, this.#inner.listNames(folder, options))
  }

  async landLate(): Promise<void> {
    for (const apply of this.#late.splice(0)) await apply().catch(() => undefined)
  }

  async #request<Result>(name: string, apply: () => Promise<Result>): Promise<Result> {
    const fault = await this.#next(name)
    if (fault === 'is-slow') await systemEnvironment.sleep(1)
    if (fault === 'applies-then-fails' || fault === 'repeats') await apply()
    if (fault === 'fails-then-applies') this.#late.push(apply)
    if (fault === undefined || fault === 'is-slow' || fault === 'repeats') return apply()
    throw lost(name)
  }

  /** A listing that fails has shown part of itself before. */
  async *#listing<Item>(name: string, items: AsyncIterable<Item>): AsyncGenerator<Item> {
    const fault = await this.#next(name)
    const fails = fault !== undefined && fault !== 'is-slow' && fault !== 'repeats'
    for await (const item of items) {
      yield item
      if (fails) throw lost(name)
    }
    if (fails) throw lost(name)
  }

  async #next(name: string): Promise<Fault | undefined> {
    this.requests.push(name)
    const fault = this.faults.get(this.requests.length)
    await this.beforeRequest(name)
    return fault
  }
}

function lost(request: string): IcebergError {
  return new IcebergError('unavailable', 'fault was asked for', { context: { request } })
}
