// Puts files in the place of others that hold the same rows: the commit of a compaction. Files that were added meanwhile stay,
// and so do row-level deletes, which the rows must go on heeding:
//  1. at every attempt the inputs are looked for in the version at hand. A group one of whose inputs is gone, is known by
//     other row ids, or has other row-level deletes than the outputs would have, is overtaken, and left out;
//  2. outputs have the data sequence number of the snapshot that the inputs were read at, so that equality deletes that were
//     committed since are of their rows too, where they are in the same spec and partition (spec: Scan Planning);
//  3. the manifests that list inputs are written anew, all others stay.
import type { DataFile } from '../metadata/data-file.ts'
import { deleteIndex } from '../metadata/delete-index.ts'
import type { DeletesOf } from '../metadata/delete-index.ts'
import type { ManifestEntry } from '../metadata/manifest-entry.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import { partitionTypesOf } from '../metadata/partition-types.ts'
import { specById } from '../metadata/table-metadata.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import { readManifest } from '../table/manifest-io.ts'
import type { TableState } from '../table/table-state.ts'
import { formatType } from '../types/type.ts'
import { rowsOfFiles } from './data-writer.ts'
import { writeManifests } from './manifest-writer.ts'
import type { Removal } from './removal.ts'
import { isLive, liveManifests, removeRows } from './remove-rows.ts'
import { lineageKey } from './row-lineage.ts'
import type { SnapshotSlot, SnapshotWrite } from './snapshot-producer.ts'
import type { WriteContext } from './write-context.ts'

/** Files with the same rows as others: these go when those come. */
export interface RewrittenGroup {
  /** As they were listed when they were read. */
  readonly inputs: readonly ManifestEntry[]
  readonly outputs: readonly DataFile[]
  /** The version of the table that the inputs were read at, and the outputs written for. */
  readonly readMetadata: TableMetadata
}

/** Why the outputs of a group cannot take the place of its inputs. */
export type Overtaking =
  | 'an input is gone'
  | 'an input has other row ids'
  | 'row-level deletes tell inputs and outputs apart'
  | 'a partition column was changed'

export interface FilesRewrite {
  readonly write: SnapshotWrite
  /** The groups that the last attempt left out, each with the reason. */
  readonly overtaken: () => ReadonlyMap<RewrittenGroup, Overtaking>
}

/**
 * Replaces the inputs of each group by its outputs. With no group left there is nothing to change.
 *
 * @param groups no two of them with a common file
 */
export function rewriteFiles(
  context: WriteContext,
  groups: readonly RewrittenGroup[],
): FilesRewrite {
  const addedManifests = outputManifests(context)
  const rewriteFile = async (): Promise<null> => null
  let overtaken: ReadonlyMap<RewrittenGroup, Overtaking> = new Map()
  return {
    overtaken: () => overtaken,
    write: {
      async content(state, slot) {
        const manifests = await liveManifests(context, state, slot)
        overtaken = await overtakenGroups(context, { state, manifests, groups })
        const sound = groups.filter((group) => !overtaken.has(group))
        if (sound.length === 0) return null
        const removal = removalOfInputs(sound)
        const rest = await removeRows(context, manifests, { state, slot, removal, rewriteFile })
        const added = sound.flatMap(({ outputs }) => outputs)
        const inputs = sound.flatMap((group) => group.inputs)
        return {
          operation: 'replace',
          manifests: [...(await addedManifests({ state, slot, groups: sound })), ...rest.manifests],
          added,
          deleted: inputs.map(({ file }) => file),
          movedRows: rowsOfFiles(added),
          summary: new Map(),
        }
      },
    },
  }
}

function removalOfInputs(groups: readonly RewrittenGroup[]): Removal {
  const files = groups.flatMap(({ inputs }) => inputs.map(({ file }) => file))
  const specs = new Set(files.map(({ specId }) => specId))
  const paths = new Set(files.map(({ path }) => path))
  return {
    mayTouch: ({ content, specId }) => content === 'data' && specs.has(specId),
    lossOf: ({ path }) => (paths.has(path) ? 'all' : 'none'),
  }
}

interface GroupsAt {
  readonly state: TableState
  readonly manifests: readonly ManifestFile[]
  readonly groups: readonly RewrittenGroup[]
}

/** The groups that do not stand in a version of the table any more. */
async function overtakenGroups(
  context: WriteContext,
  { state, manifests, groups }: GroupsAt,
): Promise<ReadonlyMap<RewrittenGroup, Overtaking>> {
  const { metadata } = state
  const live = await liveInputs(context, { state, manifests, groups })
  const deletes = await entriesOf(
    context,
    state,
    (manifest) => manifest.content === 'deletes',
    manifests,
  )
  const deletesOf = deleteIndex(metadata, deletes)
  const overtaken = new Map<RewrittenGroup, Overtaking>()
  for (const group of groups) {
    const reason = overtakingOf(group, { metadata, live, deletesOf })
    if (reason !== null) overtaken.set(group, reason)
  }
  return overtaken
}

