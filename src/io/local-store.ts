// Local files. Every object is written beside its place under a random name and synced; then it gets its name in one
// step: `create` links, which fails when the name exists, `overwrite` renames, which replaces it. Then the folder is synced.
// What a crash leaves are files that end in `.tmp`, which orphan removal takes.
import * as fs from 'node:fs'
import { link, opendir, rename, stat } from 'node:fs/promises'
import type { Stats } from 'node:fs'
import { dirname, join } from 'node:path'
import { platform, umask } from 'node:process'
import { promisify } from 'node:util'

import { mapConcurrent } from '../base/concurrency.ts'
import { systemEnvironment } from '../base/environment.ts'
import { IcebergError, isKind, withContext } from '../base/errors.ts'
import { checksumPath, checksumTest } from './checksums.ts'
import {
  codeOf,
  isCode,
  makeFolder,
  syncFolder,
  syncForeignFile,
  writeNewFile,
} from './durable-files.ts'
import type { LocalFiles, NewFile } from './local-files.ts'
import { joinLocation, parseLocation, systemPath } from './location.ts'
import { NO_TEXT, namesBelow } from './names-below.ts'
import { NOT_LANDED, checkRange, deleteEach } from './object-store.ts'
import { realLocation } from './real-location.ts'
import type {
  ByteRange,
  DeleteFailure,
  FolderEntry,
  ListOptions,
  ObjectInfo,
  ObjectStore,
  RequestOptions,
} from './object-store.ts'

// Thousands of small files are read and removed at once, by numbers: objects that hold a file cost more than what is done to it.
// What may wait for a disk waits in a thread. Of an open file the system knows the size, and letting go of it waits for nothing: the
// way to a thread and back takes ten times as long.
const openFile = promisify(fs.open)
const readFromFile = promisify(fs.read)
const unlink = promisify(fs.unlink)
const statPath = promisify(fs.lstat)

/** Files of a listing that are looked at ahead of who takes them. */
const STATS_IN_FLIGHT = 32

export interface LocalStoreOptions {
  /** Gives names to unfinished files. Two stores on one folder must never give the same. */
  readonly uuid?: () => string
}

/** Files of this machine, under absolute paths and `file:` locations. */
export function createLocalStore(options: LocalStoreOptions = {}): ObjectStore {
  return new LocalStore(options.uuid ?? (() => systemEnvironment.uuid()))
}

/** How many folders a store remembers to have made durable. */
const REMEMBERED_FOLDERS = 10_000

/** One read of Node's is at most 2 GiB. */
const READ_BYTES = 1 << 30

class LocalStore implements ObjectStore {
  readonly #uuid: () => string
  readonly #fileMode = 0o666 & ~umask()
  readonly #madeFolders = new Set<string>()

  readonly localFiles: LocalFiles = {
    pathOf: async (location) => pathOf(location),
    isThere: async (location) => isThere(pathOf(location)),
    newFile: async (location, options) => this.#newFile(location, options),
  }

  constructor(uuid: () => string) {
    this.#uuid = uuid
  }

  async put(
    location: string,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    mode: 'create' | 'overwrite',
    options: RequestOptions = {},
  ): Promise<number> {
    const path = pathOf(location)
    const unfinished = join(dirname(path), `${this.#uuid()}.tmp`)
    options.signal?.throwIfAborted()
    const sizeBytes = await this.#writeUnfinished(unfinished, body, { location, ...options })
    try {
      await publish(unfinished, path, mode, options)
      return sizeBytes
    } catch (error) {
      throw writeError(error, location)
    }
  }

  async get(
    location: string,
    range?: ByteRange,
    options: RequestOptions = {},
  ): Promise<Uint8Array> {
    options.signal?.throwIfAborted()
    checkRange(location, range)
    try {
      return await readFile(pathOf(location), range)
    } catch (error) {
      throw readError(error, location)
    }
  }

  async head(location: string, options: RequestOptions = {}): Promise<ObjectInfo> {
    options.signal?.throwIfAborted()
    try {
      return objectInfo(location, requireFile(await stat(pathOf(location))))
    } catch (error) {
      throw readError(error, location)
    }
  }

