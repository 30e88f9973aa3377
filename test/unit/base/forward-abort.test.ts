import { getEventListeners } from 'node:events'

import { describe, expect, it } from 'vitest'

import { forwardAbort } from '../../../src/base/forward-abort.ts'

describe('what aborts with a signal', () => {
  it('does so for the same reason, until it is over', () => {
    const source = new AbortController()
    const [following, over] = [new AbortController(), new AbortController()]
    forwardAbort(source.signal, following)
    forwardAbort(source.signal, over)()
    source.abort('enough')
    expect([following.signal.aborted, following.signal.reason]).toEqual([true, 'enough'])
    expect(over.signal.aborted).toBe(false)
  })

  it('is aborted at once where the signal is', () => {
    const late = new AbortController()
    forwardAbort(AbortSignal.abort('enough'), late)()
    expect(late.signal.reason).toBe('enough')
    forwardAbort(undefined, new AbortController())()
  })

  it('leaves one listener in the signal, however many there were', () => {
    const { signal } = new AbortController()
    for (let n = 0; n < 100; n += 1) {
      const unfollow = forwardAbort(signal, new AbortController())
      if (n % 2 === 0) unfollow()
    }
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  })
})
