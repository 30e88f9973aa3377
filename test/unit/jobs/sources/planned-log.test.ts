import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createMemoryStore } from '../../../../src/io/memory-store.ts'
import { plannedLog } from '../../../../src/jobs/sources/planned-log.ts'
import { createSourceLog } from '../../../../src/jobs/sources/source-log.ts'
import { runs } from '../../../support/runs.ts'
import { collect } from '../../../support/streams.ts'

const FOLDER = 'memory:/log'

describe('a log that is only looked at', () => {
  it('always says what it would if it were written to, and never changes', async () => {
    const anyCounts = fc.record({ kept: fc.nat(6), made: fc.nat(6) })
    await fc.assert(
      fc.asyncProperty(anyCounts, async ({ kept, made }) => {
        const store = createMemoryStore()
        const log = createSourceLog(store, FOLDER, 3)
        for (let n = 1; n <= kept; n += 1) await log.create(n, `kept ${n}`)
        const before = await collect(store.list(FOLDER))
        const planned = plannedLog(log)
        // Those that are there already stay as they are.
        for (let n = 1; n <= kept + made; n += 1) {
          expect(await planned.create(n, `made ${n}`)).toBe(n <= kept ? `kept ${n}` : `made ${n}`)
        }
        const all = Array.from({ length: kept + made }, (_, at) =>
          at < kept ? `kept ${at + 1}` : `made ${at + 1}`,
        )
        for (let last = 0; last <= all.length; last += 1) {
          expect(await collect(planned.entries(last))).toEqual(all.slice(0, last))
          expect(await planned.get(last + 1)).toBe(all[last] ?? null)
        }
        expect(await collect(store.list(FOLDER))).toEqual(before)
      }),
      runs(30),
    )
  })
})
