// Files that outlive a crash of the machine. A name is durable once its folder is synced, bytes once their file is; a
// sync that failed is never tried again on the same file, because the system may by then have dropped the bytes and
// would report success.
import { mkdir, open, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { platform } from 'node:process'

/** Nobody else reads a file that is not finished. */
const PRIVATE_MODE = 0o600

/**
 * Writes a new file and syncs it, or leaves none. `path` must not exist: a link that somebody planted there is not
 * followed, and what is there is not touched.
 *
 * @param mode of the finished file
 * @returns bytes written
 */
export async function writeNewFile(
  path: string,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  options: { readonly mode: number; readonly signal?: AbortSignal | undefined },
): Promise<number> {
  const file = await open(path, 'wx', PRIVATE_MODE)
  try {
    let sizeBytes = 0
    for await (const chunk of body instanceof Uint8Array ? [body] : body) {
      options.signal?.throwIfAborted()
      await writeAll(file, chunk)
      sizeBytes += chunk.length
    }
    await file.chmod(options.mode)
    await file.sync()
    return sizeBytes
  } catch (error) {
    await unlink(path).catch(() => undefined)
    throw error
  } finally {
    await file.close()
  }
}

/**
 * Makes the bytes of a file durable that another program has written and closed.
 *
 * @param mode of the finished file
 * @returns its size in bytes
 */
export async function syncForeignFile(path: string, mode: number): Promise<number> {
  const file = await open(path, 'r+')
  try {
    await file.chmod(mode)
    await file.sync()
    return (await file.stat()).size
  } finally {
    await file.close()
  }
}

/**
 * Makes names in a folder durable: those that appeared, and those that went. Not on Windows, which opens no folders: there
 * it is up to the journal of the file system when a name is.
 */
export async function syncFolder(path: string): Promise<void> {
  if (platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/**
 * Makes a folder and those above it. Each is durable before there is anything in it, whoever made it: another process
 * may have made it a moment ago and not have synced it yet.
 */
export async function makeFolder(path: string): Promise<void> {
  const parent = dirname(path)
  if (parent === path) return
  let made = await tryMakeFolder(path)
  if (made === 'no-parent') {
    await makeFolder(parent)
    made = await tryMakeFolder(path)
  }
  // A link that leads nowhere is there, and nothing can be in it: now the system says so.
  if (made === 'no-parent') await mkdir(path)
  try {
    await syncFolder(parent)
  } catch (error) {
    // A folder that stands below one we may not read has been there before us.
    if (made === 'made' || !isCode(error, 'EACCES')) throw error
  }
}

async function tryMakeFolder(path: string): Promise<'made' | 'exists' | 'no-parent'> {
  try {
    await mkdir(path)
    return 'made'
  } catch (error) {
    if (isCode(error, 'EEXIST')) return 'exists'
    if (isCode(error, 'ENOENT')) return 'no-parent'
    throw error
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  let offset = 0
  while (offset < bytes.length) {
    const { bytesWritten } = await file.write(bytes, offset, bytes.length - offset)
    offset += bytesWritten
  }
}

/** Whether `error` is the system's error of that code. */
export function isCode(error: unknown, ...codes: readonly string[]): boolean {
  const code = codeOf(error)
  return code !== null && codes.includes(code)
}

/** Such as `ENOENT`; null when `error` is not one of the system's. Node's own codes are spelled `ERR_...`. */
export function codeOf(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : null
}
