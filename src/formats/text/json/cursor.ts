import { isTextAt } from './words.ts'
import type { FixedText } from './words.ts'

/**
 * Where the bytes of a JSON text are being read, which ends at {@link end}. In a line it ends before the next line feed, which
 * nobody has looked for: there {@link end} is behind it, and a line feed is no white space. No value has one in it.
 */
export class JsonCursor {
  bytes: Buffer = Buffer.alloc(0)
  /** The same bytes. */
  view: DataView = new DataView(this.bytes.buffer, 0, 0)
  at = 0
  end = 0
  /** Whether what was read since the last move is known to be ASCII: whoever passes over bytes without a look at them says so. */
  isAscii = true
  #isLine = false
  /** What {@link bytes} is a view of: one of many rows, most times. */
  #source: Uint8Array = this.bytes

  moveTo(bytes: Uint8Array, start: number, end: number): void {
    this.#look(bytes)
    this.at = start
    this.end = end
    this.isAscii = true
    this.#isLine = false
  }

  moveToLine(bytes: Uint8Array, start: number): void {
    this.#look(bytes)
    this.at = start
    this.end = bytes.length
    this.#isLine = true
  }

  #look(source: Uint8Array): void {
    if (source === this.#source) return
    const { buffer, byteOffset, length } = source
    this.#source = source
    this.bytes = Buffer.from(buffer, byteOffset, length)
    this.view = new DataView(buffer, byteOffset, length)
  }

  /** Goes past white space, and says which byte comes then; -1 for none. */
  next(): number {
    const { bytes, end } = this
    let at = this.at
    while (at < end) {
      const byte = bytes[at] ?? 0
      if (byte > SPACE || !this.#isSpace(byte)) {
        this.at = at
        return byte
      }
      at += 1
    }
    this.at = at
    return -1
  }

  /** Whether nothing but white space comes any more, past which the cursor goes. */
  isAtEnd(): boolean {
    const sign = this.next()
    return sign === -1 || (sign === LINE_FEED && this.#isLine)
  }

  /** Goes past a sign; false when another one comes. */
  takeByte(sign: number): boolean {
    if (this.at >= this.end || this.bytes[this.at] !== sign) return false
    this.at += 1
    return true
  }

  /** Goes past a sign, with white space before it; false when another one comes. */
  take(sign: number): boolean {
    if (this.next() !== sign) return false
    this.at += 1
    return true
  }

  /** Goes past a word such as `null`; false when it does not come. */
  takeWord(word: FixedText): boolean {
    const end = this.at + word.length
    if (end > this.end || !isTextAt(this.view, this.at, word)) return false
    this.at = end
    return true
  }

  text(start: number, end: number): string {
    return this.bytes.toString('utf8', start, end)
  }

  /**
   * Goes to where a value may end: what it says there is a whole value, if it is one at all. False when it has no end.
   */
  skipValue(): boolean {
    this.isAscii = false
    this.#findEnd()
    const first = this.next()
    if (first === QUOTE) return this.#skipString()
    if (first !== BRACE && first !== BRACKET) return this.#skipWord()
    let depth = 0
    while (this.at < this.end) {
      const byte = this.bytes[this.at] ?? 0
      if (byte === QUOTE) {
        if (!this.#skipString()) return false
        continue
      }
      this.at += 1
      if (byte === BRACE || byte === BRACKET) depth += 1
      else if (byte === BRACE_END || byte === BRACKET_END) depth -= 1
      if (depth === 0) return true
    }
    return false
  }

  /** Of a line, for those who would go past a line feed. */
  #findEnd(): void {
    if (!this.#isLine) return
    const feed = this.bytes.indexOf(LINE_FEED, this.at)
    if (feed >= 0) this.end = feed
    this.#isLine = false
  }

  #isSpace(byte: number): boolean {
    return (
      byte === SPACE || byte === TAB || byte === RETURN || (byte === LINE_FEED && !this.#isLine)
    )
  }

  #skipString(): boolean {
    const { bytes, end } = this
    for (let at = this.at + 1; at < end; at += 1) {
      const byte = bytes[at] ?? 0
      if (byte === BACKSLASH) at += 1
      else if (byte === QUOTE) {
        this.at = at + 1
        return true
      }
    }
    return false
  }

  #skipWord(): boolean {
    const { bytes, end } = this
    const start = this.at
    let at = start
    while (at < end && !isEndOfWord(bytes[at] ?? 0)) at += 1
    this.at = at
    return at > start
  }
}

export const QUOTE = 0x22
export const BACKSLASH = 0x5c
export const COMMA = 0x2c
export const COLON = 0x3a
export const MINUS = 0x2d
export const POINT = 0x2e
export const ZERO = 0x30
export const BRACE = 0x7b
export const BRACE_END = 0x7d
export const BRACKET = 0x5b
export const BRACKET_END = 0x5d
const SPACE = 0x20
const TAB = 0x09
const LINE_FEED = 0x0a
const RETURN = 0x0d

function isEndOfWord(byte: number): boolean {
  return byte === COMMA || byte === BRACE_END || byte === BRACKET_END || byte <= SPACE
}
