import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { isKind } from '../../../src/base/errors.ts'
import { incrementalJob } from '../../../src/jobs/incremental-job.ts'
import type { IncrementalJob, JobRun } from '../../../src/jobs/incremental-job.ts'
import { createMemoryStateStore } from '../../../src/jobs/incremental/state-store.ts'
import {
  dayText,
  expireAllBut,
  openVisits,
  rollBackTo,
  visitsIn,
} from '../../support/jobs/visits.ts'
import type { VisitsLab } from '../../support/jobs/visits.ts'
import { runs } from '../../support/runs.ts'
import { collect } from '../../support/streams.ts'

/** How windows ended, and where they began. */
function inWords(windows: readonly JobRun[]): readonly string[] {
  return windows.map(({ window, outcome, rows }) => `${window.start} ${outcome} ${rows}`)
}

async function stateOf(job: IncrementalJob): Promise<string | null> {
  const [kept] = await job.state()
  return kept?.inputs.get('source')?.state.get('start') ?? null
}

async function filesOf({ store }: VisitsLab): Promise<readonly string[]> {
  const files: string[] = []
  for await (const { location } of store.list('memory:')) files.push(location)
  return files.sort()
}

describe('windows of a column', () => {
  it('are taken one by one, or until there is nothing left to do', async () => {
    const lab = await openVisits()
    await lab.visit(1, 1, 3, 4)
    const job = await lab.job({ window: { column: 'at', start: '2026-01-01', step: '1 day' } })
    expect(await job.next()).toMatchObject({
      outcome: 'written',
      run: 1,
      window: { start: '2026-01-01 00:00:00', end: '2026-01-02 00:00:00' },
      rows: 2n,
    })
    expect(inWords(await collect(job.catchUp()))).toEqual([
      '2026-01-02 00:00:00 empty 0',
      '2026-01-03 00:00:00 written 1',
    ])
    expect(await job.next()).toMatchObject({ outcome: 'nothing-to-do', rows: 0n, snapshotId: null })
    await lab.visit(5)
    expect(inWords(await collect(job.catchUp()))).toEqual(['2026-01-04 00:00:00 written 1'])
    expect(await visitsIn(await lab.target())).toEqual([0, 1, 2, 3])
  })

  it('may be months that are counted from the first, so that a short one shortens no other', async () => {
    const lab = await openVisits()
    await lab.visit(1)
    const window = {
      column: 'at',
      start: '2026-01-31',
      step: '1 month',
      until: '2026-06-30',
    } as const
    const job = await lab.job({ window })
    const starts = (await collect(job.catchUp())).map((run) => run.window.start.slice(0, 10))
    expect(starts).toEqual(['2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30', '2026-05-31'])
  })

  it('may be ranges of whole numbers', async () => {
    const lab = await openVisits()
    await lab.visit(1, 2, 3, 4, 5)
    const job = await lab.job({
      window: { column: 'id', start: 0, step: 2 },
      write: { mode: 'append' },
    })
    expect(inWords(await collect(job.catchUp()))).toEqual(['0 written 2', '2 written 2'])
  })

  it('pass through a transform, or through SQL', async () => {
    const lab = await openVisits()
    await lab.visit(1, 1, 2)
    const source = await lab.source()
    const window = {
      column: 'at',
      start: '2026-01-01',
      step: '1 day',
      until: '2026-01-03',
    } as const
    const seen: number[] = []
    const transformed = incrementalJob({
      id: 'a',
      source,
      target: await lab.target(),
      window,
      async *transform(batches) {
        for await (const batch of batches) {
          seen.push(batch.numRows)
          yield batch
        }
      },
      write: { mode: 'append' },
    })
    expect(inWords(await collect(transformed.catchUp()))).toHaveLength(2)
    expect(seen).toEqual([2, 1])
    const counted = incrementalJob({
      id: 'b',
      source,
      target: await lab.target(),
      window,
      sql: 'select max(id) + 100 as id, max(`at`) as `at` from source',
      write: { mode: 'append' },
    })
    await collect(counted.catchUp())
    expect(await visitsIn(await lab.target())).toEqual([0, 1, 2, 101, 102])
  })

  it('read rows again that come late, with a lag that leads to where a partition begins', async () => {
    const lab = await openVisits()
    const window = {
      column: 'at',
      start: '2026-01-01',
      step: '1 day',
      lag: '2 days',
      until: '2026-01-05',
    } as const
    const job = await lab.job({ window })
    await lab.visit(1, 2)
    await job.next()
    await job.next()
    await lab.visit(1)
    expect(await job.next()).toMatchObject({ rows: 3n, report: { warnings: [] } })
    expect(await visitsIn(await lab.target())).toEqual([0, 1, 2])

    const amid = await lab.job({ id: 'b', window: { ...window, lag: '90 minutes' } })
    await expect(amid.next()).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('amid a partition') as string,
    })
    const twice = await lab.job({ id: 'c', window, write: { mode: 'append' } })
    await expect(twice.next()).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('would be there twice') as string,
    })
  })

  it.each([
    [{ column: 'id', start: 'x', step: 1 }, 'starts and ends'],
    [{ column: 'at', start: '2026-01-01', step: 'a while' }, 'a step is'],
    [{ column: 'at', start: '2026-01-01', step: '0 days' }, 'a step is'],
    [{ column: 'at', start: '2026-01-01', step: 3 }, 'does not fit'],
  ] as const)('are refused when they are none: %j', async (window, message) => {
    const lab = await openVisits()
    const next = async (): Promise<JobRun> => (await lab.job({ window })).next()
    await expect(next()).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(message) as string,
    })
  })

  it('always tile the time line, whatever stops and restarts come between', async () => {
    const anyStep = fc.constantFrom('1 day', '6 hours', '1 month', '7 days', '45 minutes')
    const anyStart = fc
      .integer({ min: 0, max: 800 * 86_400 })
      .map((seconds) => new Date(Date.UTC(2023, 0) + seconds * 1000).toISOString().slice(0, 19))
    await fc.assert(
      fc.asyncProperty(
        anyStep,
        anyStart,
        fc.array(fc.nat(5), { maxLength: 6 }),
        async (step, start, stops) => {
          const lab = await openVisits()
          await lab.visit(`${start}.5`)
          const windows: JobRun[] = []
          for (const stop of stops) {
            const job = await lab.job({
              window: { column: 'at', start, step, until: '2027-01-01' },
              // Partitions of a day are not for windows that begin at any second.
              write: { mode: 'append' },
            })
            const controller = new AbortController()
            const run = async (): Promise<void> => {
              for await (const window of job.catchUp({ signal: controller.signal })) {
                windows.push(window)
                if (windows.length % (stop + 1) === 0) controller.abort(new Error('enough'))
              }
            }
            await expect(run()).rejects.toThrow('enough')
          }
          const bounds = windows.map(({ window }) => window)
          expect(bounds[0]?.start ?? start.replace('T', ' ')).toBe(start.replace('T', ' '))
          for (const [index, { start: from, end: to }] of bounds.entries()) {
            expect(from < to).toBe(true)
            if (index > 0) expect(from).toBe(bounds[index - 1]?.end)
          }
          expect(windows.map(({ run }) => run)).toEqual(windows.map((_, index) => index + 1))
        },
      ),
      runs(8),
    )
  })
})

