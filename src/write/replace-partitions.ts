// Dynamic overwrite: the partitions that receive files are replaced, all others are left as they are.
//
// Each manifest of the parent is taken by itself, with its own spec: one that holds no file of a replaced partition
// stays as it is; any other is written anew, its files in replaced partitions as deleted entries, the others as
// existing ones that keep their sequence numbers.
import { IcebergError } from '../base/errors.ts'
import { partitionKey } from '../layout/partition-key.ts'
import { partitionTypes } from '../layout/partition-spec.ts'
import type { DataFile } from '../metadata/data-file.ts'
import type { ManifestEntry } from '../metadata/manifest-entry.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import { currentSchema, specById } from '../metadata/table-metadata.ts'
import { mayHoldLiveFiles, readManifest, readManifestList } from '../table/manifest-io.ts'
import type { TableState } from '../table/table-state.ts'
import { validateReplacement } from './conflicts.ts'
import type { Isolation, PartitionTest } from './conflicts.ts'
import { manifestsOnce } from './fast-append.ts'
import { writeManifests } from './manifest-writer.ts'
import type { SnapshotSlot, SnapshotWrite } from './snapshot-producer.ts'
import type { WriteContext } from './write-context.ts'

export interface ReplaceRequest {
  /** All of one spec, at least one. */
  readonly added: readonly DataFile[]
  readonly specId: number
  readonly isolation: Isolation
  /** The snapshot the writer worked from; null for a table that had none. */
  readonly readSnapshotId: bigint | null
  readonly summary: ReadonlyMap<string, string>
}

/**
 * Replaces the partitions that the added files belong to.
 *
 * @throws IcebergError `unsupported` when files of another spec or delete files may hold the same rows
 * @throws IcebergError `conflict` when a commit since the read changed a replaced partition
 */
export function replacePartitions(context: WriteContext, request: ReplaceRequest): SnapshotWrite {
  const isReplaced = replacedPartitions(context.state, request)
  const addedManifests = manifestsOnce(context, request.added)
  return {
    async content(state, slot) {
      await validateReplacement(state, { ...request, isReplaced }, context)
      const listed = slot.parent === null ? [] : await readManifestList(state, slot.parent, context)
      const live = listed.filter(mayHoldLiveFiles)
      refuseForeign(state, live, request.specId)
      const rest = await dropReplaced(context, state, { manifests: live, isReplaced, slot })
      return {
        operation: 'overwrite',
        manifests: [...(await addedManifests(slot)), ...rest.manifests],
        added: request.added,
        deleted: rest.deleted,
        summary: new Map([...request.summary, ['replace-partitions', 'true']]),
      }
    },
  }
}

function replacedPartitions(state: TableState, request: ReplaceRequest): PartitionTest {
  const spec = specById(state.metadata, request.specId)
  const types = partitionTypes(spec, currentSchema(state.metadata))
  const keys = new Set(request.added.map((file) => partitionKey(types, file.partition)))
  return (tuple) => keys.has(partitionKey(types, tuple))
}

/** What this version cannot prove to leave the table right, it does not touch. */
function refuseForeign(
  state: TableState,
  manifests: readonly ManifestFile[],
  specId: number,
): void {
  const deletes = manifests.find((manifest) => manifest.content === 'deletes')
  if (deletes !== undefined) {
    throw new IcebergError(
      'unsupported',
      'a table with row-level deletes cannot be overwritten yet',
      {
        context: { table: state.name, manifest: deletes.path },
      },
    )
  }
  const foreign = manifests.find((manifest) => manifest.specId !== specId)
  if (foreign !== undefined) {
    throw new IcebergError(
      'unsupported',
      'the table holds files of an older partition spec, whose rows a dynamic overwrite would leave in place',
      { context: { table: state.name, specId: foreign.specId, currentSpecId: specId } },
    )
  }
}

interface Remainder {
  readonly manifests: readonly ManifestFile[]
  readonly deleted: readonly DataFile[]
}

async function dropReplaced(
  context: WriteContext,
  state: TableState,
  work: {
    readonly manifests: readonly ManifestFile[]
    readonly isReplaced: PartitionTest
    readonly slot: SnapshotSlot
  },
): Promise<Remainder> {
  const kept: ManifestFile[] = []
  const deleted: DataFile[] = []
  for (const manifest of work.manifests) {
    const entries = (await readManifest(state, manifest, context)).filter(isLive)
    const replaced = entries.filter((entry) => work.isReplaced(entry.file.partition))
    if (replaced.length === 0) {
      kept.push(manifest)
      continue
    }
    for (const { file } of replaced) deleted.push(file)
    const spec = specById(state.metadata, manifest.specId)
    // The deleted ones last: readers differ on whether those take row ids too, which then no other file would notice.
    const rest = entries.filter((entry) => !work.isReplaced(entry.file.partition))
    const rewritten = [...rest, ...replaced].map((entry) => carryOver(entry, work))
    // In the form of the table as it is now: one that was upgraded meanwhile needs what carried entries then have.
    const now = { ...context, state }
    kept.push(...(await writeManifests(now, { ...work.slot, spec, entries: rewritten })))
  }
  return { manifests: kept, deleted }
}

function isLive(entry: ManifestEntry): boolean {
  return entry.status !== 'deleted'
}

function carryOver(
  entry: ManifestEntry,
  { isReplaced, slot }: { readonly isReplaced: PartitionTest; readonly slot: SnapshotSlot },
): ManifestEntry {
  return isReplaced(entry.file.partition)
    ? { ...entry, status: 'deleted', snapshotId: slot.snapshotId }
    : { ...entry, status: 'existing' }
}
