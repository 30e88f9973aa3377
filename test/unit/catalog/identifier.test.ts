import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { formatIdentifier, isName, parseIdentifier } from '../../../src/catalog/identifier.ts'
import { joinLocation, parentLocation } from '../../../src/io/location.ts'

const invalid: unknown = expect.objectContaining({ kind: 'invalid' })

describe('table identifier', () => {
  it.each([
    ['city.rides', { namespace: ['city'], name: 'rides' }],
    ['eu.city.rides_2026', { namespace: ['eu', 'city'], name: 'rides_2026' }],
    ['Städte.données-brutes', { namespace: ['Städte'], name: 'données-brutes' }],
    ['_a.7', { namespace: ['_a'], name: '7' }],
  ])('reads %s', (text, identifier) => {
    expect(parseIdentifier(text)).toEqual(identifier)
    expect(formatIdentifier(identifier)).toBe(text)
  })

  it.each([
    'rides',
    '',
    '.',
    '.rides',
    'city.',
    'city..rides',
    '../rides',
    'city.ri/des',
    'city.ri\\des',
    'city.*',
    'city.ri des',
    'city.ri%64es',
    'city.ri\nes',
    'city.ri\0es',
    'city.-rides',
    'city.metadata',
    'metadata.rides',
    `city.${'x'.repeat(256)}`,
    `city.${'ä'.repeat(128)}`,
    'city.a\u0308', // decomposed, which some file systems take for another name and some for the same
    'city.\u{1F6B2}',
    'city.a\u202Eb',
  ])('refuses %j', (text) => {
    expect(() => parseIdentifier(text)).toThrow(invalid)
  })

  it('takes a name of 255 bytes', () => {
    expect(isName('ä'.repeat(127))).toBe(true)
  })

  it('always reads what it prints', () => {
    fc.assert(
      fc.property(fc.array(anyName, { minLength: 2, maxLength: 4 }), (names) => {
        const identifier = { namespace: names.slice(0, -1), name: names.at(-1) ?? '' }
        expect(parseIdentifier(formatIdentifier(identifier))).toEqual(identifier)
      }),
    )
  })

  it('never lets a name be anything but one folder', () => {
    fc.assert(
      fc.property(anyText, (name) => {
        if (!isName(name)) return
        const location = joinLocation('/warehouse', name)
        expect(parentLocation(location)).toBe('/warehouse')
        expect(name).not.toMatch(/[./\\*?%:\s\p{C}]/u)
      }),
    )
  })
})

/** Names with one character of any kind in them, of which some would do harm. */
const anyText = fc
  .tuple(
    fc.stringMatching(/^[a-z]{0,2}$/),
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 1 }),
      fc.constantFrom(...'./\\*?%:<>|"~$ '.split(''), '\0', '\n', '\u202E', '\u00A0', 'a\u0308'),
    ),
    fc.stringMatching(/^[a-z]{0,2}$/),
  )
  .map((parts) => parts.join(''))

const anyName = fc
  .stringMatching(/^[\p{L}\p{N}_][\p{L}\p{M}\p{N}_-]{0,20}$/u)
  .map((name) => name.normalize('NFC'))
  .filter(isName)