describe('windows of commits', () => {
  it('are the source as it is, and then what was appended since', async () => {
    const lab = await openVisits()
    const job = await lab.job({ window: { by: 'commit' }, write: { mode: 'append' } })
    expect(await job.next()).toMatchObject({ outcome: 'nothing-to-do' })
    await lab.visit(1, 2)
    await lab.visit(9)
    expect(await job.next()).toMatchObject({ outcome: 'written', rows: 3n })
    expect(await job.next()).toMatchObject({ outcome: 'nothing-to-do' })
    await lab.visit(1)
    await lab.visit(4)
    expect(await job.next()).toMatchObject({ outcome: 'written', rows: 2n })
    expect(await visitsIn(await lab.target())).toEqual([0, 1, 2, 3, 4])
  })

  it('stop at commits that overwrote rows, unless told what these mean', async () => {
    const lab = await openVisits()
    await lab.visit(1)
    const window = { by: 'commit' } as const
    const write = { mode: 'append' } as const
    const job = await lab.job({ window, write })
    await job.next()
    await (
      await lab.source()
    ).overwrite("at < '2026-01-02T00:00:00'", [{ id: 50n, at: '2026-01-01T01:00:00' }])
    await expect(job.next()).rejects.toMatchObject({ kind: 'invalid' })
    const told = await lab.job({ window: { ...window, overwriteSnapshots: 'added' }, write })
    expect(await told.next()).toMatchObject({ rows: 1n })
  })

  it('say which snapshots have expired when the job comes too late', async () => {
    const lab = await openVisits()
    const job = await lab.job({ window: { by: 'commit' }, write: { mode: 'append' } })
    await lab.visit(1)
    await job.next()
    await lab.visit(2)
    await lab.visit(3)
    const source = await lab.source()
    await expireAllBut(source, [source.currentSnapshot?.snapshotId ?? 0n])
    await expect(job.next()).rejects.toMatchObject({
      kind: 'not-found',
      message: expect.stringContaining('have expired') as string,
    })
  })

  it('have no range to run again', async () => {
    const lab = await openVisits()
    const job = await lab.job({ window: { by: 'commit' }, write: { mode: 'append' } })
    await expect(collect(job.backfill({ from: '1', to: '2' }))).rejects.toMatchObject({
      kind: 'invalid',
    })
  })

  it('never take a row twice or leave one out, however commits and runs take turns', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 12 }), async (turns) => {
        const lab = await openVisits()
        let visits = 0
        for (const isVisit of turns) {
          if (isVisit) await lab.visit(1 + (visits++ % 28))
          else {
            await (await lab.job({ window: { by: 'commit' }, write: { mode: 'append' } })).next()
            expect(await visitsIn(await lab.target())).toEqual(
              Array.from({ length: visits }, (_, id) => id),
            )
          }
        }
      }),
      runs(12),
    )
  })
})

