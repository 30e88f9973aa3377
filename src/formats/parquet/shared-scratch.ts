/** Larger ones are not kept. */
const MAX_KEPT_BYTES = 32 * 1024 * 1024

/**
 * Memory that threads share, used again and again for what one hands to the other. Handing over memory of its own each
 * time takes as long, and what has come from another thread is only found to be garbage when all of the heap is gone
 * through, which is made to happen as often as 64 MB have come (measured: once a row group).
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
    const length = totalBytes(parts)
    const bytes = new Uint8Array(this.#take(length), 0, length)
    copyParts(parts, bytes)
    return bytes
  }

  /** Memory of any size, for who does not know yet how much it takes; null when none is kept. */
  takeAny(): SharedArrayBuffer | null {
    return this.#kept.pop() ?? null
  }

  /** @param bytes what {@link filledWith} or {@link placeParts} gave, which nobody reads any more */
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
    return newMemory(length)
  }
}

/**
 * Copies each part to `memory`, and to new memory when there is not enough of it.
 *
 * @returns the parts where they lie now, all in the same memory
 */
export function placeParts(
  parts: readonly Uint8Array[],
  memory: SharedArrayBuffer | null,
): readonly Uint8Array[] {
  const length = totalBytes(parts)
  const isEnough = memory !== null && memory.byteLength >= length
  return copyParts(parts, new Uint8Array(isEnough ? memory : newMemory(length)))
}

/** The same bytes in memory that no other thread has and nobody uses again. Garbage of that kind is found soon. */
export function ownCopy(bytes: Uint8Array): Uint8Array {
  // All of it is overwritten, so that it need not be cleared.
  const own = new Uint8Array(Buffer.allocUnsafeSlow(bytes.length).buffer)
  own.set(bytes)
  return own
}

/** What a few more bytes take next time fits too. */
function newMemory(length: number): SharedArrayBuffer {
  return new SharedArrayBuffer(length + (length >> 2))
}

function copyParts(parts: readonly Uint8Array[], target: Uint8Array): Uint8Array[] {
  let end = 0
  return parts.map((part) => {
    const start = end
    end += part.length
    target.set(part, start)
    return target.subarray(start, end)
  })
}

function totalBytes(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0)
}
