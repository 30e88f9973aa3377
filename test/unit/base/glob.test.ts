import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { parseGlob } from '../../../src/base/glob.ts'
import { runs } from '../../support/runs.ts'

describe('a pattern of paths', () => {
  it.each([
    ['/data/landing', '/data/landing'],
    ['/data/landing/*.json', '/data/landing'],
    ['/data/20{25,26}/*/a.json', '/data'],
    [String.raw`/data/\[x\]/*.json`, '/data/[x]'],
    ['s3://bucket/in/**', 's3://bucket/in'],
    ['*.json', ''],
  ])('%s lies in %s', (pattern, base) => {
    expect(parseGlob(pattern).base).toBe(base)
  })

  it.each([
    ['*.json', ['a.json', '.json', 'å.json'], ['a.jsonl', 'a/b.json', 'a.json/b']],
    ['a?c', ['abc', 'a💧c'], ['ac', 'a/c', 'abbc']],
    ['**/x', ['x', 'a/x', 'a/b/x'], ['ax', 'x/a']],
    ['**', ['b', 'b/c', '.b/.c'], []],
    [String.raw`a**b\**`, ['axb*x', 'ab*'], ['a/b*', 'ab']],
    ['x*/**', ['xa/b', 'x/a/b'], ['b', 'xa']],
    ['[a-c]*', ['a', 'bee'], ['d', '']],
    ['[!a-c]x', ['dx', '-x'], ['ax', '/x']],
    ['[]]x', [']x'], ['x']],
    ['{a,b*,c/d}.csv', ['a.csv', 'bee.csv', 'c/d.csv'], ['c.csv', 'a,b.csv']],
    ['{a,{b,c}d}?', ['ax', 'bdx', 'cdx'], ['bx']],
    [String.raw`\*[x]`, ['*x'], ['ax']],
    ['a.b+(c)?', ['a.b+(c)d'], ['aab+(c)d', 'abbc']],
    ['a,b}*', ['a,b}'], ['a']],
  ])('%s matches %s and not %s', (pattern, matching, others) => {
    const { matches } = parseGlob(pattern)
    for (const path of matching) expect([path, matches?.(path)]).toEqual([path, true])
    for (const path of others) expect([path, matches?.(path)]).toEqual([path, false])
  })

  it.each([
    ['/in', ['a', 'a/b'], []],
    ['/in/*.json', [], ['a', 'a/b']],
    ['/in/2*/*.json', ['2026'], ['1999', '2026/a']],
    ['/in/2*/**/*.json', ['2026', '2026/a/b'], ['1999', '1999/a']],
    ['/in/{a,b/c}/*.json', ['a', 'b', 'b/c'], []],
    ['/in/{a,b}/*.json', ['a', 'b'], ['c', 'a/c']],
    ['/in/*.{json,csv}', [], ['a', 'a/b']],
    ['/in/[a/b]/*.json', ['a'], []],
  ])('%s reaches below %j and not below %j', (pattern, within, others) => {
    const { reaches } = parseGlob(pattern)
    for (const folder of within) expect([folder, reaches(folder)]).toEqual([folder, true])
    for (const folder of others) expect([folder, reaches(folder)]).toEqual([folder, false])
  })

  it('always reaches the folders of what it matches', () => {
    const part = fc.constantFrom('a', 'b', '*', '**', '?', '[ab]', '{a,b/a}', '{a,{b,ab}}', 'a*')
    const anyPattern = fc.array(part, { minLength: 1, maxLength: 4 })
    const anyPath = fc.array(fc.constantFrom('a', 'b', 'ab'), { minLength: 2, maxLength: 4 })
    fc.assert(
      fc.property(anyPattern, anyPath, (parts, names) => {
        const { matches, reaches } = parseGlob(['*', ...parts].join('/'))
        fc.pre(matches?.(names.join('/')) === true)
        for (let depth = 1; depth < names.length; depth += 1) {
          expect(reaches(names.slice(0, depth).join('/'))).toBe(true)
        }
      }),
      runs(300),
    )
  })

  it.each(['a[b*', '{a,b*', '*{'])('%s is refused', (pattern) => {
    expect(() => parseGlob(pattern)).toThrow('is not closed')
  })

  it('always matches what its signs do one after the other', () => {
    const anyPattern = fc.array(fc.constantFrom(...SIGNS.keys()), { minLength: 1, maxLength: 6 })
    const anyPath = fc.string({ unit: fc.constantFrom('a', 'b', '.', '-', '/'), maxLength: 6 })
    fc.assert(
      fc.property(anyPattern, anyPath, (signs, path) => {
        fc.pre(!signs.join('').includes('**'))
        const { base, matches } = parseGlob(`*/${signs.join('')}`)
        expect(base).toBe('')
        expect(matches?.(`x/${path}`)).toBe(matchesSigns(signs, path))
      }),
      runs(300),
    )
  })
})

/** What each sign may stand for, at the start of a path. */
const SIGNS = new Map<string, (rest: string) => readonly number[]>([
  ['a', (rest) => (rest.startsWith('a') ? [1] : [])],
  ['.', (rest) => (rest.startsWith('.') ? [1] : [])],
  ['/', (rest) => (rest.startsWith('/') ? [1] : [])],
  ['?', (rest) => (rest !== '' && !rest.startsWith('/') ? [1] : [])],
  ['*', (rest) => lengthsTo(rest.split('/')[0] ?? '')],
  ['[ab]', (rest) => (/^[ab]/.test(rest) ? [1] : [])],
  ['[!a]', (rest) => (/^[^a/]/.test(rest) ? [1] : [])],
  ['[.-]', (rest) => (/^[.-]/.test(rest) ? [1] : [])],
  [
    '{a,b.}',
    (rest) => [...(rest.startsWith('a') ? [1] : []), ...(rest.startsWith('b.') ? [2] : [])],
  ],
])

function lengthsTo(name: string): number[] {
  return Array.from({ length: name.length + 1 }, (_, length) => length)
}

function matchesSigns([sign, ...signs]: readonly string[], path: string): boolean {
  if (sign === undefined) return path === ''
  const lengths = SIGNS.get(sign)?.(path) ?? []
  return lengths.some((length) => matchesSigns(signs, path.slice(length)))
}
