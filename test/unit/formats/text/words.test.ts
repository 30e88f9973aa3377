import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { fixedText, isTextAt, plainBytes } from '../../../../src/formats/text/json/words.ts'
import { runs } from '../../../support/runs.ts'

const viewOf = ({ buffer, byteOffset, length }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, length)

/** Bytes of all kinds, those around the ones that count more often. */
const anyByte = fc.oneof(
  fc.nat({ max: 255 }),
  fc.constantFrom(
    0,
    1,
    0x1f,
    0x20,
    0x21,
    0x22,
    0x23,
    0x5b,
    0x5c,
    0x5d,
    0x7f,
    0x80,
    0xa2,
    0xdc,
    0xff,
  ),
)

describe('words of texts', () => {
  it('always have as many plain bytes as come before the first that is none', () => {
    fc.assert(
      fc.property(fc.tuple(anyByte, anyByte, anyByte, anyByte), (bytes) => {
        const first = bytes.findIndex((byte) => byte < 0x20 || byte === 0x22 || byte === 0x5c)
        const word = Buffer.from(bytes).readInt32LE()
        expect(plainBytes(word)).toBe(first < 0 ? 4 : first)
      }),
      runs(2000),
    )
  })

  it('are always found where a text lies, and never elsewhere', () => {
    const anyText = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength: 14 })
    fc.assert(
      fc.property(anyText, anyText, fc.nat({ max: 9 }), (wanted, found, at) => {
        const bytes = Buffer.concat([Buffer.alloc(at), Buffer.from(`${found}${' '.repeat(32)}`)])
        const text = fixedText(wanted)
        expect(isTextAt(viewOf(bytes), at, text)).toBe(found.startsWith(wanted))
        expect(isTextAt(viewOf(Buffer.from(wanted)), 0, text)).toBe(true)
      }),
      runs(500),
    )
  })
})
