/** Rows dealt out by the hash of a column (spec: Bucket Transform Details). */
import { assert, unreachable } from '../base/assert.ts'
import { encodeUtf8 } from '../base/unicode.ts'
import { bigEndianBytes } from '../types/single-value-binary.ts'
import type { PrimitiveType } from '../types/type.ts'
import type { PrimitiveValue } from '../types/value.ts'
import { murmur3, murmur3OfInt, murmur3OfWords } from './murmur3.ts'
import { microsFromNanos } from './temporal.ts'

/** Whether values of the type are hashed; floats, booleans and shapes are not. */
export function isHashable(type: PrimitiveType): boolean {
  return hashOf(type) !== null
}

/**
 * The 32-bit hash of values of a type that {@link isHashable} (spec: Appendix B: 32-bit Hash Requirements). An `int` and a
 * `long` of one value agree, and so do a timestamp of nanoseconds and that of its microsecond, rounded down.
 */
export function hashFunction(type: PrimitiveType): (value: PrimitiveValue) => number {
  const hash = hashOf(type)
  assert(hash !== null, 'values of this type are not hashed')
  // The type says how the value is held, as value.ts lists; so each hash may take its own.
  return hash as (value: PrimitiveValue) => number
}

/** The bucket of each value of a hashable type, in `[0, numBuckets)`. */
export function bucketFunction(
  numBuckets: number,
  type: PrimitiveType,
): (value: PrimitiveValue) => number {
  const hash = hashFunction(type)
  return (value) => bucketOf(hash(value), numBuckets)
}

/** The bucket of a hash: its sign is dropped first, so that none is negative. */
export function bucketOf(hash: number, numBuckets: number): number {
  return (hash & 0x7fffffff) % numBuckets
}

function hashOf(type: PrimitiveType): ((value: never) => number) | null {
  switch (type.kind) {
    case 'int':
    case 'date':
      return murmur3OfInt
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return hashLong
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return (nanos: bigint) => hashLong(microsFromNanos(nanos))
    case 'decimal':
      return (unscaled: bigint) => murmur3(bigEndianBytes(unscaled))
    case 'string':
      return (text: string) => murmur3(encodeUtf8(text))
    case 'uuid':
    case 'fixed':
    case 'binary':
      return (bytes: Uint8Array) => murmur3(bytes)
    case 'boolean':
    case 'float':
    case 'double':
    case 'unknown':
    case 'geometry':
    case 'geography':
      return null
    default:
      return unreachable(type)
  }
}

function hashLong(value: bigint): number {
  return murmur3OfWords(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)))
}
