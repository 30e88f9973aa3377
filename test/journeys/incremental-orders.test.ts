/**
 * The incremental job of the documents, unchanged, over generated orders: each window's rows are held against DuckDB's own
 * answer over the whole source. DuckDB reads the written files itself, so nothing of ours is between the two.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { systemEnvironment } from '../../src/base/environment.ts'
import { parseJson, stringifyJson } from '../../src/base/json-exact.ts'
import type { Warehouse } from '../../src/client/warehouse.ts'
import type { Config } from '../../src/jobs/config.ts'
import { openLake } from '../../src/jobs/lake.ts'
import type { JobTable } from '../../src/jobs/lake.ts'
import type { WorkflowReport } from '../../src/jobs/report.ts'
import { lintWorkflow } from '../../src/jobs/workflow/lint.ts'
import { parseWorkflow } from '../../src/jobs/workflow/parse.ts'
import type { DataFile } from '../../src/metadata/data-file.ts'
import type { Snapshot } from '../../src/metadata/snapshot.ts'
import { formatDate } from '../../src/types/temporal-text.ts'
import { temporaryFolder } from '../support/folders.ts'
import {
  CONTEXT,
  HALF_OPEN,
  OPEN_CLOSED,
  ORDERS_TEXT,
  STATE_KEY,
  TARGET,
  addedFiles,
  generateOrders,
  liveFiles,
  ordersConfig,
  ordersOracle,
  ordersWarehouse,
  readFiles,
} from '../support/jobs/orders.ts'
import type { DateType, Oracle } from '../support/jobs/orders.ts'
import { ordersAt } from '../support/jobs/orders-lab.ts'
import {
  firstOf,
  monthStart,
  ordersText,
  runJobs,
  runOrders,
  commitOf,
  sourceOf,
  windowOf,
} from '../support/jobs/run-orders.ts'
import { engineForTests } from '../support/sql/engine.ts'
import { collect } from '../support/streams.ts'

const DOCUMENTS = fileURLToPath(new URL('../../../shared/source-documents/', import.meta.url))
const WINDOWS = 12

describe('the workflow file of the example', () => {
  it.skipIf(!existsSync(DOCUMENTS))(
    'is the block of the document, byte for byte (skipped: no documents beside this checkout)',
    () => {
      const name = firstOf(readdirSync(DOCUMENTS).filter((entry) => entry.startsWith('000_')))
      const text = readFileSync(join(DOCUMENTS, name), 'utf8')
      const block = /^```yaml\n(.*?)^```$/ms.exec(text)?.[1]
      expect(ORDERS_TEXT).toBe(block)
    },
  )

  it('is warned of for what it loses', () => {
    const { workflow, warnings } = parseWorkflow(ORDERS_TEXT)
    expect(warnings.map(({ path, message }) => `${path}: ${message}`)).toMatchInlineSnapshot(`
      [
        "workflow.dag[0].spec.envs: envs have no effect here: FLARE_AUDIT_MODE, STORE_URL",
      ]
    `)
    expect(lintWorkflow(workflow).map(({ rule, line, message }) => ({ rule, line, message })))
      .toMatchInlineSnapshot(`
      [
        {
          "line": 31,
          "message": "rows at the end of a window are lost: use order_date >= start AND order_date < end",
          "rule": "boundary-loss",
        },
        {
          "line": 36,
          "message": "a window may end beyond the data, and rows that arrive later are never read: set until to sourceMax or now",
          "rule": "window-past-data",
        },
      ]
    `)
  })
})

const engine = engineForTests()

/** The first as the command does it, start to end each time. */
describe.each<{ type: DateType; seed: number; run: (config: Config) => Promise<WorkflowReport> }>([
  { type: 'timestamp', seed: 8, run: (config) => runOrders({ config }) },
  { type: 'date', seed: 80, run: withOneEngine },
  { type: 'timestamptz', seed: 800, run: withOneEngine },
])('twelve runs over orders by $type', ({ type, seed, run }) => {
  it('write what DuckDB selects, sorted into days, each state with its rows', async () => {
    const orders = generateOrders(type, { count: 900, seed })
    const folder = temporaryFolder()
    const warehouse = await ordersWarehouse(folder, type, orders)
    const config = await ordersConfig(folder)
    const oracle = await ordersOracle(type, orders)
    const model = await modelOf(oracle)
    let compared = 0

    for (let month = 0; month < WINDOWS; month += 1) {
      const [start, end] = [monthStart(month), monthStart(month + 1)]
      const report = await run(config)
      const window = windowOf(report)
      expect(Object.fromEntries(window.window)).toEqual({ start, end })
      expect(window).toMatchObject({ outcome: 'written', run: month + 1, beyond: null })

      const table = await warehouse.loadTable(TARGET)
      const snapshot = snapshotOf(table)
      const files = await addedFiles(table, snapshot)
      const answer = bound(OPEN_CLOSED, start, end)
      expect(await oracle.differences(answer, readFiles(files))).toEqual([])
      expect(await outOfPlace(oracle, files)).toEqual([])
      await model.replaceDays(answer)
      expect(await oracle.differences(model.rows, readFiles(await liveFiles(table)))).toEqual([])

      const rows = await oracle.count(answer)
      expect(commitOf(window)?.addedRows).toBe(BigInt(rows))
      compared += rows
      expectState(table, {
        run: month + 1,
        start,
        end,
        source: sourceOf(window)?.snapshotId ?? null,
      })
      expect(report.jobs[1]).toMatchObject({
        kind: 'published',
        target: TARGET,
        metadataLocation: table.metadataLocation,
      })
      expect(table.metadataLocation).toMatch(/\/v\d+\.gz\.metadata\.json$/)
    }

    expect(compared).toBeGreaterThan(500)
    expect((await warehouse.loadTable(TARGET)).snapshots).toHaveLength(WINDOWS)
  })
})

