import { systemEnvironment } from '../../src/base/environment.ts'
import { unreachable } from '../../src/base/assert.ts'
import { IcebergError, isKind } from '../../src/base/errors.ts'
import { joinLocation } from '../../src/io/location.ts'
import type {
  ByteRange,
  DeleteFailure,
  FolderEntry,
  ListOptions,
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
  /** The connection breaks halfway: some of the bytes of a write were sent, some of a listing has come. */
  | 'is-torn'
  /** A read gives what there was before the last write to the name; a listing leaves out what was new then. */
  | 'is-stale'

/** Faults of stores that keep what they promise, whatever becomes of their answers. */
export const FAULTS: readonly Fault[] = [
  'fails',
  'applies-then-fails',
  'fails-then-applies',
  'repeats',
  'is-slow',
]

/** These, and those of connections and caches. */
export const ALL_FAULTS: readonly Fault[] = [...FAULTS, 'is-torn', 'is-stale']

/** The faults that make a difference to such a request. */
export function faultsOf(request: string): readonly Fault[] {
  const [kind] = request.split(' ')
  if (kind === 'get' || kind === 'head') return ['fails', 'is-slow', 'is-stale']
  if (kind === 'list' || kind === 'list-names') return ['fails', 'is-slow', 'is-torn', 'is-stale']
  return kind === 'put' ? [...FAULTS, 'is-torn'] : FAULTS
}

export interface FaultyStore extends ObjectStore {
  /** Requests that were made so far, as `put memory:/a`. A listing is one. */
  readonly requests: string[]
  /** What happens at requests, by their number from 1. */
  readonly faults: Map<number, Fault>
  /** Waited for before each request. */
  beforeRequest: (request: string) => Promise<void>
  /** How many writes nobody has ended yet. */
  openWrites(): number
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
  /** What there was before the last write, by location; null for nothing. */
  readonly #former = new Map<string, Uint8Array | null>()
  #openWrites = 0

  constructor(inner: ObjectStore, faults: Map<number, Fault>) {
    this.#inner = inner
    this.faults = faults
  }

  async put(
    location: string,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    mode: 'create' | 'overwrite',
    options?: RequestOptions,
  ): Promise<number> {
    const name = `put ${location}`
    this.#openWrites += 1
    try {
      return await this.#request(name, {
        apply: () => this.#write(location, body, mode, options),
        tear: () => this.#inner.put(location, halfOf(body, lost(name)), mode, options),
      })
    } finally {
      this.#openWrites -= 1
    }
  }

  async #write(...given: Parameters<ObjectStore['put']>): Promise<number> {
    const [location] = given
    const former = await contentOf(this.#inner, location)
    const sizeBytes = await this.#inner.put(...given)
    this.#former.set(location, former)
    return sizeBytes
  }

  get(location: string, range?: ByteRange, options?: RequestOptions): Promise<Uint8Array> {
    return this.#request(`get ${location}`, {
      apply: () => this.#inner.get(location, range, options),
      recall: (former) => former.slice(range?.start, range?.end),
      location,
    })
  }

  head(location: string, options?: RequestOptions): Promise<ObjectInfo> {
    return this.#request(`head ${location}`, {
      apply: () => this.#inner.head(location, options),
      recall: (former) => ({ location, sizeBytes: former.length, modifiedMs: 0 }),
      location,
    })
  }

  delete(location: string, options?: RequestOptions): Promise<void> {
    return this.#request(`delete ${location}`, {
      apply: () => this.#inner.delete(location, options),
    })
  }

  deleteAll(
    locations: readonly string[],
    options?: RequestOptions,
  ): Promise<readonly DeleteFailure[]> {
    return this.#request(`delete-all ${locations.join(' ')}`, {
      apply: () => this.#inner.deleteAll(locations, options),
    })
  }

  list(prefix: string, options?: ListOptions): AsyncIterable<ObjectInfo> {
    return this.#listing(`list ${prefix}`, {
      items: this.#inner.list(prefix, options),
      isNew: ({ location }) => this.#former.get(location) === null,
    })
  }

  listNames(folder: string, options?: RequestOptions): AsyncIterable<FolderEntry> {
    return this.#listing(`list-names ${folder}`, {
      items: this.#inner.listNames(folder, options),
      isNew: ({ name }) => this.#former.get(joinLocation(folder, name)) === null,
    })
  }

  openWrites(): number {
    return this.#openWrites
  }

  async landLate(): Promise<void> {
    for (const apply of this.#late.splice(0)) await apply().catch(() => undefined)
  }

  async #request<Result>(name: string, request: Request<Result>): Promise<Result> {
    const { apply, tear, recall, location = '' } = request
    const fault = await this.#next(name)
    switch (fault) {
      case undefined:
        return apply()
      case 'is-slow':
        await systemEnvironment.sleep(1)
        return apply()
      case 'repeats':
        await apply()
        return apply()
      case 'applies-then-fails':
        await apply()
        throw lost(name)
      case 'fails-then-applies':
        this.#late.push(apply)
        throw lost(name)
      case 'is-torn':
        await tear?.()
        throw lost(name)
      case 'is-stale': {
        const former = this.#former.get(location)
        if (recall === undefined || former === undefined) return apply()
        if (former !== null) return recall(former)
        throw new IcebergError('not-found', 'object does not exist', { context: { location } })
      }
      case 'fails':
        throw lost(name)
      default:
        return unreachable(fault)
    }
  }

  async *#listing<Item>(name: string, { items, isNew }: Listing<Item>): AsyncGenerator<Item> {
    const fault = await this.#next(name)
    const isLost = fault !== undefined && !['is-slow', 'repeats', 'is-stale'].includes(fault)
    if (isLost && fault !== 'is-torn') throw lost(name)
    for await (const item of items) {
      if (fault === 'is-stale' && isNew(item)) continue
      yield item
      if (isLost) throw lost(name)
    }
    if (isLost) throw lost(name)
  }

  async #next(name: string): Promise<Fault | undefined> {
    this.requests.push(name)
    const fault = this.faults.get(this.requests.length)
    await this.beforeRequest(name)
    return fault
  }
}

interface Request<Result> {
  readonly apply: () => Promise<Result>
  /** Does half of it, and then fails. */
  readonly tear?: () => Promise<unknown>
  /** The answer from what there was at the location. */
  readonly recall?: (former: Uint8Array) => Result
  readonly location?: string
}

interface Listing<Item> {
  readonly items: AsyncIterable<Item>
  readonly isNew: (item: Item) => boolean
}

async function contentOf(store: ObjectStore, location: string): Promise<Uint8Array | null> {
  try {
    return await store.get(location)
  } catch (error) {
    if (isKind(error, 'not-found')) return null
    throw error
  }
}

/** Half of the first piece of a body; then the error. */
async function* halfOf(
  body: Uint8Array | AsyncIterable<Uint8Array>,
  error: IcebergError,
): AsyncGenerator<Uint8Array> {
  for await (const piece of body instanceof Uint8Array ? [body] : body) {
    yield piece.subarray(0, piece.length >>> 1)
    break
  }
  throw error
}

function lost(request: string): IcebergError {
  return new IcebergError('unavailable', 'fault was asked for', { context: { request } })
}
