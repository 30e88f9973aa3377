/** Buckets of whole columns (spec: Bucket Transform Details), hashed from the bytes where they lie. */
import type { Data } from 'apache-arrow'
import { assert, unreachable } from '../../base/assert.ts'
import { bucketOf, isHashable } from '../../layout/bucket.ts'
import { murmur3, murmur3OfInt, murmur3OfWords } from '../../layout/murmur3.ts'
import type { PrimitiveType } from '../../types/type.ts'
import { ByteRows } from './byte-rows.ts'
import { valueWords } from './column-data.ts'

/** The bucket of each row, as `bucketFunction` gives it for its value; those of null rows have no meaning. */
export function rowBuckets(numBuckets: number, source: PrimitiveType, data: Data): Int32Array {
  const hash = rowHash(source, data)
  const buckets = new Int32Array(data.length)
  for (let row = 0; row < buckets.length; row += 1) buckets[row] = bucketOf(hash(row), numBuckets)
  return buckets
}

function rowHash(source: PrimitiveType, data: Data): (row: number) => number {
  assert(isHashable(source), 'values of this type are not hashed')
  switch (source.kind) {
    case 'int':
    case 'date': {
      const values: Int32Array = data.values
      return (row) => murmur3OfInt(values[row] ?? 0)
    }
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz': {
      const words = valueWords(data)
      return (row) => murmur3OfWords(words[2 * row] ?? 0, words[2 * row + 1] ?? 0)
    }
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return nanosHash(valueWords(data))
    case 'decimal':
      return decimalHash(new ByteRows(data))
    case 'string':
    case 'uuid':
    case 'fixed':
    case 'binary': {
      const rows = new ByteRows(data)
      return (row) => murmur3(rows.bytes, rows.start(row), rows.end(row))
    }
    case 'boolean':
    case 'float':
    case 'double':
    case 'unknown':
    case 'geometry':
    case 'geography':
      return () => 0
    default:
      return unreachable(source)
  }
}

const NANOS_PER_MICRO = 1000

/** Long division by words, rounded down: what the high word leaves, below 2^42 with the low one, is exact in a double. */
function nanosHash(words: Int32Array): (row: number) => number {
  return (row) => {
    const high = words[2 * row + 1] ?? 0
    const highMicros = Math.floor(high / NANOS_PER_MICRO)
    const left = (high - highMicros * NANOS_PER_MICRO) * 2 ** 32 + ((words[2 * row] ?? 0) >>> 0)
    return murmur3OfWords(Math.floor(left / NANOS_PER_MICRO), highMicros)
  }
}

const DECIMAL_BYTES = 16

/** Little-endian and of full width as they lie, hashed big-endian and as short as the value allows. */
function decimalHash({ bytes }: ByteRows): (row: number) => number {
  const turned = new Uint8Array(DECIMAL_BYTES)
  return (row) => {
    const start = row * DECIMAL_BYTES
    const top = highestByte(bytes, start)
    for (let at = top; at >= start; at -= 1) turned[top - at] = bytes[at] ?? 0
    return murmur3(turned, 0, top - start + 1)
  }
}

/** Bytes that only repeat the sign of the next lower one are left out; the lowest one never is. */
function highestByte(bytes: Uint8Array, start: number): number {
  let top = start + DECIMAL_BYTES - 1
  const sign = (bytes[top] ?? 0) >> 7 === 0 ? 0 : 0xff
  while (top > start && bytes[top] === sign && (((bytes[top - 1] ?? 0) ^ sign) & 0x80) === 0) {
    top -= 1
  }
  return top
}
