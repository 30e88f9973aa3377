// Writes the table that planning is measured on: many files in many manifests, a day a manifest. What each file holds is
// told by its entry alone; all of them are one data file of a few rows.
import { openWarehouse } from '../../src/client/warehouse.js'

import { encodeManifest } from '../../src/formats/avro/manifest-codec.js'
import { encodeManifestList } from '../../src/formats/avro/manifest-list-codec.js'
import type { DataFile } from '../../src/metadata/data-file.js'
import type { ManifestFile } from '../../src/metadata/manifest-file.js'
import type { Snapshot } from '../../src/metadata/snapshot.js'
import { summarizePartitions } from '../../src/metadata/partition-summary.js'
import { currentSpec } from '../../src/metadata/table-metadata.js'
import { valueToBytes } from '../../src/types/single-value-binary.js'
import type { PrimitiveType } from '../../src/types/type.js'
import type { PrimitiveValue } from '../../src/types/value.js'
import { reportSide } from '../measure.js'
import { FILE_ROWS, firstDay, plannedFiles, planningFolder } from '../planning.js'
import { Ride } from '../rides.js'
import { sideSettings } from '../settings.js'

const settings = sideSettings()
const { manifests, filesPerManifest } = plannedFiles(settings)
const PAYMENTS = ['card', 'cash', 'voucher', 'account', 'dispute', 'none']
const DAY_MICROS = 86_400_000_000n

await reportSide(async () => {
  const warehouse = await openWarehouse(planningFolder(settings))
  const rides = await warehouse.createTable('city.rides', {
    schema: Ride,
    partitionBy: ['day(pickup)', 'payment'],
  })
  await rides.append([...Array(FILE_ROWS).keys()].map(exampleRide))
  const [task] = (await rides.scan().plan()).tasks
  const { state } = rides
  const { metadata, services } = state
  const [spec, parent] = [currentSpec(metadata), metadata.snapshots.at(-1)]
  if (task === undefined || parent === undefined) throw new Error('one file was appended')
  const snapshotId = parent.snapshotId + 1n
  const sequenceNumber = metadata.lastSequenceNumber + 1n
  const place = (name: string) => `${metadata.location}/metadata/${name}`
  const lines: ManifestFile[] = []
  for (let manifest = 0; manifest < manifests; manifest += 1) {
    const files = [...Array(filesPerManifest).keys()].map((index) =>
      fileOf(manifest, index, task.file),
    )
    const bytes = encodeManifest({
      metadata,
      spec,
      content: 'data',
      entries: files.map((file) => ({
        status: 'added',
        snapshotId,
        dataSequenceNumber: null,
        fileSequenceNumber: null,
        file,
      })),
    })
    const path = place(`bench-m${manifest}.avro`)
    await services.store.put(path, bytes, 'create')
    lines.push({
      path,
      lengthBytes: BigInt(bytes.length),
      specId: spec.specId,
      content: 'data',
      sequenceNumber,
      minSequenceNumber: sequenceNumber,
      addedSnapshotId: snapshotId,
      addedFiles: files.length,
      existingFiles: 0,
      deletedFiles: 0,
      addedRows: BigInt(files.length * FILE_ROWS),
      existingRows: 0n,
      deletedRows: 0n,
      partitions: summarizePartitions(
        [{ kind: 'date' }, { kind: 'string' }],
        files.map((file) => file.partition),
      ),
      keyMetadata: null,
    })
  }
  const manifestList = place('bench-list.avro')
  const snapshot: Snapshot = {
    ...parent,
    snapshotId,
    parentId: parent.snapshotId,
    sequenceNumber,
    manifestList,
    operation: 'overwrite',
    summary: new Map(),
  }
  const list = {
    formatVersion: 2 as const,
    snapshotId,
    parentId: parent.snapshotId,
    sequenceNumber,
  }
  await services.store.put(
    manifestList,
    encodeManifestList({ ...list, manifests: lines }),
    'create',
  )
  await services.catalog.commitTable(state.loaded, {
    requirements: [],
    updates: [
      { action: 'add-snapshot', snapshot },
      { action: 'set-snapshot-ref', name: 'main', ref: { snapshotId, kind: 'branch' } },
    ],
  })
  return { files: manifests * filesPerManifest }
})

function exampleRide(index: number) {
  const id = BigInt(index)
  const pickup = firstDay * DAY_MICROS
  return {
    id,
    pickup_zone: id,
    dropoff_zone: id,
    pickup,
    dropoff: pickup,
    distance: 1,
    fare: 2,
    tip: 3,
    payment: 'card',
    trip: `trip ${index}`,
  }
}

/** A file of a day; its ids are those of no other file, and neighbours in a manifest have none that are near. */
function fileOf(manifest: number, index: number, real: DataFile): DataFile {
  const firstId = BigInt((index * manifests + manifest) * FILE_ROWS)
  const day = firstDay + BigInt(manifest)
  const start = day * DAY_MICROS + BigInt((index * 7_919_993) % 80_000_000) * 1_000n
  const payment = PAYMENTS[index % PAYMENTS.length] ?? ''
  const noise = ((index * 2_654_435_761) >>> 0) / 2 ** 32
  const bounds: readonly (readonly [low: PrimitiveValue, high: PrimitiveValue])[] = [
    [firstId, firstId + BigInt(FILE_ROWS - 1)],
    [BigInt(index % 17), 263n - BigInt(index % 11)],
    [BigInt(index % 13), 263n - BigInt(index % 19)],
    [start, start + 3_600_000_000n],
    [start + 60_000_000n, start + 7_200_000_000n],
    [noise, 20 + noise * 30],
    [2.5 + noise, 80 + noise * 100],
    [0, noise * 25],
    [payment, payment],
    [`${index.toString(16).padStart(8, '0')}aaaa`, `${index.toString(16).padStart(8, '0')}ffff`],
  ]
  const ids = Ride.fields.map((field) => field.id)
  const counts = (countOf: (place: number) => number) =>
    new Map(ids.map((id, column) => [id, BigInt(countOf(column))]))
  const boundsAt = (side: 0 | 1) =>
    new Map(
      Ride.fields.map(({ id, type }, column) => [
        id,
        // Columns of rides are of primitive types.
        valueToBytes(type as PrimitiveType, bounds[column]?.[side] ?? 0n),
      ]),
    )
  return {
    ...real,
    partition: [Number(day), payment],
    recordCount: BigInt(FILE_ROWS),
    metrics: {
      columnSizes: counts((column) => 4_000 + ((index * (column + 3) * 7_919) % 90_000)),
      valueCounts: counts(() => FILE_ROWS),
      nullCounts: counts(() => 0),
      nanCounts: counts(() => 0),
      lowerBounds: boundsAt(0),
      upperBounds: boundsAt(1),
    },
  }
}