  /** Links to files and folders are not followed: what is listed is what is here. */
  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ObjectInfo> {
    const { signal, isWanted = () => true, onNoObject } = options
    const folder = pathOf(prefix)
    // Files come and go meanwhile.
    const find = async (name: string): Promise<ObjectInfo | null> => {
      const stats = await statsIfThere(`${folder}/${name}`)
      const location = joinLocation(prefix, name)
      if (stats?.isFile() === true) return objectInfo(location, stats)
      if (stats?.isSymbolicLink() === true || name.includes(NO_TEXT)) onNoObject?.(location)
      return null
    }
    try {
      const names = namesBelow(folder, isWanted)
      for await (const info of mapConcurrent(names, STATS_IN_FLIGHT, find, signal)) {
        if (info !== null) yield info
      }
    } catch (error) {
      throw readError(error, prefix)
    }
  }

  async *listNames(folder: string, options: RequestOptions = {}): AsyncGenerator<FolderEntry> {
    try {
      for await (const entry of await opendir(pathOf(folder))) {
        options.signal?.throwIfAborted()
        if (entry.isFile() || entry.isDirectory()) {
          yield { name: entry.name, isFolder: entry.isDirectory() }
        }
      }
    } catch (error) {
      if (!isCode(error, 'ENOENT', 'ENOTDIR')) throw readError(error, folder)
    }
  }

  async delete(location: string, options: RequestOptions = {}): Promise<void> {
    await remove(location, () => true, options)
  }

  async deleteAll(
    locations: readonly string[],
    options: RequestOptions = {},
  ): Promise<readonly DeleteFailure[]> {
    const mayHaveChecksum = await checksumTest(locations.map(pathOf))
    const each = {
      delete: (location: string, request?: RequestOptions) =>
        remove(location, mayHaveChecksum, request),
    }
    return deleteEach(each, locations, options)
  }

  async realLocation(location: string): Promise<string> {
    return realLocation(location)
  }

