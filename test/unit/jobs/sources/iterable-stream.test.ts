import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { nextTurn } from '../../../../src/base/environment.ts'
import { rowsOf } from '../../../../src/formats/arrow/rows.ts'
import { iterable } from '../../../../src/jobs/sources/iterable-stream.ts'
import type { StreamRows } from '../../../../src/jobs/sources/iterable-stream.ts'
import type {
  BadRecord,
  OpenStream,
  StreamOffset,
} from '../../../../src/jobs/sources/stream-source.ts'
import { schema, t } from '../../../../src/types/define.ts'
import { fixedEnvironment } from '../../../support/fixed-environment.ts'
import { runs } from '../../../support/runs.ts'
import { describeStreamSource } from '../../../support/stream-source-contract.ts'

const Count = schema({ n: t.long(), note: t.string().optional() })

interface CountRow {
  readonly n: number
}

const context = { environment: fixedEnvironment(), log: null }

async function* slowly<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  for (const item of items) {
    await Promise.resolve()
    yield item
  }
}

for (const kind of ['array', 'generator'] as const) {
  describeStreamSource(`rows of a function that gives an ${kind}`, async () => {
    const rows: CountRow[] = []
    const from = (first: bigint): Iterable<CountRow> | AsyncIterable<CountRow> => {
      const rest = rows.slice(Number(first))
      return kind === 'array' ? rest : slowly(rest)
    }
    return {
      source: iterable(from, { schema: Count, maxRowsPerTrigger: 4 }),
      log: null,
      logsBatches: false,
      add: async () => {
        rows.push({ n: rows.length }, { n: rows.length + 1 })
        return 2
      },
    }
  })
}

function open(rows: StreamRows<CountRow>, maxRowsPerTrigger = 3): Promise<OpenStream> {
  return iterable(rows, { schema: Count, maxRowsPerTrigger }).open(context)
}

async function numbersIn(
  stream: OpenStream,
  start: StreamOffset,
  end: StreamOffset,
  onBad?: (record: BadRecord) => void,
): Promise<unknown[]> {
  const numbers: unknown[] = []
  for await (const batch of stream.read({ start, end }, onBad === undefined ? {} : { onBad })) {
    for (const [n] of rowsOf(batch, stream.schema)) numbers.push(n)
  }
  return numbers
}

/** The next batch, committed; null when there is none. */
async function taken(
  stream: OpenStream,
  start: StreamOffset,
): Promise<{ readonly end: StreamOffset; readonly numbers: readonly unknown[] } | null> {
  const next = await stream.nextOffset(start, 'limited')
  if (next === null) return null
  const numbers = await numbersIn(stream, start, next.end)
  await stream.committed?.(next.end)
  return { end: next.end, numbers }
}

const rowsTo = (count: number): CountRow[] => Array.from({ length: count }, (_, n) => ({ n }))

