import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { isKind } from '../../../../src/base/errors.ts'
import { parseJson, stringifyJson } from '../../../../src/base/json-exact.ts'
import { rowsOf } from '../../../../src/formats/arrow/rows.ts'
import type {
  OffsetRange,
  OpenStream,
  StreamOffset,
} from '../../../../src/jobs/sources/stream-source.ts'
import { t } from '../../../../src/types/define.ts'
import { appendsOf } from '../../../../src/jobs/sources/table-stream.ts'
import type { AppendsOfOptions } from '../../../../src/jobs/sources/table-stream-options.ts'
import { planCompaction } from '../../../../src/maintenance/compact-files.ts'
import { planExpiry } from '../../../../src/maintenance/expire-snapshots.ts'
import { planRewriteManifests } from '../../../../src/maintenance/rewrite-manifests.ts'
import { createMemoryStore } from '../../../../src/io/memory-store.ts'
import { createFaultyStore } from '../../../support/faulty-store.ts'
import type { FaultyStore } from '../../../support/faulty-store.ts'
import { movingEnvironment } from '../../../support/moving-environment.ts'
import type { MovingEnvironment } from '../../../support/moving-environment.ts'
import { anotherHandle, newRides } from '../../../support/rides.ts'
import type { Rides } from '../../../support/rides.ts'
import { runs } from '../../../support/runs.ts'
import { describeStreamSource } from '../../../support/stream-source-contract.ts'

describeStreamSource('appends of a table', async () => {
  const rides = await newRides()
  let next = 0
  return {
    source: appendsOf(rides, { maxFilesPerTrigger: 2 }),
    log: null,
    logsBatches: false,
    add: async () => {
      await rides.append([{ id: (next += 1) }, { id: (next += 1) }])
      return 2
    },
  }
})

const CITIES = ['Bergen', 'Moss', 'Oslo']

interface Lab {
  readonly rides: Rides
  readonly store: FaultyStore
  readonly environment: MovingEnvironment
  /** Appends so many rows to each of so many cities, a file each; gives their ids. */
  readonly add: (cities: number, rows?: number) => Promise<number[]>
  readonly open: (options?: AppendsOfOptions) => Promise<OpenStream>
  readonly expire: (retainLast?: number) => Promise<void>
}

async function lab(): Promise<Lab> {
  const environment = movingEnvironment()
  const store = createFaultyStore(createMemoryStore())
  const rides = await newRides({ partitionBy: ['city'] }, { environment, store })
  let next = 0
  return {
    rides,
    store,
    environment,
    async add(cities, rows = 1) {
      const added = CITIES.slice(0, cities).flatMap((city) =>
        Array.from({ length: rows }, () => ({ id: (next += 1), city })),
      )
      environment.timeMs += 1000
      await rides.append(added)
      return added.map(({ id }) => id)
    },
    open: (options) => appendsOf(rides, options).open({ environment, log: null }),
    async expire(retainLast = 1) {
      environment.timeMs += 1000
      await (await planExpiry(rides, { olderThan: '0 days', retainLast })).run()
    },
  }
}

async function read(stream: OpenStream, range: OffsetRange): Promise<number[]> {
  const ids: number[] = []
  for await (const batch of stream.read(range)) {
    for (const [id] of rowsOf(batch, stream.schema)) ids.push(Number(id))
  }
  return ids
}

async function rowsIn(stream: OpenStream, range: OffsetRange): Promise<object[]> {
  const rows: object[] = []
  for await (const batch of stream.read(range)) {
    for (const row of rowsOf(batch, stream.schema)) {
      rows.push(Object.fromEntries(stream.schema.fields.map(({ name }, at) => [name, row[at]])))
    }
  }
  return rows
}

