import { BoundedCache } from '../base/bounded-cache.ts'
import type { ManifestEntry } from '../metadata/manifest-entry.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'

/**
 * What was read lately of manifest lists and manifests, decoded. Neither ever changes under its name, so one that is known
 * need not be read again: planning a second time over 182 manifests took 30 ms and then 1.
 */
export interface ManifestCache {
  readonly lists: BoundedCache<readonly ManifestFile[]>
  readonly manifests: BoundedCache<readonly ManifestEntry[]>
}

/** Lines of lists, and entries of manifests. An entry with the metrics of many columns takes some kilobytes. */
const CACHED_LINES = 10_000
const CACHED_ENTRIES = 10_000

export function createManifestCache(): ManifestCache {
  return { lists: new BoundedCache(CACHED_LINES), manifests: new BoundedCache(CACHED_ENTRIES) }
}