describe('a dry run', () => {
  it('says what a window would do, and never writes', async () => {
    const lab = await openVisits()
    await lab.visit(1, 1, 2)
    const job = await lab.job()
    const before = await filesOf(lab)
    const planned = await job.next({ dryRun: true })
    expect(planned).toMatchObject({
      outcome: 'planned',
      report: {
        outputs: [
          {
            commit: null,
            plan: {
              makesTable: false,
              how: 'replace partitions',
              rows: 2n,
              partitions: ['at_day=2026-01-01'],
              replacedPartitions: [],
            },
          },
        ],
      },
    })
    expect(await filesOf(lab)).toEqual(before)
    await collect(job.catchUp())
    const again = collect(job.backfill({ from: '2026-01-01', to: '2026-01-03' }, { dryRun: true }))
    const files = await filesOf(lab)
    expect(await again).toMatchObject([
      {
        report: {
          outputs: [
            { plan: { replacedPartitions: ['at_day=2026-01-01'], replacedRows: 2n, rows: 2n } },
          ],
        },
      },
    ])
    expect(await filesOf(lab)).toEqual(files)
  })

  it('never asks a store for more than to read, whatever job it is of and wherever that stands', async () => {
    const byColumn = { column: 'at', start: dayText(1), step: '1 day', until: dayText(6) } as const
    const anyCase = fc.record({
      window: fc.constantFrom(byColumn, { by: 'commit' } as const),
      mode: fc.constantFrom('append' as const, 'overwrite-partitions' as const),
      days: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 6 }),
      runsBefore: fc.nat(4),
      late: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 2 }),
      isRolledBack: fc.boolean(),
      asked: fc.constantFrom('next', 'backfill', 'replay'),
    })
    let planned = 0
    await fc.assert(
      fc.asyncProperty(anyCase, async (chosen) => {
        const lab = await openVisits()
        await lab.visit(...chosen.days)
        const job = await lab.job({ window: chosen.window, write: { mode: chosen.mode } })
        for (let run = 0; run < chosen.runsBefore; run += 1) await job.next()
        await lab.visit(...chosen.late)
        const target = await lab.target()
        const [first] = target.snapshots
        if (chosen.isRolledBack && first !== undefined) await rollBackTo(target, first.snapshotId)
        const before = (await lab.target()).metadataLocation

        const requests = lab.store.requests.length
        const told = await askedOf(job, chosen.asked).catch((error: unknown): JobRun[] => {
          // A range of commits, or one that appends would have twice; a run that there was not.
          if (isKind(error, 'invalid') || isKind(error, 'not-found')) return []
          throw error
        })
        const kinds = lab.store.requests.slice(requests).map((request) => request.split(' ')[0])
        expect(new Set(['get', 'head', 'list', 'list-names', ...kinds]).size, kinds.join()).toBe(4)
        for (const run of told) {
          expect(run.outcome).toBeOneOf(['planned', 'nothing-to-do'])
          expect(run.snapshotId).toBe(null)
          if (run.outcome === 'planned') planned += 1
        }
        expect((await lab.target()).metadataLocation).toBe(before)
      }),
      runs(40),
    )
    expect(planned).toBeGreaterThan(0)
  })
})

