import { expect, it } from 'vitest'

import { openWarehouse } from '../../../src/client/warehouse.ts'
import { rowsOf } from '../../../src/formats/arrow/rows.ts'
import type { JobTable } from '../../../src/jobs/lake.ts'
import { allRows, queriedRows } from '../../../src/jobs/source-rows.ts'
import type { SourceRows } from '../../../src/jobs/source-rows.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import { engineForTests } from '../../support/sql/engine.ts'

const engine = engineForTests()

async function ports(): Promise<JobTable> {
  const warehouse = await openWarehouse('memory:')
  const table = await warehouse.createTable('sea.ports', {
    schema: parseSchemaText('id long not null, name string, depth double'),
  })
  await table.append([
    { id: 1n, name: 'Oslo', depth: 11 },
    { id: 2n, name: null, depth: null },
  ])
  await table.append([{ id: 3n, name: 'Bergen', depth: 9.5 }])
  return table
}

async function read({ batches, schema }: SourceRows): Promise<readonly unknown[]> {
  const rows: unknown[] = []
  for await (const batch of batches) rows.push(...rowsOf(batch, schema))
  return rows
}

async function ask(sql: string): Promise<SourceRows> {
  return queriedRows(await ports(), { sql, view: 'v' }, engine)
}

it('are all there are, as the table has them', async () => {
  const table = await ports()
  const rows = await allRows(table)
  expect(rows.report).toMatchObject({
    table: 'sea.ports',
    snapshotId: table.currentSnapshot?.snapshotId,
    filter: 'true',
    direct: true,
  })
  expect(rows.schema.fields).toEqual(table.schema.fields)
  expect(await read(rows)).toHaveLength(3)
})

it('are the scan’s own for columns and conjuncts, in the columns’ order, their literals nowhere told', async () => {
  const rows = await ask("select depth, id from v where id > 2 and name <> 'secret'")
  expect(rows.report).toMatchObject({
    direct: true,
    counts: { files: 2, filesPrunedByMetrics: 1 },
  })
  expect(rows.report.filter).toMatch(/id/)
  expect(rows.report.filter).not.toMatch(/secret|2/)
  expect(rows.schema.fields.map(({ name, required }) => [name, required])).toEqual([
    ['depth', false],
    ['id', true],
  ])
  expect(await read(rows)).toEqual([[9.5, 3n]])
})

it('are the engine’s for anything else, over a scan that is thinned all the same', async () => {
  const rows = await ask('select id + 1 as next from v where id > 2 and id + depth > 0')
  expect(rows.report).toMatchObject({
    direct: false,
    counts: { files: 2, filesPrunedByMetrics: 1 },
  })
  expect(await read(rows)).toEqual([[4n]])
})

it('are those of a query that reads its table twice', async () => {
  const rows = await ask('select id from v where depth > (select avg(depth) from v)')
  expect(rows.report).toMatchObject({ direct: false, filter: 'true' })
  expect(await read(rows)).toEqual([[1n]])
})

it.each(['select id from v', 'select id + 0 as id from v'])(
  'are of the version that the table’s handle holds: %s',
  async (sql) => {
    const warehouse = await openWarehouse('memory:')
    const schema = parseSchemaText('id long not null')
    const writer = await warehouse.createTable('sea.ports', { schema })
    await writer.append([{ id: 1n }])
    const table = await warehouse.loadTable('sea.ports')
    await writer.append([{ id: 2n }])
    const rows = await queriedRows(table, { sql, view: 'v' }, engine)
    await writer.append([{ id: 3n }])
    expect(await read(rows)).toEqual([[1n]])
  },
)

it.each([
  ['select nothing from v', 'invalid'],
  ['select id from w', 'invalid'],
  ['selec id from v', 'invalid'],
  ['select id + 0 from v where mystery(id)', 'unsupported'],
])('are none of %s', async (sql, kind) => {
  await expect(ask(sql)).rejects.toMatchObject({ kind })
})
