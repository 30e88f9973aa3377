// Windows of a job file against one query over all rows at once, which DuckDB answers.
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'

import { rowsOf } from '../../src/formats/arrow/rows.ts'
import { createSqlEngine } from '../../src/jobs/sql/duckdb.ts'
import { hoursIn } from '../support/jobs/timed-stream.ts'
import type { PaymentRow } from '../support/jobs/timed-stream.ts'
import { openTimedWorkflow, tableOutput } from '../support/jobs/timed-workflow.ts'
import type { TimedJob, TimedWorkflow } from '../support/jobs/timed-workflow.ts'
import { runs } from '../support/runs.ts'

/** Rows as a query leaves them that has some say in each column. */
const CLEAN = "select at, coalesce(who, 'nobody') as who, 2 * amount as amount from payments"

const HOURS = `select date_format(date_trunc('hour', at), 'HH:mm') as hour, who, count(*) as payments, sum(amount) as total
  from (${CLEAN}) where at is not null group by date_trunc('hour', at), who`

async function hoursAtOnce(lab: TimedWorkflow): Promise<readonly string[]> {
  const table = await lab.payments('raw.payments')
  const rows = { schema: table.schema, batches: table.scan().batches() }
  const { schema, batches } = await lab.engine.query(HOURS, new Map([['payments', rows]]))
  const words: string[] = []
  for await (const batch of batches) {
    for (const [hour, who, count, total] of rowsOf(batch, schema)) {
      words.push(
        `${String(hour)} ${String(who)} ${String(count)} ${total === null ? '-' : String(total)}`,
      )
    }
  }
  return words.sort()
}

/** Quarters, of which sums are exact in any order. */
const anyPayment: fc.Arbitrary<PaymentRow> = fc.tuple(
  fc.option(fc.nat(23 * 60), { freq: 8, nil: null }),
  fc.constantFrom('ann', 'bob', null),
  fc.option(
    fc.integer({ min: -400, max: 400 }).map((quarters) => quarters / 4),
    { nil: null },
  ),
)

interface Arrival {
  /** What comes between two runs of the job. */
  readonly comings: readonly (readonly PaymentRow[])[]
  readonly perBatch: number
}

const anyArrival: fc.Arbitrary<Arrival> = fc.record({
  comings: fc.array(fc.array(anyPayment, { minLength: 1, maxLength: 6 }), {
    minLength: 1,
    maxLength: 4,
  }),
  perBatch: fc.integer({ min: 1, max: 8 }),
})

/** Later than everything, so that all windows before are over. It is in none of them. */
const LAST: PaymentRow = [3 * 24 * 60, 'last', null]

describe('windows of a job file', () => {
  const engine = createSqlEngine({ timeZone: 'UTC', nowMicros: 0n })
  afterAll(() => engine.close())

  it('are always those of all rows at once, in whatever order these come within the delay', async () => {
    await fc.assert(
      fc.asyncProperty(anyArrival, async ({ comings, perBatch }) => {
        const lab = await openTimedWorkflow(engine)
        const job: TimedJob = {
          streaming: 'watermark: {column: at, delay: 24 hours}',
          perBatch,
          items: [`name: clean, sql: "${CLEAN}"`],
        }
        for (const rows of comings) {
          await lab.pay(...rows)
          const reports = await lab.run('available-now', job)
          expect(reports.every(({ lateRows }) => lateRows === 0n)).toBe(true)
        }
        const expected = await hoursAtOnce(lab)
        await lab.pay(LAST)
        await lab.run('once', job)
        expect(await hoursIn(await lab.hours())).toEqual(expected)
      }),
      runs(10),
    )
  }, 120_000)

  it('never lose a row that comes too late: it is set aside, where all others are in windows', async () => {
    await fc.assert(
      fc.asyncProperty(anyArrival, async ({ comings, perBatch }) => {
        const lab = await openTimedWorkflow(engine)
        const job: TimedJob = {
          streaming: 'watermark: {column: at, delay: 30 minutes, late: aside}',
          perBatch,
          outputs: [tableOutput('lateRows', 'silver/late')],
        }
        let late = 0n
        let timed = 0n
        for (const rows of [...comings, [LAST]]) {
          await lab.pay(...rows)
          for (const report of await lab.run('available-now', job)) late += report.lateRows
          timed += BigInt(rows.filter(([minute]) => minute !== null).length)
        }
        const aside = await (await lab.payments('silver.late')).scan().count()
        expect(aside).toBe(late)
        let counted = 0n
        for await (const { payments } of (await lab.hours()).scan()) counted += payments
        // The last one opens a window that nothing ends.
        expect(counted + late).toBe(timed - 1n)
      }),
      runs(20),
    )
  }, 120_000)
})
