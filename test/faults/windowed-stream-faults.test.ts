// Whatever fails, is killed or rolled back: the windows of a stream are in its table once, with every row of theirs.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { isKind } from '../../src/base/errors.ts'
import { FAULTS } from '../support/faulty-store.ts'
import type { Fault } from '../support/faulty-store.ts'
import { hoursIn, openPayments, paymentsIn, rollBack } from '../support/jobs/timed-stream.ts'
import type { PaymentLab, PaymentRow, PaymentTable } from '../support/jobs/timed-stream.ts'
import { openTimedWorkflow, tableOutput } from '../support/jobs/timed-workflow.ts'
import { runs } from '../support/runs.ts'

type Step =
  | { readonly kind: 'pay'; readonly rows: readonly ComingRow[] }
  | {
      readonly kind: 'run'
      readonly trigger: 'once' | 'available-now'
      readonly fault: readonly [request: number, fault: Fault] | null
    }
  | { readonly kind: 'twins' }
  | { readonly kind: 'roll-back'; readonly by: number; readonly table: number }
  | { readonly kind: 'expire' }
  | { readonly kind: 'compact' }

type ComingRow = readonly [minute: number, who: string | null, amount: number | null]

const anyRow: fc.Arbitrary<ComingRow> = fc.tuple(
  fc.nat(180),
  fc.constantFrom('ann', 'bob', null),
  fc.constantFrom(0.25, 0.5, 3, 1e16, -1e16, null),
)

const anyTrigger = fc.constantFrom('once' as const, 'available-now' as const)

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('pay' as const),
      rows: fc.array(anyRow, { minLength: 1, maxLength: 8 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('run' as const),
      trigger: anyTrigger,
      fault: fc.option(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.constantFrom(...FAULTS))),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'twins' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('roll-back' as const),
      by: fc.integer({ min: 1, max: 3 }),
      table: fc.nat(1),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'expire' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'compact' as const }) },
)

/** Rows come at most an hour after later ones: payments of an hour go on from there. */
const DELAY = { watermark: { column: 'at', delay: '1 hour' } }

/** A stream of payments into hours, however it is described. */
interface Lab extends Pick<PaymentLab, 'store' | 'hours'> {
  readonly rows: readonly PaymentRow[]
  pay(...rows: readonly PaymentRow[]): Promise<void>
  run(trigger: 'once' | 'available-now'): Promise<unknown>
  /** What else the stream writes to, as far as it is there. */
  others(): Promise<readonly PaymentTable[]>
  /** What is besides that must hold in the end. */
  check(): Promise<void>
}

async function openProgram(): Promise<Lab> {
  const lab = await openPayments(4)
  return {
    store: lab.store,
    rows: lab.source.rows,
    hours: () => lab.hours(),
    pay: async (...rows) => lab.pay(...rows),
    run: (trigger) => lab.run(trigger, DELAY),
    others: async () => [],
    check: async () => undefined,
  }
}

/** The rows themselves go to another table, which is written first. */
async function openJobFile(): Promise<Lab> {
  const lab = await openTimedWorkflow()
  const job = {
    streaming: 'watermark: {column: at, delay: 1 hour}',
    outputs: [tableOutput('payments', 'silver/payments')],
  }
  return {
    store: lab.store,
    rows: lab.rows,
    hours: () => lab.hours(),
    pay: (...rows) => lab.pay(...rows),
    run: (trigger) => lab.run(trigger, job),
    async others() {
      const isThere = await lab.warehouse.tableExists('silver.payments')
      return isThere ? [await lab.payments('silver.payments')] : []
    },
    async check() {
      if (lab.rows.length === 0) return
      const copied = await paymentsOf(await lab.payments('silver.payments'))
      expect(inWords(copied)).toEqual(inWords(lab.rows))
    },
  }
}

async function apply(step: Step, lab: Lab, latest: number): Promise<number> {
  switch (step.kind) {
    case 'pay': {
      let last = latest
      const rows: PaymentRow[] = []
      for (const [minute, who, amount] of step.rows) {
        // At most an hour before the latest one, at most two after it.
        const at = Math.max(0, last - 60 + minute)
        rows.push([at, who, amount])
        last = Math.max(last, at)
      }
      await lab.pay(...rows)
      return last
    }
    case 'run':
      if (step.fault !== null) {
        lab.store.faults.set(lab.store.requests.length + step.fault[0], step.fault[1])
      }
      await passing(lab.run(step.trigger))
      lab.store.faults.clear()
      await lab.store.landLate()
      return latest
    case 'twins':
      await Promise.all([passing(lab.run('available-now')), passing(lab.run('once'))])
      return latest
    case 'roll-back':
      await rollBackOne(lab, step)
      return latest
    case 'expire':
      await (await lab.hours()).maintain({ expire: { olderThan: '0 seconds', retainLast: 1 } })
      return latest
    case 'compact':
      await (await lab.hours()).maintain({ compact: { minInputFiles: 2 } })
      return latest
    default:
      throw new Error('there is no such step')
  }
}

