// Windows of payments by a job file: what is appended to a table of payments goes into a copy of it and into a table of hours, in
// memory, with a store whose requests can be held or lost.
import { createFileCatalog } from '../../../src/catalog/file-catalog.ts'
import { openWarehouse } from '../../../src/client/warehouse.ts'
import type { Warehouse } from '../../../src/client/warehouse.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import type { Lake } from '../../../src/jobs/lake.ts'
import { createSqlEngine } from '../../../src/jobs/sql/duckdb.ts'
import type { SqlEngine } from '../../../src/jobs/sql/engine.ts'
import type { BatchReport } from '../../../src/jobs/stream/batch-report.ts'
import { runStream } from '../../../src/jobs/stream/run-stream.ts'
import { workflowStream } from '../../../src/jobs/stream/workflow-stream.ts'
import { formatTimestamp } from '../../../src/types/temporal-text.ts'
import { createFaultyStore } from '../faulty-store.ts'
import type { FaultyStore } from '../faulty-store.ts'
import { movingEnvironment } from '../moving-environment.ts'
import { jobOf } from './job-text.ts'
import { Hour, Payment } from './timed-stream.ts'
import type { HourTable, PaymentRow, PaymentTable } from './timed-stream.ts'

const MICROS_PER_MINUTE = 60_000_000n

/** What differs from job to job. */
export interface TimedJob {
  /** Of `streaming`, beside where its checkpoint is. */
  readonly streaming?: string
  /** Rows of a batch, by and by. */
  readonly perBatch?: number
  /** Items before the windows. */
  readonly items?: readonly string[]
  /** Outputs beside that of windows. */
  readonly outputs?: readonly string[]
}

const WINDOWS = `name: hours, aggregate: {window: {column: at, size: 1 hour}, by: [who],
      measures: [{name: payments, fn: count}, {name: total, fn: sum, column: amount}]}`

/** The keys of the job. */
export function timedJobText({
  streaming = 'watermark: {column: at, delay: 10 minutes}',
  perBatch = 4,
  items = [],
  outputs = [],
}: TimedJob = {}): string {
  return `streaming: {checkpointLocation: "dataos://lake:chk/hours?acl=rw", triggerMode: AvailableNow, ${streaming}}
inputs:
- {name: payments, isStream: true, dataset: "dataos://lake:raw/payments", options: {streaming-max-rows-per-micro-batch: "${perBatch}"}}
outputs: [${[...outputs, tableOutput('hours', 'gold/hours')].join(', ')}]
steps:
- sequence:
${[...items, WINDOWS].map((item) => `  - {${item}}\n`).join('')}`
}

export function tableOutput(view: string, table: string): string {
  return `{name: ${view}, dataset: "dataos://lake:${table}?acl=rw", options: {saveMode: append}}`
}

export interface TimedWorkflow {
  readonly store: FaultyStore
  readonly warehouse: Warehouse
  readonly engine: SqlEngine
  /** All payments, in the order in which they came. */
  readonly rows: readonly PaymentRow[]
  pay(...rows: readonly PaymentRow[]): Promise<void>
  hours(): Promise<HourTable>
  payments(table: string): Promise<PaymentTable>
  /** Runs the job as a process that was just started does. */
  run(trigger?: 'once' | 'available-now', job?: TimedJob): Promise<readonly BatchReport[]>
}

/** @param engine for jobs with queries; it is not started for others */
export async function openTimedWorkflow(
  engine: SqlEngine = createSqlEngine({ timeZone: 'UTC', nowMicros: 0n }),
): Promise<TimedWorkflow> {
  const store = createFaultyStore(createMemoryStore())
  const environment = movingEnvironment()
  const catalog = createFileCatalog({ store, environment, warehouse: 'memory:' })
  const warehouse = await openWarehouse('memory:', { store, catalog, environment })
  const source = await warehouse.createTable('raw.payments', { schema: Payment })
  await warehouse.createTable('gold.hours', { schema: Hour })
  const rows: PaymentRow[] = []
  const payments = (table: string): Promise<PaymentTable> => warehouse.loadTable(table, Payment)
  return {
    store,
    warehouse,
    engine,
    rows,
    payments,
    async pay(...come) {
      rows.push(...come)
      await source.append(
        come.map(([minute, who, amount]) => ({
          at: minute === null ? null : formatTimestamp(BigInt(minute) * MICROS_PER_MINUTE),
          who,
          amount,
        })),
      )
    },
    hours: () => warehouse.loadTable('gold.hours', Hour),
    async run(trigger = 'available-now', described = {}) {
      const job = jobOf(timedJobText(described))
      if (job.stream === null) throw new Error('the job is a stream')
      const lake = lakeOf(warehouse, store)
      const stream = await workflowStream(job, job.stream, { lake, engine, environment })
      const reports: BatchReport[] = []
      const batches = runStream(stream, { trigger: { kind: trigger }, environment, retries: 0 })
      for await (const report of batches) reports.push(report)
      return reports
    },
  }
}

/** One warehouse for all addresses. */
function lakeOf(warehouse: Warehouse, store: FaultyStore): Lake {
  const locate: Lake['locate'] = async (address) => {
    if (address.kind === 'catalog') throw new Error('addresses are of the lake')
    return { warehouse, name: `${address.collection}.${address.dataset}` }
  }
  return {
    locate,
    loadTable: async (address) => warehouse.loadTable((await locate(address)).name),
    tableExists: async (address) => warehouse.tableExists((await locate(address)).name),
    locateFiles: () => null,
    locateTopic: () => null,
    locateCheckpoint: ({ path }) => ({ store, location: `memory:/.checkpoints/${path.join('/')}` }),
    prepareCopies: () => undefined,
  }
}
