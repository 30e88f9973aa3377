import { assert } from '../../base/assert.ts'
import type { SourceLog } from './stream-source.ts'

/** A log as it is, for who only looks: what is made of it goes no further than this. */
export function plannedLog(log: SourceLog): SourceLog {
  const made = new Map<number, string>()
  const get: SourceLog['get'] = async (n, options) => made.get(n) ?? log.get(n, options)
  return {
    get,
    async create(n, text, options) {
      const there = await get(n, options)
      if (there === null) made.set(n, text)
      return there ?? text
    },
    lookAnew: () => log.lookAnew(),
    async *entries(last, options) {
      const kept = Math.min(last, ...[...made.keys()].map((n) => n - 1))
      if (kept > 0) yield* log.entries(kept, options)
      for (let n = kept + 1; n <= last; n += 1) {
        const text = made.get(n)
        assert(text !== undefined, 'entries are made one after the other')
        yield text
      }
    },
  }
}
