// The workflow in examples/orders, a warehouse of orders for it, and the same orders in a DuckDB of the test's own.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { DuckDBInstance } from '@duckdb/node-api'
import type { DuckDBConnection } from '@duckdb/node-api'
import fc from 'fast-check'
import { onTestFinished } from 'vitest'

import { openWarehouse } from '../../../src/client/warehouse.ts'
import type { Warehouse } from '../../../src/client/warehouse.ts'
import { loadConfigFile } from '../../../src/jobs/config-file.ts'
import type { Config } from '../../../src/jobs/config.ts'
import type { JobTable } from '../../../src/jobs/lake.ts'
import { readManifest, readManifestList } from '../../../src/table/manifest-io.ts'
import type { DataFile } from '../../../src/metadata/data-file.ts'
import type { Snapshot } from '../../../src/metadata/snapshot.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'

const FOLDER = fileURLToPath(new URL('../../../examples/orders/', import.meta.url))

export const SOURCE = 'retail.orders_enriched'
export const TARGET = 'sample.order_incremental_08'

/** Where the job of the file keeps its state. */
export const STATE_KEY =
  'frazil.incremental.public/incremental-ingestion-08/order-incremental-08.incremental_order_8'

/** The file as it is, byte for byte. */
export const ORDERS_TEXT = readFileSync(`${FOLDER}orders.yaml`, 'utf8')

/** The window of the file, and the one that loses nothing at its ends. */
export const OPEN_CLOSED = "order_date > '$|start|' AND order_date <= '$|end|'"
export const HALF_OPEN = "order_date >= '$|start|' AND order_date < '$|end|'"

export const CONFIG_FILE = `${FOLDER}frazil.yaml`

/** The configuration of the example, for a warehouse elsewhere. */
export function ordersConfig(warehouse: string): Promise<Config> {
  return loadConfigFile(CONFIG_FILE, { ORDERS_WAREHOUSE: warehouse })
}

/** Types of `order_date` that the workflow can be run over. */
export type DateType = 'timestamp' | 'timestamptz' | 'date'

export interface OrderRow extends Record<string, unknown> {
  readonly order_id: bigint
  readonly customer: string | null
  readonly city: string | null
  readonly amount: string | null
  readonly rating: number | null
  readonly is_gift: boolean | null
  readonly order_date: string | null
}

const MICROS_PER_DAY = 86_400_000_000

/** The first of a month, from the December before the twelve windows to two months after them; microseconds from 2020. */
const anyMonth = fc.integer({ min: -1, max: 13 }).map(microsTo)

/** Orders come on few days of a month, so that there are few files: the last before it, the first two, one amid. */
const anyInstant = fc
  .tuple(anyMonth, fc.constantFrom(-1, 0, 1, 14), fc.integer({ min: 0, max: MICROS_PER_DAY - 1 }))
  .map(([month, day, micros]) => month + day * MICROS_PER_DAY + micros)

/** The first instant of a month, or the last before it, or the second. */
const anyBoundary = fc
  .tuple(anyMonth, fc.constantFrom(-1, 0, 0, 0, 1))
  .map(([month, offset]) => month + offset)

function microsTo(month: number): number {
  return (Date.UTC(2020, month) - Date.UTC(2020, 0)) * 1000
}

const anyOrder = fc.record({
  customer: fc.option(fc.string({ unit: 'grapheme', maxLength: 12 })),
  city: fc.option(fc.constantFrom('Oslo', 'oslo', 'Zürich', '東京', '', 'x'), { freq: 8 }),
  cents: fc.option(fc.bigInt({ min: -(10n ** 11n) + 1n, max: 10n ** 11n - 1n })),
  rating: fc.option(fc.constantFrom(0, -0, 0.1, 5, -1.5, Number.NaN, Infinity, -Infinity)),
  is_gift: fc.option(fc.boolean()),
  instant: fc.option(
    fc.oneof({ weight: 5, arbitrary: anyInstant }, { weight: 1, arbitrary: anyBoundary }),
    {
      freq: 25,
    },
  ),
})

/** Orders of a year and some weeks around it, the same for the same seed; of every month at least its first instant. */
export function generateOrders(
  type: DateType,
  { count, seed }: { readonly count: number; readonly seed: number },
): readonly OrderRow[] {
  const drawn = fc
    .sample(anyOrder, { numRuns: count, seed })
    .map(({ cents, instant, ...order }) => ({
      ...order,
      amount: cents === null ? null : centsText(cents),
      instant,
    }))
  const blank = { customer: null, city: null, amount: null, rating: null, is_gift: null }
  const monthStarts = Array.from({ length: 13 }, (_, month) => ({
    ...blank,
    instant: microsTo(month),
  }))
  return [...monthStarts, ...drawn].map(({ instant, ...order }, index) => ({
    order_id: BigInt(index),
    ...order,
    order_date: instant === null ? null : instantText(type, instant),
  }))
}

