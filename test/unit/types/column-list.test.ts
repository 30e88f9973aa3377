import { describe, expect, it } from 'vitest'

import { parseColumnList } from '../../../src/types/column-list.ts'
import { thrownBy } from '../../support/thrown.ts'

describe('a list of columns', () => {
  it('has paths, in which a quoted name may hold a dot', () => {
    expect(parseColumnList('a, b.c,"d.e"."f"')).toEqual([['a'], ['b', 'c'], ['d.e', 'f']])
    expect(parseColumnList('日付')).toEqual([['日付']])
    expect(parseColumnList('"a""b"')).toEqual([['a"b']])
  })

  it.each([
    ['', 1],
    ['a,', 3],
    ['a b', 3],
    ['a..b', 3],
    ['a, 5', 4],
  ])('is not %j: column %d', (text, column) => {
    expect(thrownBy(() => parseColumnList(text))).toMatchObject({
      kind: 'invalid',
      context: { position: column },
    })
  })
})
