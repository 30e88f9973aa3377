/**
 * Spark SQL cut into tokens, with the holes of job files as tokens of their own. Comments (those of Spark: nested, and
 * `--` goes on after a backslash at the end of a line) and hints stand between tokens, like spaces.
 */
import { IcebergError } from '../../base/errors.ts'
import { isWellFormed } from '../../base/unicode.ts'

/** What a literal is made of. */
export type TextPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'hole'; readonly name: string; readonly start: number; readonly end: number }

interface Place {
  /** Counted in UTF-16 units from 0, as everywhere in strings. */
  readonly start: number
  readonly end: number
}

export type SparkToken =
  | (Place & { readonly kind: 'word' | 'number' | 'sign' })
  /** A name in backquotes, which are taken off. */
  | (Place & { readonly kind: 'name'; readonly name: string })
  /** A literal in single or double quotes, its escapes resolved. */
  | (Place & { readonly kind: 'text'; readonly parts: readonly TextPart[] })
  /** `$|name|` outside of a literal. */
  | (Place & { readonly kind: 'hole'; readonly name: string })

// Sticky, so that each is tried where the last token ended.
const SPACE = /\s+/uy
const LINE_COMMENT = /--(?:\\\r?\n|[^\r\n])*/uy
const WORD = /[\p{L}_][\p{L}\p{M}\p{N}_]*/uy
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/uy
const NAME = /`((?:[^`]|``)*)`/uy
const LITERAL = /(['"])((?:\\[^]|(?!\1)[^\\]|\1\1)*)\1/uy
const HOLE = /\$\|([^|]*)\|/uy
const SIGN = /[^\p{L}\p{N}\s'"`$\\\0]/uy

/** Words that change the literal they stand right before, here or there; Spark and DuckDB differ on all of them. */
const LITERAL_PREFIX = /^[bernux]$/i

/**
 * @throws IcebergError `invalid` with the offset for text that is no token: an open quote, comment or hole, a character
 *   that SQL has no use for; `unsupported` for literals with a prefix or suffix
 */
export function tokenize(sql: string): readonly SparkToken[] {
  if (!isWellFormed(sql)) throw faultAt('text is not well-formed', 0)
  const tokens: SparkToken[] = []
  let offset = skipBlank(sql, 0)
  while (offset < sql.length) {
    const token = tokenAt(sql, offset)
    checkNeighbour(sql, tokens.at(-1), token)
    tokens.push(token)
    offset = skipBlank(sql, token.end)
  }
  return tokens
}

/** A literal of Spark's in single quotes that means `text`, also where `text` looks like a hole. */
export function quoteText(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('$|', '\\$|')
  return `'${escaped.replaceAll("'", "''")}'`
}

function tokenAt(sql: string, start: number): SparkToken {
  const name = match(NAME, sql, start)
  if (name !== null) return { kind: 'name', name: doubled(name[1], '`'), ...placeOf(name) }
  const literal = match(LITERAL, sql, start)
  if (literal !== null) {
    return { kind: 'text', parts: textParts(literal, start + 1), ...placeOf(literal) }
  }
  const hole = match(HOLE, sql, start)
  if (hole !== null) return { kind: 'hole', name: holeName(hole[1], start), ...placeOf(hole) }
  const word = match(WORD, sql, start)
  if (word !== null) return { kind: 'word', ...placeOf(word) }
  const number = match(NUMBER, sql, start)
  if (number !== null) return { kind: 'number', ...placeOf(number) }
  const sign = match(SIGN, sql, start)
  if (sign !== null) return { kind: 'sign', ...placeOf(sign) }
  throw openOrOdd(sql, start)
}

