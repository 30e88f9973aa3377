/** Bits of an Arrow buffer: the lowest bit of byte 0 comes first. */

/** Whether the bit at `index` is set; false past the end. */
export function bitAt(bits: Uint8Array, index: number): boolean {
  return (((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 1
}

/** Sets one bit. */
export function setBit(bits: Uint8Array, index: number): void {
  // A typed array ignores a store past its end, so the read below is always of a byte that exists.
  bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7))
}

/** Bytes that so many bits take. */
export function bytesOfBits(count: number): number {
  return (count + 7) >> 3
}

/** Room for `count` bits, all clear. */
export function newBitmap(count: number): Uint8Array {
  return new Uint8Array(bytesOfBits(count))
}

/** Sets bits `[start, end)`. */
export function setBits(bits: Uint8Array, start: number, end: number): void {
  let index = start
  for (; index < end && (index & 7) !== 0; index += 1) setBit(bits, index)
  const wholeBytes = (end - index) >> 3
  bits.fill(0xff, index >> 3, (index >> 3) + Math.max(0, wholeBytes))
  for (index += 8 * Math.max(0, wholeBytes); index < end; index += 1) setBit(bits, index)
}

/** Copies `count` bits of `source` from bit `start` on into `target`, whose bits from `targetStart` on are clear. */
export function copyBits(
  source: Uint8Array,
  start: number,
  count: number,
  target: Uint8Array,
  targetStart: number,
): void {
  if (((start | targetStart) & 7) === 0) {
    const wholeBytes = count >> 3
    target.set(source.subarray(start >> 3, (start >> 3) + wholeBytes), targetStart >> 3)
    copyEachBit(source, start, 8 * wholeBytes, count, target, targetStart)
  } else {
    copyEachBit(source, start, 0, count, target, targetStart)
  }
}

/** Copies the bits at `start + indices[i]` of `source` into `target`, whose bits from `targetStart` on are clear. */
export function gatherBits(
  source: Uint8Array,
  start: number,
  indices: Uint32Array,
  target: Uint8Array,
  targetStart: number,
): void {
  for (let index = 0; index < indices.length; index += 1) {
    if (bitAt(source, start + (indices[index] ?? 0))) setBit(target, targetStart + index)
  }
}

function copyEachBit(
  source: Uint8Array,
  start: number,
  from: number,
  to: number,
  target: Uint8Array,
  targetStart: number,
): void {
  for (let index = from; index < to; index += 1) {
    if (bitAt(source, start + index)) setBit(target, targetStart + index)
  }
}
