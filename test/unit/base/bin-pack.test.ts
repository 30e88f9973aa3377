import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { packFirstFit } from '../../../src/base/bin-pack.ts'
import { runs } from '../../support/runs.ts'

const identity = (weight: bigint): bigint => weight
const sum = (weights: readonly bigint[]): bigint => weights.reduce((all, one) => all + one, 0n)

describe('packFirstFit', () => {
  it('puts each item into the first bin that has room', () => {
    expect(packFirstFit([5n, 6n, 4n, 3n, 1n, 20n, 1n], identity, 10n)).toEqual([
      [5n, 4n, 1n],
      [6n, 3n, 1n],
      [20n],
    ])
  })

  it('always keeps every item, and never overfills a bin of several or leaves two half empty', () => {
    const anyWeights = fc.array(fc.bigInt({ min: 0n, max: 30n }))
    fc.assert(
      fc.property(anyWeights, fc.bigInt({ min: 1n, max: 20n }), (weights, capacity) => {
        const bins = packFirstFit(weights, identity, capacity)
        expect(bins.flat().map(String).sort()).toEqual(weights.map(String).sort())
        for (const bin of bins) if (bin.length > 1) expect(sum(bin) <= capacity).toBe(true)
        expect(bins.filter((bin) => 2n * sum(bin) <= capacity).length).toBeLessThanOrEqual(1)
      }),
      runs(200),
    )
  })
})
