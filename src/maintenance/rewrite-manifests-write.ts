// A snapshot of the same files in other manifests, worked out anew where another commit replaced what was planned.
import type { ManifestFile } from '../metadata/manifest-file.ts'
import { mayHoldLiveFiles, readManifestList } from '../table/manifest-io.ts'
import type { TableState } from '../table/table-state.ts'
import { RollingManifests } from '../write/rolling-manifests.ts'
import type { SnapshotSlot, SnapshotWrite } from '../write/snapshot-producer.ts'
import type { WriteContext } from '../write/write-context.ts'
import { entriesInOrder } from './manifest-entries.ts'
import { planRewrite, rewritten } from './plan-manifest-rewrite.ts'
import type { ManifestChoice, PlannedRewrite } from './plan-manifest-rewrite.ts'
import { GOOD_SIZE_SHARE } from './plan-manifests.ts'
import type { ManifestStretch } from './plan-manifests.ts'

/** How far a rewrite is; it begins again where another commit replaced what it was about. */
export interface RewriteManifestsProgress {
  readonly entries: number
  readonly totalEntries: number
}

/** What became of the manifests. */
export interface RewriteOutcome {
  /** Locations of manifests that the table's newest snapshot no longer lists; older snapshots still need them. */
  readonly removedManifests: readonly string[]
  readonly addedManifests: readonly string[]
  readonly keptManifests: number
  /** Live files whose entries were written anew. */
  readonly entries: number
}

interface ProgressOption {
  readonly onProgress?: ((progress: RewriteManifestsProgress) => void) | undefined
}

export interface ManifestRewrite extends SnapshotWrite {
  /** What the last attempt does. */
  outcome(): RewriteOutcome
}

export function manifestRewrite(
  context: WriteContext,
  first: PlannedRewrite,
  options: ManifestChoice & ProgressOption,
): ManifestRewrite {
  let planned = first
  let written: WrittenStretches | null = null
  let outcome: RewriteOutcome | null = null
  return {
    async content(state, slot) {
      const listed = await liveManifests(context, state, slot)
      if (!standsOn(planned, state, listed)) {
        planned = await planRewrite(state, planned.spec, { ...context, ...options })
        written = null
      }
      if (rewritten(planned).length === 0) return null
      written ??= await writeStretches({ ...context, state }, slot, planned, options)
      const { lines, entries } = written
      outcome = outcomeOf(listed, written)
      return {
        operation: 'replace',
        manifests: inNewOrder(planned, listed, lines).map((line) => placedNow(line, slot)),
        added: [],
        deleted: [],
        areManifestsArranged: true,
        summary: new Map([['entries-processed', String(entries)]]),
      }
    },
    outcome: () => outcome ?? outcomeOf(planned.listed, NOTHING_WRITTEN),
  }
}

async function liveManifests(
  context: WriteContext,
  state: TableState,
  { parent }: SnapshotSlot,
): Promise<readonly ManifestFile[]> {
  const listed = parent === null ? [] : await readManifestList(state, parent, context)
  return listed.filter(mayHoldLiveFiles)
}

/**
 * Whether all that is rewritten is there still, as it was: a commit in between may have replaced manifests, given them row
 * ids, or moved the table to another version.
 */
function standsOn(
  planned: PlannedRewrite,
  { metadata }: TableState,
  listed: readonly ManifestFile[],
): boolean {
  if (metadata.formatVersion !== planned.formatVersion) return false
  const rowIds = new Map(listed.map(({ path, firstRowId }) => [path, firstRowId]))
  return rewritten(planned).every(({ manifests }) =>
    manifests.every(
      ({ manifest: { path, firstRowId } }) => rowIds.has(path) && rowIds.get(path) === firstRowId,
    ),
  )
}

/** The manifests that take the place of each stretch. */
interface WrittenStretches {
  readonly lines: ReadonlyMap<ManifestStretch, readonly ManifestFile[]>
  readonly entries: number
}

const NOTHING_WRITTEN: WrittenStretches = { lines: new Map(), entries: 0 }

async function writeStretches(
  context: WriteContext,
  slot: SnapshotSlot,
  planned: PlannedRewrite,
  { onProgress }: ProgressOption,
): Promise<WrittenStretches> {
  const lines = new Map<ManifestStretch, readonly ManifestFile[]>()
  const stretches = rewritten(planned)
  const totalEntries = stretches
    .flatMap(({ manifests }) => manifests)
    .reduce((sum, { files }) => sum + files, 0)
  let entries = 0
  for (const stretch of stretches) {
    const written = await writeStretch(context, slot, planned, stretch)
    entries += written.reduce((sum, { existingFiles }) => sum + (existingFiles ?? 0), 0)
    lines.set(stretch, written)
    onProgress?.({ entries, totalEntries })
  }
  return { lines, entries }
}

async function writeStretch(
  context: WriteContext,
  { snapshotId, sequenceNumber }: SnapshotSlot,
  { spec, order, read, targetBytes }: PlannedRewrite,
  { manifests }: ManifestStretch,
): Promise<readonly ManifestFile[]> {
  const roller = new RollingManifests(context, {
    spec,
    content: manifests[0]?.manifest.content ?? 'data',
    snapshotId,
    sequenceNumber,
    targetBytes,
    goodBytes: targetBytes * GOOD_SIZE_SHARE,
  })
  const sources = manifests.map(({ manifest }) => manifest)
  let last = manifests[0]?.low ?? []
  for await (const entry of entriesInOrder(sources, { read, order, signal: context.signal })) {
    const { partition } = entry.file
    await roller.add({ ...entry, status: 'existing' }, order(last, partition) !== 0)
    last = partition
  }
  return roller.close()
}

/** What others listed stays in front; then all that was planned, in the order of partitions. */
function inNewOrder(
  { stretches }: PlannedRewrite,
  listed: readonly ManifestFile[],
  lines: WrittenStretches['lines'],
): readonly ManifestFile[] {
  const ordered = stretches.flatMap(({ manifests }) =>
    manifests.map(({ manifest }) => manifest.path),
  )
  const inOrder = new Set(ordered)
  const current = new Map(listed.map((manifest) => [manifest.path, manifest]))
  return [
    ...listed.filter(({ path }) => !inOrder.has(path)),
    ...stretches.flatMap(
      (stretch) =>
        lines.get(stretch) ??
        stretch.manifests.flatMap(({ manifest }) => current.get(manifest.path) ?? []),
    ),
  ]
}

/** A line of this snapshot's own, at the place in the table's history that the snapshot has now. */
function placedNow(line: ManifestFile, { snapshotId, sequenceNumber }: SnapshotSlot): ManifestFile {
  return line.addedSnapshotId === snapshotId ? { ...line, sequenceNumber } : line
}

function outcomeOf(
  listed: readonly ManifestFile[],
  { lines, entries }: WrittenStretches,
): RewriteOutcome {
  const removed = [...lines.keys()].flatMap(({ manifests }) =>
    manifests.map(({ manifest }) => manifest.path),
  )
  return {
    removedManifests: removed,
    addedManifests: [...lines.values()].flatMap((some) => some.map(({ path }) => path)),
    keptManifests: listed.length - removed.length,
    entries,
  }
}
