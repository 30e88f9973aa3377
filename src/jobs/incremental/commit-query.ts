/**
 * The commit window in the query of an incremental input: where it compares `_commit_timestamp` or `_commit_snapshot_id`
 * with keys, and the query without that. The comparisons are not for a SQL engine: ids have no order but that of history, and
 * where a window begins is not told by its time alone.
 */
import { assert } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import { commitTimestampColumn } from '../../types/reserved-fields.ts'
import { replacePieces } from '../sql/replaced-text.ts'
import type { ReplacedText, Replacement } from '../sql/replaced-text.ts'
import { tokenize } from '../sql/spark-tokens.ts'
import type { SparkToken } from '../sql/spark-tokens.ts'
import { isNode, nodeIn, nodesIn, textConstant } from '../sql/syntax-tree.ts'
import type { SqlNode, SyntaxTree } from '../sql/syntax-tree.ts'
import { COMMIT_COLUMNS } from './commit-range.ts'
import type { CommitComparison } from './commit-range.ts'

export interface CommitQuery {
  readonly comparisons: readonly CommitComparison[]
  /** The query in which each comparison, or pair of one `between`, has become {@link MARKER}. */
  readonly sql: string
  /** Where in the query as it was written that stands which is at an offset of {@link sql}. */
  readonly offsetOf: ReplacedText['offsetOf']
  /** How many have. */
  readonly markers: number
  /** Whether it names the columns elsewhere, too. */
  readonly usesColumns: boolean
}

/** What stands where a comparison stood: it is true, and nobody writes it. */
const MARKER = `('frazil: a window of commits' = 'frazil: a window of commits')`

const MARKER_TEXT = 'frazil: a window of commits'

/** The commit window of a query with holes; null when it has none. */
export function commitQuery(sql: string): CommitQuery | null {
  const tokens = tokenize(sql)
  const signs = tokens.map((token) => signOf(sql, token)).join('')
  if (!signs.includes(COLUMN)) return null
  const comparisons: CommitComparison[] = []
  const pieces: Replacement[] = []
  for (const { 0: match, index } of signs.matchAll(COMPARISON)) {
    const part = tokens.slice(index, index + match.length)
    const found = comparisonsOf(sql, part, match)
    comparisons.push(...found)
    const [first, last] = [part[0], part.at(-1)]
    assert(first !== undefined && last !== undefined, 'a comparison has tokens')
    pieces.push({ start: first.start, end: last.end, text: MARKER })
  }
  const { text: rest, offsetOf } = replacePieces(sql, pieces)
  const usesColumns = tokenize(rest).some((token) => signOf(rest, token) === COLUMN)
  return { comparisons, sql: rest, offsetOf, markers: pieces.length, usesColumns }
}

/**
 * Checks that every row of the query is one of the window.
 *
 * @param tree of {@link CommitQuery.sql}
 * @throws IcebergError `invalid` when a comparison stands where rows beside it could come through
 */
export function checkConjuncts(tree: SyntaxTree, { markers }: CommitQuery): void {
  const where = tree.root['where_clause']
  if (isNode(where) && conjunctsOf(where).filter(isMarker).length === markers) return
  throw new IcebergError(
    'invalid',
    'a window of commits must hold for all rows of the query: compare _commit_timestamp or _commit_snapshot_id with keys in its WHERE, joined by AND alone',
  )
}

function conjunctsOf(node: SqlNode): readonly SqlNode[] {
  return node['type'] === 'CONJUNCTION_AND'
    ? nodesIn(node, 'children').flatMap(conjunctsOf)
    : [node]
}

function isMarker(node: SqlNode): boolean {
  if (node['type'] !== 'COMPARE_EQUAL') return false
  return textConstant(nodeIn(node, 'left')) === MARKER_TEXT
}

// A query as a text of one sign a token, in which comparisons are found by a pattern: C a commit column, V a value that is a
// hole, T a word that makes a value a timestamp, B and A and S for between, and, as; operators and parentheses for themselves.
const COLUMN = 'C'

const VALUE = String.raw`(?:T?V|T\(VST\)|T\(V\))`

const COMPARISON = new RegExp(
  String.raw`(?:X\.)?C(?:B${VALUE}A${VALUE}|[<>=]=?${VALUE})|${VALUE}[<>=]=?(?:X\.)?C`,
  'g',
)

const WORDS: Readonly<Record<string, string>> = {
  between: 'B',
  and: 'A',
  as: 'S',
  timestamp: 'T',
  to_timestamp: 'T',
  cast: 'T',
}

function signOf(sql: string, token: SparkToken): string {
  const text = token.kind === 'name' ? token.name : sql.slice(token.start, token.end)
  switch (token.kind) {
    case 'hole':
      return 'V'
    case 'text':
      return token.parts.length === 1 && token.parts[0]?.kind === 'hole' ? 'V' : 'X'
    case 'word':
    case 'name':
      if (COMMIT_COLUMNS.includes(text.toLowerCase())) return COLUMN
      return token.kind === 'word' ? (WORDS[text.toLowerCase()] ?? 'X') : 'X'
    default:
      return /^[<>=().]$/.test(text) ? text : 'X'
  }
}

function comparisonsOf(
  sql: string,
  tokens: readonly SparkToken[],
  signs: string,
): readonly CommitComparison[] {
  const names = tokens.map((token) =>
    token.kind === 'name' ? token.name : sql.slice(token.start, token.end),
  )
  const column = (names[signs.indexOf(COLUMN)] ?? '').toLowerCase()
  const unit = column === commitTimestampColumn.name ? ('time' as const) : ('snapshot' as const)
  const [first = '', second = ''] = tokens.flatMap(keysIn)
  if (signs.includes('B')) {
    return [
      { unit, operator: '>=', key: first },
      { unit, operator: '<=', key: second },
    ]
  }
  const operator = /[<>=]+/.exec(signs)?.[0] ?? ''
  const isMirrored = signs.indexOf(COLUMN) > signs.search(/[<>=]/)
  return [{ unit, operator: isMirrored ? (MIRRORED[operator] ?? operator) : operator, key: first }]
}

function keysIn(token: SparkToken): readonly string[] {
  if (token.kind === 'hole') return [token.name]
  if (token.kind !== 'text') return []
  return token.parts.flatMap((part) => (part.kind === 'hole' ? part.name : []))
}

const MIRRORED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' }
