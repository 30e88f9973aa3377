import { describe, expect, it } from 'vitest'

import { findField } from '../../../src/types/schema.ts'
import { footerOf } from '../../../src/formats/parquet/footer.ts'
import {
  computePartitionStatistics,
  planPartitionStatistics,
} from '../../../src/maintenance/partition-statistics.ts'
import { statisticsFields, unifiedPartition } from '../../../src/metadata/partition-totals.ts'
import type { Value } from '../../../src/types/value.ts'
import { commitRowDeletes } from '../../support/foreign-commits.ts'
import { readRows } from '../../support/parquet-files.ts'
import { anotherHandle, newRides } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'

/** The rows of the file that the table has of its newest snapshot. */
async function statisticsOf(rides: Rides): Promise<(Value | null)[][]> {
  const { metadata, services } = rides.state
  const file = metadata.partitionStatistics.at(-1)
  if (file === undefined) throw new Error('no statistics')
  const bytes = await services.store.get(file.path)
  expect(file.fileSizeBytes).toBe(BigInt(bytes.length))
  const fields = statisticsFields(unifiedPartition(metadata), metadata.formatVersion)
  return readRows(bytes, { schemaId: 0, fields, identifierFieldIds: [] })
}

async function byCity(formatVersion: 1 | 2 | 3): Promise<Rides> {
  const rides = await newRides({ formatVersion, partitionBy: ['city'] })
  await rides.append([
    { id: 1, city: 'Oslo' },
    { id: 2, city: 'Oslo' },
    { id: 3, city: null },
  ])
  await rides.append([{ id: 4, city: 'Bergen' }])
  return rides
}

describe.each([1, 2, 3] as const)('partition statistics of version %i', (formatVersion) => {
  it('have a row a partition in order, nulls first', async () => {
    const rides = await byCity(formatVersion)
    const report = await computePartitionStatistics(rides)
    expect(report).toMatchObject({ partitions: 3, attempts: 1, addedFiles: [report.file?.path] })
    const [first, second] = rides.snapshots
    const sizes = new Map<unknown, bigint>()
    for (const { file } of (await rides.scan().plan()).tasks) {
      sizes.set(file.partition[0], file.fileSizeBytes)
    }
    const row = (city: string | null, records: bigint, snapshot = first): unknown[] => [
      [city],
      0,
      records,
      1,
      sizes.get(city),
      0n,
      0,
      0n,
      0,
      null,
      BigInt(snapshot?.timestampMs ?? 0),
      snapshot?.snapshotId,
      ...(formatVersion === 3 ? [0] : []),
    ]
    expect(await statisticsOf(rides)).toEqual([
      row(null, 1n),
      row('Bergen', 1n, second),
      row('Oslo', 2n),
    ])
  })
})

