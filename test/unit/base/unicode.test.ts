import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compareCodePoints,
  decodeUtf8,
  encodeUtf8,
  isWellFormed,
} from '../../../src/base/unicode.ts'
import { anyString } from '../../support/arbitraries/values.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

/** Strings of any code units, lone surrogates among them. */
const anyUnits = fc.string({
  unit: fc
    .oneof(fc.nat(0xffff), fc.constantFrom(0x61, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000))
    .map((unit) => String.fromCharCode(unit)),
  maxLength: 8,
})

describe('order by code points', () => {
  it('puts U+FFFF before U+10000, unlike JavaScript', () => {
    const pair = ['\u{10000}', '\uffff']
    expect([...pair].sort()).toEqual(['\u{10000}', '\uffff'])
    expect([...pair].sort(compareCodePoints)).toEqual(['\uffff', '\u{10000}'])
  })

  it('puts a prefix first', () => {
    expect(compareCodePoints('ab', 'abc')).toBeLessThan(0)
    expect(compareCodePoints('', '')).toBe(0)
  })

  it('always is the order of the UTF-8 bytes', () => {
    const anyPair = fc.oneof(
      fc.tuple(anyString, anyString),
      fc.tuple(anyString, anyString, anyString).map(([start, a, b]) => [start + a, start + b]),
    )
    fc.assert(
      fc.property(anyPair, ([left = '', right = '']) => {
        const expected = Buffer.compare(Buffer.from(left), Buffer.from(right))
        expect(Math.sign(compareCodePoints(left, right))).toBe(expected)
      }),
      runs(300),
    )
  })
})

describe('well-formed strings', () => {
  it.each(['\ud800', 'a\udc00', '\udc00\ud800', '\ud800\ud800\udc00', '\ud83e'])(
    'finds the lone surrogate in %j',
    (text) => {
      expect(isWellFormed(text)).toBe(false)
    },
  )

  it('takes pairs of surrogates for what they are', () => {
    expect(isWellFormed('🧊 \u{10ffff}')).toBe(true)
  })

  it('always are those that UTF-8 gives back', () => {
    fc.assert(
      fc.property(anyUnits, (text) => {
        expect(isWellFormed(text)).toBe(decodeUtf8(encodeUtf8(text)) === text)
      }),
      runs(300),
    )
  })
})

describe('UTF-8', () => {
  it('keeps a byte order mark', () => {
    expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa')
  })

  it.each([[[0xff]], [[0xc3]], [[0xed, 0xa0, 0x80]], [[0xc0, 0x80]]])(
    'refuses the bytes %j',
    (bytes) => {
      expect(thrownBy(() => decodeUtf8(Uint8Array.from(bytes))).kind).toBe('corrupt')
    },
  )
})
