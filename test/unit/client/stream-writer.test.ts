import { Table as ArrowTable } from 'apache-arrow'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { nextTurn } from '../../../src/base/environment.ts'
import type { BatchId } from '../../../src/client/producer-position.ts'
import type { StreamCommit } from '../../../src/client/stream-writer-options.ts'
import type { StreamWriter } from '../../../src/client/stream-writer.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import { planExpiry } from '../../../src/maintenance/expire-snapshots.ts'
import type { TableEvent } from '../../../src/table/events.ts'
import { t } from '../../../src/types/define.ts'
import { dueEnvironment } from '../../support/due-environment.ts'
import type { DueEnvironment } from '../../support/due-environment.ts'
import { createFaultyStore } from '../../support/faulty-store.ts'
import { anotherHandle, idsOf, newRides } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'
import { runs } from '../../support/runs.ts'

const MS = 10_000
const LARGE = { rows: 1_000_000, ms: MS }

function rowsOf(...ids: readonly number[]): { readonly id: number }[] {
  return ids.map((id) => ({ id }))
}

function ascending(left: number, right: number): number {
  return left - right
}

async function ridesNow(rides: Rides): Promise<bigint[]> {
  const other = await anotherHandle(rides)
  return idsOf(other)
}

/** All snapshots but the newest. */
async function expireAll(rides: Rides, environment: DueEnvironment): Promise<void> {
  environment.pass(1000)
  await (
    await planExpiry(rides, { olderThan: '0 days', retainLast: 1, jobSnapshots: 'expire' })
  ).run()
}

