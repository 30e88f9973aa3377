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
    return copyParts(parts, new Uint8Array(this.#take(length), 0, length))
  }

  /** Memory of any size, for who does not know yet how much it takes; null when none is kept. */
  takeAny(): SharedArrayBuffer | null {
    return this.#kept.pop() ?? null
  }

  /** @param bytes what {@link filledWith} or {@link placeAll} gave, which nobody reads any more */
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
 * Copies what comes in parts to `memory`, and to new memory when there is not enough of it.
 *
 * @returns each whole where it lies now, all in the same memory
 */
export function placeAll(
  wholes: readonly (readonly Uint8Array[])[],
  memory: SharedArrayBuffer | null,
): readonly Uint8Array[] {
  const length = wholes.reduce((sum, parts) => sum + totalBytes(parts), 0)
  const isEnough = memory !== null && memory.byteLength >= length
  const target = new Uint8Array(isEnough ? memory : newMemory(length))
  let end = 0
  return wholes.map((parts) => {
    const start = end
    end += totalBytes(parts)
    return copyParts(parts, target.subarray(start, end))
  })
}

/** The same, each in memory that no other thread has and nobody uses again. Garbage of that kind is found soon. */
export function ownCopies(wholes: readonly (readonly Uint8Array[])[]): readonly Uint8Array[] {
  return wholes.map((parts) => {
    // All of it is overwritten, so that it need not be cleared.
    const { buffer } = Buffer.allocUnsafeSlow(totalBytes(parts))
    return copyParts(parts, new Uint8Array(buffer))
  })
}

/** A copy of its own, as {@link ownCopies} makes them. */
export function ownCopy(bytes: Uint8Array): Uint8Array {
  const [own = new Uint8Array()] = ownCopies([[bytes]])
  return own
}

/** What a few more bytes take next time fits too. */
function newMemory(length: number): SharedArrayBuffer {
  return new SharedArrayBuffer(length + (length >> 2))
}

function copyParts(parts: readonly Uint8Array[], target: Uint8Array): Uint8Array {
  let offset = 0
  for (const part of parts) {
    target.set(part, offset)
    offset += part.length
  }
  return target
}

function totalBytes(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0)
}
