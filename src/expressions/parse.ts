/**
 * Predicates as text, in the manner of SQL:
 *
 *     either    = both { 'or' both }
 *     both      = denial { 'and' denial }
 *     denial    = 'not' denial | '(' either ')' | 'true' | 'false' | test
 *     test      = path ( sign literal | 'is' [ 'not' ] ( 'null' | 'nan' )
 *               | [ 'not' ] ( 'in' '(' literal { ',' literal } ')' | 'like' text | 'between' literal 'and' literal ) )
 *     literal   = text | number | bytes | 'true' | 'false' | typeName text
 *
 * Keywords go in any case; a column that is called like one stands in double quotes. Literals are not converted here: only
 * the column says what they are.
 */
import { IcebergError, isKind } from '../base/errors.ts'
import { parseJson } from '../base/json-exact.ts'
import { TokenCursor } from '../base/tokens.ts'
import type { ColumnPath, ComparisonKind, Expression } from './predicate.ts'
import { expressionFromJson } from './predicate-json.ts'

/**
 * Reads the text form of a predicate: `a >= 5 and (city in ('Oslo', 'Bergen') or b.c is null) and not name like 'x%'`. A
 * text that begins with a brace is the JSON form of `predicate-json.ts`.
 *
 * @throws IcebergError `invalid` with the column of the text, counted from 1, or with the path in the JSON; `unsupported`
 *   for patterns other than a prefix, and for functions; `limit` when nested too deep
 */
export function parsePredicate(text: string): Expression {
  if (text.trimStart().startsWith('{')) return parseJsonExpression(text)
  const cursor = new TokenCursor(text)
  const expression = parseEither(cursor, 0)
  cursor.expectEnd()
  return expression
}

/** What a caller wrote is bad input, unlike the same in a document that was stored. */
function parseJsonExpression(text: string): Expression {
  try {
    return expressionFromJson(parseJson(text), '')
  } catch (error) {
    if (!isKind(error, 'corrupt')) throw error
    throw new IcebergError('invalid', error.message, { context: error.context, cause: error })
  }
}

const MAX_DEPTH = 200

const KEYWORDS = new Set([
  'and',
  'between',
  'false',
  'in',
  'is',
  'like',
  'nan',
  'not',
  'null',
  'or',
  'true',
])

/** What may stand before a text to say what it spells; the column decides all the same. */
const LITERAL_TYPES = new Set([
  'date',
  'time',
  'timestamp',
  'timestamptz',
  'timestamp_ns',
  'timestamptz_ns',
  'uuid',
  'decimal',
])

function parseEither(cursor: TokenCursor, depth: number): Expression {
  const children = [parseBoth(cursor, depth)]
  while (cursor.takeWords('or')) children.push(parseBoth(cursor, depth))
  return joined('or', children)
}

function parseBoth(cursor: TokenCursor, depth: number): Expression {
  const children = [parseDenial(cursor, depth)]
  while (cursor.takeWords('and')) children.push(parseDenial(cursor, depth))
  return joined('and', children)
}

function joined(kind: 'and' | 'or', children: readonly Expression[]): Expression {
  const [only, ...others] = children
  return only !== undefined && others.length === 0 ? only : { kind, children }
}

function parseDenial(cursor: TokenCursor, depth: number): Expression {
  if (depth > MAX_DEPTH) {
    cursor.fail('predicate is nested too deep', { kind: 'limit', context: { limit: MAX_DEPTH } })
  }
  if (cursor.takeWords('not')) return { kind: 'not', child: parseDenial(cursor, depth + 1) }
  if (cursor.takeWords('true')) return { kind: 'true' }
  if (cursor.takeWords('false')) return { kind: 'false' }
  if (!cursor.takeSign('(')) return parseTest(cursor)
  const expression = parseEither(cursor, depth + 1)
  cursor.expectSign(')')
  return expression
}

function parseTest(cursor: TokenCursor): Expression {
  const column = parseColumn(cursor)
  if (cursor.takeWords('is')) return parseIs(cursor, column)
  const isNegated = cursor.takeWords('not')
  const test = parseWordTest(cursor, column) ?? (isNegated ? null : parseComparison(cursor, column))
  if (test === null)
    return cursor.fail(isNegated ? 'expected in, like or between' : 'expected a comparison')
  return isNegated ? { kind: 'not', child: test } : test
}