describe('orders at the very start of a month', () => {
  const orders = ordersAt(
    '2020-01-01T00:00:00',
    '2020-01-20T08:00:00',
    '2020-02-01T00:00:00',
    '2020-02-01T09:30:00',
    '2020-03-01T00:00:00',
    '2020-03-02T00:00:00',
  )

  it('are lost by the file as it is: never read, or replaced with their day by the next window, which is warned of', async () => {
    const folder = temporaryFolder()
    const warehouse = await ordersWarehouse(folder, 'timestamp', orders, 1)
    const config = await ordersConfig(folder)

    expect(windowOf(await withOneEngine(config))).toMatchObject({ warnings: [] })
    expect(await datesIn(warehouse)).toEqual(['2020-01-20T08:00:00', '2020-02-01T00:00:00'])

    expect(windowOf(await withOneEngine(config))).toMatchObject({
      outcome: 'written',
      outputs: [{ commit: { addedRows: 2n, removedRows: 1n } }],
      warnings: ['replaced 1 row that was there before: a window must end where a partition does'],
    })
    expect(await datesIn(warehouse)).toEqual([
      '2020-01-20T08:00:00',
      '2020-02-01T09:30:00',
      '2020-03-01T00:00:00',
    ])
  })

  it('are in the table once when windows are closed at their start and open at their end', async () => {
    const folder = temporaryFolder()
    const warehouse = await ordersWarehouse(folder, 'timestamp', orders, 1)
    const config = await ordersConfig(folder)
    const text = ordersText([OPEN_CLOSED, HALF_OPEN])

    for (let month = 0; month < 3; month += 1) {
      expect(windowOf(await withOneEngine(config, text))).toMatchObject({ warnings: [] })
    }
    expect(await datesIn(warehouse)).toEqual(orders.map(({ order_date }) => order_date))
    const { workflow } = parseWorkflow(text)
    expect(lintWorkflow(workflow).map(({ rule }) => rule)).toEqual(['window-past-data'])
  })
})

