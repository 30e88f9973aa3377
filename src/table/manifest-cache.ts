import { BoundedCache } from '../base/bounded-cache.ts'
import type { Environment } from '../base/environment.ts'
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

/** A program that commits every second would else fill the cache with what has long expired. */
const MAX_IDLE_MS = 5 * 60 * 1000

export function createManifestCache(clock?: Pick<Environment, 'nowMs'>): ManifestCache {
  const idle =
    clock === undefined ? undefined : { maxIdleMs: MAX_IDLE_MS, nowMs: () => clock.nowMs() }
  return {
    lists: new BoundedCache(CACHED_LINES, idle),
    manifests: new BoundedCache(CACHED_BYTES, idle),
  }
}
