import { describe, expect, it } from 'vitest'

import type { StreamJob } from '../../../../../src/jobs/stream-job.ts'
import {
  CHECKPOINT,
  Payment,
  hoursIn,
  openPayments,
  paymentsIn,
  rollBack,
} from '../../../../support/jobs/timed-stream.ts'
import type { PaymentLab } from '../../../../support/jobs/timed-stream.ts'

async function hours(lab: PaymentLab): Promise<readonly string[]> {
  return hoursIn(await lab.hours())
}

async function refusal(job: Promise<StreamJob>): Promise<unknown> {
  return job.then(
    () => 'nothing',
    (error: unknown) => error,
  )
}

describe('a stream of windows', () => {
  it('appends a window when the watermark has passed its end', async () => {
    const lab = await openPayments()
    lab.pay([61, 'ann', 1], [5, 'ann', 2.5], [59, 'bob', 4])
    const [first] = await lab.run()
    expect(first).toMatchObject({ watermarkMicros: 51n * 60_000_000n, lateRows: 0n })
    expect(await hours(lab)).toEqual([])
    lab.pay([58, 'ann', 1], [70, 'ann', 1])
    await lab.run()
    expect(await hours(lab)).toEqual(['00:00 ann 2 3.5', '00:00 bob 1 4'])
    lab.pay([130, 'bob', 1])
    await lab.run()
    expect(await hours(lab)).toEqual(['00:00 ann 2 3.5', '00:00 bob 1 4', '01:00 ann 2 2'])
  })

  it('drops and counts rows whose window is over, and says which have no time', async () => {
    const lab = await openPayments()
    lab.pay([70, 'ann', 1])
    await lab.run()
    lab.pay([59, 'ann', 1], [61, 'ann', 1], [null, 'ann', 1])
    const [late] = await lab.run()
    expect(late).toMatchObject({
      lateRows: 1n,
      warnings: ['rows without event time, which are in no window: 1'],
    })
    lab.pay([140, 'ann', 1])
    await lab.run()
    expect(await hours(lab)).toEqual(['01:00 ann 2 2'])
  })

  it('puts late rows into a table of their own', async () => {
    const lab = await openPayments()
    const late = await lab.warehouse.createTable('silver.late', { schema: Payment })
    const options = {
      watermark: { column: 'at', delay: '10 minutes', late: { into: late } },
    }
    lab.pay([70, 'ann', 1])
    await lab.run('once', options)
    lab.pay([59, 'ann', 7], [71, 'ann', 1])
    await lab.run('once', options)
    const table = await lab.warehouse.loadTable('silver.late', Payment)
    expect(await paymentsIn(table)).toMatchObject([{ amount: 7 }])
  })

  it('stands at the same event time in all tables, also when a batch is brought to that of late rows alone', async () => {
    const lab = await openPayments()
    const late = await lab.warehouse.createTable('silver.late', { schema: Payment })
    const options = { watermark: { column: 'at', delay: '10 minutes', late: { into: late } } }
    lab.pay([70, 'ann', 1])
    await lab.run('once', options)
    lab.pay([59, 'ann', 7], [71, 'ann', 1])
    await lab.run('once', options)
    lab.pay([58, 'ann', 8], [140, 'ann', 1])
    await lab.run('once', options)
    const table = await lab.warehouse.loadTable('silver.late', Payment)
    await rollBack(table, 1)
    await lab.run('once', options)
    const { tables } = await (await lab.job(options)).status()
    expect(tables.map(({ batch }) => [batch?.epoch, batch?.watermarkMicros])).toEqual([
      [3, 130n * 60_000_000n],
      [3, 130n * 60_000_000n],
    ])
    // The batch after it was also killed between the two: late is what was late when it was written first.
    lab.pay([119, 'ann', 9], [150, 'ann', 1])
    await lab.run('once', options)
    await rollBack(await lab.warehouse.loadTable('silver.late', Payment), 1)
    await lab.run('once', options)
    const rows = await paymentsIn(await lab.warehouse.loadTable('silver.late', Payment))
    expect(new Set(rows.map(({ amount }) => amount))).toEqual(new Set([7, 8, 9]))
  })

  it('replaces the table by all windows in the mode complete, also without a watermark', async () => {
    const lab = await openPayments()
    const options = { watermark: undefined, write: { mode: 'complete' } }
    lab.pay([70, 'ann', 1], [5, 'ann', 1])
    await lab.run('once', options)
    expect(await hours(lab)).toEqual(['00:00 ann 1 1', '01:00 ann 1 1'])
    lab.pay([6, 'ann', 1])
    const [report] = await lab.run('once', options)
    expect(report).toMatchObject({ watermarkMicros: null, lateRows: 0n })
    expect(await hours(lab)).toEqual(['00:00 ann 2 2', '01:00 ann 1 1'])
  })

  it('takes rows as a query leaves them, with times that were text', async () => {
    const lab = await openPayments()
    const sql =
      "SELECT to_timestamp_ntz(concat('1970-01-01 0', cast(hour(at) AS string), ':30:00')) AS at, who, 2 * amount AS amount FROM source"
    lab.pay([70, 'ann', 1], [5, 'ann', 1], [200, 'bob', 1])
    await lab.run('once', { sql })
    expect(await hours(lab)).toEqual(['00:00 ann 1 2', '01:00 ann 1 2'])
  })

  it('takes no other aggregate for the one that left windows open', async () => {
    const lab = await openPayments()
    lab.pay([5, 'ann', 1])
    await lab.run()
    lab.pay([6, 'ann', 1])
    const aggregate = {
      window: { column: 'at', size: '1 hour' },
      by: ['who'],
      measures: [{ name: 'total', fn: 'max', column: 'amount' }],
    }
    await expect(lab.run('once', { aggregate })).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('the aggregate is another one'),
    })
    await expect(lab.run('once', { aggregate: undefined })).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('left windows open that nothing aggregates'),
    })
  })

  it('says what to do when open windows are gone or damaged', async () => {
    const lab = await openPayments()
    lab.pay([5, 'ann', 1])
    await lab.run()
    lab.pay([6, 'ann', 1])
    const [held] = await filesBelow(lab, `${CHECKPOINT}/held`)
    const bytes = await lab.store.get(held ?? '')
    const damaged = bytes.slice()
    damaged[damaged.length - 40] = (damaged[damaged.length - 40] ?? 0) ^ 1
    await lab.store.put(held ?? '', damaged, 'overwrite')
    await expect(lab.run()).rejects.toMatchObject({
      kind: 'corrupt',
      context: { held: expect.stringContaining('held/') },
    })
    await lab.store.delete(held ?? '')
    await expect(lab.run()).rejects.toMatchObject({
      kind: 'not-found',
      message: expect.stringContaining('frazil stream reset'),
    })
    await (await lab.job()).reset()
    lab.pay([90, 'ann', 1])
    await lab.run()
    expect(await hours(lab)).toEqual(['00:00 ann 2 2'])
  })

  it('is refused where it cannot be', async () => {
    const lab = await openPayments()
    const cases: readonly [object, string][] = [
      [{ checkpoint: undefined }, 'open windows are kept in a checkpoint: set one'],
      [{ watermark: undefined }, 'a window is appended when the watermark has passed its end'],
      [{ write: { mode: 'update' } }, 'needs merge'],
      [{ transform: (rows: unknown) => rows }, 'windows are of rows that SQL has changed'],
      [{ watermark: { column: 'at', delay: 'a while' } }, 'a delay is a number and a unit'],
      [{ watermark: { column: 'at', delay: '1 month' } }, 'months do not all last as long'],
      [{ watermark: { column: 'who', delay: '0 seconds' } }, 'windows and watermark are of one'],
      [
        { watermark: { column: 'at', delay: '1 hour', late: 'keep' } },
        'a window that was appended takes no late rows',
      ],
    ]
    for (const [options, message] of cases) {
      expect(await refusal(lab.job(options)), message).toMatchObject({
        message: expect.stringContaining(message),
      })
    }
  })

  it('is refused for columns that are not there or do not fit', async () => {
    const lab = await openPayments()
    lab.pay([5, 'ann', 1])
    const measures = [{ name: 'n', fn: 'count' }]
    const windowed = (column: string, others: object = {}): object => ({
      watermark: { column, delay: '0 seconds' },
      aggregate: { window: { column, size: '1 hour' }, measures, ...others },
    })
    const cases: readonly [object, string][] = [
      [windowed('who'), 'make it one by SQL'],
      [windowed('when'), 'the rows have no such column'],
      [windowed('at', { by: ['whom'] }), 'the rows have no such column'],
      [
        windowed('at', { measures: [{ name: 'x', fn: 'sum', column: 'who' }] }),
        'a measure does not fit',
      ],
      [windowed('at', { measures: [...measures, ...measures] }), 'schema has faults'],
    ]
    for (const [options, message] of cases) {
      await expect(lab.run('once', options), message).rejects.toMatchObject({
        kind: 'invalid',
        message: expect.stringContaining(message),
      })
    }
  })
})

describe('a stream with a watermark alone', () => {
  it('drops rows that are older, and says how many', async () => {
    const lab = await openPayments()
    const table = await lab.warehouse.createTable('silver.payments', { schema: Payment })
    const options = { aggregate: undefined, target: table, checkpoint: undefined }
    lab.pay([70, 'ann', 1], [1, 'ann', 2])
    await lab.run('once', options)
    lab.pay([59, 'ann', 3], [60, 'ann', 4], [null, 'ann', 5])
    const [report] = await lab.run('once', options)
    expect(report).toMatchObject({ lateRows: 1n, watermarkMicros: 3_600_000_000n, warnings: [] })
    const rows = await paymentsIn(await lab.warehouse.loadTable('silver.payments', Payment))
    expect(new Set(rows.map(({ amount }) => amount))).toEqual(new Set([1, 2, 4, 5]))
  })
})

async function filesBelow({ store }: PaymentLab, folder: string): Promise<readonly string[]> {
  const files: string[] = []
  for await (const { location } of store.list(folder)) files.push(location)
  return files
}