function centsText(cents: bigint): string {
  const digits = String(cents < 0n ? -cents : cents).padStart(3, '0')
  return `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

function instantText(type: DateType, micros: number): string {
  const seconds = Math.floor(micros / 1_000_000)
  const [day = '', time = ''] = new Date(Date.UTC(2020, 0) + seconds * 1000)
    .toISOString()
    .slice(0, 19)
    .split('T')
  const fraction = String(micros - seconds * 1_000_000).padStart(6, '0')
  if (type === 'date') return day
  return `${day}T${time}.${fraction}${type === 'timestamptz' ? '+00:00' : ''}`
}

/** A warehouse of local files with the orders in it, committed in several appends. */
export async function ordersWarehouse(
  folder: string,
  type: DateType,
  orders: readonly OrderRow[],
  commits = 4,
): Promise<Warehouse> {
  const warehouse = await openWarehouse(folder)
  await loadOrders(warehouse, type, orders, commits)
  return warehouse
}

/** Makes the source and appends the orders to it, every so-many-th to a commit, so that the files of a month overlap. */
export async function loadOrders(
  warehouse: Warehouse,
  type: DateType,
  orders: readonly OrderRow[],
  commits = 4,
): Promise<JobTable> {
  const source = await warehouse.createTable(SOURCE, {
    schema: parseSchemaText(
      `order_id long not null, customer string, city string, amount decimal(11,2), rating double, is_gift boolean, order_date ${type}`,
    ),
  })
  for (let commit = 0; commit < commits; commit += 1) {
    await source.append(orders.filter((_, index) => index % commits === commit))
  }
  return source
}

/** DuckDB with the orders in a table named as the document's context is, filled by DuckDB alone. */
export async function ordersOracle(
  type: DateType,
  orders: readonly OrderRow[],
  timeZone = 'UTC',
): Promise<Oracle> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  onTestFinished(() => {
    connection.closeSync()
    instance.closeSync()
  })
  await connection.run(`set TimeZone = '${timeZone}'`)
  await connection.run(
    `create table ${CONTEXT} (order_id bigint, customer varchar, city varchar, amount decimal(11,2), rating double, is_gift boolean, order_date ${type})`,
  )
  const insert = await connection.prepare(
    `insert into ${CONTEXT} values (?, ?, ?, ?::varchar::decimal(11,2), ?, ?, ?::varchar::${type})`,
  )
  for (const order of orders) {
    insert.bind([
      order.order_id,
      order.customer,
      order.city,
      order.amount,
      order.rating,
      order.is_gift,
      order.order_date,
    ])
    await insert.run()
  }
  return new Oracle(connection)
}

export const CONTEXT = 'incremental_order_8'

/** DuckDB, asked without any code of ours between: it reads the Parquet files itself. */
export class Oracle {
  readonly connection: DuckDBConnection

  constructor(connection: DuckDBConnection) {
    this.connection = connection
  }

  /** Integers that may be large, and what JSON has no name for, as text. */
  async rows(sql: string): Promise<readonly (readonly unknown[])[]> {
    return (await this.connection.runAndReadAll(sql)).getRowsJson()
  }

  async count(sql: string): Promise<number> {
    const [[count] = []] = await this.rows(`select count(*) from (${sql})`)
    return Number(count)
  }

  /** Rows that one of two queries gives and the other does not, as often as they differ; none when they agree. */
  async differences(left: string, right: string): Promise<readonly (readonly unknown[])[]> {
    return this.rows(
      `select 'missing', * from ((${left}) except all (${right})) union all select 'extra', * from ((${right}) except all (${left}))`,
    )
  }
}

/** What DuckDB is told to read files. */
export function readFiles(files: readonly DataFile[], options = ''): string {
  const paths = files.map(({ path }) => `'${path.replace(/^file:/, '').replaceAll("'", "''")}'`)
  return `select * from read_parquet([${paths.join(', ')}], hive_partitioning = false${options})`
}

/** Files that one snapshot brought. */
export async function addedFiles(
  table: JobTable,
  snapshot: Snapshot,
): Promise<readonly DataFile[]> {
  const files: DataFile[] = []
  for (const manifest of await readManifestList(table.state, snapshot)) {
    for (const { status, snapshotId, file } of await readManifest(table.state, manifest)) {
      if (status === 'added' && snapshotId === snapshot.snapshotId) files.push(file)
    }
  }
  return files
}

/** Files of the current snapshot. */
export async function liveFiles(table: JobTable): Promise<readonly DataFile[]> {
  const { tasks } = await table.scan().plan()
  return tasks.map(({ file }) => file)
}
