import { isUtf8 } from 'node:buffer'

import { IcebergError } from '../../base/errors.ts'

const MAX_VARLONG_BYTES = 10

/** What Node puts where bytes are no UTF-8. */
const REPLACEMENT = '\ufffd'

/**
 * Reads what brokers send from memory: integers with their highest byte first, and of variable length. Every length is held
 * against the bytes that are left.
 *
 * Every read throws `corrupt` with the offset when the bytes end early.
 */
export class WireReader {
  readonly bytes: Uint8Array
  readonly #view: DataView
  #offset: number

  constructor(bytes: Uint8Array, offset = 0) {
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#offset = offset
  }

  get offset(): number {
    return this.#offset
  }

  get remaining(): number {
    return this.bytes.length - this.#offset
  }

  int8(): number {
    return this.#view.getInt8(this.skip(1))
  }

  int16(): number {
    return this.#view.getInt16(this.skip(2))
  }

  int32(): number {
    return this.#view.getInt32(this.skip(4))
  }

  uint32(): number {
    return this.#view.getUint32(this.skip(4))
  }

  int64(): bigint {
    return this.#view.getBigInt64(this.skip(8))
  }

  /** A length or a tag: seven bits a byte, the lowest first; below 2^32. */
  unsignedVarint(): number {
    let value = this.#byte()
    // Most are lengths of a byte.
    if (value < 0x80) return value
    value &= 0x7f
    for (let factor = 128; factor < 2 ** 35; factor *= 128) {
      const byte = this.#byte()
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
    throw this.#corrupt('a number of variable length has too many bytes')
  }

  /** Seven bits a byte of a number whose sign is its lowest bit; 32 bits, or a little more. */
  varint(): number {
    const zigzag = this.unsignedVarint()
    return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
  }

  /** As {@link varint}, of 64 bits. */
  varlong(): bigint {
    let low = 0
    let factor = 1
    for (let count = 0; count < 7; count += 1) {
      const byte = this.#byte()
      low += (byte & 0x7f) * factor
      factor *= 128
      if (byte < 0x80) return BigInt(low % 2 === 0 ? low / 2 : -(low + 1) / 2)
    }
    let value = BigInt(low)
    for (let shift = 49n; shift < 70n; shift += 7n) {
      const byte = this.#byte()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n))
    }
    throw this.#corrupt('a number of variable length has too many bytes')
  }

  /** Passes over a {@link varlong}, and gives where it begins. */
  skipVarlong(): number {
    const start = this.#offset
    for (let count = 0; count < MAX_VARLONG_BYTES; count += 1) if (this.#byte() < 0x80) return start
    throw this.#corrupt('a number of variable length has too many bytes')
  }

  /** Passes over so many bytes, and gives where they begin. */
  skip(length: number): number {
    const start = this.#offset
    if (length < 0 || length > this.remaining) throw this.#corrupt('bytes end early')
    this.#offset += length
    return start
  }

  /** A view of the next bytes, not a copy. */
  take(length: number): Uint8Array {
    const start = this.skip(length)
    return this.bytes.subarray(start, start + length)
  }

  /** Fields that newer brokers add, each with its length. */
  skipTaggedFields(): void {
    for (let left = this.unsignedVarint(); left > 0; left -= 1) {
      this.unsignedVarint()
      this.skip(this.unsignedVarint())
    }
  }

  #byte(): number {
    const byte = this.bytes[this.#offset]
    if (byte === undefined) throw this.#corrupt('bytes end early')
    this.#offset += 1
    return byte
  }

  #corrupt(message: string): IcebergError {
    return new IcebergError('corrupt', message, { context: { offset: this.#offset } })
  }
}

/** The text of bytes `[start, end)`; null when they are no UTF-8. */
export function utf8Of(bytes: Uint8Array, start = 0, end: number = bytes.length): string | null {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = buffer.toString('utf8', start, end)
  if (!text.includes(REPLACEMENT) || isUtf8(bytes.subarray(start, end))) return text
  return null
}
