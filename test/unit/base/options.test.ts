import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { checkBoolean, checkChoice, checkOptions, optionsAmong } from '../../../src/base/options.ts'
import { runs } from '../../support/runs.ts'

interface Options {
  readonly olderThan?: string
  readonly force?: boolean
}

const NAMES = { olderThan: 'text', force: 'boolean' } as const

describe('options of a program without types', () => {
  it('names what was likely meant', () => {
    expect(() => checkOptions<Options>('removeOrphans', { olderThen: 'now' }, NAMES)).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        message: 'there is no such option, did you mean olderThan?',
        context: { of: 'removeOrphans', option: 'olderThen', options: 'olderThan, force' },
      }),
    )
  })

  it.each([[null], ['force'], [true], [['force']]])('are an object, and not %j', (options) => {
    expect(() => checkOptions<Options>('removeOrphans', options, NAMES)).toThrow(
      'options are an object',
    )
  })

  it('may be there and undefined, as those are that a program passes on', () => {
    expect(() =>
      checkOptions<Options>('x', { force: undefined, other: undefined }, NAMES),
    ).not.toThrow()
  })

  it('are never taken by another name, and always by their own', () => {
    const anyName = fc.oneof(fc.string(), fc.constantFrom('olderThan', 'force', 'toString'))
    fc.assert(
      fc.property(fc.uniqueArray(anyName), (names) => {
        const valueOf = (name: string): unknown => (name === 'force' ? false : 'now')
        const options = Object.fromEntries(names.map((name) => [name, valueOf(name)]))
        const isKnown = names.every((name) => ['olderThan', 'force'].includes(name))
        const check = () => checkOptions<Options>('x', options, NAMES)
        if (isKnown) expect(check).not.toThrow()
        else expect(check).toThrow('there is no such option')
      }),
      runs(200),
    )
  })

  it('are of their own kind, and not of one that looks like it', () => {
    expect(() => checkOptions<Options>('removeOrphans', { force: 'no' }, NAMES)).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        message: 'the option is true or false',
        context: { of: 'removeOrphans', option: 'force', given: 'string' },
      }),
    )
  })

  it('are always taken by one kind, and never by two', () => {
    const kinds = {
      boolean: fc.boolean(),
      bigint: fc.bigInt(),
      text: fc.string(),
      list: fc.array(fc.string()),
      function: fc.constant(() => {}),
      signal: fc.constant(new AbortController().signal),
    }
    const value = fc
      .constantFrom(...(Object.keys(kinds) as (keyof typeof kinds)[]))
      .chain((kind) => kinds[kind].map((given: unknown) => ({ kind, given })))
    fc.assert(
      fc.property(value, ({ kind, given }) => {
        const takes = (name: string) => {
          try {
            checkOptions<object>('x', { name: given }, { name })
            return true
          } catch {
            return false
          }
        }
        expect(Object.keys(kinds).filter(takes)).toEqual([kind])
      }),
      runs(200),
    )
  })

  it.each([null, 5, Number.NaN, 'text', {}])('that are true or false are never %j', (given) => {
    expect(() => checkBoolean('rewriteAll', given)).toThrow('the option is true or false')
    expect(() => checkBoolean('rewriteAll', true)).not.toThrow()
  })

  it('go to whom they concern, and to nobody else', () => {
    const options: Options = { olderThan: 'now', force: true }
    expect(optionsAmong<Pick<Options, 'force'>>(options, { force: 'boolean' })).toEqual({
      force: true,
    })
  })

  it.each([
    ['asc', true],
    ['Asc', false],
    ['toString', false],
    [1, false],
    [null, false],
  ])('as a choice %j is one: %s', (chosen, isOne) => {
    const check = () => checkChoice('order', chosen, ['asc', 'desc'])
    if (isOne) expect(check).not.toThrow()
    else expect(check).toThrow(expect.objectContaining({ kind: 'invalid' }))
  })
})