/** What a dry run of each sort tells. */
async function askedOf(job: IncrementalJob, asked: string): Promise<JobRun[]> {
  const how = { dryRun: true }
  if (asked === 'next') return [await job.next(how)]
  if (asked === 'replay') return [await job.replay(1, how)]
  return collect(job.backfill({ from: dayText(1), to: dayText(4) }, how))
}

describe('a backfill', () => {
  it('writes a range again in place of what is there, and leaves the rest and the state alone', async () => {
    const lab = await openVisits()
    await lab.visit(1, 2, 3, 4)
    const job = await lab.job({ window: { column: 'at', start: '2026-01-01', step: '1 day' } })
    await collect(job.catchUp())
    const stood = await stateOf(job)
    await (await lab.target()).append([{ id: 70n, at: '2026-01-20T00:00:00' }])
    await lab.visit(2, 3)
    const windows = await collect(job.backfill({ from: '2026-01-02', to: '2026-01-04' }))
    expect(inWords(windows)).toEqual([
      '2026-01-02 00:00:00 written 2',
      '2026-01-03 00:00:00 written 2',
    ])
    expect(await visitsIn(await lab.target())).toEqual([0, 1, 2, 4, 5, 70])
    expect(await stateOf(job)).toBe(stood)
    const { currentSnapshot } = await lab.target()
    expect(currentSnapshot?.summary.get('frazil.run-kind')).toBe('backfill')
    expect(currentSnapshot?.summary.get('frazil.job-id')).toBe('visits-by-day')
  })

  it('takes rows of the range out that are gone from the source, also for a job that appends', async () => {
    const lab = await openVisits()
    await lab.visit(1, 2)
    const job = await lab.job({ write: { mode: 'append' } })
    await job.next()
    await job.next()
    await (await lab.source()).deleteWhere('id = 1')
    await collect(job.backfill({ from: '2026-01-01', to: '2026-01-03', step: '2 days' }))
    expect(await visitsIn(await lab.target())).toEqual([0])
  })

  it('that was stopped goes on where it was, and begins anew when it was done', async () => {
    const lab = await openVisits()
    await lab.visit(1, 2, 3)
    const job = await lab.job()
    await collect(job.catchUp())
    const range = { from: '2026-01-01', to: '2026-01-04' }
    for await (const run of job.backfill(range)) {
      expect(run.window.start).toBe('2026-01-01 00:00:00')
      break
    }
    const starts = async (): Promise<readonly string[]> =>
      (await collect(job.backfill(range))).map(({ window }) => window.start.slice(0, 10))
    expect(await starts()).toEqual(['2026-01-02', '2026-01-03'])
    expect(await starts()).toEqual(['2026-01-01', '2026-01-02', '2026-01-03'])
  })

  it('of a job that appends ends where the job stands, so that no later run takes its rows once more', async () => {
    const lab = await openVisits()
    await lab.visit(1, 2, 3)
    const job = await lab.job({ write: { mode: 'append' } })
    const past = {
      kind: 'invalid',
      context: { to: '2026-01-03 00:00:00', stands: '2026-01-02 00:00:00' },
    }
    await job.next()
    const range = { from: '2026-01-01', to: '2026-01-03' }
    await expect(collect(job.backfill(range))).rejects.toMatchObject(past)
    await collect(job.catchUp())
    await collect(job.backfill(range))
    await collect(job.catchUp())
    expect(await visitsIn(await lab.target())).toEqual([0, 1, 2])
  })

  it('ends after it begins', async () => {
    const lab = await openVisits()
    const job = await lab.job()
    await expect(
      collect(job.backfill({ from: '2026-01-02', to: '2026-01-02' })),
    ).rejects.toMatchObject({ kind: 'invalid' })
  })
})

