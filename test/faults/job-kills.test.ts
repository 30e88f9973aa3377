/**
 * Runs of a workflow are killed at any instant, and another run follows: no window is repeated, none is skipped.
 * `FRAZIL_KILLS` says how often.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { systemEnvironment } from '../../src/base/environment.ts'
import type { Warehouse } from '../../src/client/warehouse.ts'
import type { JobTable } from '../../src/jobs/lake.ts'
import { parseState } from '../../src/jobs/state-record.ts'
import { sizeFromEnvironment } from '../support/commit-writers.ts'
import { temporaryFolder } from '../support/folders.ts'
import {
  CONFIG_FILE,
  CONTEXT,
  HALF_OPEN,
  OPEN_CLOSED,
  ORDERS_TEXT,
  STATE_KEY,
  TARGET,
  generateOrders,
  liveFiles,
  ordersOracle,
  ordersWarehouse,
  readFiles,
} from '../support/jobs/orders.ts'
import { lakeOf, monthStart, ordersText, runJobs, windowOf } from '../support/jobs/run-orders.ts'
import { startWorkflow } from '../support/jobs/workflow-process.ts'
import type { WorkflowProcess, WorkflowRun } from '../support/jobs/workflow-process.ts'
import { engineForTests } from '../support/sql/engine.ts'

const KILLS = sizeFromEnvironment('FRAZIL_KILLS', 3)
const WINDOWS = 12
const ORDERS = generateOrders('timestamp', { count: 160, seed: 9 })
const TIMEOUT_MS = 3_600_000

const engine = engineForTests()

describe('a run that is killed, and the run after it', () => {
  it('lose and repeat no order, at random instants', { timeout: TIMEOUT_MS }, async () => {
    const text = ordersText([OPEN_CLOSED, HALF_OPEN])
    const oracle = await ordersOracle('timestamp', ORDERS)
    const year = `select * from ${CONTEXT} where order_date >= '${monthStart(0)}' and order_date < '${monthStart(WINDOWS)}'`
    const tally = await killAll(text, atRandomInstants, async (table) => {
      expect(await oracle.differences(year, readFiles(await liveFiles(table)))).toEqual([])
    })
    console.log(tallyText(tally))
  })

  it(
    'leave what an uninterrupted job leaves, before any change of the file system',
    { timeout: TIMEOUT_MS },
    async () => {
      const oracle = await ordersOracle('timestamp', [])
      const expected = readFiles(await liveFiles(await uninterruptedJob()))
      const tally = await killAll(ORDERS_TEXT, atEveryChange, async (table) => {
        expect(await oracle.differences(expected, readFiles(await liveFiles(table)))).toEqual([])
      })
      console.log(tallyText(tally))
    },
  )
})

/** Starts a run in a process of its own and sees it die, or end if it is faster. */
type Kill = (
  start: (dieAt?: number) => WorkflowProcess,
  attempt: number,
) => Promise<WorkflowRun | null>

/** Given the measures of a run that was left alone. */
type KillPlan = (calm: WorkflowRun) => Kill

const atRandomInstants: KillPlan =
  ({ durationMs }) =>
  async (start) => {
    const { child, ready, ended } = start()
    await ready
    await systemEnvironment.sleep(systemEnvironment.random() * durationMs)
    child.kill('SIGKILL')
    return ended
  }

/** The first kill is before the first change, the last one before the last, the others are spread between. */
const atEveryChange: KillPlan =
  ({ changes }) =>
  (start, attempt) =>
    start(1 + Math.round(((attempt % KILLS) * (changes - 1)) / Math.max(1, KILLS - 1))).ended

interface Tally {
  kills: number
  /** Kills that came after the commit of the window. */
  committed: number
  /** Runs that were faster than their kill. */
  missed: number
}

function tallyText({ kills, committed, missed }: Tally): string {
  return `${kills} runs killed, ${committed} of them after their commit; ${missed} were faster`
}

/** Twelve windows at a time, killed and run in turns, until enough have been killed. */
async function killAll(
  text: string,
  plan: KillPlan,
  check: (table: JobTable) => Promise<void>,
): Promise<Tally> {
  const tally = { kills: 0, committed: 0, missed: 0 }
  const kill = plan(await (calmRun ??= measureCalmRun()))
  while (tally.kills < KILLS) {
    const job = await prepareJob(text)
    await killTwelve(job, kill, tally)
    await check(await job.warehouse.loadTable(TARGET))
  }
  return tally
}

interface PreparedJob {
  readonly warehouse: Warehouse
  readonly text: string
  readonly start: (dieAt?: number) => WorkflowProcess
}

async function prepareJob(text: string): Promise<PreparedJob> {
  const folder = temporaryFolder()
  const warehouse = await ordersWarehouse(folder, 'timestamp', ORDERS)
  const file = join(folder, 'orders.yaml')
  writeFileSync(file, text)
  const process = { file, config: CONFIG_FILE, variables: { ORDERS_WAREHOUSE: folder } }
  const start = (dieAt?: number): WorkflowProcess =>
    startWorkflow(dieAt === undefined ? process : { ...process, dieAt })
  return { warehouse, text, start }
}

let calmRun: Promise<WorkflowRun> | undefined

/** The second window, which like most does not make the table. */
async function measureCalmRun(): Promise<WorkflowRun> {
  const { start } = await prepareJob(ORDERS_TEXT)
  await start().ended
  const run = await start().ended
  if (run === null) throw new Error('somebody else kills, too')
  return run
}

async function killTwelve(
  { warehouse, text, start }: PreparedJob,
  kill: Kill,
  tally: Tally,
): Promise<void> {
  const lake = lakeOf(warehouse)
  for (let done = 0; done < WINDOWS;) {
    if (tally.kills < KILLS) {
      const run = await kill(start, tally.kills + tally.missed)
      const runs = await runsOf(warehouse)
      expect(runs).toEqual(oneTo(runs.length))
      expect(runs.length - done).toBeOneOf(run === null ? [0, 1] : [1])
      if (run === null) tally.kills += 1
      else tally.missed += 1
      if (run === null && runs.length > done) tally.committed += 1
      done = runs.length
      if (done === WINDOWS) return
    }
    const window = windowOf(await runJobs({ lake, engine, text }))
    expect(window).toMatchObject({ outcome: 'written', run: done + 1 })
    expect(window.window.get('start')).toBe(monthStart(done))
    done += 1
    expect(await runsOf(warehouse)).toEqual(oneTo(done))
  }
}

/** The runs that wrote the table's snapshots, oldest first. */
async function runsOf(warehouse: Warehouse): Promise<readonly number[]> {
  if (!(await warehouse.tableExists(TARGET))) return []
  const { snapshots } = await warehouse.loadTable(TARGET)
  return snapshots.map(({ summary }) => parseState(summary.get(STATE_KEY) ?? '').run)
}

function oneTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}

async function uninterruptedJob(): Promise<JobTable> {
  const { warehouse } = await prepareJob(ORDERS_TEXT)
  for (let window = 0; window < WINDOWS; window += 1) {
    await runJobs({ lake: lakeOf(warehouse), engine })
  }
  return warehouse.loadTable(TARGET)
}
