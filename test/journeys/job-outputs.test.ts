/** Jobs of several inputs and outputs, windows of commits, and state that is bound to what it was written with. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { systemEnvironment } from '../../src/base/environment.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import type { Warehouse } from '../../src/client/warehouse.ts'
import { parseConfig } from '../../src/jobs/config.ts'
import { createMemoryStateStore } from '../../src/jobs/incremental/state-store.ts'
import { openLake } from '../../src/jobs/lake.ts'
import type { Lake } from '../../src/jobs/lake.ts'
import type { ShownRows } from '../../src/jobs/sinks/sink.ts'
import { parseSchemaText } from '../../src/types/schema-text.ts'
import { commitUpdates } from '../support/foreign-commits.ts'
import { temporaryFolder } from '../support/folders.ts'
import { runJobs, windowOf } from '../support/jobs/run-orders.ts'
import type { JobSetup } from '../support/jobs/run-orders.ts'
import { engineForTests } from '../support/sql/engine.ts'
import { collect } from '../support/streams.ts'

const engine = engineForTests()

interface Shop {
  readonly folder: string
  readonly warehouse: Warehouse
  readonly lake: Lake
  sell(...times: readonly string[]): Promise<void>
}

async function openShop({ hasPrices = true } = {}): Promise<Shop> {
  const folder = temporaryFolder()
  const config = parseConfig(
    'catalogs: {local: {type: file, warehouse: ./w}}\ndepots: {shop: {catalog: local}, out: {path: ./out}}\n',
    { folder, variables: {} },
  )
  const warehouse = await openWarehouse(join(folder, 'w'))
  await warehouse.createTable('raw.sales', {
    schema: parseSchemaText('id long, item string, sold timestamp'),
  })
  const rates = await warehouse.createTable('raw.items', {
    schema: parseSchemaText('item string, price int'),
  })
  if (hasPrices) await rates.append([{ item: 'tea', price: 3 }])
  let next = 0n
  return {
    folder,
    warehouse,
    lake: openLake(config, { environment: systemEnvironment }),
    async sell(...times) {
      const sales = await warehouse.loadTable('raw.sales')
      await sales.append(times.map((at) => ({ id: next++, item: 'tea', sold: at })))
    },
  }
}

const WINDOW = `                context: all_sales
                sql: select * from all_sales where sold >= '$|start|' and sold < '$|end|'
                keys:
                  - {name: start, sql: "select to_timestamp('2026-01-01 00:00:00')"}
                  - {name: end, sql: "select to_timestamp('$|start|') + interval '1' day"}
                state: [{key: start, value: end}]
                until: "2026-02-01 00:00:00"
`

const COMMITS = `                context: all_sales
                sql: select * from all_sales where _commit_timestamp > '$|start|' and _commit_timestamp <= '$|end|' and item <> 'none'
                keys:
                  - {name: start, default: "2000-01-01 00:00:00"}
                  - {name: end, sql: select current_timestamp()}
                state: [{key: start, value: end}]
`

interface FileParts {
  readonly window?: string
  readonly outputs?: readonly string[]
  readonly job?: string
}

function output(name: string, dataset: string, options: string): string {
  return `            - {name: ${name}, dataset: "dataos://${dataset}?acl=rw", ${options}}\n`
}

const APPEND = 'format: iceberg, options: {saveMode: append}'

const BY_ITEM = output('priced', 'shop:gold/by_item', APPEND)
const AS_THEY_ARE = output('sales', 'shop:silver/sales', APPEND)
const FILES = output(
  'priced',
  'out:gold/sales',
  'format: csv, options: {file: {saveMode: append, outputType: CSV}}',
)

function fileOf({
  window = WINDOW,
  outputs = [AS_THEY_ARE, BY_ITEM],
  job = 'daily',
}: FileParts = {}): string {
  return `version: v1
name: shop
type: workflow
workflow:
  dag:
  - name: ${job}
    spec:
      stack: flare:5.0
      compute: c
      stackSpec:
        job:
          inputs:
            - name: sales
              dataset: dataos://shop:raw/sales
              incremental:
${window}            - name: items
              dataset: dataos://shop:raw/items
          steps:
            - sequence:
                - name: priced
                  sql: select s.id, s.sold, i.price from sales s join items i on s.item = i.item
          outputs:
${outputs.join('')}`
}

/** Whoever writes to the second table dies. */
function withoutGold({ lake }: Shop): Lake {
  return {
    ...lake,
    locate: async (address) => {
      const place = await lake.locate(address)
      return place.name === 'gold.by_item'
        ? { ...place, warehouse: failing(place.warehouse) }
        : place
    },
  }
}

async function run(
  shop: Shop,
  text: string,
  setup: Partial<JobSetup> = {},
): Promise<ReturnType<typeof windowOf>> {
  return windowOf(await runJobs({ lake: shop.lake, engine, text, ...setup }))
}

