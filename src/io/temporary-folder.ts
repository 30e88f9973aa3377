// Folders of temporary files on this machine, one a task:
//  1. its name says what it is, which host it is of and which process: `frazil-tmp-<host>-<process id>-<six characters>`;
//  2. `owner.json` in it says so in full, and is there before any other file;
//  3. it is removed when the task ends, however it ends;
//  4. what a process left that was killed is removed by the next that makes such a folder beside it.
// Only files of known names are removed, and folders once they are empty: a folder that has anything else in it stays.
import { lstat, mkdtemp, open, readFile, readdir, rmdir, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
// Windows has no `getuid`, and a module that names it there cannot be loaded.
import process from 'node:process'

import { IcebergError } from '../base/errors.ts'
import { stringifyJson } from '../base/json-exact.ts'
import { codeOf, isCode, makeFolder } from './durable-files.ts'
import { hasEnded, parseOwner, processState, thisProcess } from './temporary-owner.ts'
import type { Owner } from './temporary-owner.ts'

export interface TemporaryFolderOptions {
  /** Where the folder is made; the system's folder for temporary files when absent. It is made if there is none. */
  readonly parent?: string | undefined
  /** How files are opened, for tests of disks that fail. */
  readonly openFile?: typeof open
}

const PREFIX = 'frazil-tmp-'
const OWNER_FILE = 'owner.json'
/** Ours, and those that DuckDB makes where it is told to. */
const OWN_FILES = /^(owner\.json|\d+\.part|duckdb_temp_[\w-]+\.(tmp|block))$/
const PRIVATE_FILE = 0o600

/**
 * Makes an empty folder that nobody else uses, and removes those beside it whose processes have ended.
 *
 * @throws IcebergError `invalid` when there can be no folder in that place
 * @throws IcebergError `limit` when the disk is full
 */
export async function makeTemporaryFolder(
  options: TemporaryFolderOptions = {},
): Promise<TemporaryFolder> {
  const parent = resolve(options.parent ?? tmpdir())
  const owner = await thisProcess()
  try {
    if (options.parent !== undefined) await makeFolder(parent)
    await removeLeftovers(parent, owner)
    // Made with mode 0700, under a name that was free.
    const path = await mkdtemp(join(parent, `${PREFIX}${nameOfHost(owner)}-${owner.pid}-`))
    const folder = new TemporaryFolder(parent, path, options.openFile ?? open)
    try {
      const file = await open(join(path, OWNER_FILE), 'wx', PRIVATE_FILE)
      try {
        await file.writeFile(stringifyJson(owner))
      } finally {
        await file.close()
      }
    } catch (error) {
      await folder.remove()
      throw error
    }
    return folder
  } catch (error) {
    throw temporaryError(error, parent)
  }
}

export class TemporaryFolder {
  readonly path: string
  readonly #parent: string
  readonly #openFile: typeof open
  readonly #files = new Set<TemporaryFile>()
  #fileCount = 0

  constructor(parent: string, path: string, openFile: typeof open) {
    this.path = path
    this.#parent = parent
    this.#openFile = openFile
  }

  /** A new file, which only this user can read. */
  async newFile(): Promise<TemporaryFile> {
    const path = join(this.path, `${this.#fileCount++}.part`)
    try {
      const handle = await this.#openFile(path, 'wx+', PRIVATE_FILE)
      const file = new TemporaryFile(handle, path, this.#parent)
      this.#files.add(file)
      return file
    } catch (error) {
      throw temporaryError(error, this.#parent)
    }
  }

  /** Removes a file of the folder. Never throws. */
  async removeFile(file: TemporaryFile): Promise<void> {
    this.#files.delete(file)
    await file.close()
    await unlink(file.path).catch(ignore)
  }

  /** Removes the folder and what is in it. Never throws: what cannot be removed is a leftover. */
  async remove(): Promise<void> {
    for (const file of this.#files) await file.close()
    this.#files.clear()
    await removeOwnFolder(this.path).catch(ignore)
  }
}

/** A file that is written at its end and read anywhere. */
export class TemporaryFile {
  readonly path: string
  readonly #handle: FileHandle
  readonly #parent: string
  #sizeBytes = 0

  constructor(handle: FileHandle, path: string, parent: string) {
    this.#handle = handle
    this.path = path
    this.#parent = parent
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /**
   * Appends bytes, part after part; calls must not overlap.
   *
   * @throws IcebergError `limit` when the disk is full
   */
  async append(parts: readonly Uint8Array[]): Promise<void> {
    let end = this.#sizeBytes
    try {
      for (let rest = parts.filter(({ length }) => length > 0); rest.length > 0;) {
        const { bytesWritten } = await this.#handle.writev([...rest], end)
        end += bytesWritten
        rest = withoutFirst(rest, bytesWritten)
      }
    } catch (error) {
      throw temporaryError(error, this.#parent)
    }
    this.#sizeBytes = end
  }

  /** Fills `bytes` with what stands from `start` on. */
  async read(start: number, bytes: Uint8Array): Promise<void> {
    try {
      for (let offset = 0; offset < bytes.length;) {
        const rest = bytes.length - offset
        const { bytesRead } = await this.#handle.read(bytes, offset, rest, start + offset)
        if (bytesRead === 0) throw truncated(this.#parent)
        offset += bytesRead
      }
    } catch (error) {
      throw temporaryError(error, this.#parent)
    }
  }

  /** Never throws. */
  async close(): Promise<void> {
    await this.#handle.close().catch(ignore)
  }
}

/** What is left of parts without so many bytes. */
function withoutFirst(parts: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skipped = 0
  return parts.flatMap((part) => {
    const cut = Math.min(part.length, bytes - skipped)
    skipped += cut
    return cut === part.length ? [] : [part.subarray(cut)]
  })
}

/** Never throws: leftovers are no reason to fail, and another process may be removing the same. */
async function removeLeftovers(parent: string, self: Owner): Promise<void> {
  const prefix = `${PREFIX}${nameOfHost(self)}-`
  const names = await readdir(parent).catch(() => [])
  for (const name of names) {
    if (!name.startsWith(prefix)) continue
    await removeLeftover(join(parent, name), self).catch(ignore)
  }
}

async function removeLeftover(path: string, self: Owner): Promise<void> {
  const stats = await lstat(path)
  // In a folder that all users write to, anyone may have made a link or a folder of such a name.
  if (!stats.isDirectory() || stats.uid !== (process.getuid?.() ?? stats.uid)) return
  const owner = parseOwner(await readFile(join(path, OWNER_FILE), 'utf8'))
  if (owner === null || !path.includes(`${PREFIX}${nameOfHost(owner)}-${owner.pid}-`)) return
  if (hasEnded(owner, self, await processState(owner.pid))) await removeOwnFolder(path)
}

/** Removes a folder unless it holds what no temporary folder does. Its owner goes last, so that a part of it is still known for what it is. */
async function removeOwnFolder(path: string): Promise<void> {
  const names = await readdir(path)
  if (!names.every((name) => OWN_FILES.test(name))) return
  for (const name of names) if (name !== OWNER_FILE) await unlink(join(path, name))
  if (names.includes(OWNER_FILE)) await unlink(join(path, OWNER_FILE))
  await rmdir(path)
}

function nameOfHost({ host }: Owner): string {
  return host.replaceAll(/[^A-Za-z0-9.]/g, '_').slice(0, MAX_HOST_CHARACTERS)
}

const MAX_HOST_CHARACTERS = 64

/** Whatever is not the system's own error stays what it is. */
function temporaryError(error: unknown, tempFolder: string): unknown {
  const code = codeOf(error)
  if (code === null) return error
  const details = { context: { tempFolder, code }, cause: error }
  if (isCode(error, 'ENOSPC', 'EDQUOT', 'EFBIG')) {
    return new IcebergError(
      'limit',
      'the folder for temporary files is full: free some of it, or name another one by tempFolder',
      details,
    )
  }
  return isCode(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EROFS', 'EEXIST', 'ENAMETOOLONG')
    ? new IcebergError(
        'invalid',
        'the folder for temporary files cannot be used: name another one by tempFolder',
        details,
      )
    : new IcebergError('unavailable', 'the folder for temporary files failed', details)
}

function truncated(tempFolder: string): IcebergError {
  return new IcebergError('unavailable', 'a temporary file has lost its end', {
    context: { tempFolder },
  })
}

function ignore(): void {}
