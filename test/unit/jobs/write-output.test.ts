import { expect, it } from 'vitest'

import { openWarehouse } from '../../../src/client/warehouse.ts'
import type { JobTable } from '../../../src/jobs/lake.ts'
import { allRows } from '../../../src/jobs/source-rows.ts'
import type { SourceRows } from '../../../src/jobs/source-rows.ts'
import { writeOutput } from '../../../src/jobs/write-output.ts'
import type { TableOutput } from '../../../src/jobs/workflow/model.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import { edited, tableOutputOf } from '../../support/jobs/workflow-file.ts'
import { collect } from '../../support/streams.ts'

const schema = parseSchemaText('id long, arrived timestamp')

function outputOf(...edits: readonly (readonly [from: string, to: string])[]): TableOutput {
  return tableOutputOf(edited(...edits))
}

const APPEND = [
  ['saveMode: overwrite', 'saveMode: append'],
  ['                    overwrite-mode: dynamic\n', ''],
] as const

/** A table whose days are partitions, with a row on the first of March and one on the second. */
async function calls(): Promise<JobTable> {
  const warehouse = await openWarehouse('memory:')
  await warehouse.createTable('ports.calls', {
    schema,
    partitionBy: ['day(arrived)'],
    properties: { 'write.format.default': 'parquet', 'write.metadata.compression-codec': 'gzip' },
  })
  const table = await warehouse.loadTable('ports.calls')
  await table.append([
    { id: 1n, arrived: '2021-03-01T10:00:00' },
    { id: 2n, arrived: '2021-03-02T10:00:00' },
  ])
  return table
}

async function rowsAt(...dates: readonly string[]): Promise<SourceRows> {
  const warehouse = await openWarehouse('memory:')
  await warehouse.createTable('raw.calls', { schema })
  const source = await warehouse.loadTable('raw.calls')
  await source.append(dates.map((arrived, index) => ({ id: BigInt(100 + index), arrived })))
  return allRows(source)
}

async function idsIn(table: JobTable): Promise<readonly number[]> {
  const rows = await collect(table.scan().select('id'))
  return rows.map(({ id }) => Number(id)).toSorted((left, right) => left - right)
}

it('replaces the partitions that get rows, and no others', async () => {
  const table = await calls()
  const commit = await writeOutput(table, outputOf(), await rowsAt('2021-03-02T00:00:00'), {})
  expect(commit).toMatchObject({ addedRows: 1n, removedRows: 1n, changedPartitions: 1 })
  expect(await idsIn(table)).toEqual([1, 100])
})

it('adds rows to what is there', async () => {
  const table = await calls()
  await writeOutput(table, outputOf(...APPEND), await rowsAt('2021-03-02T00:00:00'), {})
  expect(await idsIn(table)).toEqual([1, 2, 100])
})

it('puts the rows of a file in the order of the output', async () => {
  const table = await calls()
  const dates = ['2021-04-01T02:00:00', '2021-04-01T03:00:00', '2021-04-01T01:00:00']
  await writeOutput(table, outputOf(), await rowsAt(...dates), {})
  const rows = await collect(table.scan().where("arrived >= '2021-04-01T00:00:00'"))
  expect(rows.map(({ id }) => id)).toEqual([101n, 100n, 102n])
})

it('sets the properties that the file declares anew with the rows, or alone where there are none', async () => {
  const table = await calls()
  const changed = outputOf(['compression-codec: gzip', 'compression-codec: none'])
  const versions = table.metadata.metadataLog.length
  await writeOutput(table, changed, await rowsAt('2021-03-05T00:00:00'), {})
  expect(table.metadata.metadataLog).toHaveLength(versions + 1)
  expect(table.properties.get('write.metadata.compression-codec')).toBe('none')
  expect(table.snapshots).toHaveLength(2)

  expect(await writeOutput(table, outputOf(), await rowsAt(), {})).toMatchObject({
    snapshotId: null,
  })
  expect(table.metadata.metadataLog).toHaveLength(versions + 2)
  expect(table.properties.get('write.metadata.compression-codec')).toBe('gzip')
  expect(table.snapshots).toHaveLength(2)
})

it('commits nothing where there is nothing to commit', async () => {
  const table = await calls()
  const { metadataLocation } = table
  expect(await writeOutput(table, outputOf(), await rowsAt(), {})).toMatchObject({ attempts: 0 })
  expect((await table.refresh()).loaded.metadataLocation).toBe(metadataLocation)
})

it('commits what else the caller describes, or nothing when that fails', async () => {
  const table = await calls()
  await writeOutput(table, outputOf(), await rowsAt('2021-03-05T00:00:00'), {
    describe: (tx) => tx.setSummary({ 'called-by': 'a test' }),
  })
  expect(table.currentSnapshot?.summary.get('called-by')).toBe('a test')

  const { metadataLocation } = table
  const write = writeOutput(table, outputOf(), await rowsAt('2021-03-06T00:00:00'), {
    describe() {
      throw new Error('no')
    },
  })
  await expect(write).rejects.toThrow('no')
  const aborted = writeOutput(table, outputOf(), await rowsAt('2021-03-06T00:00:00'), {
    signal: AbortSignal.abort(new Error('stop')),
  })
  await expect(aborted).rejects.toThrow('stop')
  expect((await table.refresh()).loaded.metadataLocation).toBe(metadataLocation)
})
