// Fourteen months of made-up orders: nested lines, a few customers with most of the orders, and rows that arrive late.
// The same numbers in every run.
import { schema, t } from 'frazil'
import type { RowInput } from 'frazil'

export const Order = schema({
  order_id: t.long(),
  /** Counts every change of every order, in the order in which they arrive. */
  version: t.long(),
  customer: t.string(),
  city: t.string(),
  order_date: t.timestamptz(),
  total: t.decimal(11, 2),
  lines: t.list(t.struct({ sku: t.string(), quantity: t.int(), price: t.decimal(9, 2) })),
})

export type OrderInput = RowInput<typeof Order>

/** What arrives in one week, which is one commit. */
export interface Week {
  /** The day after the last one that is complete then: `2025-01-08`. */
  readonly until: string
  readonly orders: readonly OrderInput[]
}

const FIRST_DAY_MS = Date.UTC(2025, 0, 1)
const DAY_MS = 86_400_000
const DAYS = 425
const DAYS_PER_WEEK = 7
const ORDERS_PER_DAY = 40
/** One order in so many arrives a week late. */
const LATE_ONE_IN = 50
const CITIES = ['Oslo', 'Bergen', 'Tromsø', 'Zürich', 'Graz', '東京']
const CUSTOMERS = 500
const SKUS = 60
const MAX_LINES = 4

/** All weeks, from the first day of 2025 to the end of February 2026. */
export function* ordersByWeek(): Generator<Week> {
  const random = randomNumbers(20_250_101)
  let late: OrderInput[] = []
  let version = 0n
  for (let day = 0; day < DAYS; day += DAYS_PER_WEEK) {
    const days = Math.min(DAYS_PER_WEEK, DAYS - day)
    const drawn = Array.from({ length: days * ORDERS_PER_DAY }, (_item, index) =>
      drawOrder(random, day + Math.floor(index / ORDERS_PER_DAY), index % ORDERS_PER_DAY),
    )
    const isLate = drawn.map(() => random(LATE_ONE_IN) === 0)
    const arriving = [...late, ...drawn.filter((_order, index) => !isLate[index])]
    late = drawn.filter((_order, index) => isLate[index])
    yield {
      until: new Date(FIRST_DAY_MS + (day + days) * DAY_MS).toISOString().slice(0, 10),
      orders: arriving.map((order) => ({ ...order, version: (version += 1n) })),
    }
  }
}

type Random = (below: number) => number

function drawOrder(random: Random, day: number, index: number): OrderInput {
  const lines = Array.from({ length: 1 + random(MAX_LINES) }, () => ({
    sku: `sku-${random(SKUS)}`,
    quantity: 1 + random(5),
    price: cents(100 + random(20_000)),
  }))
  const total = lines.reduce((sum, { quantity, price }) => sum + quantity * unitsOf(price), 0)
  const customer = random(4) === 0 ? random(CUSTOMERS) : random(5)
  return {
    order_id: BigInt(day * ORDERS_PER_DAY + index),
    version: 0n,
    customer: `customer-${customer}`,
    city: CITIES[customer % CITIES.length] ?? '',
    order_date: new Date(FIRST_DAY_MS + day * DAY_MS + random(DAY_MS)),
    total: cents(total),
    lines,
  }
}

function cents(amount: number): string {
  return `${Math.floor(amount / 100)}.${String(amount % 100).padStart(2, '0')}`
}

function unitsOf(price: string): number {
  return Number(price.replace('.', ''))
}

/** Whole numbers in `[0, below)`, by a linear congruence of 31 bits. */
function randomNumbers(seed: number): Random {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7f_ff_ff_ff
    return Math.floor((state / 2 ** 31) * below)
  }
}
