import type { Data } from 'apache-arrow'
import { assert, unreachable } from '../../base/assert.ts'
import type { PrimitiveType } from '../../types/type.ts'
import { bitAt } from './bitmap.ts'
import { byteRanks } from './byte-ranks.ts'
import { validityTest, valueBytes } from './column-data.ts'

const MAX_ROWS = 2 ** 26

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
 * Groups the rows of a column by value; nulls are a group. All NaN are one value, and minus zero is not zero (spec: Scan
 * Planning).
 */
export function groupRows({ type, data }: TypedColumn): RowGroups {
  const keyOf = keyReader(type, data)
  if (data.nullCount === 0) return numberGroups(data.length, keyOf)
  const isValid = validityTest(data)
  return numberGroups(data.length, (row) => (isValid(row) ? keyOf(row) : null))
}

/** Groups that differ where either of two groupings of the same rows does. */
export function intersectGroups(left: RowGroups, right: RowGroups): RowGroups {
  if (left.firstRows.length <= 1) return right
  if (right.firstRows.length <= 1) return left
  assert(left.groups.length <= MAX_ROWS, 'pairs of groups stay below 2^53')
  const width = right.firstRows.length
  const pairOf = (row: number): number => (left.groups[row] ?? 0) * width + (right.groups[row] ?? 0)
  return numberGroups(left.groups.length, pairOf)
}

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

/** What a `Map` tells apart exactly if the values are to be. */
type Key = number | string | null

function numberGroups(rowCount: number, keyOf: (row: number) => Key): RowGroups {
  const groups = new Uint32Array(rowCount)
  const firstRows: number[] = []
  const known = new Map<Key, number>()
  let lastKey: Key | undefined
  let group = 0
  for (let row = 0; row < rowCount; row += 1) {
    const key = keyOf(row)
    // Neighbouring rows are often alike, and a look into the map costs more than all else here.
    if (key !== lastKey) {
      lastKey = key
      const seen = known.get(key)
      group = seen ?? firstRows.length
      if (seen === undefined) {
        known.set(key, group)
        firstRows.push(row)
      }
    }
    groups[row] = group
  }
  return { groups, firstRows }
}

function keyReader(type: PrimitiveType, data: Data): (row: number) => Key {
  switch (type.kind) {
    case 'boolean': {
      const bits = valueBytes(data)
      return (row) => (bitAt(bits, data.offset + row) ? 1 : 0)
    }
    case 'int':
    case 'date': {
      const values: Int32Array = data.values
      return (row) => values[row] ?? 0
    }
    case 'float':
    case 'double': {
      const values: Float32Array | Float64Array = data.values
      return (row) => floatKey(values[row] ?? 0)
    }
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'decimal':
    case 'string':
    case 'uuid':
    case 'fixed':
    case 'binary': {
      const ranks = byteRanks(data)
      return (row) => ranks[row] ?? 0
    }
    default:
      return unreachable(type)
  }
}

/** A `Map` takes all NaN for one key, and minus zero for zero. */
function floatKey(value: number): Key {
  return Object.is(value, -0) ? '-0' : value
}
