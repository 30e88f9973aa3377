import { IcebergError } from './errors.ts'

const LONE_SURROGATE = /\p{Surrogate}/u

/** Whether the string is a sequence of code points, so that UTF-8 can hold it: no surrogate stands alone. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text)
}

/** Order by code points, which is the order of the UTF-8 bytes; `<` of JavaScript puts U+10000 before U+FFFF. */
export function compareCodePoints(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index += 1) {
    const leftUnit = left.charCodeAt(index)
    const rightUnit = right.charCodeAt(index)
    if (leftUnit !== rightUnit) return codePointRank(leftUnit) - codePointRank(rightUnit)
  }
  return left.length - right.length
}

/** Moves surrogates, which stand for code points from U+10000 on, above the rest of the plane below. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The UTF-8 bytes of a well-formed string. */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/**
 * The string that UTF-8 bytes spell; a byte order mark is kept as a character.
 *
 * @throws IcebergError `corrupt` when the bytes are not UTF-8
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw new IcebergError('corrupt', 'bytes are not UTF-8', { context: { length: bytes.length } })
  }
}
