import fc from 'fast-check'

/**
 * What a seed stands for. Steps of a history carry seeds, and draw from them when their turn comes: only then it is known
 * which columns, partitions and rows the table has.
 */
export function draw<Drawn>(arbitrary: fc.Arbitrary<Drawn>, seed: number): Drawn {
  const [drawn] = fc.sample(arbitrary, { seed, numRuns: 1 })
  if (drawn === undefined) throw new Error('one run draws one value')
  return drawn
}

/** Seeds say nothing by their size, so that smaller ones are no simpler. */
export const anySeed: fc.Arbitrary<number> = fc.noShrink(fc.integer())
