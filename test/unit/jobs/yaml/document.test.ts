import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'

import { unreachable } from '../../../../src/base/assert.ts'
import { isKind } from '../../../../src/base/errors.ts'
import { isWellFormed } from '../../../../src/base/unicode.ts'
import { childPath, readYaml } from '../../../../src/jobs/yaml/document.ts'
import type { YamlValue } from '../../../../src/jobs/yaml/document.ts'
import { Faults } from '../../../../src/jobs/yaml/faults.ts'
import { runs } from '../../../support/runs.ts'

/** No aliases; no block texts, of which the library loses a space when one is all there is and begins with an empty line. */
const STYLE = { aliasDuplicateObjects: false, lineWidth: 0, blockQuote: false }

const YAML_PIECES = [
  'a',
  ':',
  ' ',
  '\n',
  '  ',
  '- ',
  '"',
  "'",
  '[',
  ']',
  '{',
  '}',
  ',',
  '#',
  '&x',
  '*x',
  '|',
  '>',
  '!',
  '?',
  '%',
  '@',
  '\t',
  '---',
  'é',
]

function read(text: string): YamlValue {
  const faults = new Faults()
  const value = readYaml(text, faults)
  faults.throwIfAny('faults')
  if (value === null) throw new Error('no tree and no fault')
  return value
}

