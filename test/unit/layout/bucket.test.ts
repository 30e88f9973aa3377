import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex } from '../../../src/base/bytes.ts'
import { bucketFunction, bucketOf, hashFunction } from '../../../src/layout/bucket.ts'
import { murmur3 } from '../../../src/layout/murmur3.ts'
import { microsFromNanos } from '../../../src/layout/temporal.ts'
import {
  parseDate,
  parseTime,
  parseTimestamp,
  parseTimestampNs,
  parseTimestamptz,
  parseTimestamptzNs,
} from '../../../src/types/temporal-text.ts'
import type { PrimitiveType } from '../../../src/types/type.ts'
import { parseUuid } from '../../../src/types/uuid-text.ts'
import type { PrimitiveValue } from '../../../src/types/value.ts'
import {
  anyInt,
  anyLong,
  anyPrimitiveValueOf,
  anyString,
} from '../../support/arbitraries/values.ts'
import { runs } from '../../support/runs.ts'

const decimal: PrimitiveType = { kind: 'decimal', precision: 9, scale: 2 }

const VECTORS: readonly (readonly [PrimitiveType, PrimitiveValue | null, number])[] = [
  [{ kind: 'int' }, 34, 2017239379],
  [{ kind: 'int' }, 1, 1392991556],
  [{ kind: 'long' }, 34n, 2017239379],
  [decimal, 1420n, -500754589],
  [{ kind: 'date' }, parseDate('2017-11-16'), -653330422],
  [{ kind: 'time' }, parseTime('22:31:08'), -662762989],
  [{ kind: 'timestamp' }, parseTimestamp('2017-11-16T22:31:08'), -2047944441],
  [{ kind: 'timestamp' }, parseTimestamp('2017-11-16T22:31:08.000001'), -1207196810],
  [{ kind: 'timestamptz' }, parseTimestamptz('2017-11-16T14:31:08-08:00'), -2047944441],
  [{ kind: 'timestamptz' }, parseTimestamptz('2017-11-16T14:31:08.000001-08:00'), -1207196810],
  [{ kind: 'timestamp_ns' }, parseTimestampNs('2017-11-16T22:31:08'), -2047944441],
  [{ kind: 'timestamp_ns' }, parseTimestampNs('2017-11-16T22:31:08.000001001'), -1207196810],
  [{ kind: 'timestamptz_ns' }, parseTimestamptzNs('2017-11-16T14:31:08-08:00'), -2047944441],
  [
    { kind: 'timestamptz_ns' },
    parseTimestamptzNs('2017-11-16T14:31:08.000001001-08:00'),
    -1207196810,
  ],
  [{ kind: 'string' }, 'iceberg', 1210000089],
  [{ kind: 'uuid' }, parseUuid('f79c3e09-677c-4bbd-a479-3f349cb785e7'), 1488055340],
  [{ kind: 'fixed', length: 4 }, fromHex('00010203'), -188683207],
  [{ kind: 'binary' }, fromHex('00010203'), -188683207],
]

describe('hashes (spec: Appendix B: 32-bit Hash Requirements)', () => {
  it.each(VECTORS)('of %o: %s gives %i', (type, value, hash) => {
    if (value === null) throw new Error('the vector has no value')
    expect(hashFunction(type)(value)).toBe(hash)
  })

  it('take the fewest bytes of a decimal, whatever its scale', () => {
    expect(hashFunction({ kind: 'decimal', precision: 38, scale: 0 })(1420n)).toBe(-500754589)
    for (const [unscaled, hex] of [
      [0n, '00'],
      [-1n, 'ff'],
      [127n, '7f'],
      [128n, '0080'],
      [-128n, '80'],
      [-129n, 'ff7f'],
    ] as const) {
      expect(hashFunction(decimal)(unscaled)).toBe(murmur3(fromHex(hex) ?? new Uint8Array()))
    }
  })

  it('are always the same for an int and a long of one value', () => {
    fc.assert(
      fc.property(anyInt, (value) => {
        expect(hashFunction({ kind: 'int' })(value)).toBe(
          hashFunction({ kind: 'long' })(BigInt(value)),
        )
      }),
      runs(300),
    )
  })

  it('are always those of the eight little-endian bytes of a long', () => {
    fc.assert(
      fc.property(anyLong, (value) => {
        const bytes = new Uint8Array(8)
        new DataView(bytes.buffer).setBigInt64(0, value, true)
        expect(hashFunction({ kind: 'long' })(value)).toBe(murmur3(bytes))
      }),
      runs(300),
    )
  })

  it('are always those of the microsecond that a nanosecond is in', () => {
    fc.assert(
      fc.property(anyLong, (nanos) => {
        const micros = microsFromNanos(nanos)
        expect(micros * 1000n <= nanos && nanos < (micros + 1n) * 1000n).toBe(true)
        expect(hashFunction({ kind: 'timestamp_ns' })(nanos)).toBe(
          hashFunction({ kind: 'timestamp' })(micros),
        )
      }),
      runs(300),
    )
  })

  it('are always those of the UTF-8 bytes of a string, wherever they lie', () => {
    fc.assert(
      fc.property(anyString, fc.nat(9), (text, before) => {
        const bytes = Buffer.from(text, 'utf8')
        const padded = Buffer.concat([Buffer.alloc(before, 7), bytes, Buffer.from('x')])
        const hash = hashFunction({ kind: 'string' })(text)
        expect(murmur3(padded, before, before + bytes.length)).toBe(hash)
        expect(hashFunction({ kind: 'binary' })(bytes)).toBe(hash)
      }),
      runs(300),
    )
  })
})

describe('bucket (spec: Bucket Transform Details)', () => {
  it('drops the sign of the hash before it divides', () => {
    expect(bucketOf(-1, 16)).toBe(15)
    expect(bucketOf(-2147483648, 16)).toBe(0)
    expect(bucketOf(2147483647, 2147483647)).toBe(0)
    expect(bucketFunction(16, { kind: 'string' })('iceberg')).toBe(1210000089 % 16)
  })

  it('always lies in [0, N)', () => {
    const anyCase = fc
      .constantFrom(...VECTORS.map(([type]) => type))
      .chain((type) => fc.record({ type: fc.constant(type), value: anyPrimitiveValueOf(type) }))
    fc.assert(
      fc.property(anyCase, fc.integer({ min: 1, max: 2147483647 }), ({ type, value }, count) => {
        const bucket = bucketFunction(count, type)(value)
        expect(Number.isInteger(bucket) && bucket >= 0 && bucket < count).toBe(true)
      }),
      runs(300),
    )
  })
})
