import { mapConcurrent } from '../base/concurrency.ts'
import { IcebergError } from '../base/errors.ts'
import type { ObjectStore } from '../io/object-store.ts'

/** What a store is asked to remove at once. */
export const DELETE_BATCH = 1_000

/** Batches that are removed at once. */
export const BATCHES_IN_FLIGHT = 4

/** A file that is or may be there still, and why. */
export interface LeftFile {
  readonly path: string
  readonly reason: string
}

/** What became of files that were to be removed. */
export interface DeletedFiles<File> {
  readonly deleted: readonly File[]
  readonly left: readonly (File & LeftFile)[]
}

export interface DeleteFilesOptions {
  readonly signal?: AbortSignal | undefined
  /** Told how many files are done with, removed or not, after each batch. */
  readonly onDone?: ((files: number) => void) | undefined
}

/**
 * Removes files, in batches. One that cannot be removed is reported, as are those that are left when the caller gives up:
 * nothing needs them, and the next removal of orphans takes them. One that is gone already counts as removed.
 */
export async function deleteFiles<File extends { readonly path: string }>(
  store: ObjectStore,
  files: readonly File[],
  { signal, onDone }: DeleteFilesOptions = {},
): Promise<DeletedFiles<File>> {
  const deleted: File[] = []
  const left: (File & LeftFile)[] = []
  const batches = mapConcurrent(batchesOf(files), BATCHES_IN_FLIGHT, async (batch) => ({
    batch,
    failures: await failuresOf(store, batch, signal),
  }))
  for await (const { batch, failures } of batches) {
    for (const file of batch) {
      const reason = failures.get(file.path)
      if (reason === undefined) deleted.push(file)
      else left.push({ ...file, reason })
    }
    onDone?.(deleted.length + left.length)
  }
  return { deleted, left }
}

/** Files that are left, all for one reason. */
export function leftFiles<File extends { readonly path: string }>(
  files: readonly File[],
  error: unknown,
): readonly (File & LeftFile)[] {
  return files.map((file) => ({ ...file, reason: reasonOf(error) }))
}

/** What went wrong and why, in one line. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { message, cause } = error
  return cause instanceof Error ? `${message}: ${cause.message}` : message
}

function* batchesOf<File>(files: readonly File[]): Generator<readonly File[]> {
  for (let start = 0; start < files.length; start += DELETE_BATCH) {
    yield files.slice(start, start + DELETE_BATCH)
  }
}

/** Reasons by path. A request that fails as a whole says nothing of any file. */
async function failuresOf(
  store: ObjectStore,
  batch: readonly { readonly path: string }[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, string>> {
  const paths = batch.map(({ path }) => path)
  try {
    signal?.throwIfAborted()
    const failures = await store.deleteAll(paths, signal === undefined ? {} : { signal })
    return new Map(failures.map(({ location, error }) => [location, reasonOf(error)]))
  } catch (error) {
    if (!(error instanceof IcebergError) && signal?.aborted !== true) throw error
    return new Map(paths.map((path) => [path, reasonOf(error)]))
  }
}
