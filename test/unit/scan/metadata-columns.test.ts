import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { and, eq, gt, gtEq, isNull, lt } from '../../../src/expressions/build.ts'
import { openWarehouse } from '../../../src/client/warehouse.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import { rowsOf } from '../../../src/formats/arrow/rows.ts'
import { noMetrics } from '../../../src/types/metrics.ts'
import {
  lastUpdatedColumn,
  positionColumn,
  rowIdColumn,
} from '../../../src/types/reserved-fields.ts'
import type { Schema } from '../../../src/types/schema.ts'
import type { Value } from '../../../src/types/value.ts'
import { bind } from '../../../src/expressions/bind.ts'
import { parsePredicate } from '../../../src/expressions/parse.ts'
import { boundTrue } from '../../../src/expressions/bound.ts'
import { withMetadataColumns } from '../../../src/scan/metadata-columns.ts'
import { readTask } from '../../../src/scan/read-task.ts'
import { schema, t } from '../../../src/types/define.ts'
import { newRides } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'
import { runs } from '../../support/runs.ts'
import { schemaOf, writeParquet } from '../../support/parquet-files.ts'
import type { UnknownTable } from '../../support/table-model/model.ts'

async function threeRides(): Promise<Rides> {
  const rides = await newRides({ partitionBy: ['city'], sortBy: ['id'] })
  await rides.append([
    { id: 1, city: 'Oslo' },
    { id: 2, city: 'Oslo' },
  ])
  await rides.append([{ id: 3, city: 'Bergen' }])
  return rides
}

describe('metadata columns (spec: Reserved Field IDs)', () => {
  it('are given where they are named, in that order', async () => {
    const rides = await threeRides()
    const { tasks } = await rides.scan().plan()
    const paths = new Set(tasks.map(({ file }) => file.path))
    const rows = await rides
      .scan()
      .select('_pos', 'id', '_file', '_spec_id', '_partition')
      .toArray()
    for (const row of rows) {
      expect(Object.keys(row)).toEqual(['_pos', 'id', '_file', '_spec_id', '_partition'])
      expect(paths.has(row._file)).toBe(true)
      expect(row._spec_id).toBe(0)
    }
    const places = rows.map((row) => [row.id, row._pos, row._partition])
    expect(places).toHaveLength(3)
    expect(new Set(places)).toEqual(
      new Set([
        [1n, 0n, { city: 'Oslo' }],
        [2n, 1n, { city: 'Oslo' }],
        [3n, 0n, { city: 'Bergen' }],
      ]),
    )
    expect(Object.keys((await rides.scan().toArray())[0] ?? {})).not.toContain('_pos')
  })

  it('say which commit a row came with, and when', async () => {
    const rides = await threeRides()
    const rows = await rides
      .scan()
      .select('id', '_commit_snapshot_id', '_commit_timestamp')
      .toArray()
    const [first, second] = rides.snapshots
    const commits = new Map(rows.map((row) => [row.id, row]))
    expect(commits.get(2n)?._commit_snapshot_id).toBe(first?.snapshotId)
    expect(commits.get(3n)?._commit_snapshot_id).toBe(second?.snapshotId)
    const text = new Date(second?.timestampMs ?? 0).toISOString().replace('Z', '000+00:00')
    expect(commits.get(3n)?._commit_timestamp).toBe(text)
  })

  it('give fields of the partition by their paths', async () => {
    const rides = await threeRides()
    const rows = await rides
      .scan()
      .where("_partition.city = 'Bergen'")
      .select('_partition.city')
      .toArray()
    expect(rows).toEqual([{ _partition: { city: 'Bergen' } }])
  })

  it('have in a former version the types that its columns had then', async () => {
    const warehouse = await openWarehouse('memory:')
    const columns = schema({ id: t.int(), city: t.string().optional() })
    const table: UnknownTable = await warehouse.createTable('x.t', {
      schema: columns,
      partitionBy: ['id'],
    })
    await table.append([{ id: 1, city: 'Oslo' }])
    const former = table.currentSnapshot?.snapshotId ?? 0n
    await table.transaction((tx) => tx.updateSchema((change) => change.widen('id', t.long())))
    await table.append([{ id: 2n }])
    const then = table.scan().snapshot(former).where('_partition.id = 1').select('id', '_partition')
    expect(await then.toArray()).toEqual([{ id: 1, _partition: { id: 1 } }])
    const now = table.scan().where('_partition.id = 1').select('id', '_partition')
    expect(await now.toArray()).toEqual([{ id: 1n, _partition: { id: 1n } }])
  })

  it('have in a former version the partitions by columns that were dropped since', async () => {
    const rides = await newRides({ partitionBy: ['city'] })
    await rides.append([{ id: 1, city: 'Oslo' }])
    const former = rides.currentSnapshot?.snapshotId ?? 0n
    await rides.transaction((tx) => {
      tx.updateSpec((change) => change.drop('city'))
      tx.updateSchema((change) => change.drop('city'))
    })
    const then = rides.scan().snapshot(former).select('_partition')
    expect(await then.toArray()).toEqual([{ _partition: { city: 'Oslo' } }])
    expect(await rides.scan().select('_partition').toArray()).toEqual([{ _partition: null }])
  })

  it('have no partition in a table that never had one', async () => {
    const rides = await newRides()
    await rides.append([{ id: 1 }])
    expect(await rides.scan().select('_partition').toArray()).toEqual([{ _partition: null }])
    expect(await rides.scan().where(isNull('_partition')).count()).toBe(1n)
  })

  it('are hidden by columns of the table that have their names', async () => {
    const warehouse = await openWarehouse('memory:')
    const table = await warehouse.createTable('x.t', { schema: schema({ _pos: t.string() }) })
    await table.append([{ _pos: 'mine' }])
    expect(await table.scan().select('_pos').where(eq('_pos', 'mine')).toArray()).toEqual([
      { _pos: 'mine' },
    ])
  })

  it('count positions in the file, also past row groups that are not read', async () => {
    const rides = await newRides({
      sortBy: ['id'],
      properties: { 'write.parquet.row-group-size-bytes': '1' },
    })
    const ids = Array.from({ length: 200 }, (_, index) => BigInt(index))
    await rides.append(ids.map((id) => ({ id })))
    const scan = rides.scan().where(gtEq('id', 190n)).select('id', '_pos')
    const rows = await scan.toArray({ batchRows: 7 })
    expect(rows.map((row) => row._pos)).toEqual(ids.slice(190))
    expect(rows.map((row) => row.id)).toEqual(ids.slice(190))
    const placed = await rides
      .scan()
      .where(and(gtEq('_pos', 5n), lt('_pos', 8n)))
      .select('id')
      .toArray()
    expect(placed.map((row) => row.id)).toEqual([5n, 6n, 7n])
  })
})