/** `line:column path: message` for each fault. */
function faultsOf(text: string): readonly string[] {
  const faults = new Faults()
  readYaml(text, faults)
  try {
    faults.throwIfAny('faults')
  } catch (error) {
    if (!isKind(error, 'invalid') && !isKind(error, 'unsupported')) throw error
    return error.problems.map(
      ({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`,
    )
  }
  return []
}

/** The tree without its places, scalars as their values. */
function plain(value: YamlValue): unknown {
  switch (value.kind) {
    case 'map':
      return new Map(value.entries.map((entry) => [entry.name, plain(entry.value)]))
    case 'list':
      return value.items.map(plain)
    case 'scalar':
      return value.value
    default:
      return unreachable(value)
  }
}

function scalarAt(text: string): unknown {
  const map = read(text)
  const value = map.kind === 'map' ? map.entries[0]?.value : undefined
  return value?.kind === 'scalar' ? [value.value, value.source] : undefined
}

describe('readYaml', () => {
  it('knows where everything stands', () => {
    expect(read('a:\n  - b.c: 1\n    d:\n')).toEqual({
      kind: 'map',
      place: { path: '/', line: 1, column: 1 },
      entries: [
        {
          name: 'a',
          place: { path: 'a', line: 1, column: 1 },
          value: {
            kind: 'list',
            place: { path: 'a', line: 2, column: 3 },
            items: [
              {
                kind: 'map',
                place: { path: 'a[0]', line: 2, column: 5 },
                entries: [
                  {
                    name: 'b.c',
                    place: { path: 'a[0]["b.c"]', line: 2, column: 5 },
                    value: {
                      kind: 'scalar',
                      place: { path: 'a[0]["b.c"]', line: 2, column: 10 },
                      value: 1n,
                      source: '1',
                    },
                  },
                  {
                    name: 'd',
                    place: { path: 'a[0].d', line: 3, column: 5 },
                    value: {
                      kind: 'scalar',
                      place: { path: 'a[0].d', line: 3, column: 7 },
                      value: null,
                      source: '',
                    },
                  },
                ],
              },
            ],
          },
        },
      ],
    })
  })

  it.each([
    ['a: yes', ['yes', 'yes']],
    ['%YAML 1.1\n---\na: yes', ['yes', 'yes']],
    ['a: True', [true, 'True']],
    ['a: 2021-03-01', ['2021-03-01', '2021-03-01']],
    ['a: 1_000', ['1_000', '1_000']],
    ['a: 1.10', [1.1, '1.10']],
    ['a: 9223372036854775807', [9223372036854775807n, '9223372036854775807']],
    ['a: "1"', ['1', '1']],
    ['a: ~', [null, '~']],
    ['a: !!str 1', ['1', '1']],
    ['a: !!binary aGk=', ['aGk=', 'aGk=']],
    ['a: " x "', [' x ', ' x ']],
    ['1: x', ['x', 'x']],
    ["a: it's # no comment: it's", ["it's", "it's"]],
  ])('reads %j as YAML 1.2 does', (text, expected) => {
    expect(scalarAt(text)).toEqual(expected)
  })

  it('takes an empty file for null', () => {
    expect(plain(read(''))).toBeNull()
    expect(plain(read('# nothing\n'))).toBeNull()
  })

  it('keeps a key __proto__ as any other', () => {
    expect(plain(read('__proto__: {a: 1}'))).toEqual(new Map([['__proto__', new Map([['a', 1n]])]]))
  })

  it.each([
    ['a: 1\nb: 2\na: 3\n', '3:1 a: is given twice'],
    ['a: &x 1\nb: *x\n', '2:4 b: a YAML alias is not supported yet'],
    ['a: 1\n---\nb: 2\n', '2:1 /: a file holds one document'],
    ['? [a]\n: 1\n', '1:3 /: a key must be text'],
    ['a: !secret b\n', '1:4 /: unresolved tag'],
    ['a: "b\n', '2:1 /: missing closing "quote'],
    ['a: b: c\n', '1:4 /: nested mappings are not allowed in compact mappings'],
    ['\ta: 1\n', '1:1 /: tabs are not allowed as indentation'],
  ])('refuses %j', (text, fault) => {
    expect(faultsOf(text)).toContain(fault)
  })

  it('goes on after a key that is given twice', () => {
    expect(faultsOf('a: 1\na: *x\nb: *y\n')).toEqual([
      '2:1 a: is given twice',
      '3:4 b: a YAML alias is not supported yet',
    ])
  })

  it.each(['['.repeat(100_000), '- '.repeat(100_000), `a: ${'{a: '.repeat(10_000)}`])(
    'survives nesting without end',
    (text) => {
      expect(faultsOf(text)).toHaveLength(1)
      expect(faultsOf(text)[0]).toMatch(/^1:\d+ \/: nesting is too deep$/)
    },
  )

  it('never says what the file says, when that is no YAML', () => {
    for (const text of [
      'a: !secret b',
      '}secret{',
      'a: [\nsecret: b',
      'a: "secret\\q"',
      '@secret',
    ]) {
      expect(faultsOf(text).length).toBeGreaterThan(0)
      expect(faultsOf(text).join()).not.toContain('secret')
    }
  })

  it('always reads what a YAML library wrote', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'binary' }).filter(isWellFormed),
      // What YAML would take for something else, or take away, if it were not quoted.
      fc.constantFrom(
        ' ',
        ' a ',
        'a\n\n',
        '\n a',
        '- a',
        '# a',
        'a: b',
        'true',
        '1',
        '~',
        '',
        '*a',
      ),
    )
    const anyScalar = fc.oneof(anyText, fc.bigInt(), fc.boolean(), fc.constant(null))
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        anyScalar,
        fc.array(tie('tree'), { maxLength: 4 }),
        fc
          .uniqueArray(fc.tuple(anyText, tie('tree')), { maxLength: 4, selector: ([name]) => name })
          .map((entries) => new Map(entries)),
      ),
    }))
    fc.assert(
      fc.property(tree, (value) => {
        const text = stringify(value, STYLE)
        expect(plain(read(text))).toEqual(value)
      }),
      runs(200),
    )
  })

  it('never fails on a text but by saying where', () => {
    const piece = fc.constantFrom(...YAML_PIECES)
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        for (const fault of faultsOf(pieces.join(''))) expect(fault).toMatch(/^\d+:\d+ .*: [a-z]/)
      }),
      runs(300),
    )
  })
})

describe('childPath', () => {
  it.each([
    ['/', 'a', 'a'],
    ['/', 'a.b', '["a.b"]'],
    ['a', 'b-c', 'a.b-c'],
    ['a[0]', 'b c', 'a[0]["b c"]'],
    ['a', '', 'a[""]'],
  ])('of %s and %s is one step more', (path, name, expected) => {
    expect(childPath(path, name)).toBe(expected)
  })
})
