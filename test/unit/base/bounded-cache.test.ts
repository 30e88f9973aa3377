import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { BoundedCache } from '../../../src/base/bounded-cache.ts'
import { runs } from '../../support/runs.ts'

describe('bounded cache', () => {
  it('lets go of what was used longest ago', () => {
    const cache = new BoundedCache<string>(2)
    cache.set('a', 'first', 1)
    cache.set('b', 'second', 1)
    cache.get('a')
    cache.set('c', 'third', 1)
    expect(['a', 'b', 'c'].map((key) => cache.get(key))).toEqual(['first', undefined, 'third'])
  })

  it('keeps one value a key, and none that is too heavy', () => {
    const cache = new BoundedCache<string>(2)
    cache.set('a', 'old', 2)
    cache.set('a', 'new', 1)
    cache.set('b', 'other', 1)
    expect([cache.get('a'), cache.get('b')]).toEqual(['new', 'other'])
    cache.set('a', 'heavy', 3)
    expect([cache.get('a'), cache.get('b')]).toEqual([undefined, 'other'])
  })

  it('lets go of what nobody has used for a time, when something new comes', () => {
    let nowMs = 0
    const cache = new BoundedCache<string>(9, { maxIdleMs: 10, nowMs: () => nowMs })
    cache.set('a', 'first', 1)
    cache.set('b', 'second', 1)
    nowMs = 8
    expect(cache.get('a')).toBe('first')
    nowMs = 15
    cache.set('c', 'third', 1)
    expect(['a', 'b', 'c'].map((key) => cache.get(key))).toEqual(['first', undefined, 'third'])
  })

  it('always holds what was used last, as much as fits', () => {
    const anyUse = fc.record({ key: fc.nat(5), weight: fc.nat(4), isRead: fc.boolean() })
    fc.assert(
      fc.property(fc.nat(8), fc.array(anyUse), (maxWeight, uses) => {
        const cache = new BoundedCache<number>(maxWeight)
        let model: { readonly key: number; readonly weight: number; readonly value: number }[] = []
        for (const [value, { key, weight, isRead }] of uses.entries()) {
          const held = model.find((one) => one.key === key)
          const rest = model.filter((one) => one.key !== key)
          if (isRead) {
            expect(cache.get(String(key))).toBe(held?.value)
            model = held === undefined ? rest : [...rest, held]
          } else {
            cache.set(String(key), value, weight)
            model = weight > maxWeight ? rest : [...rest, { key, weight, value }]
            while (model.reduce((sum, one) => sum + one.weight, 0) > maxWeight) model.shift()
          }
        }
      }),
      runs(300),
    )
  })
})
