import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { fromHex, toHex } from '../../../../src/base/bytes.ts'
import { isKind } from '../../../../src/base/errors.ts'
import { INT64_MAX, INT64_MIN } from '../../../../src/base/integers.ts'
import {
  THRIFT_FALSE,
  THRIFT_I32,
  THRIFT_STRUCT,
  THRIFT_TRUE,
  binaryOf,
  booleanOf,
  byteOf,
  encodeStruct,
  intOf,
  listOf,
  longOf,
  readStructAt,
  stringOf,
  structOf,
  thriftByte,
  thriftInt,
  thriftList,
  thriftLong,
  thriftString,
  thriftStruct,
  withFields,
} from '../../../../src/formats/parquet/thrift.ts'
import type { ThriftStruct, ThriftValue } from '../../../../src/formats/parquet/thrift.ts'
import { anyInt, anyLong, anyString } from '../../../support/arbitraries/values.ts'
import { runs } from '../../../support/runs.ts'
import { thrownBy } from '../../../support/thrown.ts'

const anyBoolean: fc.Arbitrary<ThriftValue> = fc
  .constantFrom(THRIFT_TRUE, THRIFT_FALSE)
  .map((type) => ({ type, bytes: new Uint8Array() }))

const anyValue: fc.Arbitrary<ThriftValue> = fc.letrec<{ value: ThriftValue; struct: ThriftValue }>(
  (tie) => ({
    struct: fc
      .uniqueArray(fc.tuple(fc.integer({ min: -40, max: 40 }), tie('value')), {
        selector: ([id]) => id,
        maxLength: 6,
      })
      .map((fields) => thriftStruct(new Map(fields))),
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      anyInt.map(thriftInt),
      anyBoolean,
      anyLong.map(thriftLong),
      anyString.map(thriftString),
      tie('struct'),
      fc.array(tie('struct'), { maxLength: 20 }).map((items) => thriftList(THRIFT_STRUCT, items)),
      fc
        .array(anyInt, { maxLength: 20 })
        .map((items) => thriftList(THRIFT_I32, items.map(thriftInt))),
    ),
  }),
).value

const anyStruct: fc.Arbitrary<ThriftStruct> = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 100 }), anyValue), { selector: ([id]) => id })
  .map((fields) => new Map(fields))

/** What a struct says, down to the last value. */
function plain(struct: ThriftStruct): unknown[] {
  return [...struct]
    .toSorted(([left], [right]) => left - right)
    .map(([id, value]) => [id, plainValue(value)])
}

function plainValue(value: ThriftValue): unknown {
  switch (value.type) {
    case THRIFT_TRUE:
    case THRIFT_FALSE:
      return booleanOf(value)
    case THRIFT_I32:
      return intOf(value)
    case 6:
      return longOf(value)
    case 8:
      return toHex(binaryOf(value))
    case 9:
      return listOf(value).map(plainValue)
    default:
      return plain(structOf(value))
  }
}

const UUID = '000102030405060708090a0b0c0d0e0f'

describe('a byte', () => {
  it('is always what was written, and never a varint', () => {
    for (let value = -128; value <= 127; value += 1) {
      const written = thriftByte(value)
      expect(written.bytes).toHaveLength(1)
      expect(byteOf(written)).toBe(value)
    }
  })
})

