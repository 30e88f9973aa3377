/** Snapshots as other engines commit them: on any branch, at any time, of any kind, with manifests arranged in any way. */
import { encodeManifestList } from '../../src/formats/avro/manifest-list-codec.ts'
import type { DataFile } from '../../src/metadata/data-file.ts'
import { assignFirstRowIds } from '../../src/metadata/first-row-ids.ts'
import type { ManifestEntry } from '../../src/metadata/manifest-entry.ts'
import type { ManifestFile } from '../../src/metadata/manifest-file.ts'
import { MAIN_BRANCH } from '../../src/metadata/refs.ts'
import type { Operation, Snapshot } from '../../src/metadata/snapshot.ts'
import { snapshotById, specById } from '../../src/metadata/table-metadata.ts'
import { metadataFileLocation } from '../../src/table/locations.ts'
import { mayHoldLiveFiles, readManifest, readManifestList } from '../../src/table/manifest-io.ts'
import type { LiveTable, TableState } from '../../src/table/table-state.ts'
import { writeManifests } from '../../src/write/manifest-writer.ts'
import { createWriteContext } from '../../src/write/write-context.ts'
import { writeFiles } from '../../src/write/write-files.ts'
import { commitUpdates } from './foreign-commits.ts'

export interface ForeignSnapshot {
  readonly snapshotId: bigint
  /** One that the table does not have yet starts where the main branch is. */
  readonly branch: string
  readonly operation: Operation
  readonly timestampMs: number
  /** Rows of the files that it adds. */
  readonly rows: readonly object[]
  /** Whether it removes a file. */
  readonly removes?: (file: DataFile) => boolean
  /** What the manifest calls a file that it adds; as it is when absent. */
  readonly renames?: (path: string) => string
  /** New files beside the manifests there are, everything in as few manifests as can be, or each file in its own. */
  readonly manifests: 'beside' | 'merged' | 'split'
}

/** Commits a snapshot to a branch of the version that the handle holds. */
export async function commitSnapshot(table: LiveTable, commit: ForeignSnapshot): Promise<void> {
  const { state } = table
  const { metadata, services } = state
  const { snapshotId, branch, operation, timestampMs, rows } = commit
  const ref = metadata.refs.get(branch) ?? metadata.refs.get(MAIN_BRANCH)
  const parent = ref === undefined ? undefined : snapshotById(metadata, ref.snapshotId)
  const sequenceNumber = metadata.formatVersion === 1 ? 0n : metadata.lastSequenceNumber + 1n
  const added = await writeFiles(createWriteContext(state), [...rows], {})
  const listed = parent === undefined ? [] : await readManifestList(state, parent)
  const live = listed.filter(mayHoldLiveFiles)
  const manifests = await arranged(state, { commit, added, live, sequenceNumber })
  const { nextRowId } = assignFirstRowIds(manifests, metadata.nextRowId)
  const manifestList = metadataFileLocation(metadata, `snap-${snapshotId}-foreign.avro`)
  const snapshot: Snapshot = {
    snapshotId,
    parentId: parent?.snapshotId ?? null,
    sequenceNumber,
    timestampMs,
    manifestList,
    operation,
    summary: new Map(),
    schemaId: metadata.currentSchemaId,
    ...(metadata.formatVersion < 3
      ? {}
      : { firstRowId: metadata.nextRowId, addedRows: nextRowId - metadata.nextRowId }),
  }
  const list = encodeManifestList({
    formatVersion: metadata.formatVersion,
    snapshotId,
    parentId: snapshot.parentId,
    sequenceNumber,
    manifests,
    ...(snapshot.firstRowId === undefined ? {} : { firstRowId: snapshot.firstRowId }),
  })
  await services.store.put(manifestList, list, 'create')
  await commitUpdates(table, [
    { action: 'add-snapshot', snapshot },
    { action: 'set-snapshot-ref', name: branch, ref: { snapshotId, kind: 'branch' } },
  ])
}

interface Arrangement {
  readonly commit: ForeignSnapshot
  readonly added: readonly DataFile[]
  readonly live: readonly ManifestFile[]
  readonly sequenceNumber: bigint
}

async function arranged(
  state: TableState,
  { commit, added, live, sequenceNumber }: Arrangement,
): Promise<readonly ManifestFile[]> {
  const { snapshotId, removes = () => false, renames = (path) => path, manifests } = commit
  const addedEntries = added.map((file): ManifestEntry => {
    const numbers = { dataSequenceNumber: null, fileSequenceNumber: null }
    return { status: 'added', snapshotId, ...numbers, file: { ...file, path: renames(file.path) } }
  })
  const write = (entries: readonly ManifestEntry[]): Promise<readonly ManifestFile[]> =>
    writeBySpec(state, entries, { snapshotId, sequenceNumber })
  if (manifests === 'beside') return [...(await write(addedEntries)), ...live]
  const before = (await Promise.all(live.map((manifest) => readManifest(state, manifest)))).flat()
  const kept = before
    .filter(({ status }) => status !== 'deleted')
    .map((entry): ManifestEntry =>
      removes(entry.file)
        ? { ...entry, status: 'deleted', snapshotId }
        : { ...entry, status: 'existing' },
    )
  const entries = [...addedEntries, ...kept]
  const groups = manifests === 'merged' ? [entries] : entries.map((entry) => [entry])
  return (await Promise.all(groups.map(write))).flat()
}

async function writeBySpec(
  state: TableState,
  entries: readonly ManifestEntry[],
  numbers: { readonly snapshotId: bigint; readonly sequenceNumber: bigint },
): Promise<readonly ManifestFile[]> {
  const written: ManifestFile[] = []
  for (const specId of new Set(entries.map(({ file }) => file.specId))) {
    const spec = specById(state.metadata, specId)
    const own = entries.filter(({ file }) => file.specId === specId)
    const context = createWriteContext(state)
    written.push(...(await writeManifests(context, { ...numbers, spec, entries: own })))
  }
  return written
}