describe('partition statistics', () => {
  it('have the ids and names of the specification', async () => {
    const rides = await byCity(3)
    await computePartitionStatistics(rides)
    const [file] = rides.metadata.partitionStatistics
    const bytes = await rides.state.services.store.get(file?.path ?? '')
    const { root } = footerOf(bytes).schema
    expect(root.children.map((node) => [node.fieldId, node.name, node.repetition])).toEqual([
      [1, 'partition', 'required'],
      [2, 'spec_id', 'required'],
      [3, 'data_record_count', 'required'],
      [4, 'data_file_count', 'required'],
      [5, 'total_data_file_size_in_bytes', 'required'],
      [6, 'position_delete_record_count', 'required'],
      [7, 'position_delete_file_count', 'required'],
      [8, 'equality_delete_record_count', 'required'],
      [9, 'equality_delete_file_count', 'required'],
      [10, 'total_record_count', 'optional'],
      [11, 'last_updated_at', 'optional'],
      [12, 'last_updated_snapshot_id', 'optional'],
      [13, 'dv_count', 'required'],
    ])
    expect(root.children[0]?.children.map(({ fieldId }) => fieldId)).toEqual([1000])
  })

  it('count deletes, of which only the rows would tell what they leave', async () => {
    const rides = await byCity(2)
    await commitRowDeletes(rides, ['Oslo'])
    await computePartitionStatistics(rides)
    const oslo = (await statisticsOf(rides)).at(-1)
    expect(oslo?.slice(5, 10)).toEqual([1n, 1, 0n, 0, null])
    expect(oslo?.at(11)).toBe(rides.currentSnapshot?.snapshotId)
  })

  it('put the partitions of all specs into one type, and keep them apart', async () => {
    const rides = await byCity(2)
    await rides.transaction((tx) => tx.updateSpec((change) => change.add('bucket(1, id)')))
    await rides.append([{ id: 5, city: 'Oslo' }])
    await computePartitionStatistics(rides)
    const rows = await statisticsOf(rides)
    expect(rows.map(([partition, specId]) => [partition, specId])).toEqual([
      [[null, null], 0],
      [['Bergen', null], 0],
      [['Oslo', null], 0],
      [['Oslo', 0], 1],
    ])
    await rides.transaction((tx) => tx.updateSpec((change) => change.drop('city')))
    expect(unifiedPartition(rides.metadata).map(({ field }) => field.name)).toEqual([
      'city',
      'id_bucket_1',
    ])
  })

  it('know fields that became void as what they were', async () => {
    const rides = await byCity(1)
    await rides.transaction((tx) => tx.updateSpec((change) => change.drop('city')))
    await rides.append([{ id: 5, city: 'Oslo' }])
    expect(unifiedPartition(rides.metadata)).toMatchObject([
      { field: { transform: { kind: 'identity' } }, type: { kind: 'string' } },
    ])
    const { partitions } = await planPartitionStatistics(rides)
    expect(partitions.map(({ specId, partition }) => [specId, partition])).toEqual([
      [0, [null]],
      [1, [null]],
      [0, ['Bergen']],
      [0, ['Oslo']],
    ])
  })

  it('leave out partitions that lost all their files', async () => {
    const rides = await byCity(2)
    await rides.deleteWhere("city = 'Oslo'")
    const { partitions } = await planPartitionStatistics(rides)
    expect(partitions.map(({ partition }) => partition)).toEqual([[null], ['Bergen']])
  })

  it('are of a snapshot that is asked for, and written once', async () => {
    const rides = await byCity(2)
    const [first] = rides.snapshots
    const report = await computePartitionStatistics(rides, { snapshot: first?.snapshotId ?? 0n })
    expect(report.partitions).toBe(2)
    expect(await computePartitionStatistics(rides, { snapshot: first?.snapshotId ?? 0n })).toEqual({
      file: report.file,
      addedFiles: [],
      partitions: 2,
      attempts: 0,
    })
    await computePartitionStatistics(rides)
    expect(rides.metadata.partitionStatistics).toHaveLength(2)
    await expect(computePartitionStatistics(rides, { snapshot: 777n })).rejects.toMatchObject({
      kind: 'not-found',
    })
  })

  it('leave the file of another writer that was first', async () => {
    const rides = await byCity(2)
    const plan = await planPartitionStatistics(rides)
    const other = await computePartitionStatistics(await anotherHandle(rides))
    const report = await plan.run()
    expect(report.file).toEqual(other.file)
    expect(rides.metadata.partitionStatistics).toEqual([other.file])
  })

  it('say what they would write, and are none of a table without partitions or rows', async () => {
    const rides = await byCity(2)
    const plan = await planPartitionStatistics(rides)
    expect(plan.describe()).toBe(`write statistics of 3 partitions of snapshot ${plan.snapshotId}`)
    await expect(planPartitionStatistics(await newRides())).rejects.toMatchObject({
      kind: 'invalid',
      message:
        'statistics are counted by partition, and no partition spec of the table has a field',
    })
    const empty = await newRides({ partitionBy: ['city'] })
    expect(await computePartitionStatistics(empty)).toEqual({
      file: null,
      addedFiles: [],
      partitions: 0,
      attempts: 0,
    })
  })

  it('keep the column of a partition that is dropped', async () => {
    const rides = await byCity(2)
    await rides.transaction((tx) => {
      tx.updateSpec((change) => change.drop('city'))
      tx.updateSchema((change) => change.drop('city'))
    })
    expect(findField(rides.schema, 2)).toBeUndefined()
    expect(unifiedPartition(rides.metadata)).toMatchObject([{ type: { kind: 'string' } }])
  })
})
