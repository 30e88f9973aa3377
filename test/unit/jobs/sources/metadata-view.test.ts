import { describe, expect, it } from 'vitest'

import { metadataTableOf, parseDatasetAddress } from '../../../../src/jobs/address.ts'
import type { JobTable, Lake } from '../../../../src/jobs/lake.ts'
import { openInput } from '../../../../src/jobs/sources/input-view.ts'
import type { InputView } from '../../../../src/jobs/sources/input-view.ts'
import type { TableSelection } from '../../../../src/jobs/workflow/model.ts'
import { batchObjects } from '../../../../src/scan/rows.ts'
import { metadataTable } from '../../../../src/maintenance/metadata-table.ts'
import { METADATA_TABLES, isOfSnapshot } from '../../../../src/scan/facts/metadata-table-names.ts'
import { parseSchemaText } from '../../../../src/types/schema-text.ts'
import { inputOf, labLake } from '../../../support/jobs/sinks.ts'
import { collect } from '../../../support/streams.ts'
import { engineForTests } from '../../../support/sql/engine.ts'

/** A table that was partitioned by day, then by city: two snapshots, the first one tagged. */
async function rides(): Promise<{ readonly lake: Lake; readonly table: JobTable }> {
  const lake = labLake()
  const { warehouse, name } = await lake.locate(parseDatasetAddress('dataos://lake:city/rides'))
  await warehouse.createTable(name, {
    schema: parseSchemaText('id long not null, city string, ts timestamp, fare decimal(9, 2)'),
    partitionBy: ['day(ts) as part'],
  })
  const table = await warehouse.loadTable(name)
  await table.append([{ id: 1n, city: 'Oslo', ts: '2026-01-31T12:00:00', fare: '-1.50' }])
  await table.transaction((tx) => tx.updateRefs((refs) => refs.createTag('first')))
  await table.transaction((tx) => tx.updateSpec((spec) => spec.drop('part').add('city as part')))
  await table.append([{ id: 2n, city: 'Rome', ts: null, fare: null }])
  return { lake, table }
}

function open(
  lake: Lake,
  word: string,
  selection: TableSelection | null = null,
): Promise<InputView> {
  const dataset = `dataos://lake:city/rides.${word}`
  const address = metadataTableOf(parseDatasetAddress(dataset))
  return openInput(inputOf(dataset, { metadataTable: address, selection }), lake)
}

async function rowsOf({ schema, batches }: InputView): Promise<unknown[]> {
  const rows: unknown[] = []
  for await (const batch of batches) rows.push(...batchObjects(batch, schema.fields, new Map()))
  return rows
}

const ofFirst = { kind: 'ref', name: 'first', type: 'tag' } as const