describe('Thrift compact protocol', () => {
  it('spells a small struct as the protocol says', () => {
    const struct: ThriftStruct = new Map([
      [1, thriftInt(-1)],
      [17, thriftString('é')],
      [18, thriftLong(150n)],
    ])
    expect(toHex(encodeStruct(struct))).toBe(['1501', '0822', '02c3a9', '16ac02', '00'].join(''))
  })

  it('holds the outermost integers', () => {
    expect(longOf(thriftLong(INT64_MIN))).toBe(INT64_MIN)
    expect(longOf(thriftLong(INT64_MAX))).toBe(INT64_MAX)
    expect(thrownBy(() => thriftLong(INT64_MAX + 1n)).kind).toBe('internal')
  })

  it('always holds an integer of 64 bits', () => {
    fc.assert(
      fc.property(anyLong, (value) => {
        expect(longOf(thriftLong(value))).toBe(value)
      }),
      runs(300),
    )
  })

  it('reads fields that may be of any type as they lie there', () => {
    // A byte, a double, a map of a boolean to a struct, a set, a UUID: none of which we know to write.
    const parts = ['137f', '170102030405060708', '1b011c0100', '1a1302', '1d', UUID, '00']
    const bytes = fromHex(parts.join(''))
    expect(bytes).not.toBeNull()
    const { struct, end } = readStructAt(bytes ?? new Uint8Array(), 0)
    expect([...struct.keys()]).toEqual([1, 2, 3, 4, 5])
    expect(end).toBe(bytes?.length)
    expect(toHex(encodeStruct(struct))).toBe(toHex(bytes ?? new Uint8Array()))
  })

  it('replaces, adds and takes away fields, and leaves the others', () => {
    const struct = new Map([
      [1, thriftInt(1)],
      [2, thriftInt(2)],
      [3, thriftInt(3)],
    ])
    const changed = withFields(struct, [
      [1, thriftInt(9)],
      [2, null],
      [40, thriftInt(4)],
    ])
    expect(plain(readStructAt(encodeStruct(changed), 0).struct)).toEqual([
      [1, 9],
      [3, 3],
      [40, 4],
    ])
  })

  it.each([
    ['a length over the end', '18ff7f', 'length over the end'],
    ['a list of more elements than bytes', '19f5ffffffff0f', 'length over the end'],
    ['an integer that does not end', '16' + 'ff'.repeat(11), 'integer of more than 64 bits'],
    ['a type that does not exist', '1e', 'unknown type'],
    ['a field that comes twice', '150005020000', 'repeated field'],
    ['structs without end', '1c'.repeat(100), 'values nested too deep'],
    ['lists without end', '19' + '19'.repeat(100), 'values nested too deep'],
    ['nothing', '', 'bytes end inside a value'],
  ])('refuses %s', (_, hex, fault) => {
    const error = thrownBy(() => readStructAt(fromHex(hex) ?? new Uint8Array(), 0))
    expect(error.kind).toBe('corrupt')
    expect(error.context['fault']).toBe(fault)
  })

  it('refuses a value of another type than the one asked for', () => {
    expect(thrownBy(() => intOf(thriftLong(1n))).kind).toBe('corrupt')
    expect(thrownBy(() => intOf(thriftByte(1))).kind).toBe('corrupt')
    expect(thrownBy(() => byteOf(thriftInt(1))).kind).toBe('corrupt')
    expect(
      thrownBy(() => intOf({ type: THRIFT_I32, bytes: thriftLong(2n ** 40n).bytes })).kind,
    ).toBe('corrupt')
    expect(thrownBy(() => stringOf({ type: 8, bytes: Uint8Array.of(1, 0xff) })).kind).toBe(
      'corrupt',
    )
  })

  it('always reads what it wrote', () => {
    fc.assert(
      fc.property(anyStruct, (struct) => {
        const bytes = encodeStruct(struct)
        const read = readStructAt(bytes, 0)
        expect(read.end).toBe(bytes.length)
        expect(plain(read.struct)).toEqual(plain(struct))
        expect(toHex(encodeStruct(read.struct))).toBe(toHex(bytes))
      }),
      runs(300),
    )
  })

  it('never fails on bytes of any kind but with a typed error', () => {
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.tuple(anyStruct.map(encodeStruct), fc.nat(), fc.nat(255)).map(([bytes, at, byte]) => {
        const broken = bytes.slice()
        broken[at % broken.length] = byte
        return broken
      }),
    )
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        try {
          plain(readStructAt(bytes, 0).struct)
        } catch (error) {
          if (!isKind(error, 'corrupt')) throw error
        }
      }),
      runs(300),
    )
  })
})
