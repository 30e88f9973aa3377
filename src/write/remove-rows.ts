// Takes rows out of the table, manifest by manifest, each with its own spec: a manifest none of whose files loses a row
// stays as it is; any other is written anew, the files that lose rows as deleted entries, the others as existing ones that
// keep their sequence numbers. The rows that stay of a file that loses some are moved to a new one in the same partition.
import { IcebergError } from '../base/errors.ts'
import type { DataFile } from '../metadata/data-file.ts'
import type { ManifestEntry } from '../metadata/manifest-entry.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import { specById } from '../metadata/table-metadata.ts'
import { mayHoldLiveFiles, readManifest, readManifestList } from '../table/manifest-io.ts'
import type { TableState } from '../table/table-state.ts'
import { writeManifests } from './manifest-writer.ts'
import type { Removal } from './removal.ts'
import type { FileRewriter } from './rewrite-file.ts'
import type { SnapshotSlot } from './snapshot-producer.ts'
import type { WriteContext } from './write-context.ts'

export interface RemovalRequest {
  readonly state: TableState
  readonly slot: SnapshotSlot
  readonly removal: Removal
  readonly rewriteFile: FileRewriter
}

/** What is left of the table without the rows. */
export interface Remainder {
  /** All that were there, some written anew. */
  readonly manifests: readonly ManifestFile[]
  readonly deleted: readonly DataFile[]
  /** Files that hold what stays of deleted ones; no manifest has them yet. */
  readonly moved: readonly DataFile[]
}

/** The manifests of the snapshot to build on that may hold files of it. */
export async function liveManifests(
  context: WriteContext,
  state: TableState,
  { parent }: SnapshotSlot,
): Promise<readonly ManifestFile[]> {
  const listed = parent === null ? [] : await readManifestList(state, parent, context)
  return listed.filter(mayHoldLiveFiles)
}

/** Row-level deletes stay: whoever takes out rows that some may be of says what becomes of these. */
export async function removeRows(
  context: WriteContext,
  manifests: readonly ManifestFile[],
  request: RemovalRequest,
): Promise<Remainder> {
  const kept: ManifestFile[] = []
  const deleted: DataFile[] = []
  const moved: DataFile[] = []
  for (const manifest of manifests) {
    const lost = request.removal.mayTouch(manifest)
      ? await lossesIn(context, manifest, request)
      : null
    if (lost === null || lost.gone.size === 0) {
      kept.push(manifest)
      continue
    }
    for (const { file } of lost.gone) deleted.push(file)
    moved.push(...lost.moved)
    kept.push(...(await writeWithout(context, manifest, { ...lost, ...request })))
  }
  return { manifests: kept, deleted, moved }
}

/** @throws IcebergError `unsupported` when the table has row-level deletes: they would have to go with their rows */
export function refuseDeletes(state: TableState, manifests: readonly ManifestFile[]): void {
  const deletes = manifests.find((manifest) => manifest.content === 'deletes')
  if (deletes === undefined) return
  throw new IcebergError(
    'unsupported',
    'a table with row-level deletes cannot be overwritten yet: have them compacted by the engine that made them first',
    {
      context: { table: state.name, manifest: deletes.path },
    },
  )
}

/** The live entries of a manifest, and those of them whose files go. */
interface Losses {
  readonly entries: readonly ManifestEntry[]
  readonly gone: ReadonlySet<ManifestEntry>
  readonly moved: readonly DataFile[]
}

async function lossesIn(
  context: WriteContext,
  manifest: ManifestFile,
  { state, removal, rewriteFile }: RemovalRequest,
): Promise<Losses> {
  const entries = (await readManifest(state, manifest, context)).filter(isLive)
  const gone = new Set<ManifestEntry>()
  const moved: DataFile[] = []
  for (const entry of entries) {
    const loss = removal.lossOf(entry.file)
    if (loss === 'none') continue
    const rest = loss === 'all' ? [] : await rewriteFile(state, entry, loss)
    if (rest === null) continue
    gone.add(entry)
    moved.push(...rest)
  }
  return { entries, gone, moved }
}

export function isLive(entry: ManifestEntry): boolean {
  return entry.status !== 'deleted'
}

function writeWithout(
  context: WriteContext,
  manifest: ManifestFile,
  { state, slot, entries, gone }: RemovalRequest & Losses,
): Promise<readonly ManifestFile[]> {
  const { snapshotId } = slot
  const existing = entries
    .filter((entry) => !gone.has(entry))
    .map((entry): ManifestEntry => ({ ...entry, status: 'existing' }))
  const deleted = Array.from(gone, (entry): ManifestEntry => ({
    ...entry,
    status: 'deleted',
    snapshotId,
  }))
  // In the form of the table as it is now: one that was upgraded meanwhile needs what carried entries then have.
  return writeManifests(
    { ...context, state },
    {
      ...slot,
      spec: specById(state.metadata, manifest.specId),
      // The deleted ones last: readers differ on whether those take row ids too, which then no other file would notice.
      entries: [...existing, ...deleted],
    },
  )
}
