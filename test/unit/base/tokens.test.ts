import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TokenCursor } from '../../../src/base/tokens.ts'
import type { Token } from '../../../src/base/tokens.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

function tokensOf(text: string): Token[] {
  const cursor = new TokenCursor(text)
  const tokens: Token[] = []
  while (cursor.peek().kind !== 'end') tokens.push(cursor.take())
  return tokens
}

/** Kinds and texts. */
function gist(text: string): string[] {
  return tokensOf(text).map((token) => {
    if (token.kind === 'end') return 'end'
    return token.kind === 'bytes' ? `bytes ${token.bytes.length}` : `${token.kind} ${token.text}`
  })
}

describe('tokens', () => {
  it('are words, names, texts, numbers, bytes and signs', () => {
    expect(gist(`a_1 "b ""c""" 'it''s' -1.5e3 X'00ff' <= (x)`)).toEqual([
      'word a_1',
      'name b "c"',
      "text it's",
      'number -1.5e3',
      'bytes 2',
      'sign <=',
      'sign (',
      'word x',
      'sign )',
    ])
  })

  it('need no spaces between them where none could be meant otherwise', () => {
    expect(gist("a>=-5,b<>'x'")).toEqual([
      'word a',
      'sign >=',
      'number -5',
      'sign ,',
      'word b',
      'sign <>',
      'text x',
    ])
    expect(gist('')).toEqual([])
    expect(gist(' \n\t')).toEqual([])
  })

  it('take a word for a keyword in any case, and a quoted one never', () => {
    const cursor = new TokenCursor('NULLS "last"')
    expect(cursor.takeWords('nulls', 'last')).toBe(false)
    expect(cursor.takeWords('nulls')).toBe(true)
    expect(cursor.takeWords('last')).toBe(false)
    expect(cursor.expectName()).toBe('last')
  })

  it('are refused at their position, which counts a character once', () => {
    expect(thrownBy(() => new TokenCursor("'🧊🧊' ;"))).toMatchObject({ context: { position: 6 } })
    expect(thrownBy(() => new TokenCursor('1.2.3'))).toMatchObject({ kind: 'invalid' })
    const cursor = new TokenCursor('a b')
    cursor.take()
    expect(thrownBy(() => cursor.expectSign(','))).toMatchObject({
      message: 'expected ,',
      context: { position: 3 },
    })
  })

  it('always give back what was quoted', () => {
    const anyText = fc.string({ unit: 'binary' })
    fc.assert(
      fc.property(anyText, anyText, (name, text) => {
        const quoted = `"${name.replaceAll('"', '""')}" '${text.replaceAll("'", "''")}'`
        expect(tokensOf(quoted)).toMatchObject([
          { kind: 'name', text: name },
          { kind: 'text', text },
        ])
      }),
      runs(200),
    )
  })
})
