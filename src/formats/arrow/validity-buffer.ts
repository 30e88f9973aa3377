import type { Data } from 'apache-arrow'
import { BitMemory } from './bit-memory.ts'
import { totalRows, validityOf } from './column-data.ts'

/** Which rows are valid. No bits are kept until a column may have a null. */
export class ValidityBuffer {
  readonly #bits = new BitMemory()
  #rows = 0
  #hasBits = false

  get memoryBytes(): number {
    return this.#bits.memoryBytes
  }

  add(column: Data, rows: Uint32Array): void {
    const bits = validityOf(column)
    if (bits === null) {
      if (this.#hasBits) this.#bits.set(this.#rows, rows.length)
    } else {
      if (!this.#hasBits) this.#bits.set(0, this.#rows)
      this.#hasBits = true
      this.#bits.gather(this.#rows, bits, column.offset, rows)
    }
    this.#rows += rows.length
  }

  addAll(columns: readonly Data[]): void {
    if (!this.#hasBits && columns.every((column) => validityOf(column) === null)) {
      this.#rows += totalRows(columns)
      return
    }
    if (!this.#hasBits) this.#bits.set(0, this.#rows)
    this.#hasBits = true
    for (const column of columns) {
      const bits = validityOf(column)
      if (bits === null) this.#bits.set(this.#rows, column.length)
      else this.#bits.copy(this.#rows, bits, column.offset, column.length)
      this.#rows += column.length
    }
  }

  bits(rowCount: number): Uint8Array | null {
    return this.#hasBits ? this.#bits.bits(rowCount) : null
  }

  clear(): void {
    this.#rows = 0
    this.#hasBits = false
    this.#bits.clear()
  }
}
