import { describe, expect, it } from 'vitest'

import { IcebergError } from '../../../../src/base/errors.ts'
import type { ErrorContext, Problem } from '../../../../src/base/errors.ts'
import { readYaml } from '../../../../src/jobs/yaml/document.ts'
import { Faults } from '../../../../src/jobs/yaml/faults.ts'
import { alternatives, Fields } from '../../../../src/jobs/yaml/fields.ts'

const KEYS = { read: ['a', 'b'], ignored: ['owner'], later: ['branch'] }

function open(text: string): { readonly fields: Fields; readonly faults: Faults } {
  const faults = new Faults()
  const root = readYaml(text, faults)
  if (root === null) throw new Error('no YAML')
  return { fields: new Fields(root, KEYS, faults), faults }
}

/** What `read` gives, and the messages of the faults it noted. */
function reading<Result>(
  text: string,
  read: (fields: Fields) => Result,
): readonly [Result, ...string[]] {
  const { fields, faults } = open(text)
  return [read(fields), ...messagesOf(faults)]
}

function messagesOf(faults: Faults): readonly string[] {
  try {
    faults.throwIfAny('faults')
  } catch (error) {
    if (error instanceof IcebergError) return error.problems.map((problem) => problem.message)
    throw error
  }
  return []
}

describe('Fields', () => {
  it('refuses names outside the vocabulary, and says which was likely meant', () => {
    const [, ...faults] = reading('ownr: x\nbranch: y\nowner: z\nxyz: 1', () => null)
    expect(faults).toEqual([
      'unknown key ownr, did you mean owner?',
      'branch is not supported yet',
      'unknown key xyz',
    ])
  })

  it('takes nothing at all for an empty mapping, and nothing else', () => {
    expect(reading('', (fields) => fields.has('a'))).toEqual([false])
    expect(reading('- a', (fields) => fields.has('a'))).toEqual([false, 'must be a mapping'])
    expect(reading('text', (fields) => fields.has('a'))).toEqual([false, 'must be a mapping'])
  })

  it('takes a key without a value for one that is absent', () => {
    expect(reading('a:\nbranch:', (fields) => fields.has('a'))).toEqual([false])
  })

  it.each([
    ['a: x', ['x']],
    ['b: x', ['', 'a is missing']],
    ['a: 1', ['', 'must be text']],
    ['a: true', ['', 'must be text']],
    ['a: [x]', ['', 'must be text']],
    ['a: ""', ['', 'must not be empty']],
    ['a: "  "', ['', 'must not be empty']],
  ])('reads a text in %j', (text, expected) => {
    expect(reading(text, (fields) => fields.text('a'))).toEqual(expected)
  })

  it.each([
    ['b: x', [null]],
    ['a: 1.50', ['1.50']],
    ['a: TRUE', ['true']],
    ['a: 2021-03-01', ['2021-03-01']],
    ['a: {}', ['', 'must be a single value']],
  ])('reads any single value in %j as text', (text, expected) => {
    expect(reading(text, (fields) => fields.scalarText('a'))).toEqual(expected)
  })

  it.each([
    ['a: true', [true]],
    ['b: x', [null]],
    ['a: yes', [null, 'must be true or false']],
    ['a: "true"', [null, 'must be true or false']],
  ])('reads a flag in %j', (text, expected) => {
    expect(reading(text, (fields) => fields.flag('a'))).toEqual(expected)
  })

  it.each([
    ['a: 0', [0]],
    ['a: 9007199254740991', [Number.MAX_SAFE_INTEGER]],
    ['a: 9007199254740992', [null, 'must be a whole number, zero or more']],
    ['a: -1', [null, 'must be a whole number, zero or more']],
    ['a: 1.0', [null, 'must be a whole number, zero or more']],
    ['a: "1"', [null, 'must be a whole number, zero or more']],
    ['b: 1', [null]],
  ])('reads a count in %j', (text, expected) => {
    expect(reading(text, (fields) => fields.count('a'))).toEqual(expected)
  })

  it.each([
    ['a: Red', ['red']],
    ['a: blue', [null, 'a blue is not supported yet']],
    ['a: green', [null, 'must be red']],
    ['b: red', [null]],
  ])('reads a word in %j', (text, expected) => {
    expect(reading(text, (fields) => fields.word('a', ['red'], ['blue']))).toEqual(expected)
  })

  it.each([
    ['a: [x, 1, true]', [['x', '1', 'true']]],
    ['a: [x, [y], "", z]', [['x', 'z'], 'must be text', 'must be text']],
    ['a: x', [[], 'must be a list']],
    ['b: x', [[]]],
  ])('reads texts in %j', (text, expected) => {
    const texts = (fields: Fields): readonly string[] => fields.texts('a').map((item) => item.text)
    expect(reading(text, texts)).toEqual(expected)
  })

  it('reads one text as a list of one where that is allowed', () => {
    const texts = (fields: Fields): readonly string[] =>
      fields.textOrTexts('a').map((item) => item.text)
    expect(reading('a: x', texts)).toEqual([['x']])
    expect(reading('a: [x]', texts)).toEqual([['x']])
  })

  it.each([
    ['a: [{a: 1}, {}]', [2]],
    ['a: []', [0, 'must not be empty']],
    ['a: {}', [0, 'must be a list']],
    ['b: x', [0, 'a is missing']],
    ['a: [x]', [1, 'must be a mapping']],
  ])('reads mappings in %j', (text, expected) => {
    expect(reading(text, (fields) => fields.requiredMaps('a', KEYS).length)).toEqual(expected)
  })

  it.each([
    ['a: "true"', [true]],
    ['a: FALSE', [false]],
    ['a: "False"', [false]],
    ['a: "yes"', [null, 'must be true or false']],
    ['b: x', [null]],
  ])('reads truth values that may be texts in %j', (text, expected) => {
    expect(reading(text, (fields) => fields.flagOrText('a'))).toEqual(expected)
  })

  it.each([
    ['a: {x: 1.10, y: true, z: w}', [{ x: '1.10', y: 'true', z: 'w' }]],
    ['a: {x: [1], y: ~, z: w}', [{ z: 'w' }, 'must be a single value', 'must be a single value']],
    ['a: x', [{}, 'must be a mapping']],
    ['b: x', [{}]],
  ])('reads single values by names in %j', (text, expected) => {
    const read = (fields: Fields): object => Object.fromEntries(fields.scalarEntries('a'))
    expect(reading(text, read)).toEqual(expected)
  })

  it('reads mappings by what one of their keys says', () => {
    const text = 'a: [{a: long, x: 1}, {a: short, x: 1}, {a: odd, x: 1}, {x: 1}, {a: [long]}, long]'
    const read = (fields: Fields): readonly (string | null)[] =>
      fields
        .mapsBy('a', 'a', (kind) => {
          if (kind === 'long') return { read: ['a', 'x'] }
          return kind === 'short' ? { read: ['a'] } : null
        })
        .map((item) => item.scalarText('x'))
    expect(reading(text, read)).toEqual([
      ['1', '1', '1', '1', null, null],
      'unknown key x, did you mean a?',
      'must be a mapping',
    ])
  })

  it.each([
    ['a: x', { isText: true, isNull: false, isEmptyList: false }],
    ['a: 1', { isText: false, isNull: false, isEmptyList: false }],
    ['a: NULL', { isText: false, isNull: true, isEmptyList: false }],
    ['a:', { isText: false, isNull: true, isEmptyList: false }],
    ['a: []', { isText: false, isNull: false, isEmptyList: true }],
    ['b: x', { isText: false, isNull: false, isEmptyList: false }],
  ])('tells what %j is', (text, expected) => {
    const { fields } = open(text)
    expect({
      isText: fields.isText('a'),
      isNull: fields.isNull('a'),
      isEmptyList: fields.isEmptyList('a'),
    }).toEqual(expected)
  })

  it('points at a key, with a value or without one', () => {
    const { fields } = open('owner: x\na:')
    expect(fields.placeOfKey('a')).toEqual({ path: 'a', line: 2, column: 1 })
    expect(fields.placeOfKey('b')).toEqual({ path: '/', line: 1, column: 1 })
  })

  it('points at a value, or at the mapping that lacks it', () => {
    const { fields } = open('a:\n  - b: 1\n    a: x')
    const [item] = fields.maps('a', KEYS)
    expect(item?.placeOf('a')).toEqual({ path: 'a[0].a', line: 3, column: 8 })
    expect(item?.placeOf('c')).toEqual({ path: 'a[0]', line: 2, column: 5 })
  })
})