  /** Written beside its place, as all files are. */
  async #newFile(location: string, options: RequestOptions = {}): Promise<NewFile> {
    const path = pathOf(location)
    const unfinished = join(dirname(path), `${this.#uuid()}.tmp`)
    options.signal?.throwIfAborted()
    try {
      await this.#makeFolder(dirname(path))
    } catch (error) {
      throw writeError(error, location)
    }
    const mode = this.#fileMode
    return {
      path: unfinished,
      async publish(publishing = {}) {
        try {
          const sizeBytes = await syncForeignFile(unfinished, mode)
          await publish(unfinished, path, 'create', publishing)
          return sizeBytes
        } catch (error) {
          await unlinkQuietly(unfinished)
          throw writeError(error, location)
        }
      },
      discard: () => unlinkQuietly(unfinished),
    }
  }

  /** Whatever fails here, the object is as it was: nobody looks for it under this name. */
  async #writeUnfinished(
    path: string,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    { location, signal }: RequestOptions & { readonly location: string },
  ): Promise<number> {
    try {
      await this.#makeFolder(dirname(path))
      return await writeNewFile(path, body, { mode: this.#fileMode, signal })
    } catch (error) {
      const failure = writeError(error, location)
      throw isKind(failure, 'unavailable') ? withContext(failure, NOT_LANDED) : failure
    }
  }

  async #makeFolder(path: string): Promise<void> {
    if (this.#madeFolders.has(path) && (await isFolder(path))) return
    await makeFolder(path)
    if (this.#madeFolders.size >= REMEMBERED_FOLDERS) this.#madeFolders.clear()
    this.#madeFolders.add(path)
  }
}

function pathOf(location: string): string {
  const { scheme, authority, path } = parseLocation(location)
  if (scheme === 'file' && authority === '') return systemPath(path, platform)
  throw new IcebergError('invalid', 'location is not on this machine', { context: { location } })
}

/** Gives a finished file its name, durably. */
async function publish(
  unfinished: string,
  path: string,
  mode: 'create' | 'overwrite',
  options: RequestOptions,
): Promise<void> {
  try {
    options.signal?.throwIfAborted()
    await (mode === 'create' ? linkTo(unfinished, path) : renameTo(unfinished, path))
    await syncFolder(dirname(path))
  } finally {
    await unlinkQuietly(unfinished)
  }
}

async function linkTo(unfinished: string, path: string): Promise<void> {
  try {
    await link(unfinished, path)
  } catch (error) {
    if (isCode(error, 'EEXIST')) {
      throw new IcebergError('conflict', 'object exists', { context: { path }, cause: error })
    }
    if (!isCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS')) throw error
    throw new IcebergError(
      'unsupported',
      'file system has no hard links, without which no writer can create a file exclusively',
      { context: { path }, cause: error },
    )
  }
  await unlinkIfThere(checksumPath(path))
}

/** Without its checksum first, so that nobody finds that of other bytes. */
async function renameTo(unfinished: string, path: string): Promise<void> {
  await unlinkIfThere(checksumPath(path))
  await rename(unfinished, path)
}

async function remove(
  location: string,
  mayHaveChecksum: (path: string) => boolean,
  { signal }: RequestOptions = {},
): Promise<void> {
  const path = pathOf(location)
  signal?.throwIfAborted()
  try {
    await unlinkIfThere(path)
    if (mayHaveChecksum(path)) await unlinkIfThere(checksumPath(path))
  } catch (error) {
    throw writeError(error, location)
  }
}

async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (error) {
    if (!isCode(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) throw error
  }
}

/** The outcome of the write is known already, and what stays is in nobody's way. */
async function unlinkQuietly(path: string): Promise<void> {
  await unlink(path).catch(() => undefined)
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return false
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    // What keeps it from being looked at keeps it from being listed, which says what that is.
    return !isCode(error, 'ENOENT')
  }
}

async function readFile(path: string, range: ByteRange | undefined): Promise<Uint8Array> {
  // Without waiting: a pipe under the name of a file would otherwise wait for its writer.
  const file = await openFile(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
  try {
    const { size } = requireFile(fs.fstatSync(file))
    const start = Math.min(range?.start ?? 0, size)
    const end = Math.min(range?.end ?? size, size)
    const bytes = new Uint8Array(end - start)
    let filled = 0
    while (filled < bytes.length) {
      const length = Math.min(READ_BYTES, bytes.length - filled)
      const { bytesRead } = await readFromFile(file, bytes, filled, length, start + filled)
      if (bytesRead === 0) return bytes.slice(0, filled)
      filled += bytesRead
    }
    return bytes
  } finally {
    fs.closeSync(file)
  }
}

/** A folder or a device under the name is no object. */
function requireFile(stats: Stats): Stats {
  if (stats.isFile()) return stats
  throw new IcebergError('not-found', 'object does not exist')
}

async function statsIfThere(path: string): Promise<Stats | null> {
  try {
    return await statPath(path)
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR')) return null
    throw error
  }
}

function objectInfo(location: string, stats: Stats): ObjectInfo {
  return { location, sizeBytes: stats.size, modifiedMs: Math.floor(stats.mtimeMs) }
}

/** The error of a read, as stores report it. Exported for its test: few of these can be brought about at will. */
export function readError(error: unknown, location: string): unknown {
  if (isCode(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) {
    return new IcebergError('not-found', 'object does not exist', {
      context: { location },
      cause: error,
    })
  }
  return storageError(error, location)
}

/** The error of a write, as stores report it. */
export function writeError(error: unknown, location: string): unknown {
  if (isCode(error, 'ENOTDIR', 'EISDIR')) {
    return new IcebergError('invalid', 'a folder and a file want the same name', {
      context: { location },
      cause: error,
    })
  }
  return storageError(error, location)
}

/** What is not the system's own error, such as that of a body or of an abort, stays what it is. */
function storageError(error: unknown, location: string): unknown {
  if (error instanceof IcebergError) return withContext(error, { location })
  const code = codeOf(error)
  if (code === null) return error
  const context = { location, code }
  return code === 'ENAMETOOLONG'
    ? new IcebergError('invalid', 'name is too long for the file system', { context, cause: error })
    : new IcebergError('unavailable', 'file system failed', { context, cause: error })
}
