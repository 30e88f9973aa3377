// The partition statistics file of a snapshot (spec: Partition Statistics; Partition Statistics File): counted from its
// manifests, without a look at rows.
import { counted } from '../base/counted.ts'
import { IcebergError } from '../base/errors.ts'
import { STOP_NAMES, checkOptions, optionsAmong } from '../base/options.ts'
import { batchFromValues } from '../formats/arrow/builders.ts'
import { wantedPartition } from '../formats/avro/entry-views.ts'
import { createOutlineReader } from '../formats/avro/manifest-outline.ts'
import type { EntryOutline } from '../formats/avro/manifest-outline.ts'
import { openParquetWriter } from '../formats/parquet/writer.ts'
import { partitionKey } from '../layout/partition-key.ts'
import { partitionTypesOf } from '../metadata/partition-types.ts'
import {
  hasFiles,
  inOrder,
  noTotals,
  statisticsFields,
  statisticsRow,
  unifiedPartition,
  unifiedTuple,
} from '../metadata/partition-totals.ts'
import type { PartitionTotals, UnifiedField } from '../metadata/partition-totals.ts'
import { perSpec } from '../metadata/per-spec.ts'
import { PARQUET_COMPRESSION, readProperty } from '../metadata/properties.ts'
import type { Snapshot } from '../metadata/snapshot.ts'
import type { PartitionStatisticsFile } from '../metadata/statistics.ts'
import { snapshotById } from '../metadata/table-metadata.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import { metadataFileLocation } from '../table/locations.ts'
import { readManifestList, scanManifest } from '../table/manifest-io.ts'
import type { LiveTable, TableState } from '../table/table-state.ts'
import { commitChange } from '../write/commit.ts'
import type { Change } from '../write/commit.ts'
import { sameTable } from '../write/table-identity.ts'

/** Which snapshot is counted. */
export interface PartitionStatisticsOptions {
  /** The table's current one when absent. */
  readonly snapshot?: bigint
  readonly signal?: AbortSignal
}

/** How a plan is run. */
export interface PartitionStatisticsRun {
  readonly signal?: AbortSignal
}

/** What was counted, before it is written. */
export interface PartitionStatisticsPlan {
  /** Null in a table without snapshots. */
  readonly snapshotId: bigint | null
  /** In the order of the file: ascending, nulls first. */
  readonly partitions: readonly PartitionTotals[]
  /** What the table has of the snapshot already: nothing is written then. */
  readonly existing: PartitionStatisticsFile | null
  /** The plan in words. */
  describe(): string
  /**
   * Writes the file and registers it in the table.
   *
   * @throws IcebergError `conflict` when the snapshot expired meanwhile, or other writers win every attempt
   * @throws IcebergError `commit-unknown` when storage could not say what became of the commit
   */
  run(options?: PartitionStatisticsRun): Promise<PartitionStatisticsReport>
}

/** What came of it. */
export interface PartitionStatisticsReport {
  /** The file that the table has of the snapshot, its own one or another writer's; null in a table without files. */
  readonly file: PartitionStatisticsFile | null
  /** Locations of what was written for it. */
  readonly addedFiles: readonly string[]
  readonly partitions: number
  readonly attempts: number
}

/**
 * Counts files and rows of each partition of a snapshot. Nothing is written.
 *
 * @throws IcebergError `invalid` when the table has no partitions, `not-found` when it does not have the snapshot
 * @throws IcebergError `unsupported` for partition fields whose values have no known type
 */
