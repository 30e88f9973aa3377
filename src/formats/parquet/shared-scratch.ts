/** Larger ones are not kept. */
const MAX_KEPT_BYTES = 32 * 1024 * 1024

/**
 * Memory that threads share, used again and again for what is handed to them. Handing over memory of its own each time
 * takes as long, and keeps the garbage collector busy on both sides.
 */
export class SharedScratch {
  readonly #kept: SharedArrayBuffer[] = []
  readonly #maxKept: number

  /** @param maxKept buffers that are kept while nobody uses them */
  constructor(maxKept: number) {
    this.#maxKept = maxKept
  }

  /** The parts one after the other. */
  filledWith(parts: readonly Uint8Array[]): Uint8Array {
    const length = parts.reduce((sum, part) => sum + part.length, 0)
    const bytes = new Uint8Array(this.#take(length), 0, length)
    let offset = 0
    for (const part of parts) {
      bytes.set(part, offset)
      offset += part.length
    }
    return bytes
  }

  /** @param bytes what {@link filledWith} gave, which nobody reads any more */
  giveBack({ buffer }: Uint8Array): void {
    const isKept =
      buffer instanceof SharedArrayBuffer &&
      buffer.byteLength <= MAX_KEPT_BYTES &&
      this.#kept.length < this.#maxKept
    if (isKept) this.#kept.push(buffer)
  }

  /** A kept one that is large enough, in whose place a smaller one is let go. */
  #take(length: number): SharedArrayBuffer {
    const fit = this.#kept.findIndex((buffer) => buffer.byteLength >= length)
    const [kept] = fit < 0 ? [] : this.#kept.splice(fit, 1)
    if (kept !== undefined) return kept
    this.#kept.shift()
    return new SharedArrayBuffer(length + (length >> 2))
  }
}
