import { IcebergError } from '../../base/errors.ts'
import { INT32_MAX } from '../../base/integers.ts'
import { setBit } from './bitmap.ts'

const FIRST_CAPACITY = 1024

/** Longer texts are left to Node: below that, a call costs more than a loop over ASCII. */
const SHORT_TEXT = 24

/** Bytes that are added at the end; room doubles when it runs out, and is kept for the next column. */
export class ByteBuffer {
  #bytes = new Uint8Array(FIRST_CAPACITY)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** For writing to bytes that {@link extend} has added. Not to be kept: it changes when the room does. */
  get view(): DataView {
    return this.#view
  }

  /**
   * Adds `count` zeros and says where they start.
   *
   * @throws IcebergError `limit` beyond 2^31 - 1 bytes, which is what Arrow offsets count
   */
  extend(count: number): number {
    const start = this.#length
    this.#reserve(count)
    this.#length += count
    return start
  }

  appendBytes(bytes: Uint8Array): void {
    const start = this.extend(bytes.length)
    this.#bytes.set(bytes, start)
  }

  /** Adds the UTF-8 of a well-formed text. */
  appendText(text: string): void {
    // No code unit of UTF-16 needs more than three bytes.
    this.#reserve(3 * text.length)
    if (text.length > SHORT_TEXT || !this.#appendAscii(text)) {
      const buffer = Buffer.from(this.#bytes.buffer)
      this.#length += buffer.write(text, this.#length, 'utf8')
    }
  }

  /** The bytes added since the last call, in memory of their own. */
  finish(): Uint8Array<ArrayBuffer> {
    const result = this.#bytes.slice(0, this.#length)
    this.#bytes.fill(0, 0, this.#length)
    this.#length = 0
    return result
  }

  #appendAscii(text: string): boolean {
    const start = this.#length
    for (let index = 0; index < text.length; index += 1) {
      const unit = text.charCodeAt(index)
      if (unit > 0x7f) return false
      this.#bytes[start + index] = unit
    }
    this.#length = start + text.length
    return true
  }

  #reserve(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#bytes.length) return
    if (needed > INT32_MAX) {
      throw new IcebergError('limit', 'values of one column exceed a batch', {
        context: { size: needed, limit: INT32_MAX },
      })
    }
    const grown = new Uint8Array(Math.min(INT32_MAX, Math.max(needed, 2 * this.#bytes.length)))
    grown.set(this.#bytes)
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}

/** Bits that are added at the end. */
export class BitBuffer {
  #bytes = new Uint8Array(FIRST_CAPACITY)
  #length = 0
  #setCount = 0

  get length(): number {
    return this.#length
  }

  append(bit: boolean): void {
    if (this.#length === 8 * this.#bytes.length) this.#grow()
    if (bit) {
      setBit(this.#bytes, this.#length)
      this.#setCount += 1
    }
    this.#length += 1
  }

  /** The bits added since the last call, in memory of their own. */
  finish(): Uint8Array {
    const result = this.#bytes.slice(0, (this.#length + 7) >> 3)
    this.#bytes.fill(0, 0, result.length)
    this.#length = 0
    this.#setCount = 0
    return result
  }

  /** As {@link finish}, for bits that say whether a row is valid: null when all are set. */
  finishValidity(): Uint8Array | null {
    const allSet = this.#setCount === this.#length
    const bits = this.finish()
    return allSet ? null : bits
  }

  #grow(): void {
    const grown = new Uint8Array(2 * this.#bytes.length)
    grown.set(this.#bytes)
    this.#bytes = grown
  }
}

/** Where values end, one after another; 0 stands before them. */
export class OffsetBuffer {
  #ends = new ByteBuffer()

  append(end: number): void {
    if (end > INT32_MAX) {
      throw new IcebergError('limit', 'values of one column exceed a batch', {
        context: { size: end, limit: INT32_MAX },
      })
    }
    const at = this.#ends.extend(Int32Array.BYTES_PER_ELEMENT)
    this.#ends.view.setInt32(at, end, true)
  }

  /** One offset more than ends were added since the last call. */
  finish(): Int32Array {
    const ends = new Int32Array(this.#ends.finish().buffer)
    const offsets = new Int32Array(ends.length + 1)
    offsets.set(ends, 1)
    return offsets
  }
}