describe('a writer of a stream', () => {
  it('gathers batches and commits them together', async () => {
    const rides = await newRides()
    const commits: StreamCommit[] = []
    const writer = await rides.streamWriter({
      producer: 'ingest-1',
      commitEvery: { rows: 3, ms: Number.POSITIVE_INFINITY },
      onCommit: (commit) => commits.push(commit),
    })
    expect(writer.position).toBeNull()
    expect(await writer.write(1, rowsOf(1))).toBe('taken')
    await writer.write(2, rowsOf(2))
    expect(rides.snapshots).toHaveLength(0)
    await writer.write(5n, rowsOf(3, 4))
    await writer.write(6, rowsOf(5))
    expect(await writer.flush()).toBe(6n)
    expect(await idsOf(rides)).toEqual([1n, 2n, 3n, 4n, 5n])
    expect(commits).toMatchObject([
      { rows: 4, batches: 3, batchId: 5n, snapshotId: rides.snapshots[0]?.snapshotId },
      { rows: 1, batches: 1, batchId: 6n, snapshotId: rides.snapshots[1]?.snapshotId },
    ])
    await writer.close()
  })

  it('skips what is in the table when it is opened, and says so', async () => {
    const rides = await newRides()
    const writer = await rides.streamWriter({ producer: 'p' })
    await writer.write(-3, rowsOf(1))
    await writer.write(7, rowsOf(2))
    await writer.close()
    const again = await rides.streamWriter({ producer: 'p' })
    expect(again.position).toBe(7n)
    expect(await again.write(-3, rowsOf(1))).toBe('skipped')
    expect(await again.write(7, rowsOf(2))).toBe('skipped')
    expect(await again.write(8, rowsOf(3))).toBe('taken')
    await again.close()
    expect(await idsOf(rides)).toEqual([1n, 2n, 3n])
    const other = await rides.streamWriter({ producer: 'another' })
    expect(other.position).toBeNull()
  })

  it('refuses ids that do not rise, however much is committed by then', async () => {
    const rides = await newRides()
    const writer = await rides.streamWriter({ producer: 'p' })
    await writer.write(2, rowsOf(1))
    await expect(writer.write(2, rowsOf(1))).rejects.toMatchObject({ kind: 'invalid' })
    await writer.flush()
    await expect(writer.write(1, rowsOf(1))).rejects.toMatchObject({
      context: { batchId: 1n, lastBatchId: 2n },
    })
    for (const id of [1.5, Number.NaN, 2 ** 53, 1n << 63n, '3'] as BatchId[]) {
      await expect(writer.write(id, [])).rejects.toMatchObject({ kind: 'invalid' })
    }
    await writer.write((1n << 63n) - 1n, rowsOf(3))
    await writer.close()
    expect(await idsOf(rides)).toEqual([1n, 3n])
  })

  it('takes none of a batch of which a row is wrong, and takes it again when it is right', async () => {
    const rides = await newRides()
    const writer = await rides.streamWriter({ producer: 'p', commitEvery: LARGE })
    await writer.write(1, rowsOf(1))
    const wrong = [{ id: 2 }, { id: 3, fare: 'much' as unknown as number }]
    await expect(writer.write(2, wrong)).rejects.toMatchObject({
      context: { path: 'rows[1].fare' },
    })
    async function* later(): AsyncGenerator<{ readonly id: number }> {
      yield* wrong
    }
    await expect(writer.write(2, later())).rejects.toMatchObject({
      context: { path: 'rows[1].fare' },
    })
    await writer.write(2, rowsOf(2, 3))
    await writer.close()
    expect(await idsOf(rides)).toEqual([1n, 2n, 3n])
  })

  it('never passes over a batch that it refuses, though others were sent on meanwhile', async () => {
    const rides = await newRides()
    const writer = await rides.streamWriter({ producer: 'p', commitEvery: { rows: 1 } })
    const sent = [1, 2, 3, 4].map((id) =>
      writer.write(id, id === 2 ? [{ id, fare: 'much' as unknown as number }] : rowsOf(id)),
    )
    const outcomes = await Promise.allSettled(sent)
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
    ])
    expect(outcomes[3]).toMatchObject({
      reason: { kind: 'invalid', message: expect.stringContaining('send both again') as string },
    })
    expect(await writer.flush()).toBe(1n)
    for (const id of [2, 3, 4]) await writer.write(id, rowsOf(id))
    await writer.close()
    expect(await idsOf(rides)).toEqual([1n, 2n, 3n, 4n])
  })

  it('takes arrays, Arrow and iterables alike, in their order', async () => {
    const rides = await newRides()
    await rides.append(rowsOf(7, 8))
    const arrow = await rides.scan().toArrow()
    const [batch] = arrow.batches
    if (batch === undefined) throw new Error('there are rows')
    const writer = await rides.streamWriter({ producer: 'p' })
    await writer.write(1, arrow)
    await writer.write(2, batch)
    await writer.write(3, [batch, batch])
    await writer.write(4, rowsOf(9))
    await writer.write(5, new ArrowTable(batch.schema))
    await writer.write(6, new Set(rowsOf(10)))
    await writer.close()
    const ids = await rides.scan().select('id').toArray()
    const expected = [7, 8, 7, 8, 7, 8, 7, 8, 7, 8, 9, 10]
    expect(ids.map(({ id }) => Number(id)).toSorted(ascending)).toEqual(
      expected.toSorted(ascending),
    )
  })

  it('commits a batch by itself that is more than it gathers, or none of it', async () => {
    const rides = await newRides()
    const commits: StreamCommit[] = []
    const writer = await rides.streamWriter({
      producer: 'p',
      commitEvery: { bytes: 100_000 },
      onCommit: (commit) => commits.push(commit),
    })
    await writer.write(1, rowsOf(-1))
    async function* many(last: object): AsyncGenerator<{ readonly id: number }> {
      for (let id = 0; id < 200_000; id += 1) yield { id }
      yield last as { readonly id: number }
    }
    await expect(writer.write(2, many({ id: 'no' }))).rejects.toMatchObject({
      context: { path: 'rows[200000].id' },
    })
    expect(writer.position).toBe(1n)
    await writer.write(2, many({ id: 200_000 }))
    await writer.write(3, rowsOf(-2))
    await writer.close()
    expect(commits.map(({ rows }) => rows)).toEqual([1, 200_001, 1])
    expect(await rides.scan().count()).toBe(200_003n)
    expect(writer.position).toBe(3n)
  })

  it('moves on by batches without rows', async () => {
    const rides = await newRides()
    const writer = await rides.streamWriter({ producer: 'p' })
    await writer.write(1, [])
    expect(await writer.flush()).toBe(1n)
    await writer.write(2, [])
    await writer.write(3, [])
    await writer.close()
    expect(rides.snapshots).toHaveLength(0)
    expect((await rides.streamWriter({ producer: 'p' })).position).toBe(3n)
  })

  it('commits when rows have waited long enough, though no more come', async () => {
    const environment = dueEnvironment(MS)
    const rides = await newRides({}, { environment })
    let told: () => void = () => {}
    const committed = new Promise<void>((resolve) => (told = resolve))
    const writer = await rides.streamWriter({
      producer: 'p',
      commitEvery: LARGE,
      onCommit: () => told(),
    })
    expect(environment.waiting).toBe(0)
    await writer.write(1, rowsOf(1))
    await writer.write(2, rowsOf(2))
    expect(environment.waiting).toBe(1)
    environment.due()
    await committed
    expect(await ridesNow(rides)).toEqual([1n, 2n])
    expect(writer.position).toBe(2n)
    await writer.write(3, rowsOf(3))
    await writer.close()
    expect(environment.waiting).toBe(0)
  })

  it('tells of a timed commit that failed at the next call and at close, and commits no more', async () => {
    const environment = dueEnvironment(MS)
    const store = createFaultyStore(createMemoryStore())
    const rides = await newRides({}, { environment, store })
    const writer = await rides.streamWriter({ producer: 'p', commitEvery: LARGE })
    await writer.write(1, rowsOf(1))
    const isDataFile = (request: string): boolean => request.endsWith('.parquet')
    const failed = new Promise<void>((resolve) => {
      store.beforeRequest = async (request) => {
        if (!isDataFile(request)) return
        resolve()
        throw new Error('the disk is full')
      }
    })
    environment.due()
    await failed
    for (let turn = 0; turn < 10; turn += 1) await nextTurn()
    await expect(writer.write(2, rowsOf(2))).rejects.toThrow('the disk is full')
    store.beforeRequest = async () => {}
    await expect(writer.flush()).rejects.toThrow('the disk is full')
    await expect(writer.close()).rejects.toThrow('the disk is full')
    expect(rides.snapshots).toHaveLength(0)
  })

  it('holds up who writes only while a commit is under way and there is enough for the next', async () => {
    const store = createFaultyStore(createMemoryStore())
    const rides = await newRides({}, { store })
    const writer = await rides.streamWriter({ producer: 'p', commitEvery: { rows: 2 } })
    let release: () => void = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    store.beforeRequest = (request) => (request.endsWith('.parquet') ? held : Promise.resolve())
    await writer.write(1, rowsOf(1, 2))
    await writer.write(2, rowsOf(3))
    let isTaken = false
    const full = writer.write(3, rowsOf(4)).then(() => (isTaken = true))
    for (let turn = 0; turn < 10; turn += 1) await nextTurn()
    expect(isTaken).toBe(false)
    release()
    await full
    await writer.close()
    expect(await idsOf(rides)).toEqual([1n, 2n, 3n, 4n])
  })

  it('ends where another writer of its producer has moved on, and says how far', async () => {
    const rides = await newRides()
    const zombie = await (await anotherHandle(rides)).streamWriter({ producer: 'p' })
    const writer = await rides.streamWriter({ producer: 'p' })
    await writer.write(1, rowsOf(1))
    await writer.write(2, rowsOf(2))
    await writer.flush()
    await zombie.write(1, rowsOf(1))
    await expect(zombie.flush()).rejects.toMatchObject({
      kind: 'conflict',
      context: { producer: 'p', batchId: 2n, expectedBatchId: 'none' },
    })
    await expect(zombie.write(2, rowsOf(2))).rejects.toMatchObject({ kind: 'conflict' })
    await writer.write(3, rowsOf(3))
    await writer.close()
    expect(await idsOf(rides)).toEqual([1n, 2n, 3n])
  })

  it('is not in the way of other writers, and they are not in its', async () => {
    const rides = await newRides()
    const other = await (await anotherHandle(rides)).streamWriter({ producer: 'q' })
    const writer = await rides.streamWriter({ producer: 'p' })
    const foreign = await anotherHandle(rides)
    for (const id of [1, 2, 3]) {
      await writer.write(id, rowsOf(id))
      await other.write(id, rowsOf(10 + id))
      await foreign.append(rowsOf(20 + id))
      await Promise.all([writer.flush(), other.flush()])
    }
    expect(await ridesNow(rides)).toEqual([1n, 2n, 3n, 11n, 12n, 13n, 21n, 22n, 23n])
  })

  it('goes back with the rows where the table is rolled back, and is overtaken if it was open', async () => {
    const rides = await newRides()
    const writer = await rides.streamWriter({ producer: 'p' })
    await writer.write(1, rowsOf(1))
    await writer.flush()
    await writer.write(2, rowsOf(2))
    await writer.flush()
    const first = rides.snapshots[0]?.snapshotId ?? 0n
    await rides.transaction((tx) => tx.updateRefs((refs) => refs.rollbackTo({ snapshot: first })))
    await writer.write(3, rowsOf(3))
    await expect(writer.flush()).rejects.toMatchObject({
      kind: 'conflict',
      context: { batchId: 1n },
    })
    const again = await rides.streamWriter({ producer: 'p' })
    expect(again.position).toBe(1n)
    await again.write(2, rowsOf(2))
    await again.write(3, rowsOf(3))
    await again.close()
    expect(await idsOf(rides)).toEqual([1n, 2n, 3n])
  })

  it('keeps its position when snapshots expire, and begins where others have expired', async () => {
    const environment = dueEnvironment(MS)
    const rides = await newRides({}, { environment })
    const writer = await rides.streamWriter({ producer: 'p' })
    await writer.write(1, rowsOf(1))
    await writer.flush()
    await rides.append(rowsOf(10))
    await rides.append(rowsOf(11))
    await expireAll(rides, environment)
    expect(rides.snapshots).toHaveLength(1)
    await writer.write(2, rowsOf(2))
    await writer.close()
    await rides.append(rowsOf(12))
    await expireAll(rides, environment)
    expect((await rides.streamWriter({ producer: 'p' })).position).toBe(2n)
    expect((await rides.streamWriter({ producer: 'new' })).position).toBeNull()
  })

  it('asks where to go on when the table has forgotten', async () => {
    const environment = dueEnvironment(MS)
    const rides = await newRides({}, { environment })
    const writer = await rides.streamWriter({ producer: 'p' })
    await writer.write(1, rowsOf(1))
    await writer.close()
    await rides.append(rowsOf(2))
    await expireAll(rides, environment)
    // As if the property belonged to a history that is not this one.
    const property = rides.properties.get('frazil.producer.p') ?? ''
    const strange = property
      .replace(/"sequence-number":\d+/, '"sequence-number":99')
      .replace(/"snapshot-id":\d+/, '"snapshot-id":7')
    await rides.transaction((tx) => tx.setProperties({ 'frazil.producer.p': strange }))
    await expect(rides.streamWriter({ producer: 'p' })).rejects.toMatchObject({ kind: 'invalid' })
    const again = await rides.streamWriter({ producer: 'p', startAfter: 1 })
    expect(again.position).toBe(1n)
    expect(await again.write(1, rowsOf(1))).toBe('skipped')
    await again.write(2, rowsOf(3))
    await again.close()
    const once = await rides.streamWriter({ producer: 'p', startAfter: null })
    expect(once.position).toBe(2n)
  })

  it('looks whether a commit has landed whose answer was lost', async () => {
    const store = createFaultyStore(createMemoryStore())
    const rides = await newRides({}, { store })
    const writer = await rides.streamWriter({ producer: 'p' })
    await writer.write(1, rowsOf(1))
    let lost = false
    store.beforeRequest = async (request) => {
      if (!lost && /put .*v2\.metadata\.json$/.test(request)) {
        lost = true
        store.faults.set(store.requests.length + 0, 'applies-then-fails')
      }
    }
    expect(await writer.flush()).toBe(1n)
    await writer.write(2, rowsOf(2))
    await writer.close()
    expect(await idsOf(rides)).toEqual([1n, 2n])
  })

  it('drops what was not committed when it is aborted, and takes no more', async () => {
    const rides = await newRides()
    const store = rides.state.services.store
    const writer = await rides.streamWriter({ producer: 'p', commitEvery: LARGE })
    await writer.write(1, rowsOf(1))
    await writer.abort()
    await expect(writer.write(2, rowsOf(2))).rejects.toMatchObject({ kind: 'invalid' })
    await writer.close()
    const left: string[] = []
    for await (const { location } of store.list(rides.metadata.location)) left.push(location)
    expect(left.filter((location) => location.endsWith('.parquet'))).toEqual([])
    expect(await ridesNow(rides)).toEqual([])
  })

  it('ends by its signal, with the reason of that', async () => {
    const rides = await newRides()
    const stop = new AbortController()
    const writer = await rides.streamWriter({ producer: 'p', signal: stop.signal })
    await writer.write(1, rowsOf(1))
    async function* silent(): AsyncGenerator<{ readonly id: number }> {
      yield { id: 2 }
      await new Promise(() => {})
    }
    const waiting = writer.write(2, silent())
    stop.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    await expect(writer.close()).rejects.toThrow('enough')
    expect(rides.snapshots).toHaveLength(0)
  })

  it('goes on when columns are added between batches of one commit', async () => {
    const rides = await newRides()
    const writer = await rides.streamWriter({ producer: 'p', commitEvery: LARGE })
    await writer.write(1, rowsOf(1))
    await rides.transaction((tx) =>
      tx.updateSchema((change) => change.add('tip', t.long().optional())),
    )
    await writer.write(2, [{ id: 2, tip: 5n }] as unknown as { id: number }[])
    await writer.close()
    const rows = await rides.scan().toArray()
    expect(rows.toSorted((left, right) => (left.id < right.id ? -1 : 1))).toMatchObject([
      { id: 1n, tip: null },
      { id: 2n, tip: 5n },
    ])
  })

  it('puts small files together after so many commits', async () => {
    const events: TableEvent[] = []
    const rides = await newRides({}, { onEvent: (event) => void events.push(event) })
    const writer = await rides.streamWriter({
      producer: 'p',
      commitEvery: { rows: 1 },
      compactAfter: { commits: 3 },
    })
    for (const id of [1, 2, 3, 4]) {
      await writer.write(id, rowsOf(id))
      await writer.flush()
    }
    await writer.close()
    const operations = rides.snapshots.map(({ operation }) => operation)
    expect(operations).toEqual(['append', 'append', 'append', 'replace', 'append'])
    expect((await rides.scan().plan()).tasks).toHaveLength(2)
    expect(await idsOf(rides)).toEqual([1n, 2n, 3n, 4n])
    expect(events.filter(({ kind }) => kind === 'warning')).toEqual([])
    expect((await rides.streamWriter({ producer: 'p' })).position).toBe(4n)
  })

  it('goes on when its listener fails, at once or later', async () => {
    const events: TableEvent[] = []
    const rides = await newRides({}, { onEvent: (event) => void events.push(event) })
    const failing = [
      () => {
        throw new Error('at once')
      },
      // As it is easily written, although nothing waits for it.
      (async () => {
        throw new Error('later')
      }) as () => void,
    ]
    for (const [index, onCommit] of failing.entries()) {
      const writer = await rides.streamWriter({ producer: 'p', onCommit })
      await writer.write(index, rowsOf(index))
      await writer.close()
    }
    expect(await idsOf(rides)).toEqual([0n, 1n])
    expect(events.filter(({ kind }) => kind === 'warning')).toMatchObject([
      { message: 'the listener of a stream failed', context: { error: 'Error: at once' } },
      { message: 'the listener of a stream failed', context: { error: 'Error: later' } },
    ])
  })

  it('refuses what makes no sense at once', async () => {
    const rides = await newRides()
    const wrong = [
      { producer: '' },
      { producer: 'x'.repeat(201) },
      { producer: 'p', commitEvery: { rows: 0 } },
      { producer: 'p', commitEvery: { ms: Number.NaN } },
      { producer: 'p', compactAfter: { commits: 0.5 } },
      { producer: 'p', startAfter: 0.5 },
    ]
    for (const options of wrong) {
      await expect(rides.streamWriter(options)).rejects.toMatchObject({ kind: 'invalid' })
    }
  })
})

