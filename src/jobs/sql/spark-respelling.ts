/** Phrases of Spark's that DuckDB's grammar has not, in words that it has; what becomes of them is seen in the tree. */
import { IcebergError } from '../../base/errors.ts'
import { quoteName } from '../../duckdb/sql-text.ts'
import { isKeptName } from './spark-names.ts'
import type { SparkToken } from './spark-tokens.ts'

/** What is said in place of tokens, by their index; an empty text for none. */
export type Respellings = ReadonlyMap<number, string>

/** @throws IcebergError `unsupported` with the offset for what Spark has not, and for phrases that do not fit */
export function respellings(sql: string, tokens: readonly SparkToken[]): Respellings {
  const words = tokens.map((token) =>
    token.kind === 'word' || token.kind === 'sign'
      ? sql.slice(token.start, token.end).toLowerCase()
      : '',
  )
  const found = new Map<number, string>()
  for (const index of tokens.keys()) {
    if (!found.has(index)) new Phrase({ sql, tokens, words, found }, index).respell()
  }
  return found
}

interface Text {
  readonly sql: string
  readonly tokens: readonly SparkToken[]
  /** Words and signs in lower case; empty for other tokens. */
  readonly words: readonly string[]
  readonly found: Map<number, string>
}

/** Words after which an operand begins, so that nothing has ended before them. */
const BEFORE_OPERAND =
  /^(?:select|distinct|all|where|and|or|not|on|when|then|else|case|between|in|like|having|by|from|using|with|as|is|over|limit|div|rlike|regexp)$/

/** Constructors whose names DuckDB's grammar has other uses for. */
const CONSTRUCTORS = /^(?:array|map|struct)$/

/** Suffixes of numbers, and the types that they give. */
const SUFFIXES: Readonly<Record<string, string>> = {
  l: 'BIGINT',
  s: 'SMALLINT',
  y: 'TINYINT',
  d: 'DOUBLE',
  f: 'FLOAT',
}

class Phrase {
  readonly #text: Text
  readonly #index: number

  constructor(text: Text, index: number) {
    this.#text = text
    this.#index = index
  }

