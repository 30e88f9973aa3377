import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  DIGESTS,
  ENCODINGS,
  decodeText,
  digestText,
  encodeText,
} from '../../../../src/jobs/functions/encodings.ts'
import { runs } from '../../../support/runs.ts'

const hex = (text: string): string => Buffer.from(text).toString('hex')

describe('an encoding', () => {
  it.each([
    ['', ''],
    ['f', 'MY======'],
    ['fo', 'MZXQ===='],
    ['foo', 'MZXW6==='],
    ['foob', 'MZXW6YQ='],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI======'],
    ['21244', 'GIYTENBU'],
  ])('gives the vectors of RFC 4648 in base 32: %j', (text, encoded) => {
    expect(encodeText('base32', hex(text))).toBe(encoded)
    expect(decodeText('base32', encoded)).toBe(text)
  })

  it('knows base 64 and hexadecimal digits', () => {
    expect(encodeText('base64', hex('foob'))).toBe('Zm9vYg==')
    expect(encodeText('hex', hex('foo'))).toBe('666f6f')
    expect(decodeText('hex', '666F6f')).toBe('foo')
  })

  it('always decodes to the text that was encoded', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ENCODINGS),
        fc.string({ unit: 'binary' }),
        (encoding, text) => {
          expect(decodeText(encoding, encodeText(encoding, hex(text)))).toBe(text)
        },
      ),
      runs(300),
    )
  })

  it.each([
    ['base32', 'M'],
    ['base32', 'MZXW6YTB========'],
    ['base32', 'MZ======'],
    ['base32', 'M0======'],
    ['base64', 'Zm9vYg='],
    ['base64', 'Zm9*'],
    ['hex', '6'],
    ['hex', '6g'],
  ])('refuses what is not of %s: %s', (encoding, text) => {
    expect(() => decodeText(encoding, text)).toThrow('text is not of this encoding')
  })

  it('refuses bytes that are no text', () => {
    expect(() => decodeText('hex', 'ff')).toThrow('decoded bytes are no text')
  })
})

describe('a digest', () => {
  it.each([
    ['MD5', '900150983cd24fb0d6963f7d28e17f72'],
    ['SHA-1', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    ['SHA-256', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'SHA-384',
      'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7',
    ],
    [
      'SHA-512',
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    ],
  ])('%s of "abc"', (name, digest) => {
    expect(digestText(DIGESTS.get(name) ?? '', hex('abc'))).toBe(digest)
  })
})
