import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { compareWords, sortByWords } from '../../../../src/formats/arrow/radix.ts'
import { runs } from '../../../support/runs.ts'

describe('order of rows by words', () => {
  it('compares the first word first, as unsigned numbers', () => {
    const words = [Uint32Array.of(1, 0xffffffff, 1), Uint32Array.of(2, 0, 1)]
    expect([...sortByWords(words, 3)]).toEqual([2, 0, 1])
  })

  it.each([64, 65_535, 65_536])('is the order of a comparator for %d rows', (count) => {
    const words = [spread(count, 7), spread(count, 0xffffffff)]
    expect(sortByWords(words, count)).toEqual(comparedOrder(words, count))
  })

  it('is always the stable order of a comparator', () => {
    const anyWord = fc.oneof(fc.nat(3), fc.integer({ min: 0, max: 0xffffffff }))
    const anyRows = fc.array(fc.tuple(anyWord, anyWord), { maxLength: 300, size: 'max' })
    fc.assert(
      fc.property(anyRows, (rows) => {
        const words = [0, 1].map((word) => Uint32Array.from(rows, (row) => row[word] ?? 0))
        expect(sortByWords(words, rows.length)).toEqual(comparedOrder(words, rows.length))
      }),
      runs(200),
    )
  })
})

function comparedOrder(words: readonly Uint32Array[], count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, row) => row)
  return order.sort((left, right) => compareWords(words, left, right) || left - right)
}

/** Numbers up to `max` in no visible order, with repetitions. */
function spread(count: number, max: number): Uint32Array {
  return Uint32Array.from(
    { length: count },
    (_, row) => (Math.imul(row % 40_000, 0x9e3779b1) >>> 0) % max,
  )
}
