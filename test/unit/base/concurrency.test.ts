import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { mapConcurrent, resume } from '../../../src/base/concurrency.ts'
import { nextTurn } from '../../../src/base/environment.ts'
import { runs } from '../../support/runs.ts'

/** Calls that end when the test says so, and a count of those under way. */
class Calls {
  readonly started: number[] = []
  readonly aborted: number[] = []
  underWay = 0
  mostUnderWay = 0
  readonly #ends = new Map<
    number,
    { resolve: (value: number) => void; reject: (error: Error) => void }
  >()

  readonly run = async (item: number, signal: AbortSignal): Promise<number> => {
    this.started.push(item)
    this.underWay += 1
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay)
    try {
      return await new Promise<number>((resolve, reject) => {
        this.#ends.set(item, { resolve, reject })
        signal.addEventListener('abort', () => {
          this.aborted.push(item)
          reject(new Error(`call ${item} was told to stop`))
        })
      })
    } finally {
      this.underWay -= 1
    }
  }

  end(item: number): void {
    this.#ends.get(item)?.resolve(item * 10)
  }

  fail(item: number): void {
    this.#ends.get(item)?.reject(new Error(`call ${item} failed`))
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const result: T[] = []
  for await (const item of items) result.push(item)
  return result
}

describe('mapping with several calls under way', () => {
  it('gives results in the order of the source, however calls end', async () => {
    const calls = new Calls()
    const all = collect(mapConcurrent([1, 2, 3], 3, calls.run))
    await settle()
    for (const item of [3, 1, 2]) calls.end(item)
    expect(await all).toEqual([10, 20, 30])
  })

  it('starts no more calls than the limit, and the next when a result is taken', async () => {
    const calls = new Calls()
    const results = mapConcurrent([1, 2, 3, 4], 2, calls.run)
    const first = results.next()
    await settle()
    expect(calls.started).toEqual([1, 2])
    calls.end(2)
    calls.end(1)
    expect((await first).value).toBe(10)
    await settle()
    expect(calls.started).toEqual([1, 2])
    const second = results.next()
    await settle()
    expect(calls.started).toEqual([1, 2, 3])
    expect((await second).value).toBe(20)
    await results.return()
  })

  it('throws the first failure, after telling the others to stop and waiting for them', async () => {
    const calls = new Calls()
    const all = collect(mapConcurrent([1, 2, 3], 3, calls.run))
    const outcome = expect(all).rejects.toThrow('call 2 failed')
    await settle()
    calls.fail(2)
    await outcome
    expect(calls.aborted).toEqual([1, 2, 3])
    expect(calls.underWay).toBe(0)
  })

  it('is no leak to Node, however many calls listen for the end', async () => {
    const warnings: string[] = []
    const note = ({ name }: Error): void => void warnings.push(name)
    process.on('warning', note)
    onTestFinished(() => void process.off('warning', note))
    const listen = async (item: number, signal: AbortSignal): Promise<number> => {
      for (let place = 0; place < 20; place += 1) signal.addEventListener('abort', () => undefined)
      return item
    }
    expect(await collect(mapConcurrent([1], 1, listen))).toEqual([1])
    await nextTurn()
    expect(warnings).toEqual([])
  })

  it('waits for calls that take their time to stop', async () => {
    const stopped: number[] = []
    const lingering = async (item: number, signal: AbortSignal): Promise<number> => {
      await settle()
      if (item === 2) throw new Error('call 2 failed')
      while (!signal.aborted) await Promise.resolve()
      for (let turn = 0; turn < item; turn += 1) await settle()
      stopped.push(item)
      return item
    }
    await expect(collect(mapConcurrent([1, 2, 3], 3, lingering))).rejects.toThrow('call 2 failed')
    expect(stopped).toEqual([1, 3])
  })

  it('throws what a call throws before it is a promise', async () => {
    const broken = (): Promise<number> => {
      throw new Error('not even begun')
    }
    await expect(collect(mapConcurrent([1], 1, broken))).rejects.toThrow('not even begun')
  })

  it('throws what the source throws, and ends the calls', async () => {
    const calls = new Calls()
    async function* source(): AsyncGenerator<number> {
      yield 1
      throw new Error('source failed')
    }
    await expect(collect(mapConcurrent(source(), 3, calls.run))).rejects.toThrow('source failed')
    expect(calls.aborted).toEqual([1])
    expect(calls.underWay).toBe(0)
  })

  it('ends the calls and closes the source when the consumer stops early', async () => {
    const calls = new Calls()
    let closed = false
    function* source(): Generator<number> {
      try {
        for (let item = 1; ; item += 1) yield item
      } finally {
        closed = true
      }
    }
    const results = mapConcurrent(source(), 3, calls.run)
    const first = results.next()
    await settle()
    calls.end(1)
    await first
    await results.return()
    expect(calls.aborted).toEqual([1, 2, 3])
    expect(calls.underWay).toBe(0)
    expect(closed).toBe(true)
  })

  it('throws the reason of an abort', async () => {
    const calls = new Calls()
    const stop = new AbortController()
    const all = collect(mapConcurrent([1, 2, 3], 2, calls.run, stop.signal))
    const outcome = expect(all).rejects.toThrow('enough')
    await settle()
    stop.abort(new Error('enough'))
    await outcome
    expect(calls.underWay).toBe(0)
  })

  it('starts nothing after an abort', async () => {
    const calls = new Calls()
    const all = collect(mapConcurrent([1], 1, calls.run, AbortSignal.abort(new Error('before'))))
    await expect(all).rejects.toThrow('before')
    expect(calls.started).toEqual([])
  })

  it('always gives each result once, in order, within the limit', async () => {
    const anyDelays = fc.array(fc.nat(5), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(anyDelays, fc.integer({ min: 1, max: 5 }), async (delays, limit) => {
        let underWay = 0
        let most = 0
        const results = mapConcurrent(delays.entries(), limit, async ([index, delay]) => {
          underWay += 1
          most = Math.max(most, underWay)
          for (let turn = 0; turn < delay; turn += 1) await Promise.resolve()
          underWay -= 1
          return index
        })
        expect(await collect(results)).toEqual([...delays.keys()])
        expect(most).toBeLessThanOrEqual(limit)
      }),
      runs(100),
    )
  })
})

describe('a generator that was begun', () => {
  async function* counted(ended: string[]): AsyncGenerator<number> {
    try {
      yield 1
      yield 2
    } finally {
      ended.push('ended')
    }
  }

  it('gives all of its items, the first as well', async () => {
    const rest = counted([])
    expect(await collect(resume(rest.next(), rest))).toEqual([1, 2])
  })

  it('ends when nobody wants more than its first item', async () => {
    const ended: string[] = []
    const rest = counted(ended)
    for await (const item of resume(await rest.next(), rest)) {
      expect(item).toBe(1)
      break
    }
    expect(ended).toEqual(['ended'])
  })

  it('fails where its first item would have been', async () => {
    const rest = counted([])
    const first = Promise.reject(new Error('no first'))
    await expect(collect(resume(first, rest))).rejects.toThrow('no first')
  })
})
