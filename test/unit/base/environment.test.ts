import { getEventListeners } from 'node:events'

import { describe, expect, it } from 'vitest'
import { systemEnvironment } from '../../../src/base/environment.ts'

describe('sleeping on this machine', () => {
  it('takes at least as long as asked', async () => {
    const before = performance.now()
    await systemEnvironment.sleep(20)
    // Timers may fire up to a millisecond early.
    expect(performance.now() - before).toBeGreaterThanOrEqual(19)
  })

  it('ends with the reason of a signal that was aborted before', async () => {
    const reason = new Error('stop')
    await expect(systemEnvironment.sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason)
  })

  it('ends with the reason of a signal that is aborted meanwhile', async () => {
    const reason = new Error('stop')
    const controller = new AbortController()
    const sleep = systemEnvironment.sleep(60_000, controller.signal)
    controller.abort(reason)
    await expect(sleep).rejects.toBe(reason)
  })

  it('takes as long as asked where that is more than a timer can wait', async () => {
    const reason = new Error('stop')
    const controller = new AbortController()
    const sleep = systemEnvironment.sleep(2 ** 31, controller.signal)
    await systemEnvironment.sleep(20)
    controller.abort(reason)
    await expect(sleep).rejects.toBe(reason)
  })

  it('leaves nothing on a signal that lives longer', async () => {
    const { signal } = new AbortController()
    await systemEnvironment.sleep(1, signal)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})

describe('time and chance of this machine', () => {
  it('counts milliseconds from the epoch', () => {
    const before = Date.now()
    const nowMs = systemEnvironment.nowMs()
    expect(before <= nowMs && nowMs <= Date.now()).toBe(true)
  })

  it('draws as many bytes as asked, other ones each time', () => {
    const [one, other] = [systemEnvironment.randomBytes(32), systemEnvironment.randomBytes(32)]
    expect([one.length, systemEnvironment.randomBytes(0).length]).toEqual([32, 0])
    expect(one).not.toEqual(other)
  })

  it('draws numbers from 0 up to but not 1, and version 4 UUIDs', () => {
    const drawn = systemEnvironment.random()
    expect(drawn >= 0 && drawn < 1).toBe(true)
    expect(systemEnvironment.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab]/)
  })
})
