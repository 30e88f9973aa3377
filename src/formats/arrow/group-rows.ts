import type { Data } from 'apache-arrow'
import { assert } from '../../base/assert.ts'
import type { PrimitiveType } from '../../types/type.ts'
import { sortWords } from './sort-words.ts'

/** Rows by what they hold: a group for each distinct value, numbered as the values first appear. */
export interface RowGroups {
  /** The group of each row. */
  readonly groups: Uint32Array
  /** The first row of each group. */
  readonly firstRows: readonly number[]
}

/** A column laid out as `arrowTypeOf(type)`. */
export interface TypedColumn {
  readonly type: PrimitiveType
  readonly data: Data
}

/** All rows in one group; no group when there are no rows. */
export function oneGroup(rowCount: number): RowGroups {
  return { groups: new Uint32Array(rowCount), firstRows: rowCount === 0 ? [] : [0] }
}

/**
 * Groups the rows of a column by value; nulls are a group. All NaN are one value, and minus zero is not zero (spec:
 * Scan Planning): just as in sorting, whose words are the same for two rows exactly if their values are.
 */
export function groupRows({ type, data }: TypedColumn): RowGroups {
  return sortWords(type, data, { direction: 'asc', nullOrder: 'nulls-first' })
    .map(groupNumbers)
    .reduce(intersectGroups)
}

/** Groups that differ where either of two groupings of the same rows does. */
export function intersectGroups(left: RowGroups, right: RowGroups): RowGroups {
  if (left.firstRows.length <= 1) return right
  if (right.firstRows.length <= 1) return left
  const rowCount = left.groups.length
  assert(rowCount < MAX_ROWS, 'pairs of groups stay below 2^53')
  const pairs = new Float64Array(rowCount)
  for (let row = 0; row < rowCount; row += 1) {
    pairs[row] = (left.groups[row] ?? 0) * right.firstRows.length + (right.groups[row] ?? 0)
  }
  return groupNumbers(pairs)
}

const MAX_ROWS = 2 ** 26

/** The rows of each group, ascending. */
export function rowsOfGroups({ groups, firstRows }: RowGroups): Uint32Array[] {
  const sizes = new Uint32Array(firstRows.length)
  for (const group of groups) sizes[group] = (sizes[group] ?? 0) + 1
  const rows = Array.from(sizes, (size) => new Uint32Array(size))
  const filled = new Uint32Array(firstRows.length)
  for (let row = 0; row < groups.length; row += 1) {
    const group = groups[row] ?? 0
    const members = rows[group]
    const place = filled[group] ?? 0
    if (members !== undefined) members[place] = row
    filled[group] = place + 1
  }
  return rows
}

/** Groups rows by a number that is 0 or more. */
function groupNumbers(numbers: Uint32Array | Float64Array): RowGroups {
  const { lowest, span } = rangeOf(numbers)
  const groups = new Uint32Array(numbers.length)
  const firstRows: number[] = []
  const groupOf = span <= 4 * numbers.length ? tableOf(span) : mapOf()
  let last = -1
  let group = 0
  for (let row = 0; row < numbers.length; row += 1) {
    const number = (numbers[row] ?? 0) - lowest
    // Neighbouring rows are often alike.
    if (number !== last) {
      last = number
      group = groupOf(number, firstRows.length)
      if (group === firstRows.length) firstRows.push(row)
    }
    groups[row] = group
  }
  return { groups, firstRows }
}

/** The group of a number, which is `next` for a number that was not seen before. */
type Grouping = (number: number, next: number) => number

/** For numbers in `[0, span)` that lie close: ten times as fast as a `Map`. */
function tableOf(span: number): Grouping {
  const table = new Uint32Array(span)
  return (number, next) => {
    const known = table[number] ?? 0
    if (known !== 0) return known - 1
    table[number] = next + 1
    return next
  }
}

function mapOf(): Grouping {
  const known = new Map<number, number>()
  return (number, next) => {
    const group = known.get(number)
    if (group !== undefined) return group
    known.set(number, next)
    return next
  }
}

function rangeOf(numbers: Uint32Array | Float64Array): {
  readonly lowest: number
  readonly span: number
} {
  let lowest = Infinity
  let highest = -Infinity
  for (let row = 0; row < numbers.length; row += 1) {
    const number = numbers[row] ?? 0
    if (number < lowest) lowest = number
    if (number > highest) highest = number
  }
  return numbers.length === 0 ? { lowest: 0, span: 0 } : { lowest, span: highest - lowest + 1 }
}
