/** Commits that other engines make and this library does not yet. */
import { encodeManifest } from '../../src/formats/avro/manifest-codec.ts'
import { encodeManifestList } from '../../src/formats/avro/manifest-list-codec.ts'
import { joinLocation } from '../../src/io/location.ts'
import type { DataFile } from '../../src/metadata/data-file.ts'
import type { ManifestFile } from '../../src/metadata/manifest-file.ts'
import type { Snapshot } from '../../src/metadata/snapshot.ts'
import { specById } from '../../src/metadata/table-metadata.ts'
import type { TableUpdate } from '../../src/metadata/updates.ts'
import { readManifestList } from '../../src/table/manifest-io.ts'
import type { LiveTable } from '../../src/table/table-state.ts'
import { noMetrics } from '../../src/types/metrics.ts'

/** Commits updates of the metadata to the version that the handle holds. */
export async function commitUpdates(
  table: LiveTable,
  updates: readonly TableUpdate[],
): Promise<void> {
  const { services, loaded } = table.state
  const outcome = await services.catalog.commitTable(loaded, { requirements: [], updates })
  if (outcome.kind !== 'committed') throw new Error(`commit ended as ${outcome.kind}`)
  await table.refresh()
}

/** Commits a snapshot that has a file of row-level deletes in a partition of the current spec or another, besides what was there. */
export async function commitRowDeletes(
  table: LiveTable,
  partition: DataFile['partition'],
  deletes: Partial<DataFile> = {},
): Promise<void> {
  const { metadata, services } = table.state
  const spec = specById(metadata, deletes.specId ?? metadata.defaultSpecId)
  const parent = metadata.snapshots.at(-1)
  const snapshotId = 4242n + BigInt(metadata.snapshots.length)
  const sequenceNumber = metadata.lastSequenceNumber + 1n
  const place = (name: string): string =>
    joinLocation(metadata.location, 'metadata', `${snapshotId}-${name}`)
  const bytes = encodeManifest({
    metadata,
    spec,
    content: 'deletes',
    entries: [
      {
        status: 'added',
        snapshotId,
        dataSequenceNumber: null,
        fileSequenceNumber: null,
        file: {
          content: 'position-deletes',
          path: joinLocation(metadata.location, 'data', 'deletes.parquet'),
          format: 'parquet',
          specId: spec.specId,
          partition,
          recordCount: 1n,
          fileSizeBytes: 100n,
          metrics: noMetrics,
          splitOffsets: null,
          equalityIds: null,
          sortOrderId: null,
          keyMetadata: null,
          ...deletes,
        },
      },
    ],
  })
  const line: ManifestFile = {
    path: place('deletes.avro'),
    lengthBytes: BigInt(bytes.length),
    specId: spec.specId,
    content: 'deletes',
    sequenceNumber,
    minSequenceNumber: sequenceNumber,
    addedSnapshotId: snapshotId,
    addedFiles: 1,
    existingFiles: 0,
    deletedFiles: 0,
    addedRows: 1n,
    existingRows: 0n,
    deletedRows: 0n,
    partitions: null,
    keyMetadata: null,
  }
  const listed = parent === undefined ? [] : await readManifestList(table.state, parent)
  const manifestList = place('deletes-list.avro')
  const snapshot: Snapshot = {
    snapshotId,
    parentId: parent?.snapshotId ?? null,
    sequenceNumber,
    timestampMs: metadata.lastUpdatedMs,
    manifestList,
    operation: 'overwrite',
    summary: new Map(),
    schemaId: metadata.currentSchemaId,
  }
  await services.store.put(line.path, bytes, 'create')
  const list = encodeManifestList({
    formatVersion: metadata.formatVersion,
    snapshotId,
    parentId: snapshot.parentId,
    sequenceNumber,
    manifests: [...listed, line],
  })
  await services.store.put(manifestList, list, 'create')
  await commitUpdates(table, [
    { action: 'add-snapshot', snapshot },
    { action: 'set-snapshot-ref', name: 'main', ref: { snapshotId, kind: 'branch' } },
  ])
}
