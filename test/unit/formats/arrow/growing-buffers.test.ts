import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeUtf8 } from '../../../../src/base/unicode.ts'
import { concatBytes } from '../../../../src/base/bytes.ts'
import { bitAt } from '../../../../src/formats/arrow/bitmap.ts'
import {
  BitBuffer,
  ByteBuffer,
  OffsetBuffer,
} from '../../../../src/formats/arrow/growing-buffers.ts'
import { anyString } from '../../../support/arbitraries/values.ts'
import { runs } from '../../../support/runs.ts'

describe('growing buffers', () => {
  it('always hold the UTF-8 of what was added, also of texts that are long or not ASCII at their end', () => {
    const anyText = fc.oneof(
      anyString,
      fc
        .tuple(fc.nat(2000), fc.constantFrom('', 'é', '🧊'))
        .map(([count, end]) => 'x'.repeat(count) + end),
    )
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 12 }), (texts) => {
        const buffer = new ByteBuffer()
        for (const round of [texts, texts.toReversed()]) {
          for (const text of round) buffer.appendText(text)
          expect(buffer.finish()).toEqual(concatBytes(round.map(encodeUtf8)))
        }
      }),
      runs(100),
    )
  })

  it('give zeros when they are extended, also where other bytes were before', () => {
    const buffer = new ByteBuffer()
    buffer.appendBytes(Uint8Array.of(1, 2, 3))
    buffer.finish()
    expect(buffer.extend(4)).toBe(0)
    expect(buffer.finish()).toEqual(new Uint8Array(4))
  })

  it('refuse what Arrow offsets cannot count', () => {
    const fault = expect.objectContaining({ kind: 'limit' })
    expect(() => new ByteBuffer().extend(2 ** 31)).toThrow(fault)
    expect(() => new OffsetBuffer().append(2 ** 31)).toThrow(fault)
  })

  it('always hold the bits that were added, or null when all rows are valid', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { maxLength: 60 }),
        fc.constantFrom(1, 200),
        (bits, copies) => {
          const all = Array.from({ length: copies }, () => bits).flat()
          const buffer = new BitBuffer()
          for (const bit of all) buffer.append(bit)
          const validity = buffer.finishValidity()
          expect(validity === null).toBe(all.every(Boolean))
          if (validity !== null) expect(all.map((_, index) => bitAt(validity, index))).toEqual(all)
          expect(buffer.length).toBe(0)
        },
      ),
      runs(60),
    )
  })

  it('begin offsets with zero, each time', () => {
    const offsets = new OffsetBuffer()
    offsets.append(3)
    expect(offsets.finish()).toEqual(Int32Array.of(0, 3))
    expect(offsets.finish()).toEqual(Int32Array.of(0))
  })
})