describe('a session in another time zone', () => {
  it('has months of that zone, and DuckDB in the same zone selects the same rows', async () => {
    const timeZone = 'America/New_York'
    const orders = generateOrders('timestamptz', { count: 300, seed: 8000 })
    const folder = temporaryFolder()
    const warehouse = await ordersWarehouse(folder, 'timestamptz', orders)
    const config = { ...(await ordersConfig(folder)), timeZone }
    const oracle = await ordersOracle('timestamptz', orders, timeZone)

    // Clocks went forward in March. Midnight is amid a day of the table, whose days are those of UTC.
    const text = ordersText(['saveMode: overwrite', 'saveMode: append'])
    for (let month = 0; month < 4; month += 1) {
      const [start, end] = [monthStart(month), monthStart(month + 1)]
      const window = windowOf(await runOrders({ config, text }))
      expect(Object.fromEntries(window.window)).toEqual({ start, end })
      const table = await warehouse.loadTable(TARGET)
      const files = await addedFiles(table, snapshotOf(table))
      const answer = bound(OPEN_CLOSED, start, end)
      expect(await oracle.count(answer)).toBeGreaterThan(5)
      expect(await oracle.differences(answer, readFiles(files))).toEqual([])
    }
  })
})

async function datesIn(warehouse: Warehouse): Promise<readonly unknown[]> {
  const table = await warehouse.loadTable(TARGET)
  const rows = await collect(table.scan().select('order_date'))
  return rows.map((row) => String(row['order_date']).slice(0, 19)).toSorted()
}

function withOneEngine(config: Config, text = ORDERS_TEXT): Promise<WorkflowReport> {
  return runJobs({ lake: openLake(config, { environment: systemEnvironment }), engine, text })
}

/** What dynamic overwrites leave, worked out by DuckDB. */
async function modelOf(
  oracle: Oracle,
): Promise<{ readonly rows: string; replaceDays(rows: string): Promise<void> }> {
  const { connection } = oracle
  await connection.run(`create table target as select * from ${CONTEXT} limit 0`)
  return {
    rows: 'select * from target',
    async replaceDays(rows) {
      await connection.run(`create temp table incoming as ${rows}`)
      await connection.run(`delete from target where ${DAY} in (select ${DAY} from incoming)`)
      await connection.run('insert into target select * from incoming')
      await connection.run('drop table incoming')
    },
  }
}

/** In sessions whose zone is UTC. */
const DAY = 'cast(order_date as date)'

function bound(window: string, start: string, end: string): string {
  const where = window.replace('$|start|', start).replace('$|end|', end)
  return `select * from ${CONTEXT} where ${where}`
}

function snapshotOf(table: JobTable): Snapshot {
  if (table.currentSnapshot === null) throw new Error('the table has no snapshot')
  return table.currentSnapshot
}

/** Rows that are in the file of another day, or not in the order of the file. */
async function outOfPlace(oracle: Oracle, files: readonly DataFile[]): Promise<readonly unknown[]> {
  const days = files.map(
    ({ path, partition: [day] }) => `('${path}', '${formatDate(Number(day))}')`,
  )
  return oracle.rows(`
    with days(path, day) as (values ${days.join(', ')}),
    placed as (
      select *, lag(order_date) over (partition by filename order by file_row_number) as before
      from (${readFiles(files, ', filename = true, file_row_number = true')}) join days on path = filename
    )
    select filename, file_row_number from placed where ${DAY} <> day::date or before < order_date`)
}

function expectState(
  table: JobTable,
  expected: {
    readonly run: number
    readonly start: string
    readonly end: string
    readonly source: bigint | null
  },
): void {
  const { run, start, end, source } = expected
  const state = {
    run,
    keys: { start, end },
    state: { start: end },
    'source-snapshot-id': source,
  }
  const snapshot = snapshotOf(table)
  // One id of a thousand is small enough to be read as a number.
  const asRead = (value: object): object => parseJson(stringifyJson(value)) as object
  expect(parseJson(snapshot.summary.get(STATE_KEY) ?? '')).toMatchObject(asRead(state))
  expect(parseJson(table.properties.get(STATE_KEY) ?? '')).toMatchObject(
    asRead({
      ...state,
      branch: 'main',
      'snapshot-id': snapshot.snapshotId,
      'sequence-number': snapshot.sequenceNumber,
    }),
  )
}