function parseColumn(cursor: TokenCursor): ColumnPath {
  const token = cursor.peek()
  if (token.kind === 'word' && KEYWORDS.has(token.text.toLowerCase())) {
    return cursor.fail('expected a column: quote one that is called like a keyword')
  }
  if (token.kind !== 'word' && token.kind !== 'name') return cursor.fail('expected a column')
  return cursor.expectPath()
}

function parseIs(cursor: TokenCursor, column: ColumnPath): Expression {
  const isNegated = cursor.takeWords('not')
  if (cursor.takeWords('null')) return { kind: isNegated ? 'not-null' : 'is-null', column }
  if (cursor.takeWords('nan')) return { kind: isNegated ? 'not-nan' : 'is-nan', column }
  return cursor.fail('expected null or nan')
}

function parseWordTest(cursor: TokenCursor, column: ColumnPath): Expression | null {
  if (cursor.takeWords('in')) return { kind: 'in', column, literals: parseLiterals(cursor) }
  if (cursor.takeWords('like')) return parseLike(cursor, column)
  if (!cursor.takeWords('between')) return null
  const lowest = parseLiteral(cursor)
  cursor.expectWord('and')
  const highest = parseLiteral(cursor)
  return {
    kind: 'and',
    children: [
      { kind: 'gt-eq', column, literal: lowest },
      { kind: 'lt-eq', column, literal: highest },
    ],
  }
}

const COMPARISONS: ReadonlyMap<string, ComparisonKind> = new Map([
  ['=', 'eq'],
  ['!=', 'not-eq'],
  ['<>', 'not-eq'],
  ['<', 'lt'],
  ['<=', 'lt-eq'],
  ['>', 'gt'],
  ['>=', 'gt-eq'],
])

function parseComparison(cursor: TokenCursor, column: ColumnPath): Expression | null {
  const token = cursor.peek()
  const kind = token.kind === 'sign' ? COMPARISONS.get(token.text) : undefined
  if (kind === undefined) return null
  cursor.take()
  return { kind, column, literal: parseLiteral(cursor) }
}

function parseLiterals(cursor: TokenCursor): unknown[] {
  cursor.expectSign('(')
  const literals = [parseLiteral(cursor)]
  while (cursor.takeSign(',')) literals.push(parseLiteral(cursor))
  cursor.expectSign(')')
  return literals
}

function parseLiteral(cursor: TokenCursor): unknown {
  if (cursor.takeWords('true')) return true
  if (cursor.takeWords('false')) return false
  if (cursor.isWord('null')) return cursor.fail('a comparison with null never holds: use is null')
  if (cursor.isWord('nan')) return cursor.fail('a comparison with NaN never holds: use is nan')
  const token = cursor.peek()
  if (token.kind === 'word' && LITERAL_TYPES.has(token.text.toLowerCase())) {
    cursor.take()
    return parseText(cursor)
  }
  cursor.take()
  switch (token.kind) {
    case 'text':
      return token.text
    case 'number':
      return { kind: 'number-text', text: token.text }
    case 'bytes':
      return token.bytes
    default:
      return cursor.fail('expected a literal', { token })
  }
}

function parseText(cursor: TokenCursor): string {
  const token = cursor.peek()
  if (token.kind !== 'text') return cursor.fail('expected a text in single quotes')
  cursor.take()
  return token.text
}

/** No wildcard, or `%` at the end. A backslash escapes in some dialects and not in others, so it is not guessed at. */
const PREFIX_PATTERN = /^([^%_\\]*)(%*)$/u

function parseLike(cursor: TokenCursor, column: ColumnPath): Expression {
  const token = cursor.peek()
  const [, literal, wildcard] = PREFIX_PATTERN.exec(parseText(cursor)) ?? []
  if (literal === undefined) {
    return cursor.fail('like takes a prefix and one % at the end, or no wildcard', {
      token,
      kind: 'unsupported',
    })
  }
  return { kind: wildcard === '' ? 'eq' : 'starts-with', column, literal }
}
