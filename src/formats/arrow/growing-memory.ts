/** Of less there are likely to be some times as many; of more, that would be too much to be wrong about. */
const SMALL_BYTES = 64 << 10

/** Bytes that grow and are kept. What was never written is zero. */
export class GrowingMemory {
  #bytes = new Uint8Array(0)

  /** Not to be kept: others take their place when they grow. They begin a buffer of their own. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes
  }

  get capacity(): number {
    return this.#bytes.length
  }

  /** Makes room for so many bytes: just as many at first, since there may never be more, and more than that later. */
  reserve(count: number): void {
    const { length } = this.#bytes
    if (count <= length) return
    const room = Math.max(count, length < SMALL_BYTES ? 5 * length : length + (length >> 1))
    // Elements of eight bytes may be seen there.
    const grown = new Uint8Array(room + (-room & 7))
    grown.set(this.#bytes)
    this.#bytes = grown
  }
}
