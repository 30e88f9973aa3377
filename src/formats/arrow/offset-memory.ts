import type { Data } from 'apache-arrow'
import { checkedOffsets, offsetsOf, totalRows } from './column-data.ts'
import { GrowingMemory } from './growing-memory.ts'

/** Where values end, one after another; 0 stands before them. */
export class OffsetMemory {
  readonly #memory = new GrowingMemory()
  /** Where the values of the rows that are being added start: looking up rows at random is what adding costs most. */
  readonly #starts = new GrowingMemory()
  #rows = 0
  #end = 0

  get bytes(): number {
    return 4 * (this.#rows + 1)
  }

  /** Where the last value ends. */
  get end(): number {
    return this.#end
  }

  get memoryBytes(): number {
    return this.#memory.capacity + this.#starts.capacity
  }

  /** @returns where the values of `rows` start in their column, and from where to where they are in this one */
  add(column: Data, rows: Uint32Array): { readonly starts: Int32Array; readonly ends: Int32Array } {
    const source = offsetsOf(column)
    this.#starts.reserve(4 * rows.length)
    const starts = new Int32Array(this.#starts.bytes.buffer, 0, rows.length)
    const ends = this.#endsOf(rows.length)
    let total = this.#end
    for (let index = 0; index < rows.length; index += 1) {
      const row = rows[index] ?? 0
      const start = source[row] ?? 0
      total += (source[row + 1] ?? 0) - start
      starts[index] = start
      ends[index + 1] = total
    }
    this.#rows += rows.length
    this.#end = total
    return { starts, ends: checkedOffsets(ends, total) }
  }

  addAll(columns: readonly Data[]): void {
    const rowCount = totalRows(columns)
    const ends = this.#endsOf(rowCount)
    let to = 0
    let total = this.#end
    for (const column of columns) {
      const own = offsetsOf(column)
      const shift = total - (own[0] ?? 0)
      for (let row = 1; row <= column.length; row += 1) ends[to + row] = (own[row] ?? 0) + shift
      total = (own[column.length] ?? 0) + shift
      to += column.length
    }
    checkedOffsets(ends, total)
    this.#rows += rowCount
    this.#end = total
  }

  offsets(rowCount: number): Int32Array {
    if (this.#rows === 0) return new Int32Array(rowCount + 1)
    return new Int32Array(this.#memory.bytes.buffer, 0, rowCount + 1)
  }

  clear(): void {
    this.#rows = 0
    this.#end = 0
  }

  /** For so many rows more, where the last one ended to be the first. */
  #endsOf(rowCount: number): Int32Array {
    this.#memory.reserve(4 * (this.#rows + rowCount + 1))
    const ends = new Int32Array(this.#memory.bytes.buffer, 4 * this.#rows, rowCount + 1)
    ends[0] = this.#end
    return ends
  }
}

/** Where the values of a column lie among those that it shares with others. */
export function rangeOf(column: Data): { readonly start: number; readonly end: number } {
  const offsets = offsetsOf(column)
  return { start: offsets[0] ?? 0, end: offsets[column.length] ?? 0 }
}
