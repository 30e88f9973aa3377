// The buffers of a column that no other columns are part of, but for its validity.
import type { Data } from 'apache-arrow'
import { BitMemory } from './bit-memory.ts'
import { bytesOfBits } from './bitmap.ts'
import { totalRows, valueBytes, valueWords } from './column-data.ts'
import type { ValueBuffers } from './column-data.ts'
import { WORD_BYTES, copyValues, takeElements, takeLongs } from './gather-values.ts'
import { GrowingMemory } from './growing-memory.ts'
import { OffsetMemory, rangeOf } from './offset-memory.ts'

/** The buffers of a column but for its validity. */
export interface ValueBuffer {
  readonly bytes: number
  readonly memoryBytes: number
  add(column: Data, rows: Uint32Array): void
  addAll(columns: readonly Data[]): void
  buffers(rowCount: number): ValueBuffers
  clear(): void
}

export class BitValues implements ValueBuffer {
  readonly #bits = new BitMemory()
  #rows = 0

  get bytes(): number {
    return bytesOfBits(this.#rows)
  }

  get memoryBytes(): number {
    return this.#bits.memoryBytes
  }

  add(column: Data, rows: Uint32Array): void {
    this.#bits.gather(this.#rows, valueBytes(column), column.offset, rows)
    this.#rows += rows.length
  }

  addAll(columns: readonly Data[]): void {
    for (const column of columns) {
      this.#bits.copy(this.#rows, valueBytes(column), column.offset, column.length)
      this.#rows += column.length
    }
  }

  buffers(rowCount: number): ValueBuffers {
    return { values: this.#bits.bits(rowCount) }
  }

  clear(): void {
    this.#rows = 0
    this.#bits.clear()
  }
}

export class FixedValues implements ValueBuffer {
  readonly #memory = new GrowingMemory()
  readonly #width: number
  #length = 0

  constructor(width: number) {
    this.#width = width
  }

  get bytes(): number {
    return this.#length
  }

  get memoryBytes(): number {
    return this.#memory.capacity
  }

  add(column: Data, rows: Uint32Array): void {
    const start = this.#length
    const end = start + rows.length * this.#width
    this.#memory.reserve(end)
    this.#length = end
    const target = this.#memory.bytes.subarray(start, end)
    const { buffer, byteOffset, byteLength } = valueBytes(column)
    if (this.#width === 8 && byteOffset % 8 === 0) {
      const source = new BigInt64Array(buffer, byteOffset, byteLength >> 3)
      takeLongs(source, new BigInt64Array(target.buffer, start, rows.length), rows)
    } else if (this.#width % 4 === 0) {
      const words = new Int32Array(target.buffer, start, target.length >> 2)
      takeElements(valueWords(column), words, this.#width / 4, rows)
    } else {
      takeElements(valueBytes(column), target, this.#width, rows)
    }
  }

  addAll(columns: readonly Data[]): void {
    this.#memory.reserve(this.#length + totalRows(columns) * this.#width)
    const target = this.#memory.bytes
    for (const column of columns) {
      const end = this.#length + column.length * this.#width
      const values = valueBytes(column).subarray(0, end - this.#length)
      target.set(values, this.#length)
      // A column of nulls alone may have no values.
      target.fill(0, this.#length + values.length, end)
      this.#length = end
    }
  }

  buffers(): ValueBuffers {
    return { values: this.#memory.bytes.subarray(0, this.#length) }
  }

  clear(): void {
    this.#length = 0
  }
}

export class ByteValues implements ValueBuffer {
  readonly #offsets = new OffsetMemory()
  readonly #memory = new GrowingMemory()

  get bytes(): number {
    return this.#offsets.bytes + this.#offsets.end
  }

  get memoryBytes(): number {
    return this.#offsets.memoryBytes + this.#memory.capacity
  }

  add(column: Data, rows: Uint32Array): void {
    const { starts, ends } = this.#offsets.add(column, rows)
    // The last value may be copied a word too far.
    this.#memory.reserve((ends[rows.length] ?? 0) + WORD_BYTES)
    copyValues(valueBytes(column), starts, this.#memory.bytes, ends)
  }

  addAll(columns: readonly Data[]): void {
    let to = this.#offsets.end
    this.#offsets.addAll(columns)
    this.#memory.reserve(this.#offsets.end)
    for (const column of columns) {
      const { start, end } = rangeOf(column)
      const values = valueBytes(column).subarray(start, end)
      this.#memory.bytes.set(values, to)
      to += values.length
    }
  }

  buffers(rowCount: number): ValueBuffers {
    const values = this.#memory.bytes.subarray(0, this.#offsets.end)
    return { offsets: this.#offsets.offsets(rowCount), values }
  }

  clear(): void {
    this.#offsets.clear()
  }
}

/** Of a column of nulls alone. */
export const NO_VALUES: ValueBuffer = {
  bytes: 0,
  memoryBytes: 0,
  add: () => {},
  addAll: () => {},
  buffers: () => ({}),
  clear: () => {},
}
