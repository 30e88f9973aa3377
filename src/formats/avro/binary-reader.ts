import { isUtf8 } from 'node:buffer'

import { assert } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import { INT32_MAX, INT32_MIN } from '../../base/integers.ts'

const REPLACEMENT = '\ufffd'

/**
 * Reads Avro's binary encoding from memory. Every length and count is held against the bytes that are left before
 * anything is made of it, so that damaged or hostile bytes cost no more than good ones.
 *
 * Every read throws `corrupt` with the offset when the bytes end early or say what cannot be.
 */
export class BinaryReader {
  readonly #bytes: Uint8Array
  readonly #buffer: Buffer
  readonly #view: DataView
  #offset = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset
  }

  /** Bytes that were read so far. */
  get offset(): number {
    return this.#offset
  }

  /** Goes on from a place where it has been before. */
  seek(offset: number): void {
    assert(offset >= 0 && offset <= this.#bytes.length, 'a reader stays in its bytes')
    this.#offset = offset
  }

  /** The bytes `[start, end)` of those that were read: a copy. */
  copy(start: number, end: number): Uint8Array {
    // Node takes small buffers out of larger ones, which costs a tenth of an array's own memory.
    const copy = Buffer.from(this.#bytes.subarray(start, end))
    return new Uint8Array(copy.buffer, copy.byteOffset, copy.byteLength)
  }

  boolean(): boolean {
    const byte = this.#byte()
    if (byte > 1) throw this.#corrupt('Avro boolean is neither 0 nor 1')
    return byte === 1
  }

  int(): number {
    const value = this.#number()
    if (value === null || value < INT32_MIN || value > INT32_MAX) {
      throw this.#corrupt('Avro integer has more than 32 bits')
    }
    return value
  }

  long(): bigint {
    const start = this.#offset
    const value = this.#number()
    if (value !== null) return BigInt(value)
    this.#offset = start
    return this.#wideLong()
  }

  float(): number {
    return this.#view.getFloat32(this.#advance(4), true)
  }

  double(): number {
    return this.#view.getFloat64(this.#advance(8), true)
  }

  string(): string {
    const start = this.#advance(this.size())
    const text = this.#buffer.toString('utf8', start, this.#offset)
    // Where bytes are no UTF-8, Node puts this character. A decoder that refuses them took ten times as long.
    if (!text.includes(REPLACEMENT) || isUtf8(this.#bytes.subarray(start, this.#offset)))
      return text
    throw this.#corrupt('Avro string is not UTF-8')
  }

  /** A view of the reader's own bytes, not a copy. */
  bytes(): Uint8Array {
    return this.fixed(this.size())
  }

  /** The next `length` bytes as they are: a view, not a copy. */
  fixed(length: number): Uint8Array {
    const start = this.#advance(length)
    return this.#bytes.subarray(start, start + length)
  }

  /** Passes over so many integers. */
  skipIntegers(count: number): void {
    const bytes = this.#bytes
    let offset = this.#offset
    for (let left = count; left > 0; left -= 1) {
      while ((bytes[offset] ?? 0) >= 0x80) offset += 1
      if (offset >= bytes.length) throw this.#corrupt('Avro data ends early')
      offset += 1
    }
    this.#offset = offset
  }

  /** Passes over bytes or a string. */
  skipBytes(): void {
    const length = this.size()
    this.#offset += length
  }

  /** Passes over so many times an integer and then bytes: a map of bounds, which is where most bytes of a manifest are. */
  skipKeyedBytes(count: number): void {
    const bytes = this.#bytes
    for (let left = count; left > 0; left -= 1) {
      let offset = this.#offset
      while ((bytes[offset] ?? 0) >= 0x80) offset += 1
      const length = bytes[offset + 1] ?? 0x80
      const end = offset + 2 + (length >>> 1)
      // The length is one byte and not negative, and there are so many bytes; else it is read with care.
      if ((length & 0x81) === 0 && end <= bytes.length) this.#offset = end
      else {
        this.skipIntegers(1)
        this.skipBytes()
      }
    }
  }

  skipFixed(length: number): void {
    this.#advance(length)
  }

  /** A length in bytes, of which so many are there. */
  size(): number {
    const size = this.#number()
    if (size === null || size < 0 || size > this.remaining) {
      throw this.#corrupt('Avro length exceeds the bytes that are left')
    }
    return size
  }

  /** The index of a union's branch or an enum's symbol, in `[0, count)`. */
  index(count: number): number {
    const index = this.#number()
    if (index === null || index < 0 || index >= count) {
      throw this.#corrupt('Avro index is out of range')
    }
    return index
  }

  /** Items in the next block of an array or a map, 0 after the last one. No item has fewer bytes than one. */
  blockCount(): number {
    const count = this.#number()
    if (count !== null && count < 0) this.size()
    const items = Math.abs(count ?? Number.POSITIVE_INFINITY)
    if (items > this.remaining) throw this.#corrupt('Avro block has more items than bytes')
    return items
  }

  /** A zigzag number of up to 52 bits, which is nearly all of them; null when it is longer. Most are of one byte. */
  #number(): number | null {
    const byte = this.#bytes[this.#offset]
    if (byte === undefined || byte >= 0x80) return this.#longerNumber()
    this.#offset += 1
    return (byte >>> 1) ^ -(byte & 1)
  }

  /** Bits of the low four bytes and the high ones are gathered apart, as 32-bit integers. */
  #longerNumber(): number | null {
    let low = 0
    let high = 0
    for (let shift = 0; shift < 56; shift += 7) {
      const byte = this.#byte()
      if (shift < 28) low |= (byte & 0x7f) << shift
      else high |= (byte & 0x7f) << (shift - 28)
      if (byte < 0x80) {
        if (high >= 1 << 24) return null
        const zigzag = high * 2 ** 28 + low
        return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
      }
    }
    return null
  }

  /** Gathers groups of seven bits in halves of 35 and 35 bits, as numbers: ids of snapshots, which are long, are in every entry. */
  #wideLong(): bigint {
    let low = 0
    let high = 0
    for (let group = 0; group < 10; group += 1) {
      const byte = this.#byte()
      if (group < 5) low += (byte & 0x7f) * 2 ** (7 * group)
      else high += (byte & 0x7f) * 2 ** (7 * (group - 5))
      if (byte < 0x80) {
        if (high >= 2 ** 29) break
        const zigzag = (BigInt(high) << 35n) | BigInt(low)
        return (zigzag >> 1n) ^ -(zigzag & 1n)
      }
    }
    throw this.#corrupt('Avro integer has more than 64 bits')
  }

  #byte(): number {
    const byte = this.#bytes[this.#offset]
    if (byte === undefined) throw this.#corrupt('Avro data ends early')
    this.#offset += 1
    return byte
  }

  /** Moves past `length` bytes and gives where they start. */
  #advance(length: number): number {
    const start = this.#offset
    if (length > this.remaining) throw this.#corrupt('Avro data ends early')
    this.#offset += length
    return start
  }

  #corrupt(message: string): IcebergError {
    return new IcebergError('corrupt', message, { context: { offset: this.#offset } })
  }
}