describe('a replay', () => {
  it('does a run again, of the source as it was then', async () => {
    const lab = await openVisits()
    await lab.visit(1, 2)
    const job = await lab.job({ write: { mode: 'append' } })
    await job.next()
    await lab.visit(1)
    await job.next()
    expect(await job.replay(1)).toMatchObject({ outcome: 'written', rows: 1n, run: null })
    expect(await visitsIn(await lab.target())).toEqual([0, 1])
    expect(await stateOf(job)).toBe('2026-01-03 00:00:00')
    const target = await lab.target()
    expect(target.currentSnapshot?.summary.get('frazil.run-kind')).toBe('replay')
  })

  it('says what has expired, or was never there', async () => {
    const lab = await openVisits()
    await lab.visit(1, 2)
    const job = await lab.job()
    await job.next()
    await lab.visit(1)
    const source = await lab.source()
    const read = source.snapshots[0]?.snapshotId
    await expireAllBut(source, [source.currentSnapshot?.snapshotId ?? 0n])
    await expect(job.replay(1)).rejects.toMatchObject({
      kind: 'not-found',
      context: { table: 'raw.visits', snapshotId: read },
    })
    await expect(job.replay(7)).rejects.toMatchObject({ kind: 'not-found', context: { run: 7 } })
  })
})

describe('state', () => {
  it('can be moved and forgotten, and says who did', async () => {
    const lab = await openVisits()
    await lab.visit(1, 2, 3)
    const job = await lab.job()
    await expect(job.setState({ start: '2026-01-02' })).resolves.toBeUndefined()
    expect(await job.next()).toMatchObject({ run: 2, window: { start: '2026-01-02 00:00:00' } })
    await job.resetState()
    expect(await job.next()).toMatchObject({ run: 4, window: { start: '2026-01-01 00:00:00' } })
    const [kept] = await job.state()
    expect(kept?.audit.map(({ action }) => action)).toEqual(['reset', 'set'])
  })

  it('goes back with the rows when the table is rolled back', async () => {
    const lab = await openVisits()
    await lab.visit(1, 2)
    const job = await lab.job()
    await job.next()
    const first = (await lab.target()).currentSnapshot?.snapshotId ?? 0n
    await job.next()
    await rollBackTo(await lab.target(), first)
    expect(await stateOf(job)).toBe('2026-01-02 00:00:00')
    expect(await job.next()).toMatchObject({ run: 2, window: { start: '2026-01-02 00:00:00' } })
  })

  it('may be kept in a store, which is warned of where rows could come twice', async () => {
    const lab = await openVisits()
    await lab.visit(1, 2)
    const store = createMemoryStateStore()
    const job = await lab.job({ store })
    expect(await job.next()).toMatchObject({ run: 1, report: { warnings: [] } })
    expect(await (await lab.job({ store })).next()).toMatchObject({ run: 2 })
    expect((await lab.target()).properties.size).toBe(0)
    const appending = await lab.job({ id: 'b', store, write: { mode: 'append' } })
    expect((await appending.next()).report.warnings).toEqual([
      expect.stringContaining('may be appended to silver.visits twice'),
    ])
  })

  it('in a store lets one of two runs move it', async () => {
    const lab = await openVisits()
    await lab.visit(1)
    const store = createMemoryStateStore()
    const outcomes = await Promise.all(
      [(await lab.job({ store })).next(), (await lab.job({ store, retries: 2 })).next()].map(
        (run) => run.catch(() => ({ outcome: 'conflict' })),
      ),
    )
    expect(outcomes.filter(({ outcome }) => outcome === 'written')).toHaveLength(1)
    expect(await visitsIn(await lab.target())).toEqual([0])
  })

  it('never lets a second run of the same window change anything', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 6 }), async (days) => {
        const lab = await openVisits()
        await lab.visit(...days)
        const job = await lab.job()
        for (let run = 0; run < 4; run += 1) await job.next()
        const before = await visitsIn(await lab.target())
        await job.setState({ start: dayText(2) })
        for (let run = 0; run < 2; run += 1) await job.next()
        expect(await visitsIn(await lab.target())).toEqual(before)
      }),
      runs(8),
    )
  })
})