describe('rows of an iterable', () => {
  it('are taken in batches, to the end', async () => {
    const stream = await open(rowsTo(5))
    const first = await taken(stream, await stream.initialOffset())
    expect(first).toEqual({ end: { row: 3 }, numbers: [0n, 1n, 2n] })
    const second = await taken(stream, { row: 3 })
    expect(second).toEqual({ end: { row: 5 }, numbers: [3n, 4n] })
    expect(await taken(stream, { row: 5 })).toBe(null)
  })

  it('are read again until they are in the table, and are gone then', async () => {
    const stream = await open(slowly(rowsTo(5)))
    await stream.nextOffset({ row: 0 }, 'limited')
    expect(await numbersIn(stream, { row: 0 }, { row: 3 })).toEqual([0n, 1n, 2n])
    expect(await numbersIn(stream, { row: 1 }, { row: 2 })).toEqual([1n])
    await stream.committed?.({ row: 3 })
    await expect(numbersIn(stream, { row: 0 }, { row: 3 })).rejects.toMatchObject({
      kind: 'not-found',
      message: expect.stringContaining('give a function') as string,
    })
  })

  it('cannot be gone on with by a run that has not begun with them', async () => {
    const stream = await open(rowsTo(5))
    await expect(stream.nextOffset({ row: 3 }, 'limited')).rejects.toMatchObject({
      kind: 'not-found',
      context: { row: 3n },
    })
  })

  it('outlive a run that failed', async () => {
    const source = iterable(rowsTo(5), { schema: Count, maxRowsPerTrigger: 3 })
    const failed = await source.open(context)
    await failed.nextOffset({ row: 0 }, 'limited')
    await failed.close()
    const stream = await source.open(context)
    expect(await taken(stream, { row: 0 })).toMatchObject({ numbers: [0n, 1n, 2n] })
  })

  it('go on after a run that left them where they can, and are missed where they cannot', async () => {
    const array = iterable(rowsTo(5), { schema: Count, maxRowsPerTrigger: 3 })
    const generator = iterable(slowly(rowsTo(5)), { schema: Count, maxRowsPerTrigger: 3 })
    for (const source of [array, generator]) {
      const left = await source.open(context)
      await taken(left, { row: 0 })
      await left.committed?.({ row: 3 })
      await left.close()
    }
    expect(await taken(await array.open(context), { row: 3 })).toMatchObject({ numbers: [3n, 4n] })
    for (const limit of ['limited', 'all'] as const) {
      const again = await generator.open(context)
      await expect(again.nextOffset({ row: 3 }, limit)).rejects.toMatchObject({
        kind: 'not-found',
        message: expect.stringContaining('give a function') as string,
        context: { row: 3n },
      })
    }
  })

  it('are all there is to a run that takes what there is', async () => {
    const stream = await open(slowly(rowsTo(8)))
    await stream.freeze()
    expect(await stream.nextOffset({ row: 0 }, 'all')).toEqual({ end: { row: 8 }, notes: [] })
  })

  it('are a batch when no more come for a while, and one that came late is in the next', async () => {
    const { rows, give } = pushed()
    const stream = await open(rows)
    expect(await stream.nextOffset({ row: 0 }, 'limited')).toBe(null)
    give(1)
    expect(await taken(stream, { row: 0 })).toEqual({ end: { row: 1 }, numbers: [1n] })
    expect(await taken(stream, { row: 1 })).toBe(null)
    give(2)
    give(3)
    expect(await taken(stream, { row: 1 })).toEqual({ end: { row: 3 }, numbers: [2n, 3n] })
    await stream.close()
  })

  it('are asked for no further than a batch goes', async () => {
    let asked = 0
    const endless = async function* (): AsyncGenerator<CountRow> {
      for (;;) yield { n: (asked += 1) }
    }
    const stream = await open(endless())
    await stream.nextOffset({ row: 0 }, 'limited')
    for (let turn = 0; turn < 10; turn += 1) await nextTurn()
    expect(asked).toBe(3)
    await stream.close()
  })

  it('are waited for no longer than a signal lets them be', async () => {
    const stream = await open(pushed().rows)
    await stream.freeze()
    const abort = new AbortController()
    const reason = new Error('enough')
    const next = stream.nextOffset({ row: 0 }, 'all', { signal: abort.signal })
    abort.abort(reason)
    await expect(next).rejects.toBe(reason)
    await stream.close()
  })

  it('fail as the iterable does, with what came before in a batch', async () => {
    const failing = async function* (): AsyncGenerator<CountRow> {
      yield* rowsTo(4)
      throw new Error('the source is gone')
    }
    const stream = await open(failing())
    expect(await taken(stream, { row: 0 })).toMatchObject({ numbers: [0n, 1n, 2n] })
    await expect(taken(stream, { row: 3 })).rejects.toThrow('the source is gone')
    await expect(taken(stream, { row: 3 })).rejects.toThrow('the source is gone')
    await expect(stream.nextOffset({ row: 3 }, 'all')).rejects.toThrow('the source is gone')
  })

  it('are put aside when they are none', async () => {
    // As a program that is not typed would give them.
    const rows = [{ n: 1 }, { n: 'two', note: 'x' }, { n: 3 }] as CountRow[]
    const stream = await open(rows)
    await stream.nextOffset({ row: 0 }, 'limited')
    const bad: BadRecord[] = []
    const numbers = await numbersIn(stream, { row: 0 }, { row: 3 }, (record) => bad.push(record))
    expect(numbers).toEqual([1n, 3n])
    expect(bad).toEqual([
      {
        place: 'rows[1]',
        reason: 'expected an integer of 64 bits, as a bigint beyond 2^53: rows[1].n',
        record: '{"n":"two","note":"x"}',
      },
    ])
    await expect(numbersIn(stream, { row: 0 }, { row: 3 })).rejects.toMatchObject({
      kind: 'invalid',
      context: { path: 'rows[1].n' },
    })
  })

  it('of a function that gives fewer than it did are missed', async () => {
    let rows = rowsTo(5)
    const stream = await open((from) => rows.slice(Number(from)))
    expect(await taken(stream, { row: 0 })).toMatchObject({ end: { row: 3 } })
    expect(await taken(stream, { row: 3 })).toMatchObject({ end: { row: 5 } })
    rows = rowsTo(4)
    await expect(numbersIn(stream, { row: 0 }, { row: 5 })).rejects.toMatchObject({
      kind: 'not-found',
      context: { row: 4n },
    })
  })

  it('of a function that never ends are a batch each time', async () => {
    const stream = await open(function* (from) {
      for (let n = Number(from); ; n += 1) yield { n }
    })
    expect(await taken(stream, { row: 0 })).toMatchObject({ numbers: [0n, 1n, 2n] })
    expect(await taken(stream, { row: 3 })).toMatchObject({ numbers: [3n, 4n, 5n] })
    expect(await taken(stream, { row: 1_000_000 })).toMatchObject({ end: { row: 1_000_003 } })
  })

  it('are always given once, in their order, however they come', async () => {
    const anyChunks = fc.array(fc.tuple(fc.nat({ max: 5 }), fc.boolean()), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(anyChunks, fc.integer({ min: 1, max: 7 }), async (chunks, limit) => {
        const { rows, give, end } = pushed()
        const stream = await open(rows, limit)
        const numbers: unknown[] = []
        let [given, start] = [0, await stream.initialOffset()]
        const take = async (): Promise<boolean> => {
          const batch = await taken(stream, start)
          if (batch === null) return false
          expect(batch.numbers.length).toBeLessThanOrEqual(limit)
          numbers.push(...batch.numbers)
          start = batch.end
          return true
        }
        for (const [count, isTaken] of chunks) {
          for (let left = count; left > 0; left -= 1) give(given++)
          if (isTaken) await take()
        }
        end()
        while (await take());
        expect(numbers).toEqual(rowsTo(given).map(({ n }) => BigInt(n)))
      }),
      runs(100),
    )
  })
})

/** An iterable that gives what it was given, and waits when that is nothing. */
function pushed(): {
  readonly rows: AsyncIterable<CountRow>
  readonly give: (n: number) => void
  readonly end: () => void
} {
  const held: CountRow[] = []
  let isEnded = false
  let wake = (): void => undefined
  const rows = async function* (): AsyncGenerator<CountRow> {
    for (;;) {
      const row = held.shift()
      if (row !== undefined) yield row
      else if (isEnded) return
      else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
  }
  return {
    rows: rows(),
    give: (n) => {
      held.push({ n })
      wake()
    },
    end: () => {
      isEnded = true
      wake()
    },
  }
}
