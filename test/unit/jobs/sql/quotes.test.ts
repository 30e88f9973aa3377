import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { quoteName, quoteText } from '../../../../src/jobs/sql/quotes.ts'
import { tokenize } from '../../../../src/jobs/sql/spark-tokens.ts'
import { runs } from '../../../support/runs.ts'

/** The dialect knows no text with a null character, and says so. */
const anyText = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.constantFrom('\\', "'", '"', '`', '$|', '|', 'n', '%', 'é'))
      .map((parts) => parts.join('')),
  )
  .map((text) => text.replaceAll('\0', ''))

describe('names and texts in Spark’s dialect', () => {
  it('are always one token that means them, whatever they look like', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(tokenize(quoteText(text, 'spark'))).toMatchObject([
          { kind: 'text', parts: text === '' ? [] : [{ kind: 'text', text }] },
        ])
        if (text !== '') {
          expect(tokenize(quoteName(text, 'spark'))).toMatchObject([{ kind: 'name', name: text }])
        }
      }),
      runs(200),
    )
  })

  it('have no hole where a text looks like one', () => {
    expect(quoteText('$|start|', 'spark')).toBe(String.raw`'\$|start|'`)
  })
})
