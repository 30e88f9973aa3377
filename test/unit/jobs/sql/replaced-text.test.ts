import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { replacePieces } from '../../../../src/jobs/sql/replaced-text.ts'
import { runs } from '../../../support/runs.ts'

describe('a text of which pieces were replaced', () => {
  it('knows where its parts stood', () => {
    const { text, offsetOf } = replacePieces("a > '$|x|' and b", [
      { start: 4, end: 10, text: "'2021-03-01'" },
    ])
    expect(text).toBe("a > '2021-03-01' and b")
    expect([0, 4, 9, 15, 16, 21].map(offsetOf)).toEqual([0, 4, 4, 4, 10, 15])
  })

  it('always finds a part that was kept where it stood, and one that was not at its piece', () => {
    const piece = fc.record({ kept: fc.string(), old: fc.string(), text: fc.string() })
    fc.assert(
      fc.property(fc.array(piece), fc.string(), (pieces, end) => {
        let source = ''
        const origins: number[] = []
        const replacements = pieces.map(({ kept, old, text }) => {
          for (const index of Array.from(kept).keys()) origins.push(source.length + index)
          source += kept
          const start = source.length
          source += old
          for (const _ of text) origins.push(start)
          return { start, end: source.length, text }
        })
        for (const index of Array.from(end).keys()) origins.push(source.length + index)
        const { text, offsetOf } = replacePieces(source + end, replacements)
        expect(text).toBe(pieces.map(({ kept, text: made }) => kept + made).join('') + end)
        expect(Array.from(text, (_, index) => offsetOf(index))).toEqual(origins)
      }),
      runs(200),
    )
  })
})
