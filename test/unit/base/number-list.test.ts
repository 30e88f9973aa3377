import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { NumberList } from '../../../src/base/number-list.ts'

describe('a list of numbers', () => {
  it('always gives what was set last, and 0 elsewhere', () => {
    const anySet = fc.tuple(fc.nat(5_000), fc.double({ noNaN: true }))
    fc.assert(
      fc.property(fc.array(anySet), fc.nat(10_000), (sets, elsewhere) => {
        const list = new NumberList()
        for (const [index, value] of sets) list.set(index, value)
        const expected = new Map(sets)
        for (const [index, value] of expected) expect(list.get(index)).toBe(value)
        expect(list.get(elsewhere)).toBe(expected.get(elsewhere) ?? 0)
      }),
    )
  })
})