describe('Faults', () => {
  const place = { path: 'a', line: 1, column: 1 }

  it('throws nothing when nothing was noted, warnings aside', () => {
    const faults = new Faults()
    faults.warn(place, 'hm')
    expect(messagesOf(faults)).toEqual([])
    expect(faults.warnings).toEqual([{ ...place, message: 'hm' }])
  })

  it('sorts by place, not by when a fault was noted', () => {
    const faults = new Faults()
    faults.invalid({ path: 'c', line: 2, column: 1 }, 'third')
    faults.unsupported({ path: 'b', line: 1, column: 5 }, 'the second')
    faults.invalid({ path: 'a', line: 1, column: 1 }, 'first')
    expect(messagesOf(faults)).toEqual(['first', 'the second is not supported yet', 'third'])
  })

  it('says where in a text, and each of several faults', () => {
    const faults = new Faults()
    const attempt = (context: ErrorContext, problems: readonly Problem[] = []): null =>
      faults.attempt(place, null, () => {
        throw new IcebergError('invalid', 'text has a fault', { context, problems })
      })
    expect(attempt({ offset: 4, path: 'x' })).toBeNull()
    attempt({ path: 'fields[0]' })
    attempt({ value: 1 })
    attempt({}, [
      { path: 'b', message: 'is odd' },
      { path: 'c', message: 'is even' },
    ])
    expect(messagesOf(faults)).toEqual([
      'text has a fault at character 5',
      'text has a fault at fields[0]',
      'text has a fault',
      'text has a fault: b: is odd',
      'text has a fault: c: is even',
    ])
  })

  it('lets through what is not about the file', () => {
    const bug = new TypeError('bug')
    const attempt = (): unknown =>
      new Faults().attempt(place, null, () => {
        throw bug
      })
    expect(attempt).toThrow(bug)
  })
})

describe('alternatives', () => {
  it.each([
    [['a'], 'a'],
    [['a', 'b'], 'a or b'],
    [['a', 'b', 'c'], 'a, b or c'],
  ])('of %j reads as %s', (words, text) => {
    expect(alternatives(words)).toBe(text)
  })
})
