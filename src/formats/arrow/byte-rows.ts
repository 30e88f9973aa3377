import { DataType } from 'apache-arrow'
import type { Data } from 'apache-arrow'
import { layoutOf, offsetsOf, valueBytes } from './column-data.ts'

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

/**
 * The bytes of each row of a column, where they lie: of strings and binary, and of every type of fixed width. Strings
 * are in the order of their code points when their bytes are in the order of {@link compare}. Null rows have bytes
 * too, of no meaning.
 */
export class ByteRows {
  /** What {@link start} and {@link end} point into. */
  readonly bytes: Uint8Array
  readonly #view: DataView
  readonly #offsets: Int32Array | null
  readonly #width: number

  constructor(data: Data) {
    this.bytes = valueBytes(data)
    const { buffer, byteOffset, length } = this.bytes
    this.#view = new DataView(buffer, byteOffset, length)
    const hasOffsets = DataType.isUtf8(data.type) || DataType.isBinary(data.type)
    this.#offsets = hasOffsets ? offsetsOf(data) : null
    this.#width = hasOffsets ? 0 : fixedWidth(data)
  }

  start(row: number): number {
    return this.#offsets === null ? row * this.#width : (this.#offsets[row] ?? 0)
  }

  end(row: number): number {
    return this.start(row + 1)
  }

  /** Unsigned lexicographic order of two rows; a prefix comes first. Four bytes at a time, bounds of eight columns took a third less. */
  compare(left: number, right: number): number {
    const { bytes } = this
    const view = this.#view
    let leftAt = this.start(left)
    let rightAt = this.start(right)
    const leftEnd = this.end(left)
    const rightEnd = this.end(right)
    for (; leftAt + 4 <= leftEnd && rightAt + 4 <= rightEnd; leftAt += 4, rightAt += 4) {
      const difference = view.getUint32(leftAt) - view.getUint32(rightAt)
      if (difference !== 0) return difference
    }
    for (; leftAt < leftEnd && rightAt < rightEnd; leftAt += 1, rightAt += 1) {
      const difference = (bytes[leftAt] ?? 0) - (bytes[rightAt] ?? 0)
      if (difference !== 0) return difference
    }
    return leftEnd - leftAt - (rightEnd - rightAt)
  }

  /** The order of a row and of other bytes, as {@link compare}. */
  compareTo(row: number, other: Uint8Array): number {
    const { bytes } = this
    const start = this.start(row)
    const length = this.end(row) - start
    const shared = Math.min(length, other.length)
    for (let index = 0; index < shared; index += 1) {
      const difference = (bytes[start + index] ?? 0) - (other[index] ?? 0)
      if (difference !== 0) return difference
    }
    return length - other.length
  }

  /** The first four bytes as a number in the order of {@link compare}, which decides where two of these are equal. */
  firstWord(row: number): number {
    const start = this.start(row)
    const size = this.end(row) - start
    if (size >= 4) return this.#view.getUint32(start)
    return bigEndianWord(this.bytes, start, size) >>> 0
  }

  /** 32 bits that are the same for equal rows (FNV-1a). */
  hash(row: number): number {
    const { bytes } = this
    const end = this.end(row)
    let hash = FNV_OFFSET
    for (let index = this.start(row); index < end; index += 1) {
      hash = Math.imul(hash ^ (bytes[index] ?? 0), FNV_PRIME)
    }
    return hash
  }

  /** Whether a row begins with other bytes. */
  startsWith(row: number, prefix: Uint8Array): boolean {
    const { bytes } = this
    const start = this.start(row)
    if (this.end(row) - start < prefix.length) return false
    for (let index = 0; index < prefix.length; index += 1) {
      if (bytes[start + index] !== prefix[index]) return false
    }
    return true
  }
}

/** Four bytes as 32 bits whose unsigned order is theirs; bytes past `size` are taken for zero. */
export function bigEndianWord(bytes: Uint8Array, at: number, size: number): number {
  if (size >= 4) {
    const top = ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16)
    return top | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)
  }
  let word = 0
  for (let index = 0; index < size; index += 1) word |= (bytes[at + index] ?? 0) << (24 - 8 * index)
  return word
}

function fixedWidth(data: Data): number {
  const layout = layoutOf(data.type)
  return layout.kind === 'fixed' ? layout.width : 0
}
