import { IcebergError } from '../../base/errors.ts'
import { quoteName, quoteText } from '../../duckdb/sql-text.ts'
import { respellings } from './spark-respelling.ts'
import { tokenize } from './spark-tokens.ts'
import type { SparkToken, TextPart } from './spark-tokens.ts'

/** A text of Spark SQL in DuckDB's spelling. */
export interface RespelledSql {
  readonly text: string
  /** The offset in Spark's text, in UTF-16 units, of what starts at a byte of the UTF-8 of `text`. */
  offsetOf(byte: number): number
  /** How many brackets are open at an offset where a token of Spark's text stands. */
  readonly depths: ReadonlyMap<number, number>
}

/**
 * The same as DuckDB spells it: names in double quotes, literals in single ones and without escapes, no comments, and other
 * words for some phrases.
 *
 * @throws IcebergError `invalid` or `unsupported` with the offset, as {@link tokenize}; for a hole that is not bound, and
 *   for spellings that both know and that no syntax tree can tell apart
 */
export function respell(sql: string): RespelledSql {
  const tokens = tokenize(sql)
  const starts: { readonly byte: number; readonly offset: number }[] = []
  const depths = new Map<number, number>()
  const words = new WordSpeller(sql)
  const others = respellings(sql, tokens)
  let depth = 0
  let text = ''
  let bytes = 0
  let end = 0
  for (const [index, token] of tokens.entries()) {
    checkSpelling(sql, tokens, index)
    const gap =
      (token.start > end || others.has(index) || others.has(index - 1)) && text !== '' ? ' ' : ''
    const spelled = others.get(index) ?? words.spell(token)
    const sign = token.kind === 'sign' ? sql.slice(token.start, token.end) : ''
    if (sign === ')' || sign === ']') depth -= 1
    depths.set(token.start, depth)
    if (sign === '(' || sign === '[') depth += 1
    starts.push({ byte: bytes + gap.length, offset: token.start })
    text += gap + spelled
    bytes += gap.length + Buffer.byteLength(spelled)
    end = token.end
  }
  return {
    text,
    offsetOf: (byte) => starts.findLast((start) => start.byte <= byte)?.offset ?? 0,
    depths,
  }
}

/** Knows whether `end` closes a `CASE`; elsewhere Spark takes it for a name, and DuckDB does not. */
class WordSpeller {
  readonly #sql: string
  #openCases = 0

  constructor(sql: string) {
    this.#sql = sql
  }

  spell(token: SparkToken): string {
    switch (token.kind) {
      case 'name':
        return quoteName(token.name)
      case 'text':
        return quoteText(plainText(token.parts))
      case 'hole':
        throw unbound(token.name, token.start)
      case 'word':
        return this.#spellWord(this.#sql.slice(token.start, token.end))
      default:
        return this.#sql.slice(token.start, token.end)
    }
  }

  #spellWord(word: string): string {
    const folded = word.toLowerCase()
    if (folded === 'case') this.#openCases += 1
    if (folded !== 'end') return word
    if (this.#openCases === 0) return quoteName(word)
    this.#openCases -= 1
    return word
  }
}

function plainText(parts: readonly TextPart[]): string {
  return parts
    .map((part) => {
      if (part.kind === 'hole') throw unbound(part.name, part.start)
      return part.text
    })
    .join('')
}

function unbound(name: string, offset: number): IcebergError {
  return new IcebergError('invalid', 'hole has no value', { context: { hole: name, offset } })
}

/** Types that mean something else, or nothing, without their parameters or with them. */
const NEEDS_PARAMETERS = /^(?:decimal|dec|numeric)$/i
const LOSES_PARAMETERS = /^(?:char|character|varchar)$/i

function checkSpelling(sql: string, tokens: readonly SparkToken[], index: number): void {
  const textOf = (token: SparkToken | undefined): string =>
    token === undefined ? '' : sql.slice(token.start, token.end)
  const [before, token, after] = [tokens[index - 1], tokens[index], tokens[index + 1]]
  const text = textOf(token)
  const offset = token?.start ?? 0
  if (token?.kind === 'word') {
    const isParameterized = textOf(after) === '('
    // The name of a column may be one of these words, too.
    const isType = textOf(before) === ':' || (/^as$/i.test(textOf(before)) && textOf(after) === ')')
    if (isType && NEEDS_PARAMETERS.test(text) && !isParameterized) {
      throw refused(
        'a decimal without precision and scale is refused: it has others here than in Spark, so say both',
        offset,
      )
    }
    if (LOSES_PARAMETERS.test(text) && isParameterized)
      throw refused(
        'a text of a length is refused: what becomes of longer ones is not known to be as in Spark, so use string',
        offset,
      )
  }
  const isPair = (other: SparkToken | undefined): boolean => textOf(other) === ':'
  if (text === ':' && !isPair(before) && !isPair(after))
    throw refused(
      'a single colon is refused: not every Spark has it, so use get_json_object or a dot',
      offset,
    )
}

function refused(message: string, offset: number): IcebergError {
  return new IcebergError('unsupported', message, { context: { offset } })
}