/** The inputs that are part of a version, by their paths. */
async function liveInputs(
  context: WriteContext,
  { state, manifests, groups }: GroupsAt,
): Promise<ReadonlyMap<string, ManifestEntry>> {
  const removal = removalOfInputs(groups)
  const mayHold = (manifest: ManifestFile): boolean => removal.mayTouch(manifest)
  const entries = await entriesOf(context, state, mayHold, manifests)
  const inputs = entries.filter(({ file }) => removal.lossOf(file) === 'all')
  return new Map(inputs.map((entry) => [entry.file.path, entry]))
}

async function entriesOf(
  context: WriteContext,
  state: TableState,
  isWanted: (manifest: ManifestFile) => boolean,
  manifests: readonly ManifestFile[],
): Promise<readonly ManifestEntry[]> {
  const entries: ManifestEntry[] = []
  for (const manifest of manifests.filter(isWanted)) {
    for (const entry of await readManifest(state, manifest, context)) {
      if (isLive(entry)) entries.push(entry)
    }
  }
  return entries
}

interface FreshTable {
  readonly metadata: TableMetadata
  readonly live: ReadonlyMap<string, ManifestEntry>
  readonly deletesOf: DeletesOf
}

/** Null for a group that stands. */
function overtakingOf(
  group: RewrittenGroup,
  { metadata, live, deletesOf }: FreshTable,
): Overtaking | null {
  const { readMetadata } = group
  const deletesOfOutputs = outputEntries(group, metadata).map((output) =>
    deletesOf(output).filter(({ file }) => file.content === 'equality-deletes'),
  )
  for (const input of group.inputs) {
    const entry = live.get(input.file.path)
    if (entry === undefined) return 'an input is gone'
    if (lineageKey(entry) !== lineageKey(input)) return 'an input has other row ids'
    const deletes = deletesOf(entry)
    const isToldApart = deletesOfOutputs.some((others) => !haveSameDeletes(deletes, others))
    if (isToldApart) return 'row-level deletes tell inputs and outputs apart'
  }
  const isTypedAlike = group.outputs.every(({ specId }) =>
    hasSameTypes(readMetadata, metadata, specId),
  )
  return isTypedAlike ? null : 'a partition column was changed'
}

/** An index lists the deletes of any two files in one order. */
function haveSameDeletes(left: readonly ManifestEntry[], right: readonly ManifestEntry[]): boolean {
  return left.length === right.length && left.every((entry, index) => entry === right[index])
}

/** Tuples of a column that was widened since have values of another type. */
function hasSameTypes(before: TableMetadata, now: TableMetadata, specId: number): boolean {
  const typesIn = (metadata: TableMetadata): string =>
    partitionTypesOf(metadata, specById(metadata, specId))
      .map((type) => (type === null ? '' : formatType(type)))
      .join()
  return before.schemas === now.schemas || typesIn(before) === typesIn(now)
}

/** Null where the inputs were read at no snapshot, which has no files either. */
function outputSequenceNumber({ readMetadata }: RewrittenGroup): bigint | null {
  const { currentSnapshotId, snapshots } = readMetadata
  const read = snapshots.find(({ snapshotId }) => snapshotId === currentSnapshotId)
  return read?.sequenceNumber ?? null
}

/** Manifests of outputs, written once for the groups and the format of an attempt. */
function outputManifests(
  context: WriteContext,
): (
  request: Omit<GroupsAt, 'manifests'> & { readonly slot: SnapshotSlot },
) => Promise<readonly ManifestFile[]> {
  const written = new Map<string, readonly ManifestFile[]>()
  return async ({ state, slot, groups }) => {
    const paths = groups.flatMap(({ outputs }) => outputs.map(({ path }) => path))
    const key = [state.metadata.formatVersion, ...paths].join('\n')
    const lines = written.get(key) ?? (await writeOutputs({ ...context, state }, slot, groups))
    written.set(key, lines)
    // What they hold is older than any snapshot that they may come with.
    return lines.map((line) => ({ ...line, sequenceNumber: slot.sequenceNumber }))
  }
}

async function writeOutputs(
  context: WriteContext,
  slot: SnapshotSlot,
  groups: readonly RewrittenGroup[],
): Promise<readonly ManifestFile[]> {
  const { metadata } = context.state
  const { snapshotId } = slot
  const entries = groups.flatMap((group) =>
    outputEntries(group, metadata).map((entry): ManifestEntry => ({ ...entry, snapshotId })),
  )
  const manifests: ManifestFile[] = []
  for (const specId of new Set(entries.map(({ file }) => file.specId))) {
    const ofSpec = entries.filter(({ file }) => file.specId === specId)
    const spec = specById(metadata, specId)
    manifests.push(...(await writeManifests(context, { ...slot, spec, entries: ofSpec })))
  }
  return manifests
}

/** Outputs as a table lists them, by a snapshot that is yet to be. */
function outputEntries(
  group: RewrittenGroup,
  { formatVersion }: TableMetadata,
): readonly ManifestEntry[] {
  const dataSequenceNumber = formatVersion === 1 ? null : outputSequenceNumber(group)
  return group.outputs.map((file) => ({
    status: 'added',
    snapshotId: null,
    dataSequenceNumber,
    fileSequenceNumber: null,
    file,
  }))
}