export async function planPartitionStatistics(
  table: LiveTable,
  options: PartitionStatisticsOptions = {},
): Promise<PartitionStatisticsPlan> {
  checkStatisticsOptions(options)
  const { state } = table
  const { metadata, name } = state
  const snapshot = wantedSnapshot(state, options.snapshot)
  const unified = unifiedPartition(metadata)
  if (unified.length === 0) {
    // A row of statistics is of a partition (spec: Partition Statistics File); Spark refuses such a table too.
    throw new IcebergError(
      'invalid',
      'statistics are counted by partition, and no partition spec of the table has a field',
      { context: { table: name } },
    )
  }
  const snapshotId = snapshot?.snapshotId ?? null
  const existing = registered(metadata, snapshotId) ?? null
  const partitions =
    snapshot === null ? [] : await countPartitions(state, snapshot, unified, options)
  return {
    snapshotId,
    partitions,
    existing,
    describe: () =>
      existing === null
        ? `write statistics of ${counted(partitions.length, 'partition')} of snapshot ${snapshotId}`
        : `nothing to write: ${existing.path} has the statistics of snapshot ${snapshotId}`,
    run: async (how = {}) => {
      checkOptions('run', how, STOP_NAMES)
      return runPlan(table, { snapshotId, partitions, existing, unified }, how)
    },
  }
}

/** {@link planPartitionStatistics}, and at once what it plans. */
export async function computePartitionStatistics(
  table: LiveTable,
  options: PartitionStatisticsOptions = {},
): Promise<PartitionStatisticsReport> {
  checkStatisticsOptions(options)
  const stop = optionsAmong<PartitionStatisticsRun>(options, STOP_NAMES)
  await table.refresh(stop)
  return (await planPartitionStatistics(table, options)).run(stop)
}

function checkStatisticsOptions(options: PartitionStatisticsOptions): void {
  checkOptions<PartitionStatisticsOptions>('computePartitionStatistics', options, {
    snapshot: 'bigint',
    signal: 'signal',
  })
}

function wantedSnapshot({ metadata, name }: TableState, wanted?: bigint): Snapshot | null {
  const snapshotId = wanted ?? metadata.currentSnapshotId
  if (snapshotId === null) return null
  const snapshot = snapshotById(metadata, snapshotId)
  if (snapshot !== undefined) return snapshot
  throw new IcebergError('not-found', 'table has no snapshot of that id', {
    context: { table: name, snapshotId },
  })
}

function registered(
  { partitionStatistics }: TableMetadata,
  snapshotId: bigint | null,
): PartitionStatisticsFile | undefined {
  return partitionStatistics.find((file) => file.snapshotId === snapshotId)
}

async function countPartitions(
  state: TableState,
  snapshot: Snapshot,
  unified: readonly UnifiedField[],
  { signal }: PartitionStatisticsOptions,
): Promise<readonly PartitionTotals[]> {
  const { metadata } = state
  const options = signal === undefined ? {} : { signal }
  const totals = new Map<string, PartitionTotals>()
  const counters = perSpec(metadata, (spec) => {
    const types = partitionTypesOf(metadata, spec)
    const count = (entry: EntryOutline): void => {
      const key = `${spec.specId}:${partitionKey(types, entry.partition)}`
      const known =
        totals.get(key) ??
        noTotals(spec.specId, unifiedTuple(unified, spec.fields, entry.partition))
      totals.set(key, withEntry(known, entry, metadata))
    }
    return { count, read: createOutlineReader(wantedPartition(metadata, spec)) }
  })
  for (const manifest of await readManifestList(state, snapshot, options)) {
    const { count, read } = counters(manifest.specId)
    await scanManifest(state, manifest, (bytes, line) => read(bytes, line, count), options)
  }
  return inOrder([...totals.values()].filter(hasFiles), unified)
}

/** Files that went count for when, and for nothing else. */
function withEntry(
  totals: PartitionTotals,
  entry: EntryOutline,
  metadata: TableMetadata,
): PartitionTotals {
  const snapshot = snapshotById(metadata, entry.snapshotId)
  const dated =
    snapshot === undefined || !isNewer(snapshot, totals.lastUpdated)
      ? totals
      : { ...totals, lastUpdated: snapshot }
  return entry.status === 'deleted' ? dated : withFile(dated, entry)
}

/** Two commits of one millisecond are told apart by their numbers, which version 1 does not have. */
function isNewer(snapshot: Snapshot, than: PartitionTotals['lastUpdated']): boolean {
  if (than === null || snapshot.timestampMs !== than.timestampMs) {
    return than === null || snapshot.timestampMs > than.timestampMs
  }
  return snapshot.sequenceNumber > than.sequenceNumber
}

