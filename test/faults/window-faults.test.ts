/** Requests of a window's run fail, one after the other, before or after they happened: no window is lost or done twice. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { isKind } from '../../src/base/errors.ts'
import type { ErrorKind } from '../../src/base/errors.ts'
import { findState } from '../../src/jobs/state.ts'
import { runNextWindow } from '../../src/jobs/incremental/run-window.ts'
import { tableJob } from '../../src/jobs/incremental/table-job.ts'
import type { WindowedJob } from '../../src/jobs/incremental/windowed-job.ts'
import { FAULTS } from '../support/faulty-store.ts'
import type { Fault } from '../support/faulty-store.ts'
import { runs } from '../support/runs.ts'
import { Visit, dayText, openVisits, visitsIn } from '../support/jobs/visits.ts'
import type { VisitsLab } from '../support/jobs/visits.ts'

const KEY = 'frazil.incremental.two-tables.source'
const TABLES = ['silver.visits', 'gold.visits']

/** A job that appends the days of January to two tables: what is done twice is there twice. */
async function twoTables(lab: VisitsLab): Promise<WindowedJob> {
  const source = await lab.source()
  const jobs = await Promise.all(
    TABLES.map(async (name) =>
      tableJob({
        id: 'two-tables',
        source,
        target: await lab.target(name),
        window: { column: ['at'], start: dayText(1), step: '1 day', until: dayText(31) },
        change: null,
        write: { mode: 'append' },
      }),
    ),
  )
  const [job] = jobs
  if (job === undefined) throw new Error('there are two')
  return { ...job, outputs: jobs.flatMap(({ outputs }) => outputs) }
}

async function openTwo(): Promise<VisitsLab> {
  const lab = await openVisits()
  await lab.warehouse.createTable('gold.visits', { schema: Visit, partitionBy: ['at'] })
  await lab.visit(1, 2, 2)
  return lab
}

async function runOne(lab: VisitsLab): Promise<string> {
  const now = (): number => 0
  const report = await runNextWindow(await twoTables(lab), { store: null, now, isDryRun: false })
  return report.outcome
}

async function runsIn(lab: VisitsLab): Promise<readonly number[]> {
  return Promise.all(
    TABLES.map(
      async (name) => findState((await lab.target(name)).metadata, { key: KEY })?.run ?? 0,
    ),
  )
}

/** What both tables are to hold after a number of runs. */
const AFTER: readonly (readonly number[])[] = [[], [0], [0, 1, 2], [0, 1, 2]]

async function checkWhole(lab: VisitsLab): Promise<readonly number[]> {
  const done = await runsIn(lab)
  for (const [index, name] of TABLES.entries()) {
    expect(await visitsIn(await lab.target(name)), name).toEqual(AFTER[done[index] ?? 0])
  }
  return done
}

function isIn(error: unknown, kinds: readonly ErrorKind[]): boolean {
  return kinds.some((kind) => isKind(error, kind))
}

async function failAt(request: number, fault: Fault): Promise<void> {
  const lab = await openTwo()
  lab.store.faults.set(lab.store.requests.length + request, fault)
  const outcome = await runOne(lab).catch((error: unknown) => {
    if (isIn(error, ['unavailable', 'commit-unknown', 'conflict'])) return 'died'
    throw error
  })
  lab.store.faults.clear()
  await lab.store.landLate()
  const [first = 0, second = 0] = await checkWhole(lab)
  // The first table is never behind the second.
  expect([first, second].join(' ')).toBeOneOf(['0 0', '1 0', '1 1'])
  if (outcome === 'written') expect([first, second]).toEqual([1, 1])
  // The next run does what is missing, and only then goes on.
  for (const run of first === second ? [first + 1] : [first, first + 1]) {
    expect(await runOne(lab)).toBe('written')
    expect(await checkWhole(lab)).toEqual([run, run])
  }
}

describe('a window that is written to two tables', () => {
  it('never is lost or there twice, whichever request fails, before or after it happened', async () => {
    const lab = await openTwo()
    const before = lab.store.requests.length
    await runOne(lab)
    const requests = lab.store.requests.length - before
    expect(requests).toBeGreaterThan(20)
    const anyRequest = fc.integer({ min: 1, max: requests })
    await fc.assert(
      fc.asyncProperty(anyRequest, fc.constantFrom(...FAULTS), async (request, fault) => {
        await failAt(request, fault)
      }),
      runs(20),
    )
  })

  it('is in the table that lacks it of the rows that the other one has, though the source has moved on', async () => {
    const lab = await openTwo()
    lab.store.beforeRequest = async (request) => {
      if (request.startsWith('put') && request.includes('/gold/'))
        throw new Error('the disk is full')
    }
    await expect(runOne(lab)).rejects.toThrow('the disk is full')
    expect(await runsIn(lab)).toEqual([1, 0])
    lab.store.beforeRequest = async () => undefined
    await lab.visit(1)
    expect(await runOne(lab)).toBe('written')
    expect(await visitsIn(await lab.target('gold.visits'))).toEqual([0])
  })

  it('is in neither with rows of a source that had no version when the first one was written', async () => {
    const lab = await openVisits()
    await lab.warehouse.createTable('gold.visits', { schema: Visit, partitionBy: ['at'] })
    lab.store.beforeRequest = async (request) => {
      if (request.startsWith('put') && request.includes('/gold/'))
        throw new Error('the disk is full')
    }
    await expect(runOne(lab)).rejects.toThrow()
    expect(await runsIn(lab)).toEqual([1, 0])
    lab.store.beforeRequest = async () => undefined
    await lab.visit(1, 2)
    expect(await runOne(lab)).toBe('empty')
    expect(await visitsIn(await lab.target('gold.visits'))).toEqual([])
    expect(await runOne(lab)).toBe('written')
    for (const name of TABLES) expect(await visitsIn(await lab.target(name))).toEqual([1])
  })

  it('is in both once when two runs do it at once', async () => {
    const lab = await openTwo()
    const outcomes = await Promise.all([runOne(lab), runOne(lab)])
    expect(outcomes).toContain('written')
    expect(await checkWhole(lab)).toEqual([1, 1])
  })
})
