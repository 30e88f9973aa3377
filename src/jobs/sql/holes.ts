/**
 * The holes `$|name|` of the SQL in job files. A value is bound where the hole stands, as the one literal it is there: it
 * is never pasted, so no value can change what the rest of the text says.
 */
import { IcebergError } from '../../base/errors.ts'
import { isWellFormed } from '../../base/unicode.ts'
import { replacePieces } from './replaced-text.ts'
import type { ReplacedText } from './replaced-text.ts'
import { quoteText, tokenize } from './spark-tokens.ts'
import type { SparkToken, TextPart } from './spark-tokens.ts'

/** A place that waits for a value. */
export interface Hole {
  readonly name: string
  /** `[start, end)` in UTF-16 units of the text, from its dollar sign to its last bar. */
  readonly start: number
  readonly end: number
  /** Whether it stands inside a literal, where any text may go. */
  readonly quoted: boolean
}

/**
 * The holes of a text in order. Those in comments and backquoted names are none.
 *
 * @throws IcebergError `invalid` with the offset of an open hole, quote or comment
 */
export function findHoles(sql: string): Hole[] {
  return tokenize(sql).flatMap((token) => {
    if (token.kind === 'hole') return [holeOf(token, false)]
    if (token.kind !== 'text') return []
    return token.parts.flatMap((part) => (part.kind === 'hole' ? [holeOf(part, true)] : []))
  })
}

/**
 * The text with every hole bound. Inside a literal the value becomes part of the literal; elsewhere it must be one literal
 * by itself: a number, `true` or `false`.
 *
 * @param values at least the names that {@link findHoles} gives
 * @throws IcebergError `invalid` with the offset and the name of a hole that has no value, or one that cannot stand there
 */
export function bindHoles(sql: string, values: ReadonlyMap<string, string>): string {
  return boundText(sql, values).text
}

/** The same, with where its parts stand in the text that has the holes. */
export function boundText(sql: string, values: ReadonlyMap<string, string>): ReplacedText {
  const tokens = tokenize(sql)
  const replacements = tokens.flatMap((token, index) => {
    const text = bindToken(token, values, () => mayTakeSign(sql, tokens[index - 1]))
    return text === null ? [] : [{ start: token.start, end: token.end, text }]
  })
  return replacePieces(sql, replacements)
}

/** null: as it is. */
function bindToken(
  token: SparkToken,
  values: ReadonlyMap<string, string>,
  mayTakeSignHere: () => boolean,
): string | null {
  if (token.kind === 'hole') return bindBare(token, values, mayTakeSignHere)
  if (token.kind !== 'text' || !token.parts.some((part) => part.kind === 'hole')) return null
  return quoteText(token.parts.map((part) => partText(part, values)).join(''))
}

function partText(part: TextPart, values: ReadonlyMap<string, string>): string {
  if (part.kind === 'text') return part.text
  const value = valueOf(part, values)
  if (isWellFormed(value) && !value.includes('\0')) return value
  throw cannotStand('value is not text', part)
}

const LITERAL = /^(?:(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?|true|false)$/i

/** With a space on both sides, so that it cannot grow together with what stands there. */
function bindBare(
  hole: NamedPlace,
  values: ReadonlyMap<string, string>,
  mayTakeSignHere: () => boolean,
): string {
  const value = valueOf(hole, values)
  const isSigned = /^[+-]/.test(value)
  const literal = isSigned ? value.slice(1) : value
  if (!LITERAL.test(literal)) throw cannotStand('only one literal can stand in a bare hole', hole)
  if (isSigned && (/^[tf]/i.test(literal) || !mayTakeSignHere())) {
    throw cannotStand('a signed number cannot stand here', hole)
  }
  return ` ${value} `
}

const BEFORE_VALUE =
  /^(?:and|or|not|where|between|in|select|distinct|when|then|else|case|by|on|having|like|limit)$/i

/** Whether a sign here belongs to the number: after an operand it would be a subtraction. */
function mayTakeSign(sql: string, before: SparkToken | undefined): boolean {
  if (before === undefined) return false
  const text = sql.slice(before.start, before.end)
  if (before.kind === 'sign') return !/[)\].]/.test(text)
  return before.kind === 'word' && BEFORE_VALUE.test(text)
}

interface NamedPlace {
  readonly name: string
  readonly start: number
  readonly end: number
}

function holeOf({ name, start, end }: NamedPlace, quoted: boolean): Hole {
  return { name, start, end, quoted }
}

function valueOf(hole: NamedPlace, values: ReadonlyMap<string, string>): string {
  const value = values.get(hole.name)
  if (value === undefined) throw cannotStand('hole has no value', hole)
  return value
}

function cannotStand(message: string, { name, start }: NamedPlace): IcebergError {
  return new IcebergError('invalid', message, { context: { hole: name, offset: start } })
}