function withFile(totals: PartitionTotals, entry: EntryOutline): PartitionTotals {
  const { content, recordCount, fileSizeBytes } = entry
  switch (content) {
    case 'data':
      return {
        ...totals,
        dataRecords: totals.dataRecords + recordCount,
        dataFiles: totals.dataFiles + 1,
        dataFileBytes: totals.dataFileBytes + fileSizeBytes,
      }
    case 'position-deletes':
      return {
        ...totals,
        positionDeletes: totals.positionDeletes + recordCount,
        positionDeleteFiles: totals.positionDeleteFiles + (entry.isDeletionVector ? 0 : 1),
        deletionVectors: totals.deletionVectors + (entry.isDeletionVector ? 1 : 0),
      }
    default:
      return {
        ...totals,
        equalityDeletes: totals.equalityDeletes + recordCount,
        equalityDeleteFiles: totals.equalityDeleteFiles + 1,
      }
  }
}

interface Counted {
  readonly snapshotId: bigint | null
  readonly partitions: readonly PartitionTotals[]
  readonly existing: PartitionStatisticsFile | null
  readonly unified: readonly UnifiedField[]
}

async function runPlan(
  table: LiveTable,
  found: Counted,
  options: PartitionStatisticsRun,
): Promise<PartitionStatisticsReport> {
  const { snapshotId, existing } = found
  const partitions = found.partitions.length
  if (snapshotId === null || partitions === 0 || existing !== null) {
    return { file: existing, addedFiles: [], partitions, attempts: 0 }
  }
  const written = await writeStatistics(table.state, { ...found, snapshotId }, options)
  const { state, attempts } = await commitChange(table, registration(written), options)
  const file = registered(state.metadata, snapshotId) ?? null
  return { file, addedFiles: [written.path], partitions, attempts }
}

const BATCH_ROWS = 8_192

async function writeStatistics(
  { metadata, services }: TableState,
  { snapshotId, partitions, unified }: Counted & { readonly snapshotId: bigint },
  { signal }: PartitionStatisticsRun,
): Promise<PartitionStatisticsFile> {
  const { formatVersion } = metadata
  const fields = statisticsFields(unified, formatVersion)
  const schema = { schemaId: 0, fields, identifierFieldIds: [] }
  const name = `partition-stats-${snapshotId}-${services.environment.uuid()}.parquet`
  const path = metadataFileLocation(metadata, name)
  const writer = openParquetWriter({
    schema,
    codec: services.codec,
    store: services.store,
    location: path,
    compression: readProperty(metadata.properties, PARQUET_COMPRESSION),
    ...(signal === undefined ? {} : { signal }),
  })
  try {
    for (let start = 0; start < partitions.length; start += BATCH_ROWS) {
      const rows = partitions
        .slice(start, start + BATCH_ROWS)
        .map((totals) => statisticsRow(totals, formatVersion))
      await writer.write(batchFromValues(schema, rows))
    }
    const { fileSizeBytes } = await writer.close()
    return { snapshotId, path, fileSizeBytes }
  } catch (error) {
    await writer.abort(error)
    throw error
  }
}

/** Each snapshot has one file at the most: another writer's stays. */
function registration(statistics: PartitionStatisticsFile): Change {
  return {
    async propose(state) {
      const { metadata, name } = state
      const { snapshotId } = statistics
      if (snapshotById(metadata, snapshotId) === undefined) {
        throw new IcebergError('conflict', 'the snapshot expired while it was counted', {
          context: { table: name, snapshotId },
        })
      }
      if (registered(metadata, snapshotId) !== undefined) return null
      const { requirements, updates } = sameTable(state)
      return {
        requirements,
        updates: [...updates, { action: 'set-partition-statistics', statistics }],
      }
    },
    isIn: (metadata) => registered(metadata, statistics.snapshotId)?.path === statistics.path,
  }
}
