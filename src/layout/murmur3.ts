/**
 * The 32-bit Murmur3 hash, x86 variant, seeded with 0 (spec: Appendix B: 32-bit Hash Requirements).
 *
 * 1. Each block of four bytes, little-endian, is scrambled and mixed into the hash.
 * 2. What is left of the last block is scrambled and only then joined.
 * 3. The length is joined, and all bits are spread over the whole.
 *
 * Products are taken by `Math.imul`: a plain one rounds beyond 2^53 and loses the low bits.
 */

/** The hash of bytes `[start, end)`, as a signed number of 32 bits. */
export function murmur3(bytes: Uint8Array, start: number = 0, end: number = bytes.length): number {
  const tail = end - ((end - start) & 3)
  let hash = 0
  for (let at = start; at < tail; at += 4) hash = mix(hash, littleEndianWord(bytes, at, 4))
  if (tail < end) hash ^= scramble(littleEndianWord(bytes, tail, end - tail))
  return finish(hash, end - start)
}

/** The hash of the eight little-endian bytes of a 64-bit integer, from its words. */
export function murmur3OfWords(low: number, high: number): number {
  return finish(mix(mix(0, low), high), 8)
}

/** The hash of the eight bytes of an integer of 32 bits that was widened to 64. */
export function murmur3OfInt(value: number): number {
  return murmur3OfWords(value, value >> 31)
}

function littleEndianWord(bytes: Uint8Array, at: number, size: number): number {
  let word = 0
  for (let index = 0; index < size; index += 1) word |= (bytes[at + index] ?? 0) << (8 * index)
  return word
}

function mix(hash: number, word: number): number {
  return (Math.imul(rotateLeft(hash ^ scramble(word), 13), 5) + 0xe6546b64) | 0
}

function scramble(word: number): number {
  return Math.imul(rotateLeft(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593)
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

function finish(hash: number, length: number): number {
  let bits = hash ^ length
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return bits ^ (bits >>> 16)
}
