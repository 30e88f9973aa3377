/**
 * The text forms of partition fields and sort fields: `day(ts) as day_partition, bucket(16, id)` and `ts desc nulls last,
 * city`.
 */
import { TokenCursor } from '../base/tokens.ts'
import type { NullOrder, SortDirection } from './sort-order.ts'
import { parseTransform, sizedTransform } from './transform.ts'
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

/** Transforms whose parameter stands before the column. */
const SIZED_TRANSFORMS = new Set(['bucket', 'truncate'])

/**
 * Partition fields with commas between them, each a column or a transform of one, then optionally `as` and a name.
 * Names with other signs than letters, digits and `_` stand in double quotes, and so does a name with a dot.
 *
 * @throws IcebergError `invalid` with the column in the text
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
 * @throws IcebergError `invalid` with the column in the text
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

interface BareTerm {
  readonly column: readonly string[]
  readonly transform: Transform
}

function parseTerm(cursor: TokenCursor): BareTerm {
  if (!cursor.isSign('(', 1)) {
    return { column: cursor.expectPath(), transform: { kind: 'identity' } }
  }
  const transform = parseCall(cursor)
  const column = cursor.expectPath()
  cursor.expectSign(')')
  return { column, transform }
}

/** All that stands before the column: `day(`, `bucket(16,`. */
function parseCall(cursor: TokenCursor): Transform {
  const token = cursor.peek()
  const name = cursor.expectName()
  cursor.expectSign('(')
  if (SIZED_TRANSFORMS.has(name.toLowerCase())) return parseSize(cursor, name.toLowerCase())
  const transform = parseTransform(name)
  if (transform.kind !== 'unknown') return transform
  return cursor.fail(
    'no such transform: expected identity, bucket, truncate, year, month, day, hour or void',
    { token, context: { transform: name } },
  )
}

const DIGITS = /^\d+$/

function parseSize(cursor: TokenCursor, name: string): Transform {
  const token = cursor.take()
  const isInteger = token.kind === 'number' && DIGITS.test(token.text)
  const transform = isInteger ? sizedTransform(name, Number(token.text)) : null
  if (transform === null) {
    return cursor.fail('expected an integer from 1 to 2147483647, then the column', {
      token,
      context: { transform: name },
    })
  }
  cursor.expectSign(',')
  return transform
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
