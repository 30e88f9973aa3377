// Which manifests of a snapshot are put together, so that who plans a scan does not open one for each commit there ever was.
// Those of one spec and one content that follow each other and fit into one manifest are a bin. Bins are filled from the
// oldest manifest on, so that full ones stay full and what is left over is where the next commit adds to; and the bin with
// the newest manifest waits until it holds enough, so that a manifest is written anew once in many commits and not at each.
import type { ManifestFile } from './manifest-file.ts'

export interface MergePolicy {
  /** What a manifest may take at most. */
  readonly targetBytes: bigint
  /** Manifests that the bin with the newest one must hold to become one. */
  readonly minCount: number
  /** Whether a manifest can be written anew; one that cannot stays as it is. */
  readonly canRewrite: (manifest: ManifestFile) => boolean
}

/**
 * All manifests of a snapshot, those of a bin to become one. Those of one spec and content stay in their order.
 *
 * @param manifests newest first
 */
export function manifestBins(
  manifests: readonly ManifestFile[],
  policy: MergePolicy,
): readonly (readonly ManifestFile[])[] {
  const newest = new Set(
    (['data', 'deletes'] as const).map((kind) => manifests.find(({ content }) => content === kind)),
  )
  return groupsOf(manifests).flatMap((group) =>
    filledBins(group, policy).flatMap((bin) => {
      const waits = bin.length < policy.minCount && bin.some((manifest) => newest.has(manifest))
      return waits ? bin.map((manifest) => [manifest]) : [bin]
    }),
  )
}

function groupsOf(manifests: readonly ManifestFile[]): readonly (readonly ManifestFile[])[] {
  const groups = new Map<string, ManifestFile[]>()
  for (const manifest of manifests) {
    const key = `${manifest.content} ${manifest.specId}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [manifest])
    else group.push(manifest)
  }
  return [...groups.values()]
}

/** Bins of one group, newest first as their manifests are. */
function filledBins(
  group: readonly ManifestFile[],
  { targetBytes, canRewrite }: MergePolicy,
): readonly (readonly ManifestFile[])[] {
  const bins: ManifestFile[][] = []
  let freeBytes = -1n
  for (const manifest of group.toReversed()) {
    const isFixed = !canRewrite(manifest)
    if (!isFixed && manifest.lengthBytes <= freeBytes) {
      bins[0]?.unshift(manifest)
      freeBytes -= manifest.lengthBytes
    } else {
      bins.unshift([manifest])
      freeBytes = isFixed ? -1n : targetBytes - manifest.lengthBytes
    }
  }
  return bins
}
