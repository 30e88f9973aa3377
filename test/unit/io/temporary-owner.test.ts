import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { stringifyJson } from '../../../src/base/json-exact.ts'
import { hasEnded, parseOwner, processState, thisProcess } from '../../../src/io/temporary-owner.ts'
import type { Owner } from '../../../src/io/temporary-owner.ts'
import { runs } from '../../support/runs.ts'

const self: Owner = {
  host: 'etl-1',
  machine: 'm1',
  boot: 'b1',
  pidNamespace: 'pid:[1]',
  pid: 70,
  started: '500',
}
const other: Owner = { ...self, pid: 71, started: '600' }
const GONE = { isRunning: false, started: null }
const RUNNING = { isRunning: true, started: '600' }

describe('the owner of temporary files', () => {
  it('has ended when nothing has its process id, and not while it runs', () => {
    expect(hasEnded(other, self, GONE)).toBe(true)
    expect(hasEnded(other, self, RUNNING)).toBe(false)
    expect(hasEnded(self, self, { isRunning: true, started: '500' })).toBe(false)
  })

  it('has ended when its process id was given to another', () => {
    expect(hasEnded(other, self, { isRunning: true, started: '601' })).toBe(true)
  })

  it('has ended when the machine was started again since, whoever has the process id', () => {
    expect(hasEnded({ ...other, boot: 'b0' }, self, RUNNING)).toBe(true)
  })

  it('may still run on another machine or in another container, whatever runs here', () => {
    expect(hasEnded({ ...other, host: 'etl-2' }, self, GONE)).toBe(false)
    expect(hasEnded({ ...other, machine: 'm2', boot: 'b0' }, self, GONE)).toBe(false)
    expect(hasEnded({ ...other, pidNamespace: 'pid:[2]' }, self, GONE)).toBe(false)
  })

  it('never has ended where a process of its id runs and nobody tells when either was started', () => {
    const anyText = fc.constantFrom(null, 'x', 'y')
    const anyOwner = fc.record({
      host: fc.constantFrom('a', 'b'),
      machine: anyText,
      boot: fc.constant(null),
      pidNamespace: anyText,
      pid: fc.constant(7),
      started: fc.constant(null),
    })
    fc.assert(
      fc.property(anyOwner, anyOwner, anyText, (owner, me, started) => {
        expect(hasEnded(owner, me, { isRunning: true, started })).toBe(false)
      }),
      runs(100),
    )
  })

  it('is read as it was written', async () => {
    const me = await thisProcess()
    expect(parseOwner(stringifyJson(me))).toEqual(me)
    expect(parseOwner(stringifyJson({ host: 'h', pid: 3 }))).toEqual({
      host: 'h',
      machine: null,
      boot: null,
      pidNamespace: null,
      pid: 3,
      started: null,
    })
    for (const text of ['', '{', 'null', '[]', '{"host":"h"}', '{"host":"h","pid":"1"}']) {
      expect(parseOwner(text)).toBeNull()
    }
  })

  it('is found running: this process and the first of all', async () => {
    const me = await thisProcess()
    expect(hasEnded(me, me, await processState(me.pid))).toBe(false)
    expect(await processState(1)).toMatchObject({ isRunning: true })
    // Beyond what any system gives.
    expect(await processState(2 ** 30)).toEqual({ isRunning: false, started: null })
  })
})
