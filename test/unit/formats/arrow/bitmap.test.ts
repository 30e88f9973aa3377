import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bitAt,
  copyBits,
  gatherBits,
  newBitmap,
  setBit,
  setBits,
} from '../../../../src/formats/arrow/bitmap.ts'
import { runs } from '../../../support/runs.ts'

function pack(bits: readonly boolean[]): Uint8Array {
  const packed = newBitmap(bits.length)
  for (const [index, bit] of bits.entries()) if (bit) setBit(packed, index)
  return packed
}

function unpack(packed: Uint8Array, count: number): boolean[] {
  return Array.from({ length: count }, (_, index) => bitAt(packed, index))
}

const anyBits = fc.array(fc.boolean(), { maxLength: 70 })

describe('bitmaps', () => {
  it('have the lowest bit of a byte first, as Arrow says', () => {
    expect(pack([true, false, false, false, false, false, false, false, true])).toEqual(
      Uint8Array.of(1, 1),
    )
    expect(bitAt(Uint8Array.of(1), 8)).toBe(false)
  })

  it('always give back the bits that were set', () => {
    fc.assert(
      fc.property(anyBits, (bits) => {
        expect(unpack(pack(bits), bits.length)).toEqual(bits)
      }),
      runs(100),
    )
  })

  it('always set the bits of a range and no others', () => {
    fc.assert(
      fc.property(anyBits, fc.nat(70), fc.nat(70), (bits, left, right) => {
        const [start, end] = [
          Math.min(left, right, bits.length),
          Math.min(Math.max(left, right), bits.length),
        ]
        const packed = pack(bits)
        setBits(packed, start, end)
        expect(unpack(packed, bits.length)).toEqual(
          bits.map((bit, index) => bit || (start <= index && index < end)),
        )
      }),
      runs(200),
    )
  })

  it('always copy to any place, and leave what comes before', () => {
    fc.assert(
      fc.property(anyBits, anyBits, fc.nat(70), fc.nat(70), (before, bits, from, length) => {
        const start = Math.min(from, bits.length)
        const count = Math.min(length, bits.length - start)
        const target = newBitmap(before.length + count)
        copyBits(pack(before), 0, before.length, target, 0)
        copyBits(pack(bits), start, count, target, before.length)
        expect(unpack(target, before.length + count)).toEqual([
          ...before,
          ...bits.slice(start, start + count),
        ])
      }),
      runs(300),
    )
  })

  it('are always gathered after those that are there', () => {
    fc.assert(
      fc.property(
        anyBits,
        anyBits,
        fc.nat(70),
        fc.array(fc.nat(80), { maxLength: 30 }),
        (before, bits, start, indices) => {
          const target = newBitmap(before.length + indices.length)
          copyBits(pack(before), 0, before.length, target, 0)
          gatherBits(pack(bits), start, Uint32Array.from(indices), target, before.length)
          expect(unpack(target, before.length + indices.length)).toEqual([
            ...before,
            ...indices.map((index) => bits[start + index] ?? false),
          ])
        },
      ),
      runs(200),
    )
  })
})
