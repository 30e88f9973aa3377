/**
 * What can be told of a query without parsing it: the views it reads, and the columns it compares with holes. Serves
 * checks and hints about job files; the query itself is run by an engine that parses it in full. When in doubt nothing is
 * seen. All functions throw what the tokenizer throws for text that is no SQL.
 */

import { unreachable } from '../../base/assert.ts'
import { tokenize } from '../sql/spark-tokens.ts'
import type { SparkToken } from '../sql/spark-tokens.ts'

export type ComparisonOperator = '<' | '<=' | '>' | '>=' | '='

/** `column operator $|key|`, whichever side each was written on. */
export interface HoleComparison {
  /** As it was written, with qualifiers. */
  readonly column: string
  readonly operator: ComparisonOperator
  readonly key: string
}

/** The views after `from` and `join` that the query does not define itself, as they are written, each once. */
export function viewsRead(sql: string): readonly string[] {
  const tokens = outlineTokens(sql)
  const defined = definedViews(tokens)
  const views = new Set<string>()
  // For each open parenthesis, whether a query is in it: `extract(year from ts)` reads no view.
  const inQuery = [true]
  for (const [index, token] of tokens.entries()) {
    if (token.text === '(') inQuery.push(isWord(tokens[index + 1], 'select', 'with', '('))
    if (token.text === ')') inQuery.pop()
    if (!isWord(token, 'from', 'join') || inQuery.at(-1) !== true) continue
    if (isWord(tokens[index - 1], 'distinct')) continue
    for (const view of relationsAt(tokens, index + 1)) views.add(view)
  }
  return [...views].filter((view) => !defined.has(view.toLowerCase()))
}

/** Comparisons between a column and a hole, `between` included; in the order of the query. */
export function holeComparisons(sql: string): readonly HoleComparison[] {
  const tokens = outlineTokens(sql)
  const comparisons: HoleComparison[] = []
  for (let index = 0; index < tokens.length;) {
    const found = comparisonAt(tokens, index)
    comparisons.push(...(found?.comparisons ?? []))
    index = found?.next ?? index + 1
  }
  return comparisons
}

/** Words of the query in lower case, outside literals, comments and quoted names. */
export function wordsOf(sql: string): readonly string[] {
  return outlineTokens(sql).flatMap((token) =>
    token.kind === 'word' ? token.text.toLowerCase() : [],
  )
}

/** Functions that are called, in lower case, each once. */
export function functionsCalled(sql: string): readonly string[] {
  const tokens = outlineTokens(sql)
  const names = tokens.flatMap((token, index) =>
    isName(token) && tokens[index + 1]?.text === '(' ? token.text.toLowerCase() : [],
  )
  return [...new Set(names)]
}

interface Token {
  readonly kind: 'word' | 'name' | 'hole' | 'other'
  /** Of a name what is between its quotes, of a hole the key. */
  readonly text: string
}

function outlineTokens(sql: string): readonly Token[] {
  const outline: Token[] = []
  let end = 0
  for (const token of tokenize(sql)) {
    const text = sql.slice(token.start, token.end)
    const last = outline.at(-1)
    if (/^[<>=]$/.test(text) && end === token.start && /^[<>=!]+$/.test(last?.text ?? '')) {
      outline.splice(-1, 1, { kind: 'other', text: `${last?.text ?? ''}${text}` })
    } else outline.push(outlineToken(token, text))
    end = token.end
  }
  return outline
}

function outlineToken(token: SparkToken, text: string): Token {
  switch (token.kind) {
    case 'word':
      return { kind: 'word', text }
    case 'name':
    case 'hole':
      return { kind: token.kind, text: token.name }
    case 'text': {
      const [part, second] = token.parts
      const isHole = part?.kind === 'hole' && second === undefined
      return isHole ? { kind: 'hole', text: part.name } : { kind: 'other', text }
    }
    case 'number':
    case 'sign':
      return { kind: 'other', text }
    default:
      return unreachable(token)
  }
}

/** A word of the language, or a sign. A key that is named like one is none. */
function isWord(token: Token | undefined, ...words: readonly string[]): boolean {
  if (token === undefined || token.kind === 'name' || token.kind === 'hole') return false
  return words.includes(token.text.toLowerCase())
}

/** Names that a `with` gives to queries; a few others with them, which does no harm. */
function definedViews(tokens: readonly Token[]): ReadonlySet<string> {
  const isDefinition = (index: number): boolean =>
    isWord(tokens[index - 1], 'with', 'recursive', ',') && isWord(tokens[index + 1], 'as', '(')
  if (!tokens.some((token) => isWord(token, 'with'))) return new Set()
  return new Set(
    tokens.flatMap((token, index) => (isDefinition(index) ? token.text.toLowerCase() : [])),
  )
}

