/** Letters of a pattern that are known, as `strftime` spells them. */
const LETTERS: ReadonlyMap<string, string> = new Map([
  ['yyyy', '%Y'],
  ['MM', '%m'],
  ['dd', '%d'],
  ['HH', '%H'],
  ['mm', '%M'],
  ['ss', '%S'],
  ['SSS', '%g'],
  ['SSSSSS', '%f'],
])

/** A text in quotes, one letter as often as it is repeated, or one other character. */
const UNIT = /'((?:[^']|'')*)'|([a-zA-Z])\2*|[^]/uy

/** Other characters that mean something: optional parts, and what is reserved. */
const RESERVED = /^['[\]{}#]$/

/** A pattern of Spark's `date_format` as `strftime` has it; null when any of it is not known. */
export function formatPattern(pattern: string): string | null {
  let result = ''
  for (let offset = 0; offset < pattern.length;) {
    UNIT.lastIndex = offset
    const unit = UNIT.exec(pattern)
    const spelled = unit === null ? null : spell(unit)
    if (unit === null || spelled === null) return null
    result += spelled
    offset += unit[0].length
  }
  return result
}

function spell([all, quoted, letter]: RegExpExecArray): string | null {
  if (letter !== undefined) return LETTERS.get(all) ?? null
  if (quoted === undefined) return RESERVED.test(all) ? null : plain(all)
  // Two quotes stand for one, inside of quotes as well as by themselves.
  return plain(quoted === '' ? "'" : quoted.replaceAll("''", "'"))
}

function plain(text: string): string {
  return text.replaceAll('%', '%%')
}