describe('filters by metadata columns', () => {
  it('leave out the files that they decide, and count the others without reading them', async () => {
    const rides = await threeRides()
    const [task] = (await rides.scan().plan()).tasks
    const path = task?.file.path ?? ''
    const plan = await rides.scan().where(eq('_file', path)).plan()
    expect(plan.tasks.map(({ file, residual }) => [file.path, residual.kind])).toEqual([
      [path, 'true'],
    ])
    expect(plan.counts).toMatchObject({ files: 2, filesPrunedByMetrics: 1 })
    expect(plan.counts.recordsPlanned).toBe(task?.file.recordCount)
    expect(await rides.scan().where('_spec_id = 1').count()).toBe(0n)
  })

  it('are weighed against those of other columns', async () => {
    const rides = await threeRides()
    const [first] = rides.snapshots
    const snapshotId = first?.snapshotId ?? 0n
    const idsWhere = async (filter: string): Promise<readonly bigint[]> => {
      const rows = await rides.scan().where(filter).select('id').toArray()
      return rows.map(({ id }) => id).sort((left, right) => Number(left - right))
    }
    expect(await idsWhere(`_commit_snapshot_id = ${snapshotId} or id = 3`)).toEqual([1n, 2n, 3n])
    expect(await idsWhere(`_commit_snapshot_id <> ${snapshotId} or _pos = 1`)).toEqual([2n, 3n])
    expect(await idsWhere(`not (_commit_snapshot_id = ${snapshotId}) and id > 0`)).toEqual([3n])
    expect(await idsWhere(`city = 'Oslo' and _pos = 0`)).toEqual([1n])
  })

  it('always keep the rows that match one by one', async () => {
    const rides = await threeRides()
    await rides.append([{ id: 4, city: 'Oslo', fare: 2 }])
    const rows = await rides.scan().select('id', '_file', '_pos', '_commit_snapshot_id').toArray()
    type Row = (typeof rows)[number]
    type Test = readonly [filter: string, (row: Row) => boolean]
    const anyLeaf: fc.Arbitrary<Test> = fc
      .constantFrom(...rows)
      .chain((row) =>
        fc.constantFrom<Test[]>(
          [`_file = '${row._file}'`, (other) => other._file === row._file],
          [`_pos > ${row._pos}`, (other) => other._pos > row._pos],
          [`id = ${row.id}`, (other) => other.id === row.id],
          [
            `_commit_snapshot_id <> ${row._commit_snapshot_id}`,
            (other) => other._commit_snapshot_id !== row._commit_snapshot_id,
          ],
        ),
      )
    await fc.assert(
      fc.asyncProperty(
        anyLeaf,
        anyLeaf,
        fc.constantFrom('and', 'or'),
        async (left, right, join) => {
          const expected = rows.filter((row) =>
            join === 'and' ? left[1](row) && right[1](row) : left[1](row) || right[1](row),
          )
          const filter = `${left[0]} ${join} ${right[0]}`
          const found = await rides.scan().where(filter).select('id').toArray()
          expect(new Set(found.map(({ id }) => id))).toEqual(new Set(expected.map(({ id }) => id)))
          expect(await rides.scan().where(filter).count()).toBe(BigInt(expected.length))
        },
      ),
      runs(50),
    )
  })
})

