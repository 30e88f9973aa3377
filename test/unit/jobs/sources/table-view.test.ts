import { describe, expect, it } from 'vitest'

import { parseDatasetAddress } from '../../../../src/jobs/address.ts'
import type { JobTable, Lake } from '../../../../src/jobs/lake.ts'
import { openInput, windowInput } from '../../../../src/jobs/sources/input-view.ts'
import type { JobInput } from '../../../../src/jobs/sources/input-view.ts'
import type { TableSelection } from '../../../../src/jobs/workflow/model.ts'
import { parseSchemaText } from '../../../../src/types/schema-text.ts'
import { inputOf, labLake, valuesIn } from '../../../support/jobs/sinks.ts'
import { engineForTests } from '../../../support/sql/engine.ts'

const ADDRESS = 'dataos://lake:city/rides'

/** A table whose three snapshots have a row more each; the first is tagged `first`, the second the head of `audit`. */
async function rides(): Promise<{ readonly lake: Lake; readonly table: JobTable }> {
  const lake = labLake()
  const { warehouse, name } = await lake.locate(parseDatasetAddress(ADDRESS))
  await warehouse.createTable(name, { schema: parseSchemaText('id long not null, city string') })
  const table = await warehouse.loadTable(name)
  for (const [index, ref] of ['first', 'audit', null].entries()) {
    await table.append([{ id: BigInt(index + 1), city: 'Oslo' }])
    await table.transaction((tx) => {
      if (ref === 'first') tx.updateRefs((refs) => refs.createTag(ref))
      if (ref === 'audit') tx.updateRefs((refs) => refs.createBranch(ref))
    })
  }
  return { lake, table }
}

async function ids(
  lake: Lake,
  selection: TableSelection | null,
  version?: bigint | null,
): Promise<unknown[]> {
  const pin = version === undefined ? {} : { version }
  const view = await openInput(inputOf(ADDRESS, { selection }), lake, pin)
  return (await valuesIn(view)).map(([id]) => id)
}

describe('an input that is a table', () => {
  it('is all of it, at the version that it had when it was opened', async () => {
    const { lake, table } = await rides()
    const view = await openInput(inputOf(ADDRESS), lake)
    await table.append([{ id: 4n, city: 'Rome' }])
    expect(view).toMatchObject({
      kind: 'view',
      pin: table.snapshots[2]?.snapshotId,
      report: { kind: 'table', table: 'city.rides', counts: { files: 3 }, direct: true },
    })
    expect(await valuesIn(view)).toHaveLength(3)
    expect(await valuesIn(view)).toHaveLength(3)
    expect(view.table?.name).toBe('city.rides')
  })

  it('is what the file selects of it', async () => {
    const { lake, table } = await rides()
    const [first, second, third] = table.snapshots.map(({ snapshotId }) => snapshotId)
    const [, secondMs] = table.snapshots.map(({ timestampMs }) => BigInt(timestampMs))
    const end = (snapshotId = 0n) => ({ kind: 'snapshot', snapshotId }) as const
    expect(await ids(lake, { kind: 'snapshot', snapshotId: first ?? 0n })).toEqual([1n])
    expect(await ids(lake, { kind: 'ref', name: 'first', type: 'tag' })).toEqual([1n])
    expect(await ids(lake, { kind: 'ref', name: 'audit', type: 'branch' })).toHaveLength(2)
    expect(await ids(lake, { kind: 'time', timestampMs: secondMs ?? 0n })).toHaveLength(2)
    expect(await ids(lake, { kind: 'appends', since: end(first), until: end(second) })).toEqual([
      2n,
    ])
    expect(await ids(lake, { kind: 'appends', since: end(second), until: null })).toEqual([3n])
    expect(await ids(lake, { kind: 'ref', name: 'audit', type: 'branch' }, third)).toHaveLength(3)
    expect(await ids(lake, null, first)).toEqual([1n])
    expect(await ids(lake, { kind: 'appends', since: end(first), until: null }, second)).toEqual([
      2n,
    ])
  })

  it.each<[string, TableSelection, string, string]>([
    [
      'a snapshot that is not there',
      { kind: 'snapshot', snapshotId: 7n },
      'not-found',
      'the table has no such snapshot, or it has expired',
    ],
    [
      'a branch that is not there',
      { kind: 'ref', name: 'nowhere', type: 'branch' },
      'not-found',
      'the table has no such branch or tag',
    ],
    [
      'a tag that the file calls a branch',
      { kind: 'ref', name: 'first', type: 'branch' },
      'invalid',
      'the table has a tag of this name, and no branch',
    ],
    [
      'a time before the table',
      { kind: 'time', timestampMs: 0n },
      'not-found',
      expect.any(String) as string,
    ],
  ])('is refused for %s', async (_, selection, kind, message) => {
    const { lake } = await rides()
    await expect(ids(lake, selection)).rejects.toMatchObject({
      kind,
      message,
      context: { table: 'city.rides' },
    })
  })

  it('that is not there is told by name', async () => {
    await expect(openInput(inputOf('dataos://lake:city/none'), labLake())).rejects.toMatchObject({
      kind: 'not-found',
    })
  })
})

describe('the window of a table', () => {
  const engine = engineForTests()

  async function ask(sql: string, hidden: readonly string[] = []): Promise<JobInput> {
    const { table } = await rides()
    const explain = (error: unknown): unknown => error
    return windowInput({ table, scan: table.scan() }, { sql, view: 'v', hidden, explain }, engine)
  }

  it('is the scan’s own rows for columns and conjuncts, which it may give several times', async () => {
    const input = await ask('select id from v where id > 1')
    expect(input).toMatchObject({ kind: 'view', report: { direct: true } })
    if (input.kind !== 'view') return
    expect(await valuesIn(input)).toHaveLength(2)
    expect(await valuesIn(input)).toHaveLength(2)
  })

  it('is a query over a thinned scan for anything else', async () => {
    const input = await ask('select id + 1 as next from v where id > 2')
    expect(input).toMatchObject({
      kind: 'query',
      context: 'v',
      report: { direct: false, counts: { files: 3, filesPrunedByMetrics: 2 } },
    })
    if (input.kind === 'query') expect(await valuesIn(input.view)).toHaveLength(1)
  })

  it.each(['select * from v', 'select *, 1 as one from v'])(
    'does not have hidden columns: %s',
    async (sql) => {
      const input = await ask(sql, ['city'])
      const view = input.kind === 'view' ? input : input.view
      expect(view.schema.fields.map(({ name }) => name)).toEqual(['id'])
    },
  )
})