/** Names in a list of relations: `a`, `b.c as x, d`. What is no name, or is called like a function, is passed over. */
function relationsAt(tokens: readonly Token[], start: number): readonly string[] {
  const names: string[] = []
  for (let index = start; ; index += 1) {
    const path = pathAt(tokens, index)
    if (path === null) return names
    index = path.next
    if (tokens[index]?.text !== '(') names.push(path.name)
    if (isWord(tokens[index], 'as')) index += 1
    if (isWord(tokens[index + 1], ',')) index += 1
    if (!isWord(tokens[index], ',')) return names
  }
}

interface Path {
  readonly name: string
  readonly next: number
}

/** A name with its qualifiers. */
function pathAt(tokens: readonly Token[], start: number): Path | null {
  const first = tokens[start]
  if (first === undefined || !isName(first)) return null
  let name = first.text
  let next = start + 1
  for (; tokens[next]?.text === '.'; next += 2) {
    const part = tokens[next + 1]
    if (part === undefined || !isName(part)) break
    name += `.${part.text}`
  }
  return { name, next }
}

function isName(token: Token): boolean {
  return token.kind === 'word' || token.kind === 'name'
}

type Operand =
  | { readonly kind: 'column'; readonly name: string; readonly next: number }
  | { readonly kind: 'hole'; readonly name: string; readonly next: number }

/** Functions and type names that change how a value is held and not what it is compared with. */
const CONVERSIONS = ['cast', 'date', 'timestamp', 'to_date', 'to_timestamp', 'try_cast']

/** A column or hole, in any number of conversions. */
function operandAt(tokens: readonly Token[], start: number): Operand | null {
  let index = start
  let depth = 0
  while (isWord(tokens[index], ...CONVERSIONS) && tokens[index + 1]?.text === '(') {
    index += 2
    depth += 1
  }
  // `TIMESTAMP '$|start|'`
  if (isWord(tokens[index], 'date', 'timestamp') && tokens[index + 1]?.kind === 'hole') index += 1
  const token = tokens[index]
  if (token?.kind === 'hole') {
    return { kind: 'hole', name: token.text, next: afterClosing(tokens, index + 1, depth) }
  }
  const path = pathAt(tokens, index)
  if (path === null || tokens[path.next]?.text === '(') return null
  return { kind: 'column', name: path.name, next: afterClosing(tokens, path.next, depth) }
}

/** The index after `depth` closing parentheses that have no opening one from `start` on. */
function afterClosing(tokens: readonly Token[], start: number, depth: number): number {
  let index = start
  for (let open = depth; open > 0 && index < tokens.length; index += 1) {
    if (tokens[index]?.text === '(') open += 1
    if (tokens[index]?.text === ')') open -= 1
  }
  return index
}

const OPERATORS: readonly ComparisonOperator[] = ['<', '<=', '>', '>=', '=']

const FLIPPED: Readonly<Record<ComparisonOperator, ComparisonOperator>> = {
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
  '=': '=',
}

/** Beside one of these an operand is part of something larger. */
const ARITHMETIC = ['+', '-', '*', '/', '%', '|', '.', '[', '::']

interface Found {
  readonly comparisons: readonly HoleComparison[]
  readonly next: number
}

function comparisonAt(tokens: readonly Token[], start: number): Found | null {
  if (isWord(tokens[start], 'not') || isWord(tokens[start - 1], 'not', ...ARITHMETIC)) return null
  const left = operandAt(tokens, start)
  if (left === null) return null
  if (isWord(tokens[left.next], 'between')) return betweenAt(tokens, left)
  const operator = OPERATORS.find((candidate) => candidate === tokens[left.next]?.text)
  if (operator === undefined) return null
  const right = operandAt(tokens, left.next + 1)
  if (right === null || ARITHMETIC.includes(tokens[right.next]?.text ?? '')) return null
  return { comparisons: comparison(left, operator, right), next: right.next }
}

function betweenAt(tokens: readonly Token[], column: Operand): Found | null {
  const low = operandAt(tokens, column.next + 1)
  if (low === null || !isWord(tokens[low.next], 'and')) return null
  const high = operandAt(tokens, low.next + 1)
  if (high === null || ARITHMETIC.includes(tokens[high.next]?.text ?? '')) return null
  return {
    comparisons: [...comparison(column, '>=', low), ...comparison(column, '<=', high)],
    next: high.next,
  }
}

function comparison(
  left: Operand,
  operator: ComparisonOperator,
  right: Operand,
): readonly HoleComparison[] {
  if (left.kind === right.kind) return []
  return left.kind === 'column'
    ? [{ column: left.name, operator, key: right.name }]
    : [{ column: right.name, operator: FLIPPED[operator], key: left.name }]
}
