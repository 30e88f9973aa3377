/** Patterns of dates: letters of Java's as `strftime` and `strptime` spell them. */

interface Letters {
  /** As DuckDB spells them. */
  readonly format: string
  /** What Spark takes for them when it reads, as a regular expression; null where DuckDB would read more or less. */
  readonly shape: string | null
}

/** What is known; everything else is refused. */
const LETTERS: ReadonlyMap<string, Letters> = new Map<string, Letters>([
  ['yyyy', { format: '%Y', shape: '[0-9]{4}' }],
  ['MM', { format: '%m', shape: '[0-9]{2}' }],
  ['dd', { format: '%d', shape: '[0-9]{2}' }],
  ['HH', { format: '%H', shape: '[0-9]{2}' }],
  ['mm', { format: '%M', shape: '[0-9]{2}' }],
  ['ss', { format: '%S', shape: '[0-9]{2}' }],
  ['SSS', { format: '%g', shape: '[0-9]{3}' }],
  ['SSSSSS', { format: '%f', shape: '[0-9]{6}' }],
  ['yy', { format: '%y', shape: null }],
  ['M', { format: '%-m', shape: null }],
  ['d', { format: '%-d', shape: null }],
  ['H', { format: '%-H', shape: null }],
  ['m', { format: '%-M', shape: null }],
  ['s', { format: '%-S', shape: null }],
  ['hh', { format: '%I', shape: null }],
  ['h', { format: '%-I', shape: null }],
  ['a', { format: '%p', shape: null }],
  ['E', { format: '%a', shape: null }],
  ['EEE', { format: '%a', shape: null }],
  ['EEEE', { format: '%A', shape: null }],
  ['MMM', { format: '%b', shape: null }],
  ['MMMM', { format: '%B', shape: null }],
])

/** A text in quotes, one letter as often as it is repeated, or one other character. */
const UNIT = /'((?:[^']|'')*)'|([a-zA-Z])\2*|[^]/uy

/** Other characters that mean something: optional parts, and what is reserved. */
const RESERVED = /^['[\]{}#]$/

/** As `strftime` and `strptime` have a pattern; null when any of it is not known. */
export function formatPattern(pattern: string): string | null {
  return spelled(
    pattern,
    (letters) => letters.format,
    (text) => text.replaceAll('%', '%%'),
  )
}

/** The texts that Spark reads by a pattern, as a regular expression of RE2; null when any of it is not known. */
export function shapeOf(pattern: string): string | null {
  return spelled(
    pattern,
    (letters) => letters.shape,
    (text) =>
      text.replaceAll(
        /[^\p{L}\p{N}]/gu,
        (character) => `\\x{${character.codePointAt(0)?.toString(16) ?? ''}}`,
      ),
  )
}

function spelled(
  pattern: string,
  spellLetters: (letters: Letters) => string | null,
  spellText: (text: string) => string,
): string | null {
  let result = ''
  for (let offset = 0; offset < pattern.length;) {
    UNIT.lastIndex = offset
    const unit = UNIT.exec(pattern)
    if (unit === null) return null
    const [all, quoted, letter] = unit
    const letters = letter === undefined ? undefined : LETTERS.get(all)
    const text = letter === undefined ? plainText(all, quoted) : null
    const part = letters === undefined ? text && spellText(text) : spellLetters(letters)
    if (part === null) return null
    result += part
    offset += all.length
  }
  return result
}

/** Two quotes stand for one, inside of quotes as well as by themselves. */
function plainText(all: string, quoted: string | undefined): string | null {
  if (quoted === undefined) return RESERVED.test(all) ? null : all
  return quoted === '' ? "'" : quoted.replaceAll("''", "'")
}
