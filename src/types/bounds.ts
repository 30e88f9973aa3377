/**
 * Bounds cut to a length (spec: Field-level Metrics and Statistics): long values would fill manifests with bytes that
 * prune nothing. Strings are cut between code points, `binary` between bytes; all other types keep their value.
 */
import type { PrimitiveType } from './type.ts'
import type { PrimitiveValue } from './value.ts'

/**
 * A value at or below the given one, of at most `length` code points or bytes.
 *
 * @param length at least 1
 */
export function truncateLower(
  type: PrimitiveType,
  value: PrimitiveValue,
  length: number,
): PrimitiveValue {
  if (typeof value === 'string') return codePointPrefix(value, length).join('')
  if (isCutBinary(type, value, length)) return value.slice(0, length)
  return value
}

/**
 * A value at or above the given one, of at most `length` code points or bytes; null when there is none, for then nothing
 * of that length is higher.
 *
 * @param length at least 1
 */
export function truncateUpper(
  type: PrimitiveType,
  value: PrimitiveValue,
  length: number,
): PrimitiveValue | null {
  if (typeof value === 'string') return truncateStringUpper(value, length)
  if (isCutBinary(type, value, length)) return incrementBytes(value.slice(0, length))
  return value
}

function isCutBinary(
  type: PrimitiveType,
  value: PrimitiveValue,
  length: number,
): value is Uint8Array {
  return type.kind === 'binary' && value instanceof Uint8Array && value.length > length
}

function truncateStringUpper(text: string, length: number): string | null {
  const prefix = codePointPrefix(text, length)
  if (prefix.join('').length === text.length) return text
  for (let last = prefix.length - 1; last >= 0; last -= 1) {
    const next = nextCodePoint(prefix[last]?.codePointAt(0) ?? 0)
    if (next !== null) return prefix.slice(0, last).join('') + String.fromCodePoint(next)
  }
  return null
}

/** The first `length` characters, without looking at the rest. */
function codePointPrefix(text: string, length: number): string[] {
  const prefix: string[] = []
  for (const character of text) {
    if (prefix.length === length) break
    prefix.push(character)
  }
  return prefix
}

/** The next code point that a string can hold: surrogates stand for nothing alone. Null after the last one. */
function nextCodePoint(codePoint: number): number | null {
  if (codePoint === 0x10ffff) return null
  return codePoint === 0xd7ff ? 0xe000 : codePoint + 1
}

/** The lowest bytes above everything that begins with `prefix`; null when it is all 0xff. */
function incrementBytes(prefix: Uint8Array): Uint8Array | null {
  for (let last = prefix.length - 1; last >= 0; last -= 1) {
    const byte = prefix[last] ?? 0
    if (byte === 0xff) continue
    const next = prefix.slice(0, last + 1)
    next[last] = byte + 1
    return next
  }
  return null
}
