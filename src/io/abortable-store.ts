import { realLocationIn } from './object-store.ts'
import type { ObjectStore, RequestOptions } from './object-store.ts'

/**
 * A store all of whose requests a signal ends, beside their own: for work of many requests that somebody waits for as a
 * whole.
 *
 * @param signal `inner` itself is given when absent
 */
export function abortableStore(inner: ObjectStore, signal: AbortSignal | undefined): ObjectStore {
  if (signal === undefined) return inner
  const both = (options?: RequestOptions): RequestOptions => ({
    signal: options?.signal === undefined ? signal : AbortSignal.any([signal, options.signal]),
  })
  return {
    put: (location, body, mode, options) => inner.put(location, body, mode, both(options)),
    get: (location, range, options) => inner.get(location, range, both(options)),
    head: (location, options) => inner.head(location, both(options)),
    list: (prefix, options) => inner.list(prefix, { ...options, ...both(options) }),
    listNames: (folder, options) => inner.listNames(folder, both(options)),
    delete: (location, options) => inner.delete(location, both(options)),
    deleteAll: (locations, options) => inner.deleteAll(locations, both(options)),
    realLocation: (location) => realLocationIn(inner, location),
  }
}