async function rowsOf({ warehouse }: Shop, name: string): Promise<readonly string[]> {
  const rows = await collect((await warehouse.loadTable(name)).scan())
  return rows.map((row) => Object.values(row).join(' ')).sort()
}

describe('a job of two inputs and two tables', () => {
  it('joins the window to the whole of the other, and writes both', async () => {
    const shop = await openShop()
    await shop.sell('2026-01-01T10:00:00', '2026-01-02T10:00:00')
    expect(await run(shop, fileOf())).toMatchObject({
      outcome: 'written',
      run: 1,
      sources: [{ table: 'raw.sales' }, { table: 'raw.items' }],
      outputs: [
        { target: 'silver.sales', commit: { addedRows: 1n } },
        { target: 'gold.by_item', commit: { addedRows: 1n } },
      ],
    })
    expect(await rowsOf(shop, 'silver.sales')).toEqual(['0 tea 2026-01-01T10:00:00.000000'])
    expect(await rowsOf(shop, 'gold.by_item')).toEqual(['0 2026-01-01T10:00:00.000000 3'])
  })

  it('brings the one that a crash left behind to where the other is, of the very same rows', async () => {
    const shop = await openShop()
    await shop.sell('2026-01-01T10:00:00')
    await run(shop, fileOf())
    const gold = await shop.warehouse.loadTable('gold.by_item')
    const before = [gold.metadata, await rowsOf(shop, 'gold.by_item')] as const
    await shop.sell('2026-01-02T10:00:00')
    await expect(run(shop, fileOf(), { lake: withoutGold(shop) })).rejects.toThrow('no more')
    expect(await rowsOf(shop, 'gold.by_item')).toEqual(before[1])
    const items = await shop.warehouse.loadTable('raw.items')
    await items.overwrite("item = 'tea'", [{ item: 'tea', price: 99 }])
    await shop.sell('2026-01-02T11:00:00')
    expect(await run(shop, fileOf())).toMatchObject({
      outcome: 'written',
      run: 2,
      outputs: [{ target: 'gold.by_item' }],
    })
    expect(await rowsOf(shop, 'gold.by_item')).toEqual([
      '0 2026-01-01T10:00:00.000000 3',
      '1 2026-01-02T10:00:00.000000 3',
    ])
    expect(await run(shop, fileOf())).toMatchObject({ run: 3, outcome: 'empty' })
  })

  it('brings it there without rows that another input had none of then', async () => {
    const shop = await openShop({ hasPrices: false })
    await shop.sell('2026-01-01T10:00:00')
    const text = fileOf().replace('join items', 'left join items')
    await expect(run(shop, text, { lake: withoutGold(shop) })).rejects.toThrow('no more')
    const items = await shop.warehouse.loadTable('raw.items')
    await items.append([{ item: 'tea', price: 99 }])
    expect(await run(shop, text)).toMatchObject({ outcome: 'written', run: 1 })
    expect(await rowsOf(shop, 'gold.by_item')).toEqual(['0 2026-01-01T10:00:00.000000 '])
    await shop.sell('2026-01-02T10:00:00')
    expect(await run(shop, text)).toMatchObject({ outcome: 'written', run: 2 })
    expect(await rowsOf(shop, 'gold.by_item')).toEqual([
      '0 2026-01-01T10:00:00.000000 ',
      '1 2026-01-02T10:00:00.000000 99',
    ])
  })

  it('is bound to them: with others it says what to do', async () => {
    const shop = await openShop()
    await shop.sell('2026-01-01T10:00:00')
    await run(shop, fileOf())
    await expect(run(shop, fileOf({ outputs: [AS_THEY_ARE] }))).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(
        'give it another name, or say by `frazil state set`',
      ) as string,
      context: { boundTo: 'dataos://shop:gold/by_item, dataos://shop:silver/sales' },
    })
    await run(shop, fileOf({ outputs: [AS_THEY_ARE], job: 'other' }))
  })
})

describe('the steps of a job', () => {
  it('show their first rows where the file asks for it, which binds the job to nothing', async () => {
    const shop = await openShop()
    await shop.sell('2026-01-01T10:00:00', '2026-01-01T11:00:00', '2026-01-02T10:00:00')
    const shown: ShownRows[] = []
    const show = (rows: ShownRows): void => void shown.push(rows)
    const text = fileOf().replace('        job:\n', '        job:\n          showPreviewLines: 1\n')
    expect((await run(shop, text, { show })).outputs[0]).toEqual({
      kind: 'console',
      name: 'priced',
      rows: 1,
    })
    expect(shown).toMatchObject([{ name: 'priced', rows: [[0n, expect.any(BigInt), 3]] }])
    expect(await run(shop, fileOf())).toMatchObject({ run: 2 })
  })
})