function openOrOdd(sql: string, start: number): IcebergError {
  if (/['"`]/.test(sql[start] ?? '')) return faultAt('quote is not closed', start)
  if (sql.startsWith('$|', start)) return faultAt('hole is not closed', start)
  return faultAt('unexpected character', start)
}

/** What stands together without a space and reads differently in the two dialects. */
function checkNeighbour(sql: string, left: SparkToken | undefined, right: SparkToken): void {
  if (left === undefined) return
  if (left.kind === 'text' && right.kind === 'text') {
    throw unsupportedAt(
      'literals side by side are refused: Spark makes one of them, so write them as one',
      right.start,
    )
  }
  if (left.end !== right.start) return
  if (left.kind === 'number' && right.kind === 'number') {
    throw unsupportedAt(
      'this suffix of a number is refused: it is not known which type it gives, so use cast',
      left.start,
    )
  }
  const isPrefixed = left.kind === 'word' && right.kind === 'text'
  if (isPrefixed && LITERAL_PREFIX.test(sql.slice(left.start, left.end))) {
    throw unsupportedAt(
      'this prefix of a literal is refused: it means something else here than in Spark, so use cast, unhex or a plain literal',
      left.start,
    )
  }
}

function skipBlank(sql: string, start: number): number {
  let offset = start
  for (;;) {
    const blank = match(SPACE, sql, offset) ?? match(LINE_COMMENT, sql, offset)
    if (blank !== null) offset += blank[0].length
    else if (sql.startsWith('/*', offset)) offset = endOfComment(sql, offset)
    else return offset
  }
}

function endOfComment(sql: string, start: number): number {
  const bounds = /\/\*|\*\//g
  bounds.lastIndex = start
  let depth = 0
  for (let bound = bounds.exec(sql); bound !== null; bound = bounds.exec(sql)) {
    depth += bound[0] === '/*' ? 1 : -1
    if (depth === 0) return bounds.lastIndex
  }
  throw faultAt('comment is not closed', start)
}

/** A backslash escape, a doubled quote, a hole, or one character. */
const TEXT_UNIT =
  /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([01][0-7]{2})|([^]))|(''|"")|(\$\|)(?:([^|]*)\|)?|[^]/uy

/** Escapes that stand for something else than the character itself; `\%` and `\_` keep their backslash for LIKE. */
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['0', '\0'],
  ['b', '\b'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['Z', '\u001a'],
  ['%', '\\%'],
  ['_', '\\_'],
])

function textParts([, quote, inner = '']: RegExpExecArray, start: number): readonly TextPart[] {
  const parts: TextPart[] = []
  let text = ''
  const endText = (): void => {
    if (text.includes('\0') || !isWellFormed(text)) throw faultAt('literal is not text', start)
    if (text !== '') parts.push({ kind: 'text', text })
    text = ''
  }
  for (let unit = match(TEXT_UNIT, inner, 0); unit !== null;) {
    const at = start + unit.index
    const end = unit.index + unit[0].length
    if (unit[6] === undefined) {
      text += unescape(unit, quote)
    } else {
      endText()
      if (unit[7] === undefined) throw faultAt('hole is not closed', at)
      parts.push({ kind: 'hole', name: holeName(unit[7], at), start: at, end: start + end })
    }
    unit = match(TEXT_UNIT, inner, end)
  }
  endText()
  return parts
}

function unescape(unit: RegExpExecArray, quote: string | undefined): string {
  const [all, unicode4, unicode8, octal, escaped, twoQuotes] = unit
  const hex = unicode4 ?? unicode8
  if (hex !== undefined) return codePoint(Number.parseInt(hex, 16))
  if (octal !== undefined) return codePoint(Number.parseInt(octal, 8))
  if (escaped !== undefined) return ESCAPES.get(escaped) ?? escaped
  return quote !== undefined && twoQuotes?.startsWith(quote) === true ? quote : all
}

/** NUL, which no literal may hold, for what is no code point. */
function codePoint(value: number): string {
  return value > 0x10ffff ? '\0' : String.fromCodePoint(value)
}

function holeName(name: string | undefined, start: number): string {
  if (name === undefined || name === '') throw faultAt('hole has no name', start)
  return name
}

function doubled(inner: string | undefined, quote: string): string {
  return (inner ?? '').replaceAll(quote + quote, quote)
}

function placeOf(found: RegExpExecArray): Place {
  return { start: found.index, end: found.index + found[0].length }
}

function match(pattern: RegExp, text: string, offset: number): RegExpExecArray | null {
  pattern.lastIndex = offset
  return pattern.exec(text)
}

function faultAt(message: string, offset: number): IcebergError {
  return new IcebergError('invalid', message, { context: { offset } })
}

function unsupportedAt(message: string, offset: number): IcebergError {
  return new IcebergError('unsupported', message, { context: { offset } })
}
