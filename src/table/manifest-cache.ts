import { BoundedCache } from '../base/bounded-cache.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'

/**
 * What was read lately of manifest lists and manifests. Neither ever changes under its name, so one that is known need not
 * be read again. Lists are kept decoded; manifests as they are stored, since each question looks at other parts of them: what
 * they inflate to takes four times as much, and their entries a hundred times.
 */
export interface ManifestCache {
  readonly lists: BoundedCache<readonly ManifestFile[]>
  readonly manifests: BoundedCache<Uint8Array>
}

const CACHED_LINES = 10_000

/** Enough for the manifests of some 300,000 files. */
const CACHED_BYTES = 48 * 1024 * 1024

export function createManifestCache(): ManifestCache {
  return { lists: new BoundedCache(CACHED_LINES), manifests: new BoundedCache(CACHED_BYTES) }
}