describe('what a table tells of itself, as an input', () => {
  it('is its snapshots, with their times as times', async () => {
    const { lake, table } = await rides()
    const [first, second] = table.snapshots
    const view = await open(lake, 'snapshots')
    expect(view.report).toEqual({
      kind: 'metadata',
      table: 'city.rides.snapshots',
      snapshotId: second?.snapshotId,
    })
    expect(view.pin).toBeNull()
    const rows = await rowsOf(view)
    expect(rows).toMatchObject([
      { snapshot_id: first?.snapshotId, parent_id: null, operation: 'append' },
      { snapshot_id: second?.snapshotId, parent_id: first?.snapshotId },
    ])
    expect(view.schema.fields.map(({ name, type }) => [name, type.kind])).toEqual([
      ['committed_at', 'timestamptz'],
      ['snapshot_id', 'long'],
      ['parent_id', 'long'],
      ['operation', 'string'],
      ['manifest_list', 'string'],
      ['summary', 'map'],
    ])
  })

  it('is its history and its refs', async () => {
    const { lake, table } = await rides()
    expect(await rowsOf(await open(lake, 'history'))).toMatchObject([
      { snapshot_id: table.snapshots[0]?.snapshotId, is_current_ancestor: true },
      { snapshot_id: table.snapshots[1]?.snapshotId, is_current_ancestor: true },
    ])
    const refs = await rowsOf(await open(lake, 'refs'))
    expect(refs).toHaveLength(2)
    expect(refs).toContainEqual({
      name: 'first',
      type: 'TAG',
      snapshot_id: table.snapshots[0]?.snapshotId,
      max_reference_age_in_ms: null,
      min_snapshots_to_keep: null,
      max_snapshot_age_in_ms: null,
    })
  })

  it('is the files of a snapshot: partitions of all specs in one struct, bounds as bytes and as values', async () => {
    const { lake } = await rides()
    const files = await rowsOf(await open(lake, 'files'))
    expect(files).toHaveLength(2)
    expect(files).toContainEqual(
      expect.objectContaining({
        content: 0,
        file_format: 'PARQUET',
        spec_id: 0,
        partition: { part: null, part_1000: '2026-01-31' },
        record_count: 1n,
        equality_ids: null,
        lower_bounds: expect.any(Map),
        readable_metrics: expect.objectContaining({
          id: expect.objectContaining({ value_count: 1n, lower_bound: 1n, upper_bound: 1n }),
          fare: expect.objectContaining({ lower_bound: '-1.50' }),
          ts: expect.objectContaining({ lower_bound: '2026-01-31T12:00:00.000000' }),
        }),
      }),
    )
    expect(files).toContainEqual(
      expect.objectContaining({ spec_id: 1, partition: { part: 'Rome', part_1000: null } }),
    )
    expect(await rowsOf(await open(lake, 'files', ofFirst))).toHaveLength(1)
  })

  it('is its manifests, entries and partitions, of the snapshot that is selected', async () => {
    const { lake, table } = await rides()
    const [first] = table.snapshots
    for (const word of ['manifests', 'entries', 'partitions']) {
      const view = await open(lake, word, ofFirst)
      expect(await rowsOf(view)).toHaveLength(1)
      expect(view.pin).toBe(first?.snapshotId)
      expect(await rowsOf(await open(lake, word))).toHaveLength(2)
    }
    expect(await rowsOf(await open(lake, 'partitions', ofFirst))).toMatchObject([
      { partition: { part: null, part_1000: '2026-01-31' }, record_count: 1n, file_count: 1 },
    ])
    expect(await rowsOf(await open(lake, 'entries', ofFirst))).toMatchObject([
      { status: 1, snapshot_id: first?.snapshotId, data_file: { spec_id: 0, record_count: 1n } },
    ])
    expect(await rowsOf(await open(lake, 'manifests', ofFirst))).toMatchObject([
      {
        content: 0,
        added_data_files_count: 1,
        partition_summaries: [{ lower_bound: '2026-01-31' }],
      },
    ])
  })

  it('has no column of partitions where there are none', async () => {
    const lake = labLake()
    const { warehouse, name } = await lake.locate(parseDatasetAddress('dataos://lake:city/rides'))
    await warehouse.createTable(name, { schema: parseSchemaText('id long') })
    for (const word of ['files', 'partitions', 'entries', 'manifests', 'snapshots']) {
      const view = await open(lake, word)
      expect(view.schema.fields.map((field) => field.name)).not.toContain('partition')
      expect(await rowsOf(view)).toEqual([])
    }
  })

  it.each(['snapshots', 'history', 'refs'])('that is %s is of no snapshot', async (word) => {
    const { lake } = await rides()
    await expect(open(lake, word, ofFirst)).rejects.toMatchObject({
      kind: 'invalid',
      context: { table: `city.rides.${word}` },
    })
  })

  it('is no range of appends', async () => {
    const { lake } = await rides()
    const since = { kind: 'time', timestampMs: 0n } as const
    await expect(
      open(lake, 'files', { kind: 'appends', since, until: null }),
    ).rejects.toMatchObject({
      kind: 'invalid',
    })
  })

  it('can be asked by SQL', async () => {
    const { lake } = await rides()
    const views = new Map([['files', await open(lake, 'files')]])
    const sql =
      'select spec_id, sum(record_count) as total, max(readable_metrics.id.upper_bound) as last ' +
      'from files group by spec_id order by spec_id'
    const { schema, batches } = await engineForTests().query(sql, views)
    const rows: unknown[] = []
    for await (const batch of batches) rows.push(...batchObjects(batch, schema.fields, new Map()))
    expect(rows).toEqual([
      { spec_id: 0, total: 1n, last: 1n },
      { spec_id: 1, total: 1n, last: 2n },
    ])
  })

  it('is each of the metadata tables, with as many rows as programs get', async () => {
    const { lake, table } = await rides()
    for (const name of METADATA_TABLES) {
      const view = await open(lake, name)
      const rows = await rowsOf(view)
      const facts = await collect(metadataTable(table, name))
      expect([name, rows.length]).toEqual([name, facts.length])
      expect(view.pin === null).toBe(!isOfSnapshot(name))
      const columns = view.schema.fields.map(({ name: column }) => column)
      for (const row of rows) expect(Object.keys(row as object)).toEqual(columns)
    }
  })
})
