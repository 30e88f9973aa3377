import { bytesOfBits, copyBits, gatherBits, setBits } from './bitmap.ts'
import { GrowingMemory } from './growing-memory.ts'

/** Bits, which are clear where none were put. */
export class BitMemory {
  readonly #memory = new GrowingMemory()

  get memoryBytes(): number {
    return this.#memory.capacity
  }

  set(at: number, count: number): void {
    this.#reserve(at + count)
    setBits(this.#memory.bytes, at, at + count)
  }

  gather(at: number, source: Uint8Array, start: number, rows: Uint32Array): void {
    this.#reserve(at + rows.length)
    gatherBits(source, start, rows, this.#memory.bytes, at)
  }

  copy(at: number, source: Uint8Array, start: number, count: number): void {
    this.#reserve(at + count)
    copyBits(source, start, count, this.#memory.bytes, at)
  }

  bits(count: number): Uint8Array {
    return this.#memory.bytes.subarray(0, bytesOfBits(count))
  }

  clear(): void {
    this.#memory.bytes.fill(0)
  }

  #reserve(count: number): void {
    this.#memory.reserve(bytesOfBits(count))
  }
}
