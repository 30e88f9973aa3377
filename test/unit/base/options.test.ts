import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { checkChoice, checkOptions } from '../../../src/base/options.ts'
import { runs } from '../../support/runs.ts'

interface Options {
  readonly olderThan?: string
  readonly force?: boolean
}

const NAMES = { olderThan: true, force: true } as const

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
      fc.property(fc.dictionary(anyName, fc.integer()), (options) => {
        const isKnown = Object.keys(options).every((name) => ['olderThan', 'force'].includes(name))
        const check = () => checkOptions<Options>('x', options, NAMES)
        if (isKnown) expect(check).not.toThrow()
        else expect(check).toThrow('there is no such option')
      }),
      runs(200),
    )
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
