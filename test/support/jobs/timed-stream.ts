// A stream of payments with event times into a table of windows, in memory, with a store whose requests can be held or lost.
import type { RecordBatch } from 'apache-arrow'

import { createFileCatalog } from '../../../src/catalog/file-catalog.ts'
import type { Catalog } from '../../../src/catalog/catalog.ts'
import type { Table } from '../../../src/client/table.ts'
import { openWarehouse } from '../../../src/client/warehouse.ts'
import type { Warehouse } from '../../../src/client/warehouse.ts'
import { batchFromValues } from '../../../src/formats/arrow/builders.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import type { StreamOffset, StreamSource } from '../../../src/jobs/sources/stream-source.ts'
import { streamJob } from '../../../src/jobs/stream-job.ts'
import type { StreamJob, StreamJobOptions, StreamTrigger } from '../../../src/jobs/stream-job.ts'
import type { BatchReport } from '../../../src/jobs/stream/batch-report.ts'
import type { LiveTable } from '../../../src/table/table-state.ts'
import { schema, t } from '../../../src/types/define.ts'
import type { Row, RowInput } from '../../../src/types/row-types.ts'
import { createFaultyStore } from '../faulty-store.ts'
import type { FaultyStore } from '../faulty-store.ts'
import { commitUpdates } from '../foreign-commits.ts'
import { movingEnvironment } from '../moving-environment.ts'

export const Payment = schema({
  at: t.timestamp().optional(),
  who: t.string().optional(),
  amount: t.double().optional(),
})

/** Hours of payments by person. */
export const Hour = schema({
  window_start: t.timestamp(),
  window_end: t.timestamp(),
  who: t.string().optional(),
  payments: t.long(),
  total: t.double().optional(),
})

export type HourTable = Table<Row<typeof Hour>, RowInput<typeof Hour>>
export type PaymentTable = Table<Row<typeof Payment>, RowInput<typeof Payment>>

/** Minutes since the epoch, or null; who; how much. */
export type PaymentRow = readonly [minute: number | null, who: string | null, amount: number | null]

const MICROS_PER_MINUTE = 60_000_000n

/** Payments in the order in which they come. */
export class PaymentSource implements StreamSource {
  readonly description = 'payments'
  readonly rows: PaymentRow[] = []
  readonly #perBatch: number

  constructor(perBatch: number) {
    this.#perBatch = perBatch
  }

  async open(): ReturnType<StreamSource['open']> {
    let end: number | null = null
    const available = (): number => end ?? this.rows.length
    return {
      schema: Payment,
      initialOffset: async () => ({ next: 0 }),
      nextOffset: async (start, limit) => {
        const from = nextIn(start)
        const to = limit === 'all' ? available() : Math.min(available(), from + this.#perBatch)
        return to > from ? { end: { next: to }, notes: [] } : null
      },
      freeze: async () => {
        end = this.rows.length
      },
      read: ({ start, end: until }) => this.#read(nextIn(start), nextIn(until)),
      close: async () => undefined,
    }
  }

  async *#read(from: number, until: number): AsyncGenerator<RecordBatch> {
    const rows = this.rows.slice(from, until).map(([minute, who, amount]) => {
      return [minute === null ? null : BigInt(minute) * MICROS_PER_MINUTE, who, amount]
    })
    yield batchFromValues(Payment, rows)
  }
}

function nextIn({ next }: StreamOffset): number {
  return Number(next)
}

type JobOptions = Partial<StreamJobOptions<Row<typeof Hour>, RowInput<typeof Hour>>>

export interface PaymentLab {
  readonly store: FaultyStore
  readonly catalog: Catalog
  readonly warehouse: Warehouse
  readonly source: PaymentSource
  pay(...rows: readonly PaymentRow[]): void
  hours(): Promise<HourTable>
  /** The stream as a program that was just started has it. */
  job(options?: object): Promise<StreamJob>
  run(trigger?: StreamTrigger, options?: object): Promise<readonly BatchReport[]>
}

export const CHECKPOINT = 'memory:/checkpoints/payments'

export async function openPayments(perBatch = 3): Promise<PaymentLab> {
  const store = createFaultyStore(createMemoryStore())
  const environment = movingEnvironment()
  const catalog = createFileCatalog({ store, environment, warehouse: 'memory:' })
  const warehouse = await openWarehouse('memory:', { store, catalog, environment })
  await warehouse.createTable('gold.hours', { schema: Hour })
  const source = new PaymentSource(perBatch)
  const lab: PaymentLab = {
    store,
    catalog,
    warehouse,
    source,
    pay: (...rows) => {
      source.rows.push(...rows)
    },
    hours: () => warehouse.loadTable('gold.hours', Hour),
    async job(options = {}) {
      const described: JobOptions = {
        watermark: { column: 'at', delay: '10 minutes' },
        aggregate: {
          window: { column: 'at', size: '1 hour' },
          by: ['who'],
          measures: [
            { name: 'payments', fn: 'count' },
            { name: 'total', fn: 'sum', column: 'amount' },
          ],
        },
        checkpoint: CHECKPOINT,
        trigger: 'available-now',
        retries: 0,
        ...options,
      }
      const all = { id: 'payments', source, target: await lab.hours(), ...described }
      // Tests also say what the compiler refuses.
      return streamJob(all as StreamJobOptions<Row<typeof Hour>, RowInput<typeof Hour>>)
    },
    async run(trigger = 'available-now', options = {}) {
      const reports: BatchReport[] = []
      const job = await lab.job({ trigger, ...options })
      for await (const report of job.run()) reports.push(report)
      return reports
    },
  }
  return lab
}

/** Windows in words: `01:00 ann 2 3.5`, in order. */
export async function hoursIn(table: HourTable): Promise<readonly string[]> {
  const words: string[] = []
  for await (const { window_start, who, payments, total } of table.scan()) {
    words.push(`${window_start.slice(11, 16)} ${who ?? '-'} ${payments} ${total ?? '-'}`)
  }
  return words.sort()
}

export async function paymentsIn(table: PaymentTable): Promise<readonly Row<typeof Payment>[]> {
  const rows: Row<typeof Payment>[] = []
  for await (const row of table.scan()) rows.push(row)
  return rows
}

/** Sets a table back by so many snapshots; leaves one alone that has fewer. */
export async function rollBack(table: LiveTable, by: number): Promise<void> {
  const to = table.state.metadata.snapshots.at(-1 - by)
  if (to === undefined) return
  await commitUpdates(table, [
    {
      action: 'set-snapshot-ref',
      name: 'main',
      ref: { kind: 'branch', snapshotId: to.snapshotId },
    },
  ])
}
