import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareBytes, concatBytes, equalBytes, fromHex, toHex } from '../../../src/base/bytes.ts'
import { anyBytes } from '../../support/arbitraries/values.ts'
import { runs } from '../../support/runs.ts'

describe('bytes', () => {
  it('are compared as unsigned, a prefix first', () => {
    expect(compareBytes(Uint8Array.of(0x7f), Uint8Array.of(0x80))).toBeLessThan(0)
    expect(compareBytes(Uint8Array.of(1), Uint8Array.of(1, 0))).toBeLessThan(0)
    expect(compareBytes(Uint8Array.of(), Uint8Array.of())).toBe(0)
  })

  it('always are ordered as Buffer orders them', () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, (left, right) => {
        expect(Math.sign(compareBytes(left, right))).toBe(Buffer.compare(left, right))
        expect(equalBytes(left, right)).toBe(Buffer.compare(left, right) === 0)
      }),
      runs(300),
    )
  })

  it('always come back from their parts', () => {
    fc.assert(
      fc.property(fc.array(anyBytes, { maxLength: 5 }), (parts) => {
        expect([...concatBytes(parts)]).toEqual(parts.flatMap((part) => [...part]))
      }),
      runs(100),
    )
  })

  it('always come back from hexadecimal digits of either case', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(toHex(bytes)).toMatch(/^[0-9a-f]*$/)
        expect(fromHex(toHex(bytes))).toEqual(bytes)
        expect(fromHex(toHex(bytes).toUpperCase())).toEqual(bytes)
      }),
      runs(100),
    )
  })

  it('are written from the part of a buffer that they are', () => {
    expect(toHex(Uint8Array.of(1, 2, 3, 4).subarray(1, 3))).toBe('0203')
  })

  it.each(['0', '0g', '0x', ' 00', '00 '])('are not spelled by %j', (text) => {
    expect(fromHex(text)).toBeNull()
  })
})
