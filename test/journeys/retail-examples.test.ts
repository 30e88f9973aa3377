/**
 * The workflows of examples/retail, as their page has them: run while the orders arrive, and held against the orders that have
 * arrived.
 */
import { cpSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { openWarehouse } from '../../src/client/warehouse.ts'
import type { Warehouse } from '../../src/client/warehouse.ts'
import type { JobTable } from '../../src/jobs/lake.ts'
import { Order, ordersByWeek } from '../../examples/retail/orders.ts'
import type { Week } from '../../examples/retail/orders.ts'
import { frazil } from '../support/command.ts'
import type { CommandResult } from '../support/command.ts'
import { temporaryFolder } from '../support/folders.ts'

const EXAMPLE = fileURLToPath(new URL('../../examples/retail/', import.meta.url))
const WEEKS = [...ordersByWeek()]

/** A copy of the example, with the orders of some weeks. */
class Shop {
  readonly folder: string
  readonly #warehouse: Warehouse
  readonly #orders: JobTable

  private constructor(folder: string, warehouse: Warehouse, orders: JobTable) {
    this.folder = folder
    this.#warehouse = warehouse
    this.#orders = orders
  }

  static async open(): Promise<Shop> {
    const folder = temporaryFolder()
    for (const name of readdirSync(EXAMPLE).filter((entry) => entry.endsWith('.yaml'))) {
      cpSync(join(EXAMPLE, name), join(folder, name))
    }
    const warehouse = await openWarehouse(join(folder, 'warehouse'))
    await warehouse.createTable('retail.orders', {
      schema: Order,
      partitionBy: ['month(order_date)'],
    })
    return new Shop(folder, warehouse, await warehouse.loadTable('retail.orders'))
  }

  /** The orders of weeks arrive, in a commit. */
  async take(weeks: readonly Week[]): Promise<void> {
    await this.#orders.append(weeks.flatMap(({ orders }) => orders))
  }

  /** Runs the command where the example is. */
  async run(...args: readonly string[]): Promise<CommandResult> {
    return await frazil(args, { cwd: this.folder })
  }

  /** What a table has of a column, in order. */
  async values(table: string, column: string): Promise<readonly unknown[]> {
    const rows = (await this.#warehouse.loadTable(table)).scan().select(column)
    const values: unknown[] = []
    for await (const row of rows) values.push(row[column])
    return values.toSorted((left, right) => (String(left) < String(right) ? -1 : 1))
  }
}

/** Orders arrive in two parts, and the workflow catches up after each. */
async function followed(file: string): Promise<Shop> {
  const shop = await Shop.open()
  for (const weeks of [WEEKS.slice(0, 26), WEEKS.slice(26)]) {
    await shop.take(weeks)
    const { code, stderr } = await shop.run('run', file, '--catch-up')
    expect([code, stderr]).toEqual([0, ''])
  }
  return shop
}

function orderIds(isTaken: (order: Week['orders'][number]) => boolean): readonly unknown[] {
  const ids = WEEKS.flatMap(({ orders }) => orders.filter(isTaken).map((order) => order.order_id))
  return ids.toSorted((left, right) => (String(left) < String(right) ? -1 : 1))
}

const isComplete = ({ order_date: date }: Week['orders'][number]): boolean =>
  date instanceof Date && date.getTime() < Date.UTC(2026, 2, 1)

describe('the ways to load what is new', () => {
  it('a version watermark has every order of its windows once, late or not', async () => {
    const shop = await followed('version-watermark.yaml')
    expect(await shop.values('retail.orders_by_version', 'order_id')).toEqual(
      orderIds(({ version }) => BigInt(version) <= 16_000n),
    )
  })

  it('a commit window has every order once, late or not', async () => {
    const shop = await followed('commit-window.yaml')
    expect(await shop.values('retail.orders_by_commit', 'order_id')).toEqual(orderIds(() => true))
  })

  it('a watermark table tells people of each window', async () => {
    const shop = await followed('watermark-table.yaml')
    const taken = await shop.values('retail.orders_with_watermarks', 'order_id')
    const counts = await shop.values('retail.watermarks', 'orders')
    expect(counts).toHaveLength(14)
    expect(counts.reduce((sum: bigint, count) => sum + BigInt(String(count)), 0n)).toBe(
      BigInt(taken.length),
    )
  })

  it('a timestamp watermark misses what came late, and a backfill brings it and leaves where the job stands', async () => {
    const shop = await followed('timestamp-watermark.yaml')
    const taken = await shop.values('retail.orders_by_watermark', 'order_id')
    expect(new Set(taken).size).toBe(taken.length)
    expect(taken.length).toBeLessThan(orderIds(isComplete).length)
    const job = ['timestamp-watermark.yaml', 'append-months']
    const before = await shop.run('state', 'show', ...job)
    const range = ['--from', '2025-06-01 00:00:00', '--to', '2025-07-01 00:00:00']
    expect(await shop.run('backfill', ...job, ...range)).toMatchObject({ code: 0, stderr: '' })
    expect(await shop.values('retail.orders_by_watermark', 'order_id')).toEqual(
      orderIds(isComplete),
    )
    expect(await shop.run('state', 'show', ...job)).toEqual(before)
  })

  it('a lookback has every order once, late or not, and so after its backfill and replay', async () => {
    const shop = await followed('late-rows.yaml')
    const all = orderIds(isComplete)
    expect(await shop.values('retail.orders_by_day', 'order_id')).toEqual(all)
    const job = ['late-rows.yaml', 'replace-days']
    const range = ['--from', '2025-06-01 00:00:00', '--to', '2025-07-01 00:00:00']
    expect(await shop.run('backfill', ...job, ...range)).toMatchObject({ code: 0, stderr: '' })
    expect(await shop.values('retail.orders_by_day', 'order_id')).toEqual(all)
    expect(await shop.run('replay', ...job, '14')).toMatchObject({ code: 0, stderr: '' })
    expect(await shop.values('retail.orders_by_day', 'order_id')).toEqual(all)
  })
})

describe('each workflow of the page', () => {
  const page = readFileSync(join(EXAMPLE, 'README.md'), 'utf8')
  const files = readdirSync(EXAMPLE).filter(
    (name) => name.endsWith('.yaml') && name !== 'frazil.yaml',
  )

  it.each(files)('%s is on it, and has no fault that can be seen without data', async (file) => {
    expect(page).toContain(`npx frazil run ${file}`)
    const { code, stdout, stderr } = await frazil(['lint', join(EXAMPLE, file)])
    expect([code, stdout, stderr]).toEqual([0, '', ''])
  })
})
