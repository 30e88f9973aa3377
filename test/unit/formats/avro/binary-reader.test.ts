import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { INT64_MAX, INT64_MIN } from '../../../../src/base/integers.ts'
import { BinaryReader } from '../../../../src/formats/avro/binary-reader.ts'
import { createEncoder } from '../../../../src/formats/avro/encoding.ts'
import {
  anyDouble,
  anyFloat,
  anyInt,
  anyLong,
  anyString,
} from '../../../support/arbitraries/values.ts'
import { runs } from '../../../support/runs.ts'
import { thrownBy } from '../../../support/thrown.ts'

describe('Avro binary encoding', () => {
  it('reads the examples of the Avro specification', () => {
    const longs: [number[], bigint][] = [
      [[0x00], 0n],
      [[0x01], -1n],
      [[0x02], 1n],
      [[0x7f], -64n],
      [[0x80, 0x01], 64n],
    ]
    for (const [bytes, value] of longs) expect(readerOf(bytes).long()).toBe(value)
    expect(readerOf([0x06, 0x66, 0x6f, 0x6f]).string()).toBe('foo')
  })

  it('reads the limits of a long', () => {
    const nine = Array.from({ length: 9 }, () => 0xff)
    expect(readerOf([...nine, 0x01]).long()).toBe(INT64_MIN)
    expect(readerOf([0xfe, ...nine.slice(1), 0x01]).long()).toBe(INT64_MAX)
  })

  it.each([
    ['a long of 65 bits', [...Array.from({ length: 9 }, () => 0xff), 0x03], 'long'],
    ['a long that never ends', Array.from({ length: 11 }, () => 0x80), 'long'],
    ['a long that ends early', [0x80], 'long'],
    ['an int of 33 bits', [0x80, 0x80, 0x80, 0x80, 0x10], 'int'],
    ['a boolean of 2', [2], 'boolean'],
    ['a float of three bytes', [1, 2, 3], 'float'],
    ['a double of seven bytes', [1, 2, 3, 4, 5, 6, 7], 'double'],
    ['bytes of negative length', [0x01], 'bytes'],
    ['bytes that are not there', [0x06, 1, 2], 'bytes'],
    ['a string that is not UTF-8', [0x02, 0xff], 'string'],
    ['more items than bytes', [0x06, 1, 2], 'blockCount'],
    ['a block larger than what is left', [0x01, 0x7e], 'blockCount'],
  ] as const)('refuses %s', (_, bytes, read) => {
    expect(thrownBy(() => readerOf(bytes)[read]()).kind).toBe('corrupt')
  })

  it('always reads the longs that were written', () => {
    const encoder = createEncoder('long')
    fc.assert(
      fc.property(anyLong, (value) => {
        const reader = new BinaryReader(encoder.toBuffer(value))
        expect(reader.long()).toBe(value)
        expect(reader.remaining).toBe(0)
      }),
      runs(300),
    )
  })

  it('always reads longs around each power of two', () => {
    const encoder = createEncoder('long')
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 62n }),
        fc.bigInt({ min: -2n, max: 2n }),
        fc.boolean(),
        (power, offset, isNegative) => {
          const value = ((1n << power) + offset) * (isNegative ? -1n : 1n)
          expect(new BinaryReader(encoder.toBuffer(value)).long()).toBe(value)
        },
      ),
      runs(300),
    )
  })

  it('always reads the other values that avsc wrote', () => {
    fc.assert(
      fc.property(
        anyInt,
        anyFloat,
        anyDouble,
        anyString,
        fc.boolean(),
        (int, float, double, text, flag) => {
          const reader = new BinaryReader(
            createEncoder({
              type: 'record',
              name: 'r',
              fields: ['int', 'float', 'double', 'string', 'boolean'].map((type) => ({
                name: type,
                type,
              })),
            }).toBuffer({ int, float, double, string: text, boolean: flag }),
          )
          expect(reader.int()).toBe(int)
          expect(reader.float()).toBe(float)
          expect(reader.double()).toBe(double)
          expect(reader.string()).toBe(text)
          expect(reader.boolean()).toBe(flag)
        },
      ),
      runs(100),
    )
  })
})

function readerOf(bytes: readonly number[]): BinaryReader {
  return new BinaryReader(Uint8Array.from(bytes))
}
