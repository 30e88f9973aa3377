import { describe, expect, it } from 'vitest'
import { describePredicate } from '../../../src/expressions/describe.ts'
import { parsePredicate } from '../../../src/expressions/parse.ts'

describe('the description of a predicate', () => {
  it('masks every literal', () => {
    const text =
      "not \"a.b\" = 'secret' and (fare > 10.00 or id in (1, 2, 3) and name like 'se%') and b is not nan"
    expect(describePredicate(parsePredicate(text))).toBe(
      '(not "a.b" = ?) and (fare > ? or (id in (3 values) and name like \'?%\')) and b is not nan',
    )
  })

  it('says what empty combinations mean', () => {
    expect(describePredicate({ kind: 'and', children: [] })).toBe('true')
    expect(describePredicate({ kind: 'or', children: [] })).toBe('false')
  })
})
