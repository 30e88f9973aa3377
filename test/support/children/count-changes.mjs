/** Counts what a process changes in its file system, and kills it before the change that it is to die at. */
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

/**
 * To be awaited before anything is imported that changes files.
 *
 * @param file any that there is
 * @param dieAt the change, counted from 1 since the last `restart`, before which the process kills itself; undefined: none
 * @returns the number of `changes` since then, and a way to `restart` it
 */
export async function countChanges(file, dieAt) {
  let changes = 0
  const change = () => {
    changes += 1
    if (changes === dieAt) process.kill(process.pid, 'SIGKILL')
  }
  const counted = (owner, name) => {
    const original = owner[name]
    owner[name] = function (...args) {
      change()
      return original.apply(this, args)
    }
  }
  for (const name of ['link', 'mkdir', 'rename', 'unlink']) counted(promises, name)
  const open = promises.open
  promises.open = (path, flags, mode) => {
    if (flags === 'wx') change()
    return open(path, flags, mode)
  }
  syncBuiltinESMExports()
  const handle = await open(file)
  for (const name of ['sync', 'write']) counted(Object.getPrototypeOf(handle), name)
  await handle.close()
  return {
    changes: () => changes,
    restart: () => {
      changes = 0
    },
  }
}