  respell(): void {
    const word = this.#word(0)
    const next = this.#word(1)
    if (this.#text.tokens[this.#index]?.kind === 'number') return this.#number()
    if (this.#isKeptName()) return this.#say(0, quoteName(this.#spelled(0)))
    if (word === 'div' && this.#isAfterOperand()) this.#say(0, '//')
    if ((word === 'rlike' || word === 'regexp') && this.#isInfix()) this.#say(0, 'SIMILAR TO')
    if (word === 'similar' && next === 'to') throw this.#refused('SIMILAR TO')
    if (word === '/' && next === '/' && this.#touches()) throw this.#refused('//')
    if (word === 'left' && (next === 'semi' || next === 'anti')) this.#say(0, '')
    if (word === 'minus' && this.#isAfterOperand() && /^(?:select|all|distinct|\()$/.test(next))
      this.#say(0, 'EXCEPT')
    if (CONSTRUCTORS.test(word) && next === '(') this.#say(0, `frazil_${word}`)
    if (word.startsWith('frazil_')) throw this.#refused('name of our own')
    if (word === 'lateral' && next === 'view') this.#lateralView()
    if (/^(?:sort|cluster|distribute)$/.test(word) && next === 'by') this.#order(word)
  }

  /** `5L`: what is said stands in place of both tokens. */
  #number(): void {
    const suffix = this.#text.tokens[this.#index + 1]
    if (suffix?.kind !== 'word' || !this.#touches()) return
    const type = SUFFIXES[this.#word(1)]
    const number = this.#spelled(0)
    const isWhole = /^\d+$/.test(number)
    if (type === undefined || (!isWhole && !/^[df]$/.test(this.#word(1))))
      throw this.#refused(
        'this suffix of a number is refused: it is not known which type it gives, so use cast',
        'this suffix of a number is refused: it is not known which type it gives, so use cast',
      )
    this.#say(0, `CAST('${number}' AS ${type})`)
    this.#say(1, '')
  }

  /** The rows beside them come from a query of its own; its names are told in brackets. */
  #lateralView(): void {
    const isOuter = this.#word(2) === 'outer'
    const generator = isOuter ? 3 : 2
    if (this.#word(generator + 1) !== '(') throw this.#refused('LATERAL VIEW')
    const close = this.#closing(generator + 1)
    this.#say(0, 'CROSS JOIN LATERAL')
    this.#say(1, '(SELECT')
    if (isOuter) this.#say(2, '')
    if (isOuter) this.#say(generator, `${this.#spelled(generator)}_outer`)
    this.#say(close, '))')
    const hasTable = this.#isName(close + 1) && this.#word(close + 1) !== 'as'
    const as = hasTable ? close + 2 : close + 1
    if (!hasTable) throw this.#refused('LATERAL VIEW without a name')
    if (this.#word(as) !== 'as') return
    this.#say(as, '(')
    let last = as + 1
    while (this.#word(last + 1) === ',') last += 2
    this.#append(last, ')')
  }

  /** Rows in the order of all of them are also in order in each part; where the parts are, nobody can tell. */
  #order(word: string): void {
    if (this.#isInWindow()) throw this.#refused(`${word.toUpperCase()} BY`)
    this.#say(0, 'ORDER')
    if (word !== 'distribute') return
    for (let index = 2; this.#text.tokens[this.#index + index] !== undefined; index += 1) {
      const here = this.#word(index)
      if (here === '(') index = this.#closing(index)
      else if (here === ')' || here === 'limit') return
      else if (here === 'sort' && this.#word(index + 1) === 'by') {
        this.#say(index, ',')
        this.#say(index + 1, '')
        return
      }
    }
  }

  /** Whether the brackets around are those of a window. */
  #isInWindow(): boolean {
    let depth = 0
    for (let index = this.#index - 1; index >= 0; index -= 1) {
      const word = this.#text.words[index]
      if (word === ')') depth += 1
      if (word === '(' && depth === 0) return this.#text.words[index - 1] === 'over'
      if (word === '(') depth -= 1
    }
    return false
  }

  #closing(from: number): number {
    let depth = 0
    for (let index = from; this.#text.tokens[this.#index + index] !== undefined; index += 1) {
      if (this.#word(index) === '(') depth += 1
      if (this.#word(index) === ')') depth -= 1
      if (depth === 0) return index
    }
    throw this.#refused('bracket that is not closed')
  }

  #isInfix(): boolean {
    return this.#isAfterOperand() || (this.#word(-1) === 'not' && this.#isAfterOperand(-1))
  }

  /** Whether this is a name that DuckDB keeps for itself. Of what is no query nothing is known. */
  #isKeptName(): boolean {
    const { tokens, words } = this.#text
    const isWord = tokens[this.#index]?.kind === 'word'
    if (!isWord || !/^(?:select|with|\()$/.test(words[0] ?? '')) return false
    const before = this.#isName(-1) && this.#endsOperand() ? '' : this.#word(-1)
    return isKeptName(this.#word(0), { before, next: this.#word(1) })
  }

  /** Whether the word before is a name itself, as it is after a dot, and as the name of a column. */
  #endsOperand(): boolean {
    const { found } = this.#text
    const isAs = this.#word(-2) === 'as' && !found.has(this.#index - 2)
    return found.has(this.#index - 1) || this.#word(-2) === '.' || isAs
  }

  /** Whether something has just ended that could be an operand. */
  #isAfterOperand(shift = 0): boolean {
    const before = this.#text.tokens[this.#index + shift - 1]
    if (before === undefined) return false
    const word = this.#word(shift - 1)
    if (before.kind === 'sign') return word === ')' || word === ']'
    return before.kind !== 'word' || !BEFORE_OPERAND.test(word)
  }

  #isName(shift: number): boolean {
    const kind = this.#text.tokens[this.#index + shift]?.kind
    return kind === 'word' || kind === 'name'
  }

  /** Whether nothing stands between this token and the next. */
  #touches(): boolean {
    const { tokens } = this.#text
    return tokens[this.#index]?.end === tokens[this.#index + 1]?.start
  }

  #word(shift: number): string {
    return this.#text.words[this.#index + shift] ?? ''
  }

  #spelled(shift: number): string {
    const token = this.#text.tokens[this.#index + shift]
    return token === undefined ? '' : this.#text.sql.slice(token.start, token.end)
  }

  #say(shift: number, text: string): void {
    this.#text.found.set(this.#index + shift, text)
  }

  /** After the token as it stands. */
  #append(shift: number, text: string): void {
    const token = this.#text.tokens[this.#index + shift]
    const name = token?.kind === 'name' ? token.name : this.#spelled(shift)
    this.#say(shift, `${quoteName(name)}${text}`)
  }

  #refused(
    word: string,
    message = 'this spelling is refused: Spark has none such or means something else by it, so spell the query otherwise',
  ): IcebergError {
    const offset = this.#text.tokens[this.#index]?.start ?? 0
    return new IcebergError('unsupported', message, { context: { word, offset } })
  }
}
