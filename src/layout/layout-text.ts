/** The text forms of partition fields and sort fields: `day(ts) as day_partition, city` and `ts desc nulls last, city`. */
import { TokenCursor } from '../base/tokens.ts'
import type { NullOrder, SortDirection } from './sort-order.ts'
import { parseTransform } from './transform.ts'
import type { Transform } from './transform.ts'

/** A partition field as it is asked for: by column name, without ids. */
export interface PartitionTerm {
  readonly column: readonly string[]
  readonly transform: Transform
  /** Absent: named after the column and the transform. */
  readonly name?: string
}

/** A sort field as it is asked for. */
export interface SortTerm {
  readonly column: readonly string[]
  readonly transform: Transform
  readonly direction: SortDirection
  readonly nullOrder: NullOrder
}

/** Of the specification, but not built yet. */
const LATER_TRANSFORMS = new Set(['bucket', 'truncate'])

/**
 * Partition fields with commas between them, each a column or a transform of one, then optionally `as` and a name.
 * Names with other signs than letters, digits and `_` stand in double quotes, and so does a name with a dot.
 *
 * @throws IcebergError `invalid` with the column in the text, `unsupported` for a transform that is not built yet
 */
export function parsePartitionFields(text: string): PartitionTerm[] {
  return parseList(text, (cursor) => {
    const term = parseTerm(cursor)
    return cursor.takeWords('as') ? { ...term, name: cursor.expectName() } : term
  })
}

/**
 * Sort fields with commas between them: as partition fields, but followed by `asc` or `desc` and by `nulls first` or
 * `nulls last`. Without them the order is ascending, with nulls first if ascending and last if descending.
 *
 * @throws IcebergError `invalid` with the column in the text, `unsupported` for a transform that is not built yet
 */
export function parseSortFields(text: string): SortTerm[] {
  return parseList(text, (cursor) => {
    const term = parseTerm(cursor)
    const direction = parseDirection(cursor)
    return { ...term, direction, nullOrder: parseNullOrder(cursor, direction) }
  })
}

function parseList<Term>(text: string, parseItem: (cursor: TokenCursor) => Term): Term[] {
  const cursor = new TokenCursor(text)
  const terms = [parseItem(cursor)]
  while (cursor.takeSign(',')) terms.push(parseItem(cursor))
  cursor.expectEnd()
  return terms
}

function parseTerm(cursor: TokenCursor): { column: readonly string[]; transform: Transform } {
  if (!cursor.isSign('(', 1))
    return { column: cursor.expectPath(), transform: { kind: 'identity' } }
  const transform = parseTransformName(cursor)
  cursor.expectSign('(')
  const column = cursor.expectPath()
  cursor.expectSign(')')
  return { column, transform }
}

function parseTransformName(cursor: TokenCursor): Transform {
  const token = cursor.peek()
  const name = cursor.expectName()
  const transform = parseTransform(name)
  if (transform.kind !== 'unknown') return transform
  const context = { transform: name }
  if (LATER_TRANSFORMS.has(name.toLowerCase())) {
    cursor.fail('this transform is not supported yet', { token, kind: 'unsupported', context })
  }
  return cursor.fail('no such transform: expected identity, year, month, day, hour or void', {
    token,
    context,
  })
}

function parseDirection(cursor: TokenCursor): SortDirection {
  if (cursor.takeWords('desc')) return 'desc'
  cursor.takeWords('asc')
  return 'asc'
}

function parseNullOrder(cursor: TokenCursor, direction: SortDirection): NullOrder {
  if (!cursor.takeWords('nulls')) return direction === 'asc' ? 'nulls-first' : 'nulls-last'
  if (cursor.takeWords('first')) return 'nulls-first'
  cursor.expectWord('last')
  return 'nulls-last'
}
