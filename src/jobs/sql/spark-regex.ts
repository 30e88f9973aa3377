/**
 * Regular expressions of Java that RE2, which DuckDB has, reads alike. Both take the leftmost match and, among those, the
 * first by the order of alternatives, so that what is left to tell apart is spelling: what is not known here is refused.
 */

export interface PortableRegex {
  /** As RE2 spells it. */
  readonly pattern: string
  readonly groupCount: number
  /** Whether it can match nothing, where the two engines go on from other places. */
  readonly mayBeEmpty: boolean
  /** Whether it asks for the end of a text, which to Java may come before a last line break. */
  readonly hasEnd: boolean
}

/** null for a pattern that is not known to mean the same. */
export function portableRegex(pattern: string): PortableRegex | null {
  const reader = new Reader(pattern)
  const whole = reader.alternatives()
  if (whole === null || !reader.isAtEnd()) return null
  return { ...whole, groupCount: reader.groupCount, hasEnd: reader.hasEnd }
}

interface Part {
  readonly pattern: string
  readonly mayBeEmpty: boolean
}

/** What `.` leaves out in Java, and what `\s` takes. */
const ANY_CHARACTER = String.raw`[^\n\r\x{85}\x{2028}\x{2029}]`
const SPACE = String.raw`\t\n\x0B\f\r `

/** After a backslash, outside of classes and inside. */
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['d', '[0-9]'],
  ['D', '[^0-9]'],
  ['w', '[A-Za-z0-9_]'],
  ['W', '[^A-Za-z0-9_]'],
  ['s', `[${SPACE}]`],
  ['S', `[^${SPACE}]`],
  ['t', String.raw`\t`],
  ['n', String.raw`\n`],
  ['r', String.raw`\r`],
])
const CLASS_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['d', '0-9'],
  ['w', 'A-Za-z0-9_'],
  ['s', SPACE],
  ['t', String.raw`\t`],
  ['n', String.raw`\n`],
  ['r', String.raw`\r`],
])

const QUANTIFIER = /(?:[*+?]|\{(\d{1,3})(?:,(\d{0,3}))?\})\??/uy
const PUNCTUATION = /^[!-/:-@[-`{-~]$/
/** A character of a class that means itself. */
const CLASS_CHARACTER = /^[^[\]\\&^-]$/u

class Reader {
  groupCount = 0
  hasEnd = false
  readonly #characters: readonly string[]
  #index = 0

  constructor(text: string) {
    this.#characters = Array.from(text)
  }

  isAtEnd(): boolean {
    return this.#index === this.#characters.length
  }

  alternatives(): Part | null {
    const parts: Part[] = []
    do {
      const part = this.#sequence()
      if (part === null) return null
      parts.push(part)
    } while (this.#take('|'))
    return {
      pattern: parts.map((part) => part.pattern).join('|'),
      mayBeEmpty: parts.some((part) => part.mayBeEmpty),
    }
  }

  #sequence(): Part | null {
    let pattern = ''
    let mayBeEmpty = true
    while (!this.isAtEnd() && this.#peek() !== '|' && this.#peek() !== ')') {
      const atom = this.#quantified()
      if (atom === null) return null
      pattern += atom.pattern
      mayBeEmpty &&= atom.mayBeEmpty
    }
    return { pattern, mayBeEmpty }
  }

  #quantified(): Part | null {
    const isAnchor = this.#peek() === '^' || this.#peek() === '$'
    const atom = this.#atom()
    if (atom === null) return null
    const rest = this.#characters.slice(this.#index).join('')
    QUANTIFIER.lastIndex = 0
    const found = QUANTIFIER.exec(rest)
    if (found === null) return atom
    // A plus after it would let nothing back in Java.
    if (isAnchor || /^[*+?{]/.test(rest.slice(found[0].length))) return null
    this.#index += found[0].length
    const isOptional = /^[*?]/.test(found[0]) || found[1] === '0'
    return { pattern: atom.pattern + found[0], mayBeEmpty: atom.mayBeEmpty || isOptional }
  }

  #atom(): Part | null {
    const character = this.#next()
    switch (character) {
      case '.':
        return { pattern: ANY_CHARACTER, mayBeEmpty: false }
      case '^':
        return { pattern: '^', mayBeEmpty: true }
      case '$':
        this.hasEnd = true
        return { pattern: '$', mayBeEmpty: true }
      case '(':
        return this.#group()
      case '[':
        return this.#characterClass()
      case '\\':
        return this.#escape()
      case '*':
      case '+':
      case '?':
      case '{':
      case '}':
      case ')':
      case ']':
        return null
      default:
        return { pattern: literal(character), mayBeEmpty: false }
    }
  }

  #group(): Part | null {
    const isPlain = this.#peek() !== '?'
    if (isPlain) this.groupCount += 1
    else if (!(this.#take('?') && this.#take(':'))) return null
    const inner = this.alternatives()
    if (inner === null || !this.#take(')')) return null
    return { ...inner, pattern: `(${isPlain ? '' : '?:'}${inner.pattern})` }
  }

  #escape(): Part | null {
    const character = this.#next()
    const known = ESCAPES.get(character)
    if (known !== undefined) return { pattern: known, mayBeEmpty: false }
    return PUNCTUATION.test(character) ? { pattern: literal(character), mayBeEmpty: false } : null
  }

  #characterClass(): Part | null {
    let pattern = this.#take('^') ? '[^' : '['
    let isEmpty = true
    while (!this.#take(']')) {
      if (this.isAtEnd()) return null
      const item = this.#classItem()
      if (item === null) return null
      pattern += item
      isEmpty = false
    }
    return isEmpty ? null : { pattern: `${pattern}]`, mayBeEmpty: false }
  }

  #classItem(): string | null {
    const character = this.#next()
    if (character === '\\') {
      const escaped = this.#next()
      const known = CLASS_ESCAPES.get(escaped)
      if (known !== undefined) return known
      return PUNCTUATION.test(escaped) ? literal(escaped) : null
    }
    // A hyphen is itself where there is no range.
    if (character === '-') return this.#peek() === ']' ? String.raw`\-` : null
    if (!CLASS_CHARACTER.test(character)) return null
    if (this.#peek() !== '-' || this.#characters[this.#index + 1] === ']') return literal(character)
    this.#next()
    const end = this.#next()
    if (!CLASS_CHARACTER.test(end) || (end.codePointAt(0) ?? 0) < (character.codePointAt(0) ?? 0))
      return null
    return `${literal(character)}-${literal(end)}`
  }

  #peek(): string {
    return this.#characters[this.#index] ?? ''
  }

  #next(): string {
    const character = this.#peek()
    this.#index += 1
    return character
  }

  #take(character: string): boolean {
    if (this.#peek() !== character || this.isAtEnd()) return false
    this.#index += 1
    return true
  }
}

function literal(character: string): string {
  return PUNCTUATION.test(character) ? `\\${character}` : character
}

/** A replacement of Java's as RE2 spells it; null for one that names a group that there is not. */
export function portableReplacement(text: string, groupCount: number): string | null {
  let result = ''
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? ''
    if (character === '$') {
      const group = /^\d(?!\d)/.exec(text.slice(index + 1))?.[0]
      if (group === undefined || Number(group) > groupCount) return null
      result += `\\${group}`
      index += 1
    } else if (character === '\\') {
      const escaped = text[index + 1]
      if (escaped === undefined) return null
      result += escaped === '\\' ? '\\\\' : escaped
      index += 1
    } else {
      result += character
    }
  }
  return result
}
