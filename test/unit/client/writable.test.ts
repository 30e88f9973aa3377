import { Readable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { nextTurn } from '../../../src/base/environment.ts'
import type { StreamCommit } from '../../../src/client/stream-writer-options.ts'
import type { StreamChunk } from '../../../src/client/writable.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import { createFaultyStore } from '../../support/faulty-store.ts'
import { anotherHandle, idsOf, newRides } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'
import { runs } from '../../support/runs.ts'

const NEVER = Number.POSITIVE_INFINITY

interface RideInput {
  readonly id: number
}

type Chunk = StreamChunk<
  Parameters<Rides['append']>[0] extends readonly (infer R)[] ? R : RideInput
>

function streamOf<Item>(items: Iterable<Item>): ReadableStream<Item> {
  return ReadableStream.from(items)
}

function* counted(count: number): Generator<RideInput> {
  for (let id = 0; id < count; id += 1) yield { id }
}

function idsTo(count: number): bigint[] {
  return Array.from({ length: count }, (_, id) => BigInt(id))
}

describe('a table as the end of a stream', () => {
  it('takes the rows of a stream of the web, and commits by their number', async () => {
    const rides = await newRides()
    const commits: StreamCommit[] = []
    const commitEvery = { rows: 1000, ms: NEVER }
    await streamOf(counted(2500)).pipeTo(
      rides.writable({ commitEvery, onCommit: (commit) => commits.push(commit) }),
    )
    expect(commits.map(({ rows }) => rows)).toEqual([1000, 1000, 500])
    expect(commits[0]?.batchId).toBeNull()
    expect(await idsOf(rides)).toEqual(idsTo(2500))
  })

  it('takes the rows of a stream of Node', async () => {
    const rides = await newRides()
    const commitEvery = { rows: 400, ms: NEVER }
    await Readable.toWeb(Readable.from(counted(1000))).pipeTo(rides.writable({ commitEvery }))
    expect(await idsOf(rides)).toEqual(idsTo(1000))
    expect(rides.snapshots).toHaveLength(3)
  })

  it('ends a stream of Node at a row that is wrong, and commits no more', async () => {
    const rides = await newRides()
    const source = Readable.from(
      (function* () {
        yield* counted(500)
        yield { id: 'no' }
        yield* counted(500)
      })(),
    )
    const end = rides.writable({ commitEvery: { rows: 400, ms: NEVER } })
    await expect(Readable.toWeb(source).pipeTo(end)).rejects.toMatchObject({ kind: 'invalid' })
    expect(source.destroyed).toBe(true)
    for (let turn = 0; turn < 20; turn += 1) await nextTurn()
    expect((await idsOf(await anotherHandle(rides))).length % 400).toBe(0)
  })

  it('takes rows, arrays of them and Arrow in one stream', async () => {
    const rides = await newRides()
    await rides.append([{ id: 1 }, { id: 2 }])
    const arrow = await rides.scan().toArrow()
    const [batch] = arrow.batches
    if (batch === undefined) throw new Error('there are rows')
    const writer = rides.writable({ commitEvery: { ms: NEVER } }).getWriter()
    for (const chunk of [{ id: 3 }, [{ id: 4 }, { id: 5 }], arrow, batch, []] as Chunk[]) {
      await writer.write(chunk as never)
    }
    await writer.close()
    expect(await idsOf(rides)).toEqual([1n, 1n, 1n, 2n, 2n, 2n, 3n, 4n, 5n])
  })

  it('writes each chunk once that has an id, however often a stream begins anew', async () => {
    const rides = await newRides()
    const commitEvery = { rows: 3, ms: NEVER }
    const batchId = (chunk: unknown): number => (chunk as RideInput).id
    const open = (): WritableStream<never> =>
      rides.writable({ producer: 'p', commitEvery, batchId }) as WritableStream<never>
    async function* broken(): AsyncGenerator<never> {
      yield* counted(8) as Iterable<never>
      await nextTurn()
      throw new Error('the source broke')
    }
    await expect(ReadableStream.from(broken()).pipeTo(open())).rejects.toThrow('the source broke')
    await streamOf(counted(10) as Iterable<never>).pipeTo(open())
    await streamOf(counted(12) as Iterable<never>).pipeTo(open())
    expect(await idsOf(rides)).toEqual(idsTo(12))
  })

  it('holds up its source while a commit is under way and there is enough for the next', async () => {
    const store = createFaultyStore(createMemoryStore())
    const rides = await newRides({}, { store })
    let release: () => void = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    store.beforeRequest = (request) => (request.endsWith('.parquet') ? held : Promise.resolve())
    let given = 0
    function* rows(): Generator<RideInput> {
      for (const row of counted(10_000)) {
        given += 1
        yield row
      }
    }
    const commitEvery = { rows: 1000, ms: NEVER }
    const done = streamOf(rows()).pipeTo(rides.writable({ commitEvery }))
    let before = -1
    while (given !== before) {
      before = given
      for (let turn = 0; turn < 50; turn += 1) await nextTurn()
    }
    // Those under way, those for the next commit, and those in the stream.
    expect(given).toBeLessThanOrEqual(1000 + 1000 + 1024 + 2)
    release()
    await done
    expect(await rides.scan().count()).toBe(10_000n)
  })

  it('leaves no file when it is aborted before a commit', async () => {
    const rides = await newRides()
    const writer = rides.writable({ commitEvery: { ms: NEVER } }).getWriter()
    await writer.write({ id: 1 })
    await writer.abort(new Error('enough'))
    const files: string[] = []
    const { store } = rides.state.services
    for await (const { location } of store.list(rides.metadata.location)) files.push(location)
    expect(files.filter((location) => location.endsWith('.parquet'))).toEqual([])
    expect(rides.snapshots).toHaveLength(0)
  })

  it('stops the commit that is under way when it is aborted', async () => {
    const store = createFaultyStore(createMemoryStore())
    const rides = await newRides({}, { store })
    let release: () => void = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    let begun: () => void = () => {}
    const writing = new Promise<void>((resolve) => (begun = resolve))
    store.beforeRequest = (request) => {
      if (!request.endsWith('.parquet')) return Promise.resolve()
      begun()
      return held
    }
    const writer = rides.writable({ commitEvery: { rows: 1, ms: NEVER } }).getWriter()
    const writes = [writer.write({ id: 1 }), writer.write({ id: 2 })]
    await writing
    const aborted = writer.abort(new Error('enough'))
    release()
    await Promise.allSettled([...writes, aborted])
    expect((await anotherHandle(rides)).snapshots).toHaveLength(0)
  })

  it('errors at once for options that make no sense, and when it is written to where its producer is unknown', async () => {
    const rides = await newRides()
    expect(() => rides.writable({ commitEvery: { rows: -1 } })).toThrow('above 0')
    const nameless = rides.writable({ producer: '', batchId: () => 1 }).getWriter()
    await expect(nameless.write({ id: 1 })).rejects.toMatchObject({ kind: 'invalid' })
    await expect(nameless.closed).rejects.toMatchObject({ kind: 'invalid' })
  })

  it('always has the rows of every chunk, in commits of about as many as asked for', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(40), { maxLength: 12 }),
        fc.integer({ min: 1, max: 60 }),
        async (sizes, rows) => {
          const rides = await newRides()
          let next = 0
          const chunks = sizes.map((size) =>
            size === 0 ? { id: next++ } : Array.from({ length: size }, () => ({ id: next++ })),
          )
          const commits: StreamCommit[] = []
          await streamOf(chunks).pipeTo(
            rides.writable({ commitEvery: { rows, ms: NEVER }, onCommit: (c) => commits.push(c) }),
          )
          expect(await idsOf(rides)).toEqual(idsTo(next))
          const most = rows + Math.max(1, ...sizes)
          expect(commits.every((commit) => commit.rows < most)).toBe(true)
          expect(commits.slice(0, -1).every((commit) => commit.rows >= rows)).toBe(true)
        },
      ),
      runs(15),
    )
  })
})
