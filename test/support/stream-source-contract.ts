import { afterEach, describe, expect, it } from 'vitest'

import { parseJson, stringifyJson } from '../../src/base/json-exact.ts'
import { rowsOf } from '../../src/formats/arrow/rows.ts'
import type {
  OffsetRange,
  OpenStream,
  ReadOptions,
  SourceLog,
  StreamOffset,
  StreamSource,
} from '../../src/jobs/sources/stream-source.ts'
import type { NestedValue } from '../../src/types/value.ts'
import { fixedEnvironment } from './fixed-environment.ts'

/** A source with nothing to be read yet, and a way to add to it. */
export interface StreamFixture {
  /** Told to give, at once, no more than what two calls of {@link add} add. */
  readonly source: StreamSource
  readonly log: SourceLog | null
  /** Whether the log says where a batch ends, so that all who read it end theirs there. */
  readonly logsBatches: boolean
  /** Adds some rows, each different from all others, and says how many. */
  readonly add: () => Promise<number>
  readonly close?: () => Promise<void>
}

/** What the engine relies on from every source. Each source's test file calls this once. */
export function describeStreamSource(name: string, setup: () => Promise<StreamFixture>): void {
  describe(`stream source: ${name}`, () => {
    const toClose: (() => Promise<void>)[] = []
    afterEach(async () => {
      for (const close of toClose.splice(0).reverse()) await close()
    })

    const open = async ({ source, log }: StreamFixture): Promise<OpenStream> => {
      const stream = await source.open({ environment: fixedEnvironment(), log })
      toClose.push(() => stream.close())
      return stream
    }

    const started = async (): Promise<Started> => {
      const fixture = await setup()
      toClose.push(async () => fixture.close?.())
      const stream = await open(fixture)
      return {
        fixture,
        stream,
        another: () => open(fixture),
        add: async (times) => {
          let rows = 0
          for (let time = 0; time < times; time += 1) rows += await fixture.add()
          return rows
        },
      }
    }

    it('says what it is', async () => {
      const { fixture } = await started()
      expect(fixture.source.description).not.toBe('')
    })

    it('has nothing new before anything is added, nor after everything was taken', async () => {
      const { stream, add } = await started()
      const start = await stream.initialOffset()
      expect(await stream.nextOffset(start, 'limited')).toBe(null)
      expect(await stream.nextOffset(start, 'all')).toBe(null)
      await add(3)
      const [last] = (await positionsFrom(stream, start)).slice(-1)
      expect(await stream.nextOffset(last ?? start, 'limited')).toBe(null)
      expect(await stream.nextOffset(last ?? start, 'all')).toBe(null)
    })

    it('gives every row once, in more than one batch where there is much', async () => {
      const { stream, add } = await started()
      const start = await stream.initialOffset()
      const added = await add(5)
      const positions = [start, ...(await positionsFrom(stream, start))]
      expect(positions.length).toBeGreaterThan(2)
      const batches = await Promise.all(rangesOf(positions).map((range) => read(stream, range)))
      for (const rows of batches) expect(rows.length).toBeLessThan(added)
      expect(batches.flat()).toHaveLength(added)
      expect(distinct(batches.flat())).toBe(added)
    })

    it('says of batches how much there is of them, as far as it does', async () => {
      const { stream, add } = await started()
      const start = await stream.initialOffset()
      const added = await add(4)
      const positions = [start, ...(await positionsFrom(stream, start))]
      const last = positions.at(-1) ?? start
      const all = await stream.amount?.({ start, end: last })
      if (all === undefined) return
      expect(all.count).toBe({ file: 4n, row: BigInt(added), offset: BigInt(added) }[all.unit])
      let count = 0n
      for (const range of rangesOf(positions)) count += (await stream.amount?.(range))?.count ?? 0n
      expect(count).toBe(all.count)
      expect((await stream.amount?.({ start: last, end: last }))?.count).toBe(0n)
    })

    it('goes on where it stood when there is more', async () => {
      const { stream, add } = await started()
      const start = await stream.initialOffset()
      const first = await add(1)
      const end = await nextEnd(stream, start)
      expect(await read(stream, { start, end })).toHaveLength(first)
      const second = await add(1)
      const later = await nextEnd(stream, end)
      expect(await read(stream, { start: end, end: later })).toHaveLength(second)
      expect(await read(stream, { start, end: later })).toHaveLength(first + second)
    })

    it('gives everything at once when asked to', async () => {
      const { stream, add } = await started()
      const start = await stream.initialOffset()
      const added = await add(5)
      const end = await nextEnd(stream, start, 'all')
      expect(await read(stream, { start, end })).toHaveLength(added)
      expect(await stream.nextOffset(end, 'limited')).toBe(null)
    })

    it('gives the same rows in the same order whenever they are read', async () => {
      const { stream, add, another } = await started()
      const start = await stream.initialOffset()
      await add(5)
      const end = await nextEnd(stream, start, 'all')
      const rows = await read(stream, { start, end })
      await add(2)
      expect(await read(stream, { start, end })).toEqual(rows)
      expect(await read(await another(), { start, end })).toEqual(rows)
    })

    it('gives the rows of two ranges, one after the other, for both together', async () => {
      const { stream, add } = await started()
      const start = await stream.initialOffset()
      await add(5)
      const positions = [start, ...(await positionsFrom(stream, start))]
      const ranges = rangesOf(positions)
      const apart: unknown[] = []
      for (const range of ranges) apart.push(...(await read(stream, range)))
      const end = positions.at(-1) ?? start
      expect(await read(stream, { start, end })).toEqual(apart)
      for (const position of positions) {
        expect(await read(stream, { start: position, end: position })).toEqual([])
      }
    })

    it('knows its positions again when they were text meanwhile', async () => {
      const { stream, add, another } = await started()
      const start = await stream.initialOffset()
      await add(5)
      const positions = [start, ...(await positionsFrom(stream, start))]
      for (const position of positions) {
        expect(respelled(position)).toEqual(position)
        expect(stringifyJson(position).length).toBeLessThan(1_000)
      }
      const later = await another()
      for (const { start: from, end } of rangesOf(positions)) {
        const range = { start: respelled(from), end: respelled(end) }
        expect(await read(later, range)).toEqual(await read(stream, { start: from, end }))
        expect(await later.nextOffset(respelled(end), 'limited')).toEqual(
          await stream.nextOffset(end, 'limited'),
        )
      }
    })

    it('stands where it stood when it is opened again', async () => {
      const { stream, add, another } = await started()
      const start = await stream.initialOffset()
      await add(2)
      const end = await nextEnd(stream, start)
      await stream.committed?.(end)
      await stream.close()
      const later = await another()
      const rest = await add(2)
      const rows: unknown[] = []
      const positions = [end, ...(await positionsFrom(later, end))]
      for (const range of rangesOf(positions)) rows.push(...(await read(later, range)))
      const before = await read(later, { start, end })
      expect(distinct([...before, ...rows])).toBe(before.length + rows.length)
      expect(rows.length).toBeGreaterThanOrEqual(rest)
    })

    it('agrees with another reader of its log on where a batch ends', async () => {
      const { fixture, stream, add, another } = await started()
      if (!fixture.logsBatches) return
      const start = await stream.initialOffset()
      const other = await another()
      expect(await other.initialOffset()).toEqual(start)
      await add(1)
      const [ours, theirs] = await Promise.all([
        nextEnd(stream, start),
        nextEnd(other, start, 'all'),
      ])
      expect(theirs).toEqual(ours)
      await add(3)
      expect(await nextEnd(other, start)).toEqual(ours)
      expect(await nextEnd(stream, ours)).toEqual(await nextEnd(other, ours))
    })

    it('has nothing that came after it was frozen, and all that was there', async () => {
      const { stream, add } = await started()
      const start = await stream.initialOffset()
      const before = await add(4)
      await stream.freeze()
      await add(2)
      const positions = [start, ...(await positionsFrom(stream, start))]
      expect(positions.length).toBeGreaterThan(2)
      const end = positions.at(-1) ?? start
      expect(await read(stream, { start, end })).toHaveLength(before)
      expect(await stream.nextOffset(end, 'all')).toBe(null)
    })

    it('has nothing at all when there was nothing as it was frozen', async () => {
      const { stream, add } = await started()
      const start = await stream.initialOffset()
      await stream.freeze()
      await add(1)
      expect(await stream.nextOffset(start, 'limited')).toBe(null)
      expect(await stream.nextOffset(start, 'all')).toBe(null)
    })

    it('can be left in the middle of a batch and read again', async () => {
      const { stream, add } = await started()
      const start = await stream.initialOffset()
      const added = await add(3)
      const end = await nextEnd(stream, start, 'all')
      for await (const batch of stream.read({ start, end })) {
        expect(batch.numRows).toBeGreaterThan(0)
        break
      }
      expect(await read(stream, { start, end })).toHaveLength(added)
    })

    it('stops with the reason of a signal', async () => {
      const { stream, add } = await started()
      const start = await stream.initialOffset()
      await add(2)
      const end = await nextEnd(stream, start)
      const reason = new Error('enough')
      const signal = AbortSignal.abort(reason)
      await expect(stream.nextOffset(end, 'limited', { signal })).rejects.toBe(reason)
      await expect(read(stream, { start, end }, { signal })).rejects.toBe(reason)
      expect((await read(stream, { start, end })).length).toBeGreaterThan(0)
    })

    it('may be closed more than once', async () => {
      const { stream } = await started()
      await stream.close()
      await stream.close()
    })
  })
}

