import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseSed } from '../../../../src/jobs/functions/sed.ts'
import { runs } from '../../../support/runs.ts'

describe('a substitution', () => {
  it.each([
    ['s/a/b/', 'banana', 'bbnana'],
    ['s/a/b/g', 'banana', 'bbnbnb'],
    ['s/A/b/gi', 'banana', 'bbnbnb'],
    ['s/^string_/new_/g', 'string_string_a', 'new_string_a'],
    [String.raw`s/(\d+)-(\d+)/\2:\1/`, 'x 12-34', 'x 34:12'],
    ['s/an/<&>/g', 'banana', 'b<an><an>a'],
    [String.raw`s/an/<\&>/`, 'banana', 'b<&>ana'],
    [String.raw`s/a\/b/c/`, 'xa/b', 'xc'],
    ['s|a/b|c|', 'xa/b', 'xc'],
    [String.raw`s|a\|b|c\|d|`, 'xa|b', 'xc|d'],
    [String.raw`s/,/\n/`, 'a,b', 'a\nb'],
    ['s/a*?(b)?/x\\1/', 'c', 'xc'],
    ['s/a//g', 'banana', 'bnn'],
    ['s/./𝄞/g', '𝄞a', '𝄞𝄞'],
  ])('%s', (expression, text, result) => {
    expect(parseSed(expression)(text)).toBe(result)
  })

  it.each(['', 's', 's/a', 's/a/b', 's/a/b/x', 'y/a/b/', 's/(/b/', 'sxaxbx', 's a b ', 's/a/b/c/'])(
    'refuses %j',
    (expression) => {
      expect(() => parseSed(expression)).toThrow('must be of the form s/pattern/replacement/flags')
    },
  )

  it('always replaces a literal text by another one', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (from, to) => {
        const escape = (text: string): string => text.replaceAll(/[^\w\s]/gu, String.raw`\$&`)
        fc.pre(from !== '' && !/[^\x20-\x7E]/.test(from + to) && !from.includes('-'))
        const replaced = parseSed(`s/${escape(from)}/${escape(to)}/g`)(`x${from}y${from}`)
        expect(replaced).toBe(`x${from}y${from}`.replaceAll(from, () => to))
      }),
      runs(300),
    )
  })
})
