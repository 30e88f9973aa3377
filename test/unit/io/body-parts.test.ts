import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { partsOf } from '../../../src/io/body-parts.ts'
import { runs } from '../../support/runs.ts'
import { collect, streamOf } from '../../support/streams.ts'

describe('cutting a body into parts', () => {
  it('cuts across chunks', async () => {
    const chunks = [[1], [2, 3, 4, 5], [], [6, 7]].map((bytes) => Uint8Array.from(bytes))
    const parts = await collect(partsOf(streamOf(chunks), 3, {}))
    expect(parts.map((part) => [...part])).toEqual([[1, 2, 3], [4, 5, 6], [7]])
  })

  it('gives no part of nothing', async () => {
    expect(await collect(partsOf(streamOf([new Uint8Array(0)]), 3, {}))).toEqual([])
  })

  it('ends when it is aborted', async () => {
    const signal = AbortSignal.abort(new Error('enough'))
    const chunks = streamOf([new Uint8Array(1)])
    await expect(collect(partsOf(chunks, 3, { signal }))).rejects.toThrow('enough')
  })

  it('always keeps all bytes in order, in parts of one size but for the last', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 20 })),
        fc.integer({ min: 1, max: 12 }),
        async (chunks, partBytes) => {
          const expected = Buffer.concat(chunks)
          const parts = await collect(partsOf(reusing(chunks), partBytes, {}))
          expect(Buffer.concat(parts).equals(expected)).toBe(true)
          for (const part of parts.slice(0, -1)) expect(part).toHaveLength(partBytes)
          for (const part of parts.slice(-1)) {
            expect(part.length).toBeGreaterThan(0)
            expect(part.length).toBeLessThanOrEqual(partBytes)
          }
        },
      ),
      runs(300),
    )
  })
})

/** A body that gives every chunk in the same buffer. */
async function* reusing(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(20)
  for (const chunk of chunks) {
    buffer.set(chunk)
    yield buffer.subarray(0, chunk.length)
    buffer.fill(0)
  }
}
