/** Whatever fails, is killed, rolled back or forgotten: every row of a stream is in each table once. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { isKind } from '../../src/base/errors.ts'
import { FAULTS } from '../support/faulty-store.ts'
import type { Fault } from '../support/faulty-store.ts'
import { commitUpdates } from '../support/foreign-commits.ts'
import type { BatchReport } from '../../src/jobs/stream/batch-report.ts'
import { runStream } from '../../src/jobs/stream/run-stream.ts'
import { fixedEnvironment } from '../support/fixed-environment.ts'
import {
  CHECKPOINT,
  Count,
  CountSource,
  TABLES,
  countsIn,
  nextIn,
  openCounts,
  standsIn,
} from '../support/jobs/count-stream.ts'
import type { CountLab } from '../support/jobs/count-stream.ts'
import { runs } from '../support/runs.ts'

type Step =
  | { readonly kind: 'come'; readonly count: number }
  | {
      readonly kind: 'run'
      readonly trigger: 'once' | 'available-now'
      readonly fault: [number, Fault] | null
    }
  | { readonly kind: 'twins' }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'roll-back'; readonly tables: readonly number[]; readonly by: number }
  | { readonly kind: 'expire' }
  | { readonly kind: 'compact' }
  | { readonly kind: 'forget' }

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('come' as const),
      count: fc.integer({ min: 1, max: 9 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('run' as const),
      trigger: fc.constantFrom('once', 'available-now'),
      fault: fc.option(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.constantFrom(...FAULTS))),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'twins' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'foreign' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('roll-back' as const),
      tables: fc.subarray([0, 1], { minLength: 1 }),
      by: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'expire' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'compact' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'forget' as const }) },
)

const PASSING = ['unavailable', 'commit-unknown', 'conflict'] as const

/** Numbers of other writers are below zero: those of the stream are what it stands at says, each once. */
async function checkTables(lab: CountLab): Promise<void> {
  for (const name of TABLES) {
    const table = await lab.table(name)
    const state = standsIn(table)
    const offset = state?.offsets.get('source')
    const next = offset === undefined ? 0 : nextIn(offset)
    const ours = (await countsIn(table)).filter((n) => n >= 0)
    expect(ours, name).toEqual(Array.from({ length: next }, (_, n) => n))
  }
}

async function apply(step: Step, lab: CountLab): Promise<void> {
  switch (step.kind) {
    case 'come':
      lab.source.available += step.count
      return
    case 'run': {
      if (step.fault !== null) {
        lab.store.faults.set(lab.store.requests.length + step.fault[0], step.fault[1])
      }
      await passing(lab.run(step.trigger))
      lab.store.faults.clear()
      await lab.store.landLate()
      return
    }
    case 'twins':
      // They read differently far, unless something keeps them together.
      await Promise.all([passing(lab.run('available-now')), passing(lab.run('once'))])
      return
    case 'foreign':
      for (const name of TABLES) await (await lab.table(name)).append([{ n: -1n }])
      return
    case 'roll-back':
      for (const index of step.tables) await rollBack(lab, TABLES[index] ?? '', step.by)
      return
    case 'expire':
      for (const name of TABLES) {
        await (
          await lab.table(name)
        ).maintain({ expire: { olderThan: '0 seconds', retainLast: 1 } })
      }
      return
    case 'compact':
      for (const name of TABLES)
        await (await lab.table(name)).maintain({ compact: { minInputFiles: 2 } })
      return
    case 'forget':
      for await (const { location } of lab.store.list(CHECKPOINT)) await lab.store.delete(location)
      return
    default:
      throw new Error('there is no such step')
  }
}

async function passing(run: Promise<unknown>): Promise<void> {
  try {
    await run
  } catch (error) {
    if (!PASSING.some((kind) => isKind(error, kind))) throw error
  }
}

async function rollBack(lab: CountLab, name: string, by: number): Promise<void> {
  const table = await lab.table(name)
  const ids = table.snapshots.map(({ snapshotId }) => snapshotId)
  const to = ids.at(-1 - by)
  if (to === undefined) return
  await commitUpdates(table, [
    { action: 'set-snapshot-ref', name: 'main', ref: { kind: 'branch', snapshotId: to } },
  ])
}

