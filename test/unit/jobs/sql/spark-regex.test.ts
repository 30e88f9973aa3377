import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { IcebergError } from '../../../../src/base/errors.ts'
import { portableRegex, portableReplacement } from '../../../../src/jobs/sql/spark-regex.ts'
import { runs } from '../../../support/runs.ts'
import { columns, engineForTests, rowsOfQuery, viewOf } from '../../../support/sql/engine.ts'

const engine = engineForTests()
const texts = columns({ s: { kind: 'string' } })

describe('regular expressions of Java', () => {
  it.each([
    ['abc', 'abc'],
    ['a.b', String.raw`a[^\n\r\x{85}\x{2028}\x{2029}]b`],
    [String.raw`\d+\.\d{2}`, String.raw`[0-9]+\.[0-9]{2}`],
    [String.raw`[^\s,-]`, String.raw`[^\t\n\x0B\f\r \,\-]`],
    ['(?:a|b)*?c', '(?:a|b)*?c'],
  ])('%s is %s', (pattern, expected) => {
    expect(portableRegex(pattern)?.pattern).toBe(expected)
  })

  it.each([
    '(?i)a',
    '(?=a)',
    '(?<name>a)',
    String.raw`(a)\1`,
    String.raw`\bword`,
    String.raw`\p{L}`,
    'a++',
    'a*+',
    '[a&&b]',
    '[[a]b]',
    '[]a]',
    'a{2',
    '(a',
    'a)',
    '^*',
    'a{1000}',
  ])('%s is not known to be the same', (pattern) => {
    expect(portableRegex(pattern)).toBeNull()
  })

  it('knows which can match nothing, how many groups there are, and which ask for the end', () => {
    expect(portableRegex('a*|b')).toMatchObject({ mayBeEmpty: true, groupCount: 0, hasEnd: false })
    expect(portableRegex('(a)(?:b)?c$')).toMatchObject({
      mayBeEmpty: false,
      groupCount: 1,
      hasEnd: true,
    })
  })

  it('spells replacements', () => {
    expect(portableReplacement('<$1>', 1)).toBe(String.raw`<\1>`)
    expect(portableReplacement(String.raw`\$1\\`, 0)).toBe(String.raw`$1\\`)
    expect(portableReplacement('$2', 1)).toBeNull()
    expect(portableReplacement('$', 1)).toBeNull()
  })

  const anyAtom = fc.constantFrom(
    'a',
    'b',
    '.',
    '[ab]',
    '[^a]',
    String.raw`\d`,
    String.raw`\s`,
    '(?:ab|b)',
    '(a)',
    String.raw`\.`,
  )
  const anyPattern = fc
    .array(fc.tuple(anyAtom, fc.constantFrom('', '', '*', '+', '?', '{2}', '+?')), { maxLength: 5 })
    .chain((parts) =>
      fc.constantFrom('', '^', '|').map((joint) => {
        const spelled = parts.map(([atom, quantifier]) => atom + quantifier)
        return joint === '|' ? spelled.join('|') : joint + spelled.join('')
      }),
    )
  const anyText = fc.string({
    unit: fc.constantFrom('a', 'b', '1', '.', ' ', '\n', 'é', '😀'),
    maxLength: 8,
  })

  it('always match what they match in JavaScript, which reads these as Java does', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyPattern,
        fc.array(anyText, { minLength: 1, maxLength: 20 }),
        async (pattern, given) => {
          const view = viewOf(
            texts,
            given.map((text) => [text]),
          )
          const literal = pattern.replaceAll('\\', '\\\\')
          const rows = await rowsOfQuery(engine, `select s rlike '${literal}' as x from v`, view)
          const regex = new RegExp(pattern, 'u')
          expect(rows).toEqual(given.map((text) => [regex.test(text)]))
        },
      ),
      runs(60),
    )
  })
})

describe('case', () => {
  it('never is another than that of Java, which like JavaScript has letters become several', async () => {
    let refused = 0
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 2 }), async (text) => {
        if (text.includes('\0')) return
        try {
          const rows = await rowsOfQuery(
            engine,
            'select upper(s) as u, lower(s) as l from v',
            viewOf(texts, [[text]]),
          )
          expect(rows).toEqual([[text.toUpperCase(), text.toLowerCase()]])
        } catch (error) {
          if (!(error instanceof IcebergError)) throw error
          expect(error.message).toMatch(/^the case of such letters is refused/)
          refused += 1
        }
      }),
      runs(100),
    )
    expect(refused).toBeLessThan(runs(100).numRuns)
  })
})