describe('row lineage (spec: Row Lineage)', () => {
  it('numbers the rows of a table in the order of its commits', async () => {
    const rides = await newRides({ formatVersion: 3, sortBy: ['id'] })
    await rides.append([{ id: 1 }, { id: 2 }])
    await rides.append([{ id: 3 }])
    const scan = rides.scan().select('id', '_row_id', '_last_updated_sequence_number')
    const rows = await scan.toArray()
    expect(rows.sort((left, right) => Number(left.id - right.id))).toEqual([
      { id: 1n, _row_id: 0n, _last_updated_sequence_number: 1n },
      { id: 2n, _row_id: 1n, _last_updated_sequence_number: 1n },
      { id: 3n, _row_id: 2n, _last_updated_sequence_number: 2n },
    ])
    expect(await rides.scan().where(gt('_row_id', 0n)).count()).toBe(2n)
    expect(await rides.scan().where(eq('_row_id', 2n)).select('id').toArray()).toEqual([{ id: 3n }])
  })

  it('is null where no numbers were given', async () => {
    const rides = await newRides()
    await rides.append([{ id: 1 }])
    const scan = rides.scan().select('_row_id', '_last_updated_sequence_number')
    expect(await scan.toArray()).toEqual([{ _row_id: null, _last_updated_sequence_number: null }])
    expect(await rides.scan().where(isNull('_row_id')).count()).toBe(1n)
  })

  it('is found by numbers that are not stored', async () => {
    const rides = await newRides({ formatVersion: 3 })
    // The row group knows of nulls only.
    const rows: (Value | null)[][] = [
      [7n, null, null],
      [8n, null, null],
    ]
    expect(await readStored(rides, rows, 100n, '_row_id = 101')).toEqual([[1n, 101n, 41n]])
    const both = '_last_updated_sequence_number = 41 and _pos < 1'
    expect(await readStored(rides, rows, 100n, both)).toEqual([[0n, 100n, 41n]])
  })

  const rowIds = fc.array(fc.record({ id: fc.option(anyId()), updated: fc.option(anyId()) }), {
    minLength: 1,
    maxLength: 8,
  })

  it('always gives the numbers that are stored, and counts the others', async () => {
    const rides = await newRides({ formatVersion: 3 })
    await fc.assert(
      fc.asyncProperty(rowIds, fc.option(anyId()), async (stored, firstRowId) => {
        const rows = stored.map(({ id, updated }): (Value | null)[] => [7n, id, updated])
        const found = await readStored(rides, rows, firstRowId)
        expect(found).toEqual(
          stored.map(({ id, updated }, index) =>
            firstRowId === null
              ? [BigInt(index), null, null]
              : [BigInt(index), id ?? firstRowId + BigInt(index), updated ?? 41n],
          ),
        )
      }),
      runs(50),
    )
  })
})

function anyId(): fc.Arbitrary<bigint> {
  return fc.bigInt({ min: 0n, max: 2n ** 62n })
}

/** Position, row id and sequence number of each row of a file that has columns for the last two. */
async function readStored(
  rides: Rides,
  rows: readonly (Value | null)[][],
  firstRowId: bigint | null,
  filter = 'true',
): Promise<unknown[]> {
  const id = { id: 1, name: 'id', required: true, type: { kind: 'long' } } as const
  const { bytes } = await writeParquet(schemaOf(id, rowIdColumn, lastUpdatedColumn), [rows])
  const store = createMemoryStore()
  const path = 'memory:/x/data.parquet'
  await store.put(path, bytes, 'create')
  const { state } = rides
  const own: Schema = withMetadataColumns(rides.schema, null)
  const fields = [positionColumn, rowIdColumn, lastUpdatedColumn]
  const task = {
    file: {
      content: 'data' as const,
      path,
      format: 'parquet' as const,
      specId: 0,
      partition: [],
      recordCount: BigInt(rows.length),
      fileSizeBytes: BigInt(bytes.length),
      metrics: noMetrics,
      splitOffsets: null,
      equalityIds: null,
      sortOrderId: null,
      keyMetadata: null,
      ...(firstRowId === null ? {} : { firstRowId }),
    },
    dataSequenceNumber: 41n,
    addedSnapshotId: null,
    residual: filter === 'true' ? boundTrue : bind(parsePredicate(filter), own),
  }
  const services = { ...state.services, store }
  const found: unknown[] = []
  for await (const batch of readTask({ ...state, services }, task, { schema: own, fields })) {
    found.push(...rowsOf(batch, { fields }))
  }
  return found
}
