import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Permits } from '../../../src/base/permits.ts'
import { runs } from '../../support/runs.ts'

describe('permits', () => {
  it('are given in the order in which they are asked for', async () => {
    const permits = new Permits(1)
    const order: string[] = []
    const first = await permits.acquire()
    const waiting = ['a', 'b', 'c'].map(async (name) => {
      const release = await permits.acquire()
      order.push(name)
      release()
    })
    expect(order).toEqual([])
    first()
    await Promise.all(waiting)
    expect(order).toEqual(['a', 'b', 'c'])
  })

  it('are given back once, however often that is said', async () => {
    const permits = new Permits(1)
    const release = await permits.acquire()
    release()
    release()
    await permits.acquire()
    let isHeld = false
    void permits.acquire().then(() => (isHeld = true))
    await Promise.resolve()
    expect(isHeld).toBe(false)
  })

  it('never let more than their number work, and always let all of them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 20 }),
        async (count, works) => {
          const permits = new Permits(count)
          let working = 0
          let most = 0
          await Promise.all(
            works.map(async (turns) => {
              const release = await permits.acquire()
              working += 1
              most = Math.max(most, working)
              for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
              working -= 1
              release()
            }),
          )
          expect(most).toBe(Math.min(count, works.length))
        },
      ),
      runs(200),
    )
  })
})
