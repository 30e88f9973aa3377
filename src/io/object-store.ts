import { mapConcurrent } from '../base/concurrency.ts'
import { IcebergError, isKind } from '../base/errors.ts'
import type { LocalFiles } from './local-files.ts'

/** An object as a listing shows it. */
export interface ObjectInfo {
  readonly location: string
  readonly sizeBytes: number
  /** By the store's own clock. */
  readonly modifiedMs: number
}

/** What a folder shows at one level. */
export interface FolderEntry {
  /** The part of the location between the folder and the next `/`. */
  readonly name: string
  readonly isFolder: boolean
}

/** Bytes `[start, end)` of an object. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** An object that could not be removed, and why. */
export interface DeleteFailure {
  readonly location: string
  readonly error: IcebergError
}

/** What every request takes. An aborted one rejects with the reason of its signal. */
export interface RequestOptions {
  readonly signal?: AbortSignal
}

/** What a listing takes. */
export interface ListOptions extends RequestOptions {
  /**
   * Which objects are given, by their names below the prefix; all when absent. What nobody wants is not looked at, where to look
   * at each costs something: files that a folder of this machine has had for long are passed over by their names.
   */
  readonly isWanted?: (name: string) => boolean
  /**
   * Told of what is no object although it has a place among them: on local disks links, which are not followed, and files whose
   * names are no text.
   */
  readonly onNoObject?: (location: string) => void
}

/**
 * Byte storage as table code sees it. Knows nothing of tables. Backends: memory, local files, S3.
 *
 * A location is a URI or an absolute path; a backend refuses those that are not its own with `invalid`.
 */
export interface ObjectStore {
  /** The way past the store to its objects; absent where they are no files, or where nobody is to go past it. */
  readonly localFiles?: LocalFiles

  /**
   * Writes a whole object. Readers see the old object or the new one, never a part. When it returns, the bytes and the
   * name outlive a crash of the machine. A body that fails ends the write: nothing appears at `location`.
   *
   * Of racing creates exactly one wins, when their bodies are arrays. Streams are for names that nobody else would give: not
   * all servers of S3 let only one of them win.
   *
   * @returns the size of what was written, in bytes
   * @throws IcebergError `conflict` when `mode` is `create` and the object exists
   * @throws IcebergError `unavailable` when storage fails; the write may have landed, and may still land, unless
   *   {@link neverLands} says otherwise
   * @throws IcebergError `unsupported` when `mode` is `create` and storage cannot create exclusively
   */
  put(
    location: string,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    mode: 'create' | 'overwrite',
    options?: RequestOptions,
  ): Promise<number>

  /**
   * Reads the bytes `[start, end)`, or fewer where the object ends before; the whole object without a range. The bytes
   * are the caller's own.
   *
   * @throws IcebergError `not-found` when there is no object at `location`
   */
  get(location: string, range?: ByteRange, options?: RequestOptions): Promise<Uint8Array>

  /** @throws IcebergError `not-found` when there is no object at `location` */
  head(location: string, options?: RequestOptions): Promise<ObjectInfo>

  /**
   * Every object whose location begins with `prefix` followed by `/`, at any depth, in no order. Empty when there is
   * none. A listing that fails part way throws: it never ends early as if it were whole.
   */
  list(prefix: string, options?: ListOptions): AsyncIterable<ObjectInfo>

  /**
   * What is directly in a folder, in no order: its objects, and folders that hold objects at any depth. Empty when there
   * is none. A store that has folders of its own may show empty ones too.
   */
  listNames(folder: string, options?: RequestOptions): AsyncIterable<FolderEntry>

  /** Removes an object. One that does not exist is no error. */
  delete(location: string, options?: RequestOptions): Promise<void>

  /**
   * Removes objects, in few requests where the store can, and goes on when one cannot be removed. Those that do not exist
   * are no error.
   *
   * @returns those that are or may be there still; empty when all are gone
   */
  deleteAll(
    locations: readonly string[],
    options?: RequestOptions,
  ): Promise<readonly DeleteFailure[]>

  /**
   * Where an object is that has more names than one, past all links, whether or not it is there. Absent where each object has the
   * one location.
   */
  realLocation?(location: string): Promise<string>
}

/** {@link ObjectStore.realLocation} in any store. */
export async function realLocationIn(
  store: Pick<ObjectStore, 'realLocation'>,
  location: string,
): Promise<string> {
  return (await store.realLocation?.(location)) ?? location
}

/** In the context of a `put` that failed before it came to the name of its object. */
export const NOT_LANDED = { landed: false } as const

/** Whether the object of a `put` that failed is certain not to be there, now and later. False when in doubt. */
export function neverLands(error: unknown): boolean {
  return error instanceof IcebergError && error.context['landed'] === NOT_LANDED.landed
}

/** Removals wait for storage and for nothing else. */
const DELETES_IN_FLIGHT = 16

/** {@link ObjectStore.deleteAll} of a store whose requests are of one object each. */
export async function deleteEach(
  store: Pick<ObjectStore, 'delete'>,
  locations: readonly string[],
  { signal }: RequestOptions = {},
): Promise<readonly DeleteFailure[]> {
  const failures: DeleteFailure[] = []
  const removals = mapConcurrent(
    locations,
    DELETES_IN_FLIGHT,
    (location, stop) => removalFailure(store, location, { signal: stop }),
    signal,
  )
  for await (const failure of removals) if (failure !== null) failures.push(failure)
  return failures
}

async function removalFailure(
  store: Pick<ObjectStore, 'delete'>,
  location: string,
  options: RequestOptions,
): Promise<DeleteFailure | null> {
  try {
    await store.delete(location, options)
    return null
  } catch (error) {
    if (!isKind(error, 'unavailable')) throw error
    return { location, error }
  }
}

/** @throws IcebergError `invalid` unless `0 <= start <= end`, both whole numbers */
export function checkRange(location: string, range: ByteRange | undefined): void {
  if (range === undefined) return
  const { start, end } = range
  const isRange = Number.isSafeInteger(start) && Number.isSafeInteger(end)
  if (isRange && start >= 0 && start <= end) return
  throw new IcebergError('invalid', 'byte range is not one', { context: { location, start, end } })
}