describe('files beside tables, or alone', () => {
  it('are written before the state moves, and once for a window that is run again', async () => {
    const shop = await openShop()
    await shop.sell('2026-01-01T10:00:00', '2026-01-02T10:00:00')
    const text = fileOf({ outputs: [AS_THEY_ARE, FILES] })
    expect((await run(shop, text)).outputs.map(({ kind }) => kind)).toEqual(['files', 'table'])
    await run(shop, text)
    const files = readdirSync(join(shop.folder, 'out/gold/sales')).filter((name) =>
      name.endsWith('.csv'),
    )
    const lines = files.flatMap((name) =>
      readFileSync(join(shop.folder, 'out/gold/sales', name), 'utf8')
        .split('\n')
        .slice(1),
    )
    expect(
      lines
        .filter((line) => line !== '')
        .sort()
        .map((line) => line.slice(0, 1)),
    ).toEqual(['0', '1'])
  })

  it('have nowhere to keep state but in a store', async () => {
    const shop = await openShop()
    await shop.sell('2026-01-01T10:00:00')
    const text = fileOf({ outputs: [FILES] })
    await expect(run(shop, text)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('state: {file: ./state}') as string,
    })
    const stateStore = createMemoryStateStore()
    expect(await run(shop, text, { stateStore })).toMatchObject({ run: 1 })
    expect(await run(shop, text, { stateStore })).toMatchObject({ run: 2 })
  })
})

describe('a window of commits in a workflow file', () => {
  it('takes what was committed since, whatever times its rows have, and its columns stay out of the rows', async () => {
    const shop = await openShop()
    const text = fileOf({ window: COMMITS, outputs: [AS_THEY_ARE] })
    await shop.sell('2026-01-05T00:00:00')
    await shop.sell('2020-01-05T00:00:00')
    // The engine of these tests lives in January 2026, before these commits.
    const later = engineForTestsLater()
    expect(await run(shop, text, { engine: later })).toMatchObject({
      run: 1,
      outputs: [{ commit: { addedRows: 2n } }],
    })
    await shop.sell('2026-01-01T00:00:00')
    // Its end is a time that the last window has had already: what counts is where that one ended.
    expect(await run(shop, text, { engine: later })).toMatchObject({
      run: 2,
      outputs: [{ commit: { addedRows: 1n } }],
    })
    expect(await rowsOf(shop, 'silver.sales')).toHaveLength(3)
    const { schema } = await shop.warehouse.loadTable('silver.sales')
    expect(schema.fields.map(({ name }) => name)).toEqual(['id', 'item', 'sold'])
  })

  it('is refused after the source was rolled back, with the way out', async () => {
    const shop = await openShop()
    const text = fileOf({ window: COMMITS, outputs: [AS_THEY_ARE] })
    await shop.sell('2026-01-05T00:00:00')
    await shop.sell('2026-01-06T00:00:00')
    await run(shop, text, { engine: later })
    const source = await shop.warehouse.loadTable('raw.sales')
    const snapshotId = source.snapshots[0]?.snapshotId ?? 0n
    const ref = { kind: 'branch', snapshotId } as const
    await commitUpdates(source, [{ action: 'set-snapshot-ref', name: 'main', ref }])
    await shop.sell('2026-01-07T00:00:00')
    await expect(run(shop, text, { engine: later })).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('say by `frazil state set` where the job shall resume'),
      context: { input: 'sales' },
    })
  })

  it('is refused in a zone other than UTC, where its times would mean others', async () => {
    const shop = await openShop()
    await shop.sell('2026-01-05T00:00:00')
    const text = fileOf({ window: COMMITS, outputs: [AS_THEY_ARE] })
    await expect(run(shop, text, { engine: inOslo })).rejects.toMatchObject({
      kind: 'unsupported',
      context: { timeZone: 'Europe/Oslo' },
    })
  })

  it('is refused where rows beside it could come through', async () => {
    const shop = await openShop()
    await shop.sell('2026-01-05T00:00:00')
    const text = fileOf({
      window: COMMITS.replace("'$|start|' and", "'$|start|' or"),
      outputs: [AS_THEY_ARE],
    })
    await expect(run(shop, text)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('must hold for all rows') as string,
    })
  })
})

function failing(warehouse: Warehouse): Warehouse {
  return new Proxy(warehouse, {
    get(target, name) {
      if (name === 'createTable') return () => Promise.reject(new Error('no more'))
      if (name !== 'loadTable') {
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      }
      return async (table: string) => {
        const loaded = await target.loadTable(table)
        return new Proxy(loaded, {
          get(handle, member) {
            if (member === 'transaction') return () => Promise.reject(new Error('no more'))
            const value: unknown = Reflect.get(handle, member, handle)
            return typeof value === 'function' ? value.bind(handle) : value
          },
        })
      }
    },
  })
}

const inOslo = engineForTests({ timeZone: 'Europe/Oslo' })

const later = engineForTests({ nowMicros: 4_000_000_000_000_000n })

function engineForTestsLater(): typeof later {
  return later
}
