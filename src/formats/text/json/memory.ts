// Memory of columns that grows with them, and goes out of hand with a batch: the next one gets new memory, about as much.
import { newBitmap, setBit } from '../../arrow/bitmap.ts'

const FIRST_CAPACITY = 1024

/** Memory is seen as arrays of values, of which it has a whole number. */
const WIDEST_VALUE = 16

/** Bytes, of which a row or a text has some. */
export class ByteMemory {
  bytes: Uint8Array<ArrayBuffer>

  constructor(capacity: number = FIRST_CAPACITY) {
    this.bytes = new Uint8Array(capacity)
  }

  /** What is there stays; what is new is zero. */
  reserve(size: number): void {
    if (size <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(size, 2 * this.bytes.length))
    grown.set(this.bytes)
    this.bytes = grown
  }

  /**
   * The first `size` bytes, without much that nobody needs behind them. The memory that follows is an eighth larger: what is handed
   * out counts whole, and each 64 MB of it have the collector go through the heap.
   */
  finish(size: number): Uint8Array<ArrayBuffer> {
    const { bytes } = this
    const next = Math.ceil((1.125 * size) / WIDEST_VALUE) * WIDEST_VALUE
    this.bytes = new Uint8Array(Math.max(FIRST_CAPACITY, next))
    return 2 * size > bytes.length ? bytes.subarray(0, size) : bytes.slice(0, size)
  }
}

/** A flag a row: a byte each, because bits take longer to write. */
export class RowFlags {
  readonly #memory = new ByteMemory()
  #flags: Uint8Array = this.#memory.bytes

  set(row: number, flag: boolean): void {
    if (row >= this.#flags.length) {
      this.#memory.reserve(row + 1)
      this.#flags = this.#memory.bytes
    }
    this.#flags[row] = flag ? 1 : 0
  }

  lacksAny(rowCount: number): boolean {
    for (let row = 0; row < rowCount; row += 1) if (this.#flags[row] === 0) return true
    return false
  }

  /** As bits; the rows begin anew. */
  bits(rowCount: number): Uint8Array {
    const flags = this.#flags
    const bits = newBitmap(rowCount)
    for (let row = 0; row < rowCount; row += 1) if (flags[row] === 1) setBit(bits, row)
    return bits
  }
}

/** Which rows have values. Most columns have no nulls: until one comes, nothing is written of rows. */
export class ValidRows {
  readonly #flags = new RowFlags()
  #hasNulls = false

  /** In the order of rows, of which none is left out. */
  set(row: number, isValid: boolean): void {
    if (this.#hasNulls) this.#flags.set(row, isValid)
    else if (!isValid) this.#begin(row)
  }

  /** As bits; null when all rows have values. The rows begin anew. */
  validity(rowCount: number): Uint8Array | null {
    const isNeeded = this.#hasNulls && this.#flags.lacksAny(rowCount)
    this.#hasNulls = false
    return isNeeded ? this.#flags.bits(rowCount) : null
  }

  /** Row `row` is the first that is null. */
  #begin(row: number): void {
    this.#hasNulls = true
    for (let before = 0; before < row; before += 1) this.#flags.set(before, true)
    this.#flags.set(row, false)
  }
}