async function rollBackOne(
  lab: Lab,
  { by, table }: Extract<Step, { kind: 'roll-back' }>,
): Promise<void> {
  const [other] = await lab.others()
  await rollBack(table === 0 || other === undefined ? await lab.hours() : other, by)
}

const PASSING = ['unavailable', 'commit-unknown', 'conflict'] as const

async function passing(run: Promise<unknown>): Promise<void> {
  try {
    await run
  } catch (error) {
    if (!PASSING.some((kind) => isKind(error, kind))) throw error
  }
}

/** Where the table was rolled back to what has expired, nobody knows any more how far the stream had read. */
function isLost(error: unknown, steps: readonly Step[]): boolean {
  return (
    steps.some(({ kind }) => kind === 'roll-back') &&
    isKind(error, 'invalid') &&
    error.message.includes('expired')
  )
}

/** All windows that end by a minute, from all the rows at once. Amounts are whole quarters, of which no number is too large. */
function hoursUntil(rows: readonly PaymentRow[], until: number): readonly string[] {
  const groups = new Map<string, { count: number; quarters: bigint | null }>()
  for (const [minute, who, amount] of rows) {
    const hour = Math.floor((minute ?? 0) / 60)
    if (60 * (hour + 1) > until) continue
    const key = `${hour} ${who ?? '-'}`
    const group = groups.get(key) ?? { count: 0, quarters: null }
    group.count += 1
    if (amount !== null) group.quarters = (group.quarters ?? 0n) + BigInt(amount * 4)
    groups.set(key, group)
  }
  const words = [...groups].map(([key, { count, quarters }]) => {
    const [hour, who] = key.split(' ')
    const time = `${String(Number(hour) % 24).padStart(2, '0')}:00`
    return `${time} ${who} ${count} ${quarters === null ? '-' : Number(quarters) / 4}`
  })
  return words.sort()
}

/** `75 ann 2.5` for each payment, in order. */
function inWords(rows: readonly PaymentRow[]): readonly string[] {
  return rows.map(([minute, who, amount]) => `${minute} ${who} ${amount}`).sort()
}

async function paymentsOf(table: PaymentTable): Promise<readonly PaymentRow[]> {
  const rows = await paymentsIn(table)
  return rows.map(({ at, who, amount }) => [minuteOf(at), who, amount])
}

function minuteOf(at: string | null): number | null {
  return at === null ? null : Date.parse(`${at}Z`) / 60_000
}

describe.each([
  { of: 'a program', open: openProgram },
  { of: 'a job file', open: openJobFile },
])('a stream of windows of $of', ({ open }) => {
  it('never loses a row of a window and never has a window twice, whatever happens to it', async () => {
    let whole = 0
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 3, maxLength: 14 }), async (steps) => {
        const lab = await open()
        let latest = 0
        try {
          for (const step of steps) latest = await apply(step, lab, latest)
          await lab.run('available-now')
        } catch (error) {
          if (!isLost(error, steps)) throw error
          return
        }
        const hours = await hoursIn(await lab.hours())
        expect(hours).toEqual(hoursUntil(lab.rows, latest - 60))
        await lab.check()
        whole += 1
      }),
      runs(50),
    )
    expect(whole).toBeGreaterThan(25)
  }, 600_000)
})

describe('a stream of windows', () => {
  it('goes on after a rollback from the windows that were open then', async () => {
    const lab = await openPayments(10)
    lab.pay([5, 'ann', 1], [70, 'ann', 1])
    await lab.run('once')
    lab.pay([75, 'ann', 2], [140, 'ann', 1])
    await lab.run('once')
    lab.pay([130, 'ann', 3], [200, 'ann', 1])
    await lab.run('once')
    const before = await hoursIn(await lab.hours())
    expect(before).toEqual(['00:00 ann 1 1', '01:00 ann 2 3', '02:00 ann 2 4'])
    await rollBack(await lab.hours(), 2)
    expect(await hoursIn(await lab.hours())).toEqual(['00:00 ann 1 1'])
    await lab.run('available-now')
    expect(await hoursIn(await lab.hours())).toEqual(before)
  })
})
