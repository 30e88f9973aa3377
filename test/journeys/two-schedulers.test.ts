/** Several runs of one job at once, and other writers of its tables between a run's first look and its commit. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { parseState } from '../../src/jobs/state-record.ts'
import { runFlareJob } from '../../src/jobs/flare-run.ts'
import { systemEnvironment } from '../../src/base/environment.ts'
import { runNodes } from '../../src/jobs/workflow/dag.ts'
import { temporaryFolder } from '../support/folders.ts'
import {
  CONFIG_FILE,
  HALF_OPEN,
  OPEN_CLOSED,
  STATE_KEY,
  TARGET,
  generateOrders,
  ordersWarehouse,
} from '../support/jobs/orders.ts'
import { openLab, ordersAt } from '../support/jobs/orders-lab.ts'
import type { OrdersLab } from '../support/jobs/orders-lab.ts'
import { monthStart, ordersText, runJobs, windowOf } from '../support/jobs/run-orders.ts'
import { startWorkflow } from '../support/jobs/workflow-process.ts'
import { runs } from '../support/runs.ts'
import { engineForTests } from '../support/sql/engine.ts'
import { flareJobOf } from '../support/jobs/workflow-file.ts'

const engine = engineForTests()

const text = ordersText([OPEN_CLOSED, HALF_OPEN])

const orders = ordersAt(
  '2020-01-01T00:00:00',
  '2020-01-31T23:59:59.999999',
  '2020-02-01T00:00:00',
  '2020-02-29T12:00:00',
  '2020-03-01T00:00:00',
  '2020-04-15T00:00:00',
)

describe('two runs that begin the same window at once', () => {
  it('have one that writes it, and one that finds it done', async () => {
    const lab = await openLab(orders)
    const meet = meetingOf(2)
    lab.store.beforeRequest = (request) => (isDataFile(request) ? meet() : Promise.resolve())

    const reports = await Promise.all([
      runJobs({ ...lab, engine, text }),
      runJobs({ ...lab, engine, text }),
    ])
    const outcomes = reports.map((report) => windowOf(report))
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['already-done', 'written'])
    expect(outcomes.find(({ outcome }) => outcome === 'already-done')).toMatchObject({
      run: null,
      outputs: [],
    })
    expect(await lab.taken()).toEqual([0, 1])
    expect(await lab.state()).toMatchObject({ run: 1, state: new Map([['start', monthStart(1)]]) })

    expect(windowOf(await runJobs({ ...lab, engine, text }))).toMatchObject({ run: 2 })
    expect(await lab.taken()).toEqual([0, 1, 2, 3])
  })

  it('have one that writes it also where appends would let both in', async () => {
    const lab = await openLab(orders)
    const appending = ordersText(
      [OPEN_CLOSED, HALF_OPEN],
      ['saveMode: overwrite', 'saveMode: append'],
      ['                    overwrite-mode: dynamic\n', ''],
    )
    const meet = meetingOf(2)
    lab.store.beforeRequest = (request) => (isDataFile(request) ? meet() : Promise.resolve())
    const run = { ...lab, engine, text: appending }
    const reports = await Promise.all([runJobs(run), runJobs(run)])
    expect(reports.map((report) => windowOf(report).outcome).sort()).toEqual([
      'already-done',
      'written',
    ])
    expect(await lab.taken()).toEqual([0, 1])
  })

  it('never repeat or skip a window, however their requests take turns', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 3 }), async (scheduler, count) => {
        const lab = await openLab(orders)
        lab.store.beforeRequest = (request) => scheduler.schedule(Promise.resolve(), request)
        const outcomes: string[] = []
        const runner = async (): Promise<void> => {
          for (let turn = 0; turn < 3; turn += 1) {
            outcomes.push(windowOf(await runJobs({ ...lab, engine, text })).outcome)
          }
        }
        await scheduler.waitFor(Promise.all(Array.from({ length: count }, runner)))
        lab.store.beforeRequest = () => Promise.resolve()

        const done = outcomes.filter((outcome) => outcome !== 'already-done').length
        expect((await lab.state())?.run).toBe(done)
        expect(done).toBeGreaterThanOrEqual(3)
        expect(await runsOf(lab)).toEqual(runsWithRows(done))
        expect(await lab.taken()).toEqual(
          orders.flatMap(({ order_id, order_date }) =>
            (order_date ?? '') < monthStart(done).replace(' ', 'T') ? Number(order_id) : [],
          ),
        )
      }),
      runs(10),
    )
  })

  it('never do a window twice as processes on one warehouse of files', async () => {
    const folder = temporaryFolder()
    const warehouse = await ordersWarehouse(
      folder,
      'timestamp',
      generateOrders('timestamp', { count: 60, seed: 3 }),
    )
    const file = join(folder, 'orders.yaml')
    writeFileSync(file, text)
    const runsAtOnce = await Promise.all(
      Array.from(
        { length: 3 },
        () =>
          startWorkflow({ file, config: CONFIG_FILE, variables: { ORDERS_WAREHOUSE: folder } })
            .ended,
      ),
    )
    const outcomes = runsAtOnce.flatMap((run) => run?.outcomes ?? [])
    const written = outcomes.filter((outcome) => outcome === 'written').length
    expect(outcomes.filter((outcome) => outcome === 'already-done')).toHaveLength(3 - written)
    const { snapshots } = await warehouse.loadTable(TARGET)
    expect(snapshots.map(({ summary }) => parseState(summary.get(STATE_KEY) ?? '').run)).toEqual(
      Array.from({ length: written }, (_, index) => index + 1),
    )
  })
})

describe('another writer', () => {
  it('of the source, after the run has looked at it, is read by nobody now and by later windows', async () => {
    const lab = await openLab(orders)
    const before = (await lab.source()).currentSnapshot?.snapshotId
    await amid(lab, async () => {
      await (
        await lab.source()
      ).append([
        { ...row(100), order_date: '2020-01-15T00:00:00' },
        { ...row(101), order_date: '2020-02-15T00:00:00' },
      ])
    })
    expect(windowOf(await runJobs({ ...lab, engine, text }))).toMatchObject({
      outcome: 'written',
      sources: [{ snapshotId: before }],
    })
    expect(await lab.state()).toMatchObject({ sourceSnapshotId: before })
    expect(await lab.taken()).toEqual([0, 1])
    await runJobs({ ...lab, engine, text })
    expect(await lab.taken()).toEqual([0, 1, 2, 3, 101])
  })

  it('of a partition that the window replaces is a conflict: nothing moves, and the next run does the window', async () => {
    const lab = await openLab(orders)
    await runJobs({ ...lab, engine, text })
    await amid(lab, async () => {
      await (
        await lab.warehouse.loadTable(TARGET)
      ).append([{ ...row(100), order_date: '2020-02-01T18:00:00' }])
    })
    await expect(runJobs({ ...lab, engine, text })).rejects.toMatchObject({ kind: 'conflict' })
    expect(await lab.state()).toMatchObject({ run: 1 })
    expect(await lab.taken()).toEqual([0, 1, 100])

    expect(windowOf(await runJobs({ ...lab, engine, text }))).toMatchObject({
      outcome: 'written',
      run: 2,
      warnings: [expect.stringContaining('replaced 1 row ')],
    })
    expect(await lab.taken()).toEqual([0, 1, 2, 3])
  })

  it('of such a partition costs one of the retries that the file allows', async () => {
    const lab = await openLab(orders)
    await runJobs({ ...lab, engine, text })
    await amid(lab, async () => {
      await (
        await lab.warehouse.loadTable(TARGET)
      ).append([{ ...row(100), order_date: '2020-02-01T18:00:00' }])
    })
    const job = flareJobOf(
      text.replace('    title: Order Incremental Data\n', '    retry: {count: 1}\n'),
    )
    const outcomes: string[] = []
    const result = await runNodes([job], (node) =>
      runFlareJob(node, {
        lake: lab.lake,
        engine,
        environment: systemEnvironment,
        stateStore: null,
        onWindow: ({ outcome }) => outcomes.push(outcome),
        onBatch: () => undefined,
        catchUp: false,
        dryRun: false,
      }),
    )
    expect(result.get(job.name)).toMatchObject({ kind: 'succeeded', attempts: 2 })
    expect(outcomes).toEqual(['written'])
    expect(await lab.state()).toMatchObject({ run: 2 })
  })

  it('of other partitions is in nobody’s way', async () => {
    const lab = await openLab(orders)
    await runJobs({ ...lab, engine, text })
    await amid(lab, async () => {
      await (
        await lab.warehouse.loadTable(TARGET)
      ).append([{ ...row(100), order_date: '2019-12-24T18:00:00' }])
    })
    expect(windowOf(await runJobs({ ...lab, engine, text }))).toMatchObject({
      outcome: 'written',
      run: 2,
      outputs: [{ commit: { attempts: 2, removedRows: 0n } }],
      warnings: [],
    })
    expect(await lab.taken()).toEqual([0, 1, 2, 3, 100])
  })
})

/** Each waits until so many have come, and is never held again. */
function meetingOf(count: number): () => Promise<void> {
  let come = 0
  let open: () => void = () => undefined
  const all = new Promise<void>((resolve) => {
    open = resolve
  })
  return () => {
    come += 1
    if (come >= count) open()
    return all
  }
}

function isDataFile(request: string): boolean {
  return /^put .*\/data\//.test(request)
}

/** Lets something happen once, when the next run has looked at all and is about to write its first file. */
async function amid({ store }: OrdersLab, happen: () => Promise<void>): Promise<void> {
  let isPast = false
  store.beforeRequest = async (request) => {
    if (isPast || !isDataFile(request) || !request.includes(TARGET.replace('.', '/'))) return
    isPast = true
    await happen()
  }
}

function row(id: number): Record<string, unknown> {
  return {
    order_id: BigInt(id),
    customer: null,
    city: null,
    amount: null,
    rating: null,
    is_gift: null,
  }
}

/** The runs that wrote the snapshots of the target. */
async function runsOf(lab: OrdersLab): Promise<readonly number[]> {
  const snapshots = (await lab.target())?.snapshots ?? []
  return snapshots.map(({ summary }) => parseState(summary.get(STATE_KEY) ?? '').run)
}

/** Orders come in the first four windows. */
function runsWithRows(done: number): readonly number[] {
  return [1, 2, 3, 4].filter((run) => run <= done)
}