/** The next batch. */
async function take(
  stream: OpenStream,
  start: StreamOffset,
  limit: 'limited' | 'all' = 'limited',
): Promise<{
  readonly end: StreamOffset
  readonly ids: number[]
  readonly notes: readonly string[]
}> {
  const next = await stream.nextOffset(start, limit)
  if (next === null) throw new Error('there is nothing new')
  return { ...next, ids: await read(stream, { start, end: next.end }) }
}

function ascending(left: number, right: number): number {
  return left - right
}

async function drain(stream: OpenStream, start: StreamOffset): Promise<number[][]> {
  const batches: number[][] = []
  for (let from = start; (await stream.nextOffset(from, 'limited')) !== null;) {
    const { end, ids } = await take(stream, from)
    if (batches.push(ids) > 100) throw new Error('batches have no end')
    from = end
  }
  return batches
}

describe('the appends of a table as a stream', () => {
  it('begin with all that the table has, whoever wrote the files, and go on with what is appended', async () => {
    const { rides, add, open } = await lab()
    await add(3)
    await rides.deleteWhere('id = 2')
    const stream = await open({ maxFilesPerTrigger: 1 })
    const start = await stream.initialOffset()
    expect(start).toMatchObject({ position: 0, files: 2, 'scan-all-files': true })
    const first = await take(stream, start)
    expect(first.end).toMatchObject({ position: 1, files: 2, 'scan-all-files': true })
    await add(1)
    const rest = await drain(stream, first.end)
    expect([first.ids, ...rest].flat().toSorted(ascending)).toEqual([1, 3, 4])
    expect(rest).toHaveLength(2)
  })

  it('begin with the oldest rows of the table, so that event time goes on as it did when they came', async () => {
    const { add, open } = await lab()
    for (let commit = 0; commit < 4; commit += 1) await add(1)
    const stream = await open({ maxFilesPerTrigger: 1 })
    expect(await drain(stream, await stream.initialOffset())).toEqual([[1], [2], [3], [4]])
  })

  it('end a batch at so many files, always, and at so many rows where its first file has not more', async () => {
    const { add, open } = await lab()
    const stream = await open({ maxRowsPerTrigger: 5 })
    const start = await stream.initialOffset()
    await add(3, 2)
    await add(1, 9)
    await add(1, 1)
    const sizes = (batches: number[][]): number[] => batches.map((ids) => ids.length)
    expect(sizes(await drain(stream, start))).toEqual([4, 2, 9, 1])
    const both = await open({ maxRowsPerTrigger: 5, maxFilesPerTrigger: 1 })
    expect(sizes(await drain(both, start))).toEqual([2, 2, 2, 9, 1])
    expect((await take(both, start, 'all')).ids).toHaveLength(16)
    expect(sizes(await drain(await open(), start))).toEqual([16])
  })

  it('pass over what compaction and rewritten manifests did, and read what they moved', async () => {
    const { rides, add, open } = await lab()
    const stream = await open({ maxFilesPerTrigger: 2 })
    const start = await stream.initialOffset()
    const ids = [...(await add(3)), ...(await add(3))]
    const first = await take(stream, start)
    await (await planCompaction(rides, { rewriteAll: true })).run()
    await (await planRewriteManifests(rides)).run()
    ids.push(...(await add(2)))
    const rest = await drain(stream, first.end)
    expect([first.ids, ...rest].flat()).toEqual(ids)
  })

  it('end at a snapshot that removed rows, unless it is to be skipped, after all that came before it', async () => {
    const { rides, add, open } = await lab()
    const stream = await open({ maxFilesPerTrigger: 10 })
    const start = await stream.initialOffset()
    await add(2, 2)
    await rides.deleteWhere("city = 'Moss'")
    await rides.deleteWhere('id = 1')
    await add(1)
    const first = await take(stream, start)
    expect(first.ids).toEqual([1, 2, 3, 4])
    await expect(stream.nextOffset(first.end, 'limited')).rejects.toMatchObject({
      kind: 'invalid',
      context: { operation: 'delete' },
    })
    const half = await open({ deleteSnapshots: 'skip' })
    const second = await take(half, first.end)
    expect(second.ids).toEqual([])
    await expect(half.nextOffset(second.end, 'limited')).rejects.toMatchObject({
      context: { operation: 'overwrite' },
    })
    const skipping = await open({ deleteSnapshots: 'skip', overwriteSnapshots: 'skip' })
    expect((await take(skipping, first.end)).ids).toEqual([5])
    const adding = await open({ deleteSnapshots: 'skip', overwriteSnapshots: 'added' })
    expect((await take(adding, first.end)).ids).toEqual([2, 5])
  })

  it('begin with the first snapshot of a time, the oldest that is left, or one to come', async () => {
    const { rides, environment, add, open, expire } = await lab()
    for (let count = 0; count < 3; count += 1) await add(1)
    const times = rides.snapshots.map(({ timestampMs }) => timestampMs)
    const from = async (time: number): Promise<number[]> => {
      const stream = await open({ streamFromTimestamp: time })
      return (await drain(stream, await stream.initialOffset())).flat()
    }
    expect(await from(0)).toEqual([1, 2, 3])
    expect(await from(times[1] ?? 0)).toEqual([2, 3])
    expect(await from((times[1] ?? 0) + 1)).toEqual([3])
    const later = await open({ streamFromTimestamp: environment.timeMs + 1500 })
    const start = await later.initialOffset()
    expect(await later.nextOffset(start, 'limited')).toBeNull()
    await add(1)
    await add(1)
    expect((await drain(later, start)).flat()).toEqual([5])
    await expire(2)
    expect(await from(0)).toEqual([4, 5])
  })

  it('go on where all of an expired snapshot was read, and otherwise say with which they could', async () => {
    const { rides, add, open, expire } = await lab()
    const stream = await open({ maxFilesPerTrigger: 2 })
    const start = await stream.initialOffset()
    await add(3)
    const first = await take(stream, start)
    const second = await take(stream, first.end)
    await add(1)
    await expire()
    expect(rides.snapshots).toHaveLength(1)
    expect((await drain(stream, second.end)).flat()).toEqual([4])
    const gone = {
      kind: 'not-found',
      context: { oldestResumableSnapshotId: rides.currentSnapshot?.snapshotId },
    }
    await expect(stream.nextOffset(first.end, 'limited')).rejects.toMatchObject(gone)
    await expect(stream.nextOffset(start, 'limited')).rejects.toMatchObject(gone)
    const again = await open()
    await expect(read(again, { start: first.end, end: second.end })).rejects.toMatchObject(gone)
  })

  it('begin anew with all rows where that is asked for', async () => {
    const { add, open, expire } = await lab()
    const stream = await open({ maxFilesPerTrigger: 2, onExpired: 'rescan' })
    const start = await stream.initialOffset()
    await add(3)
    const first = await take(stream, start)
    await add(3)
    await add(1)
    await expire()
    const again = await take(stream, first.end)
    expect(again.notes).toHaveLength(1)
    expect(again.end).toMatchObject({ position: 2, files: 7, 'scan-all-files': true })
    const rest = await drain(stream, again.end)
    await add(1)
    expect([again.ids, ...rest].flat().toSorted(ascending)).toEqual([1, 2, 3, 4, 5, 6, 7])
    const all = { start: first.end, end: again.end }
    expect(await read(await open(), all)).toEqual(again.ids)
  })

  it('know what expires while they look for it, or read it', async () => {
    for (const onExpired of ['fail', 'rescan'] as const) {
      const { rides, store, environment, add, open, expire } = await lab()
      const start = await (await open()).initialOffset()
      await add(3)
      await add(3)
      const first = await take(await open(), start, 'all')
      // One that remembers no manifest.
      const source = appendsOf(await anotherHandle(rides), { onExpired, maxFilesPerTrigger: 2 })
      const stream = await source.open({ environment, log: null })
      const expireBefore = (kind: RegExp): void => {
        let isDone = false
        store.beforeRequest = async (request) => {
          if (isDone || !kind.test(request)) return
          isDone = true
          await add(1)
          await expire()
        }
      }
      expireBefore(/^get .*snap-.*avro$/)
      const gone = { kind: 'not-found', context: { table: rides.name } }
      const looked = stream.nextOffset(start, 'limited')
      if (onExpired === 'fail') await expect(looked).rejects.toMatchObject(gone)
      else expect(await looked).toMatchObject({ end: { position: 2, files: 7 } })
      await expect(read(stream, { start, end: first.end })).rejects.toMatchObject(gone)
      expect(rides.snapshots).toHaveLength(1)
    }
  })

  it('say so where the table was rolled back behind them', async () => {
    const { rides, add, open } = await lab()
    const stream = await open()
    const start = await stream.initialOffset()
    await add(1)
    const first = rides.currentSnapshot?.snapshotId ?? 0n
    const one = await take(stream, start)
    await add(1)
    const two = await take(stream, one.end)
    await rides.transaction((tx) => tx.updateRefs((refs) => refs.rollbackTo({ snapshot: first })))
    expect(await read(stream, { start: one.end, end: two.end })).toEqual([2])
    await add(1)
    await expect(stream.nextOffset(two.end, 'limited')).rejects.toMatchObject({
      kind: 'invalid',
      context: { commonSnapshotId: first },
    })
    expect((await take(stream, one.end)).ids).toEqual([3])
  })

  it('follow a branch', async () => {
    const { rides, add, open } = await lab()
    await add(1)
    await rides.transaction((tx) => tx.updateRefs((refs) => refs.createBranch('audit')))
    await add(1)
    const stream = await open({ branch: 'audit' })
    expect((await drain(stream, await stream.initialOffset())).flat()).toEqual([1])
    await expect(open({ branch: 'none' })).rejects.toMatchObject({ kind: 'not-found' })
  })

  it('have the columns that the table has when a batch is begun', async () => {
    const { rides, add, open } = await lab()
    const names = (stream: OpenStream): readonly string[] =>
      stream.schema.fields.map(({ name }) => name)
    const [stream, late] = [await open(), await open()]
    const start = await stream.initialOffset()
    await add(1)
    await rides.transaction((tx) => tx.updateSchema((change) => change.rename('city', 'town')))
    const first = await take(stream, start)
    expect(first.ids).toEqual([1])
    expect(names(stream)).toContain('town')
    await rides.transaction((tx) =>
      tx.updateSchema((change) => change.drop('fare').add('fare', t.long().optional())),
    )
    await rides.append([{ id: 2, fare: 5n } as never])
    const range = {
      start: first.end,
      end: (await stream.nextOffset(first.end, 'limited'))?.end ?? {},
    }
    expect(await rowsIn(stream, range)).toMatchObject([{ id: 2n, fare: 5n }])
    // What another run has found: with the columns from before, the fare would be null.
    await expect(rowsIn(late, range)).rejects.toMatchObject({ kind: 'conflict' })
    expect(await rowsIn(late, range)).toMatchObject([{ id: 2n, fare: 5n }])
  })

  it('refuse what makes no sense', async () => {
    const { rides, open } = await lab()
    for (const limit of [0, -1, 1.5, Number.NaN]) {
      expect(() => appendsOf(rides, { maxFilesPerTrigger: limit })).toThrow('whole number')
      expect(() => appendsOf(rides, { maxRowsPerTrigger: limit })).toThrow('whole number')
    }
    const stream = await open()
    for (const position of [
      { position: -1 },
      { position: 3 },
      { files: 'many' },
      { 'snapshot-id': 'x' },
    ]) {
      const start = {
        'snapshot-id': null,
        position: 0,
        files: 2,
        'scan-all-files': false,
        ...position,
      }
      await expect(stream.nextOffset(start, 'all')).rejects.toMatchObject({ kind: 'corrupt' })
    }
  })
})