interface Started {
  readonly fixture: StreamFixture
  readonly stream: OpenStream
  /** The same source, opened once more. */
  readonly another: () => Promise<OpenStream>
  readonly add: (times: number) => Promise<number>
}

/** The rows of a range, each batch with something in it. */
async function read(
  stream: OpenStream,
  range: OffsetRange,
  options?: ReadOptions,
): Promise<NestedValue[]> {
  const rows: NestedValue[] = []
  for await (const batch of stream.read(range, options)) {
    expect(batch.numRows).toBeGreaterThan(0)
    rows.push(...rowsOf(batch, stream.schema))
  }
  return rows
}

async function nextEnd(
  stream: OpenStream,
  start: StreamOffset,
  limit: 'limited' | 'all' = 'limited',
): Promise<StreamOffset> {
  const next = await stream.nextOffset(start, limit)
  if (next === null) throw new Error('there is nothing new')
  return next.end
}

/** Where limited batches end until there is nothing new. */
async function positionsFrom(stream: OpenStream, start: StreamOffset): Promise<StreamOffset[]> {
  const positions: StreamOffset[] = []
  let next = await stream.nextOffset(start, 'limited')
  while (next !== null) {
    positions.push(next.end)
    if (positions.length > 100) throw new Error('batches have no end')
    next = await stream.nextOffset(next.end, 'limited')
  }
  return positions
}

function rangesOf(positions: readonly StreamOffset[]): OffsetRange[] {
  return positions.slice(1).map((end, index) => {
    const start = positions[index]
    if (start === undefined) throw new Error('a range begins at the position before')
    return { start, end }
  })
}

function respelled(position: StreamOffset): StreamOffset {
  // A position is an object, and so is what its text says.
  return parseJson(stringifyJson(position)) as StreamOffset
}

function distinct(rows: readonly unknown[]): number {
  const spelled = (_: string, value: unknown): unknown =>
    typeof value === 'bigint' ? `${value}n` : value
  return new Set(rows.map((row) => JSON.stringify(row, spelled))).size
}
