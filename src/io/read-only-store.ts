import { IcebergError } from '../base/errors.ts'
import { realLocationIn } from './object-store.ts'
import type { ObjectStore } from './object-store.ts'

/**
 * A store that nothing can be written to: for tables that nobody could commit to, so that no file is left behind by who
 * tries.
 *
 * @param why what the refusal says, with the way out
 */
export function createReadOnlyStore(inner: ObjectStore, why: string): ObjectStore {
  const refuse = (location: string): Promise<never> =>
    Promise.reject(new IcebergError('unsupported', why, { context: { location } }))
  return {
    get: (location, range, options) => inner.get(location, range, options),
    head: (location, options) => inner.head(location, options),
    list: (prefix, options) => inner.list(prefix, options),
    listNames: (folder, options) => inner.listNames(folder, options),
    put: refuse,
    delete: refuse,
    deleteAll: ([location = '']) => refuse(location),
    realLocation: (location) => realLocationIn(inner, location),
  }
}