type Step =
  | { readonly kind: 'append'; readonly cities: number; readonly rows: number }
  | { readonly kind: 'expire'; readonly retainLast: number }
  | { readonly kind: 'compact' | 'manifests' | 'batch' | 'reopen' }

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      cities: fc.integer({ min: 1, max: 3 }),
      rows: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('expire' as const),
      retainLast: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'compact' as const,
        'manifests' as const,
        'batch' as const,
        'batch' as const,
        'reopen' as const,
      ),
    }),
  },
)

/** Whether the table still has all that lies after a position. */
function isWhole({ snapshots }: Rides, unread: readonly bigint[]): boolean {
  const kept = new Set(snapshots.map(({ snapshotId }) => snapshotId))
  return unread.every((snapshotId) => kept.has(snapshotId))
}

describe('the appends of any history', () => {
  it('always come exactly once, in order, or are said to have expired when some have', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyStep, { minLength: 1, maxLength: 14 }),
        fc.option(fc.integer({ min: 1, max: 4 })),
        fc.option(fc.integer({ min: 1, max: 6 })),
        fc.nat(3),
        async (steps, files, rows, before) => {
          const { rides, add, open, expire } = await lab()
          const expected: number[] = []
          for (let count = 0; count < before; count += 1) expected.push(...(await add(2)))
          const options = {
            ...(files === null ? {} : { maxFilesPerTrigger: files }),
            ...(rows === null ? {} : { maxRowsPerTrigger: rows }),
          }
          let stream = await open(options)
          let position = await stream.initialOffset()
          const taken: number[] = []
          /** Snapshots after the position, and its own when there is more of it. */
          const unread = (): bigint[] => {
            const { 'snapshot-id': id, position: at, files: of } = position
            const line = committed.slice(
              committed.indexOf(id === null ? 0n : BigInt(Number(id))) + 1,
            )
            return at === of || id === null ? line : [BigInt(Number(id)), ...line]
          }
          const committed: bigint[] = rides.snapshots.map(({ snapshotId }) => snapshotId)
          const batch = async (): Promise<boolean> => {
            const handle = await anotherHandle(rides)
            const ids = unread()
            try {
              const next = await stream.nextOffset(position, 'limited')
              if (next === null) {
                expect(ids).toEqual([])
                return false
              }
              const read1 = await read(stream, { start: position, end: next.end })
              if (files !== null) expect(read1.length).toBeLessThanOrEqual(files * 3)
              taken.push(...read1)
              // The position is text before it is a position again.
              position = parseJson(stringifyJson(next.end)) as StreamOffset
              return true
            } catch (error) {
              if (!isKind(error, 'not-found') || isWhole(handle, ids)) throw error
              throw new Expired()
            }
          }
          try {
            for (const step of steps) {
              if (step.kind === 'append') expected.push(...(await add(step.cities, step.rows)))
              else if (step.kind === 'expire') await expire(step.retainLast)
              else if (step.kind === 'compact') {
                await (await planCompaction(rides, { minInputFiles: 2 })).run()
              } else if (step.kind === 'manifests') {
                await (await planRewriteManifests(rides)).run()
              } else if (step.kind === 'reopen') stream = await open(options)
              else await batch()
              const last = rides.currentSnapshot?.snapshotId
              if (last !== undefined && committed.at(-1) !== last) committed.push(last)
            }
            for (let left = 200; await batch(); left -= 1) {
              if (left === 0) throw new Error('batches have no end')
            }
          } catch (error) {
            if (!(error instanceof Expired)) throw error
            const got = new Set(taken)
            expect(got.size).toBe(taken.length)
            return
          }
          // What the table had at first comes in the order of its manifests, the newest of which are first.
          expect(taken.toSorted(ascending)).toEqual(expected)
          const later = taken.slice(2 * before)
          expect(later).toEqual(expected.slice(2 * before))
        },
      ),
      runs(25),
    )
  })
})

class Expired extends Error {}
