// The metadata tables of a table by their names, as other engines have them, each a stream of rows.
import type { RequestOptions } from '../../io/object-store.ts'
import type { ManifestEntry } from '../../metadata/manifest-entry.ts'
import type { ManifestFile } from '../../metadata/manifest-file.ts'
import type { Snapshot } from '../../metadata/snapshot.ts'
import type { TableState } from '../../table/table-state.ts'
import {
  listAllEntries,
  listAllManifests,
  listEntries,
  listManifests,
  sumPartitions,
} from '../metadata-tables.ts'
import { readPositionDeletes } from '../position-deletes.ts'
import { entryFacts, liveFileFacts } from './entry-facts.ts'
import type { EntryFacts, FileFacts } from './entry-facts.ts'
import { historyFacts } from './history-facts.ts'
import type { HistoryFacts } from './history-facts.ts'
import { listedManifestFacts, manifestFacts } from './manifest-facts.ts'
import type { ListedManifestFacts, ManifestFacts } from './manifest-facts.ts'
import type { MetadataTableName } from './metadata-table-names.ts'
import { metadataLogFacts } from './metadata-log-facts.ts'
import type { MetadataLogFacts } from './metadata-log-facts.ts'
import { partitionFacts } from './partition-facts.ts'
import type { PartitionFacts } from './partition-facts.ts'
import { positionDeleteFacts } from './position-delete-facts.ts'
import type { PositionDeleteFacts } from './position-delete-facts.ts'
import { refFacts } from './ref-facts.ts'
import type { RefFacts } from './ref-facts.ts'
import { snapshotFacts } from './snapshot-facts.ts'
import type { SnapshotFacts } from './snapshot-facts.ts'

/** The rows of each metadata table. Columns are called as in other engines; moments are ISO 8601 text. */
export interface MetadataRows {
  readonly snapshots: SnapshotFacts
  readonly history: HistoryFacts
  readonly refs: RefFacts
  readonly metadata_log_entries: MetadataLogFacts
  readonly manifests: ManifestFacts
  readonly entries: EntryFacts
  readonly files: FileFacts
  readonly data_files: FileFacts
  readonly delete_files: FileFacts
  readonly partitions: PartitionFacts
  readonly position_deletes: PositionDeleteFacts
  readonly all_manifests: ListedManifestFacts
  readonly all_entries: EntryFacts
  readonly all_files: FileFacts
  readonly all_data_files: FileFacts
  readonly all_delete_files: FileFacts
}

/** Where rows are taken from. */
export interface FactSource {
  readonly state: TableState
  /** What tables of one snapshot are of; null for a table without snapshots. */
  readonly snapshot: Snapshot | null
  readonly options: RequestOptions
}

type Rows<Row> = AsyncIterable<Row> | Iterable<Row>

/** The rows of a metadata table, read as they are taken. */
export function metadataFacts<Name extends MetadataTableName>(
  name: Name,
  source: FactSource,
): Rows<MetadataRows[Name]> {
  return SOURCES[name](source)
}

const SOURCES: {
  readonly [Name in MetadataTableName]: (source: FactSource) => Rows<MetadataRows[Name]>
} = {
  snapshots: ({ state }) => state.metadata.snapshots.map(snapshotFacts),
  history: ({ state }) => state.metadata.snapshotLog.map(historyFacts(state.metadata)),
  refs: ({ state }) => Array.from(state.metadata.refs, ([name, ref]) => refFacts(name, ref)),
  metadata_log_entries: ({ state }) => metadataLogFacts(state.loaded),
  manifests: manifestRows,
  entries: entryRows,
  files: (source) => fileRows(source),
  data_files: (source) => fileRows(source, 'data'),
  delete_files: (source) => fileRows(source, 'deletes'),
  partitions: partitionRows,
  position_deletes: deleteRows,
  all_manifests: allManifestRows,
  all_entries: allEntryRows,
  all_files: (source) => allFileRows(source),
  all_data_files: (source) => allFileRows(source, 'data'),
  all_delete_files: (source) => allFileRows(source, 'deletes'),
}

async function* manifestRows({
  state,
  snapshot,
  options,
}: FactSource): AsyncGenerator<ManifestFacts> {
  for (const manifest of await listManifests(state, snapshot, options)) {
    yield manifestFacts(state.metadata, manifest)
  }
}

async function* allManifestRows({
  state,
  options,
}: FactSource): AsyncGenerator<ListedManifestFacts> {
  for await (const listed of listAllManifests(state, options)) {
    yield listedManifestFacts(state.metadata, listed)
  }
}

async function* partitionRows({
  state,
  snapshot,
  options,
}: FactSource): AsyncGenerator<PartitionFacts> {
  for (const totals of await sumPartitions(state, snapshot, options)) {
    yield partitionFacts(state.metadata, totals)
  }
}

async function* entryRows({ state, snapshot, options }: FactSource): AsyncGenerator<EntryFacts> {
  for await (const entry of listEntries(state, snapshot, options)) {
    yield entryFacts(state.metadata, entry)
  }
}

async function* allEntryRows({ state, options }: FactSource): AsyncGenerator<EntryFacts> {
  for await (const entry of listAllEntries(state, options)) yield entryFacts(state.metadata, entry)
}

async function* fileRows(
  { state, snapshot, options }: FactSource,
  content?: ManifestFile['content'],
): AsyncGenerator<FileFacts> {
  const of = content === undefined ? {} : { content }
  yield* liveRows(state, listEntries(state, snapshot, { ...options, ...of }))
}

async function* allFileRows(
  { state, options }: FactSource,
  content?: ManifestFile['content'],
): AsyncGenerator<FileFacts> {
  const of = content === undefined ? {} : { content }
  yield* liveRows(state, listAllEntries(state, { ...options, ...of }))
}

async function* liveRows(
  { metadata }: TableState,
  entries: AsyncIterable<ManifestEntry>,
): AsyncGenerator<FileFacts> {
  for await (const entry of entries) {
    if (entry.status !== 'deleted') yield liveFileFacts(metadata, entry)
  }
}

async function* deleteRows({
  state,
  snapshot,
  options,
}: FactSource): AsyncGenerator<PositionDeleteFacts> {
  const entries = listEntries(state, snapshot, { ...options, content: 'deletes' })
  for await (const { status, file } of entries) {
    if (status === 'deleted' || file.content !== 'position-deletes') continue
    const facts = positionDeleteFacts(state.metadata, file)
    for await (const deleted of readPositionDeletes(state, file, options)) yield facts(deleted)
  }
}