/** Tables that were rolled back may be batches apart, of which nobody knows any more what rows they had. */
function isLost(error: unknown, steps: readonly Step[]): boolean {
  return (
    steps.some(({ kind }) => kind === 'roll-back') &&
    isKind(error, 'invalid') &&
    /expired|batches apart|different places/.test(error.message)
  )
}

describe('a stream into two tables', () => {
  it('never loses a row and never has one twice, whatever happens to it', async () => {
    let whole = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyStep, { minLength: 3, maxLength: 14 }),
        fc.boolean(),
        async (steps, hasCheckpoint) => {
          const lab = await openCounts(hasCheckpoint)
          for (const [index, step] of steps.entries()) {
            try {
              await apply(step, lab)
            } catch (error) {
              if (!isLost(error, steps.slice(0, index))) throw error
              // Refused rather than guessed: what is there is still right.
              await checkTables(lab)
              return
            }
            await checkTables(lab)
          }
          try {
            await lab.run('available-now')
          } catch (error) {
            if (!isLost(error, steps)) throw error
            return
          }
          await checkTables(lab)
          for (const name of TABLES) {
            const ours = (await countsIn(await lab.table(name))).filter((n) => n >= 0)
            expect(ours, name).toHaveLength(lab.source.available)
          }
          whole += 1
        },
      ),
      runs(25),
    )
    expect(whole).toBeGreaterThan(10)
  }, 600_000)

  it('has in the table that lacks a batch the rows that the other one has, though more have come', async () => {
    const lab = await openCounts(false)
    lab.source.available = 2
    await failIn(lab, '/gold/')
    await expect(lab.run('once')).rejects.toThrow('the disk is full')
    expect(await epochs(lab)).toEqual([1, 0])
    await mend(lab)
    lab.source.available = 5
    const [first, second] = await lab.run('once')
    expect(first).toMatchObject({ epoch: 1, sources: [{ end: { next: 2 } }] })
    expect(second).toMatchObject({ epoch: 2, sources: [{ start: { next: 2 }, end: { next: 5 } }] })
    await checkTables(lab)
  })

  it('begins with what comes next when it is first run, whenever that comes', async () => {
    const lab = await openCounts()
    lab.source.isLatest = true
    lab.source.available = 2
    expect(await lab.run('once')).toEqual([])
    lab.source.available = 5
    expect(await lab.run('once')).toMatchObject([
      { sources: [{ start: { next: 2 }, end: { next: 5 } }] },
    ])
  })

  it('begins in all tables where it began in the first, though that would be elsewhere by now', async () => {
    const lab = await openCounts(false)
    lab.source.isLatest = true
    lab.source.available = 2
    const trigger = { kind: 'interval', everyMs: 1 } as const
    const polls = { ...fixedEnvironment(), sleep: async () => void (lab.source.available = 5) }
    const run = runStream(await lab.stream(), { trigger, environment: polls, retries: 0 })
    await failIn(lab, '/gold/')
    await expect(run.next()).rejects.toThrow('the disk is full')
    await mend(lab)
    lab.source.available = 9
    expect(await lab.run('once')).toMatchObject([
      { epoch: 1, sources: [{ start: { next: 2 }, end: { next: 5 } }] },
      { epoch: 2, sources: [{ start: { next: 5 }, end: { next: 9 } }] },
    ])
    for (const name of TABLES) expect(await countsIn(await lab.table(name))).toHaveLength(7)
  })

  it('goes on where it left a source that it is given again', async () => {
    const lab = await openCounts()
    const stream = await lab.stream()
    const other = new CountSource(3)
    const run = async (...names: readonly string[]): Promise<readonly BatchReport[]> => {
      const all = new Map([
        ['source', lab.source],
        ['other', other],
      ])
      const sources = new Map([...all].filter(([name]) => names.includes(name)))
      const reports: BatchReport[] = []
      const options = {
        trigger: { kind: 'once' },
        environment: fixedEnvironment(),
        retries: 0,
      } as const
      for await (const report of runStream({ ...stream, sources }, options)) reports.push(report)
      return reports
    }
    lab.source.available = 2
    other.available = 4
    await run('source', 'other')
    lab.source.available = 3
    await run('source')
    other.available = 6
    expect(await run('source', 'other')).toMatchObject([
      {
        sources: [
          { name: 'source', start: { next: 3 }, end: { next: 3 } },
          { name: 'other', start: { next: 4 }, end: { next: 6 } },
        ],
      },
    ])
  })

  it('never has one batch of two runs in one table and of the other in the next', async () => {
    const lab = await openCounts(false)
    lab.source.available = 2
    // The slow run has read two numbers when the fast one has five in both tables; then it goes on.
    let isFirst = true
    lab.store.beforeRequest = async (request) => {
      if (!isFirst || !request.startsWith('put') || !request.includes('/silver/')) return
      isFirst = false
      lab.source.available = 5
      await failIn(lab, '/gold/')
      await expect(lab.run('once')).rejects.toThrow('the disk is full')
      await mend(lab)
    }
    const [overtaken, after] = await lab.run('once')
    expect(overtaken).toMatchObject({ outcome: 'already-done', epoch: 1 })
    expect(after).toMatchObject({ outcome: 'written', epoch: 1, sources: [{ end: { next: 5 } }] })
    await checkTables(lab)
    expect(await epochs(lab)).toEqual([1, 1])
  })

  it('repeats after a rollback exactly the batch that was undone', async () => {
    const lab = await openCounts()
    lab.source.available = 2
    await lab.run('once')
    await (await lab.table()).append([{ n: -1n }])
    lab.source.available = 4
    await lab.run('once')
    for (const name of TABLES) await rollBack(lab, name, 1)
    lab.source.available = 9
    const [again, more] = await lab.run('once')
    expect(again).toMatchObject({ epoch: 2, sources: [{ start: { next: 2 }, end: { next: 4 } }] })
    expect(more).toMatchObject({ epoch: 3, sources: [{ end: { next: 9 } }] })
    await checkTables(lab)
  })

  it('never begins anew in a table that was dropped and made again', async () => {
    const lab = await openCounts()
    lab.source.available = 2
    await lab.run('once')
    await lab.warehouse.dropTable('gold.counts')
    await lab.warehouse.createTable('gold.counts', { schema: Count })
    await expect(lab.run('once')).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('another one has its name'),
      context: expect.objectContaining({ table: 'gold.counts' }),
    })
  })

  it('never shares a checkpoint with another stream', async () => {
    const lab = await openCounts()
    await lab.run('once')
    const stream = { ...(await lab.stream()), id: 'another' }
    const run = runStream(stream, {
      trigger: { kind: 'once' },
      environment: fixedEnvironment(),
      retries: 0,
    })
    await expect(run.next()).rejects.toMatchObject({
      kind: 'invalid',
      context: expect.objectContaining({ owner: 'counting', stream: 'another' }),
    })
  })

  it('never commits when somebody moves it back meanwhile', async () => {
    const lab = await openCounts()
    lab.source.available = 2
    await lab.run('once')
    lab.source.available = 4
    await lab.run('once')
    lab.source.available = 6
    let isFirst = true
    lab.store.beforeRequest = async (request) => {
      if (!isFirst || !request.startsWith('put') || !request.includes('/silver/')) return
      isFirst = false
      await rollBack(lab, 'silver.counts', 1)
    }
    await expect(lab.run('once')).rejects.toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining('moved back'),
    })
    await checkTables(lab)
    await lab.run('available-now')
    await checkTables(lab)
    expect(await countsIn(await lab.table())).toEqual([0, 1, 2, 3, 4, 5])
  })
})

async function epochs(lab: CountLab): Promise<readonly number[]> {
  return Promise.all(TABLES.map(async (name) => standsIn(await lab.table(name))?.epoch ?? 0))
}

async function failIn(lab: CountLab, part: string): Promise<void> {
  lab.store.beforeRequest = async (request) => {
    if (request.startsWith('put') && request.includes(part)) throw new Error('the disk is full')
  }
}

async function mend(lab: CountLab): Promise<void> {
  lab.store.beforeRequest = async () => undefined
}