/** What happens after a batch. */
const anyStep = fc.record({
  rows: fc.nat(3),
  gap: fc.integer({ min: 1, max: 3 }),
  next: fc.constantFrom(
    'go on',
    'go on',
    'flush',
    'wait',
    'foreign append',
    'leave',
    'abort',
    'expire',
    'wrong row',
  ),
})

describe('batches of a producer that begins anew whenever something fails', () => {
  it('are always in the table once each', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyStep, { minLength: 1, maxLength: 8 }),
        fc.array(
          fc.tuple(
            fc.integer({ min: 1, max: 150 }),
            fc.constantFrom(
              'fails' as const,
              'applies-then-fails' as const,
              'fails-then-applies' as const,
            ),
          ),
          { maxLength: 4 },
        ),
        async (steps, faults) => {
          const environment = dueEnvironment(MS)
          const store = createFaultyStore(createMemoryStore())
          const rides = await newRides({}, { environment, store })
          const base = store.requests.length
          for (const [request, fault] of faults) store.faults.set(base + request, fault)
          let id = 0n
          let row = 0
          const batches = steps.map(({ rows, gap, next }) => {
            id += BigInt(gap)
            return { id, rows: Array.from({ length: rows }, () => (row += 1)), next }
          })
          const expected = batches.flatMap(({ rows }) => rows.map(BigInt))
          let foreign = 1000n
          const done = new Set<bigint>()
          for (let attempt = 0; ; attempt += 1) {
            if (attempt > 20) throw new Error('it never ends')
            try {
              await store.landLate()
              const handle = await anotherHandle(rides)
              const writer: StreamWriter<{ id: number | bigint }> = await handle.streamWriter({
                producer: 'p',
                commitEvery: { rows: 3, ms: MS },
              })
              for (const batch of batches) {
                const isThere = writer.position !== null && batch.id <= writer.position
                const outcome = await writer.write(
                  batch.id,
                  batch.rows.map((value) => ({ id: value })),
                )
                if (isThere) expect(outcome).toBe('skipped')
                if (done.has(batch.id)) continue
                done.add(batch.id)
                if (batch.next === 'flush') await writer.flush()
                if (batch.next === 'wait') environment.due()
                if (batch.next === 'foreign append') {
                  const other = await anotherHandle(rides)
                  await other.append([{ id: foreign }])
                  expected.push(foreign)
                  foreign += 1n
                }
                if (batch.next === 'expire') {
                  const other = await anotherHandle(rides)
                  await expireAll(other, environment)
                }
                if (batch.next === 'wrong row') {
                  await writer
                    .write(batch.id + 1_000_000n, [{ id: 1 }, { id: 'x' as unknown as number }])
                    .catch(() => {})
                }
                if (batch.next === 'abort') await writer.abort()
                // Whoever is left goes on by itself, as a process does that is taken for dead.
                if (batch.next === 'leave') throw new Error('left')
              }
              await writer.close()
              if (writer.position === batches.at(-1)?.id) break
            } catch {
              // Begins anew.
            }
          }
          store.faults.clear()
          await store.landLate()
          environment.due()
          for (let turn = 0; turn < 5; turn += 1) await nextTurn()
          const sorted = expected.toSorted((left, right) => (left < right ? -1 : 1))
          expect(await ridesNow(rides)).toEqual(sorted)
        },
      ),
      runs(30),
    )
  })
})
