// Texts four bytes at a time: a word has the first of its bytes lowest.

/** A text that is compared with others. */
export interface FixedText {
  readonly bytes: Uint8Array
  readonly length: number
  /** Four bytes each, but for the last four. */
  readonly words: Int32Array
  /** The last four bytes, some of which may be in {@link words} too; of a shorter text nothing. */
  readonly lastWord: number
}

export function fixedText(text: string): FixedText {
  const bytes = Buffer.from(text)
  const { length } = bytes
  const last = Math.max(0, length - WORD_BYTES)
  const words = Int32Array.from({ length: Math.ceil(last / WORD_BYTES) }, (_, index) =>
    bytes.readInt32LE(index * WORD_BYTES),
  )
  return { bytes, length, words, lastWord: length < WORD_BYTES ? 0 : bytes.readInt32LE(last) }
}

/** Whether a text lies at a place, behind which there are as many bytes. */
export function isTextAt(view: DataView, at: number, text: FixedText): boolean {
  const { length, words, lastWord } = text
  if (length < WORD_BYTES) return isShortTextAt(view, at, text.bytes)
  for (let index = 0; index < words.length; index += 1) {
    if (view.getInt32(at + index * WORD_BYTES, true) !== words[index]) return false
  }
  return view.getInt32(at + length - WORD_BYTES, true) === lastWord
}

function isShortTextAt(view: DataView, at: number, bytes: Uint8Array): boolean {
  for (let index = 0; index < bytes.length; index += 1) {
    if (view.getUint8(at + index) !== bytes[index]) return false
  }
  return true
}

export const WORD_BYTES = 4

const LOW_BITS = 0x01010101
/** Of each byte; none is set in ASCII. */
export const HIGH_BITS = 0x80808080
const QUOTES = 0x22222222
const BACKSLASHES = 0x5c5c5c5c
const SPACES = 0x20202020

/**
 * How many bytes of a word come before one that ends a plain text: a quote, a backslash or a control character; 4 for all.
 *
 * Subtracting 1 from a byte borrows from its high bit only where it was 0. The borrow can go on to bytes above, which is why
 * none but the lowest that is marked counts.
 */
export function plainBytes(word: number): number {
  const quotes = word ^ QUOTES
  const backslashes = word ^ BACKSLASHES
  const marks =
    (((quotes - LOW_BITS) & ~quotes) |
      ((backslashes - LOW_BITS) & ~backslashes) |
      ((word - SPACES) & ~word)) &
    HIGH_BITS
  return marks === 0 ? WORD_BYTES : (31 - Math.clz32(marks & -marks)) >> 3
}
