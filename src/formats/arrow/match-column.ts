import type { Data } from 'apache-arrow'
import { assert, unreachable } from '../../base/assert.ts'
import type { BoundComparison, BoundLeaf } from '../../expressions/bound.ts'
import type { ComparisonKind } from '../../expressions/predicate.ts'
import { valueTest } from '../../expressions/value-test.ts'
import { valueToBytes } from '../../types/single-value-binary.ts'
import type { PrimitiveValue } from '../../types/value.ts'
import { bitAt } from './bitmap.ts'
import { ByteRows } from './byte-rows.ts'
import { columnReader } from './columns.ts'
import { validityOf, valueWords } from './column-data.ts'

/** One byte a row: 1 where it matches, else 0. */
export type Mask = Uint8Array

/** Which rows of a column pass a test: the same for which `valueTest` holds. */
export function leafMask(leaf: BoundLeaf): (data: Data) => Mask {
  switch (leaf.kind) {
    case 'is-null':
      return (data) => validityMask(data, 0)
    case 'not-null':
      return (data) => validityMask(data, 1)
    case 'is-nan':
    case 'not-nan':
    case 'in':
    case 'not-in':
      return maskByValue(leaf)
    default:
      return comparisonMask(leaf)
  }
}

/** Reads each value. For tests whose cost is elsewhere, or that are rare. */
function maskByValue(leaf: BoundLeaf): (data: Data) => Mask {
  const test = valueTest(leaf)
  const { type } = leaf.column
  assert(type.kind !== 'nested', 'values of nested columns are not tested')
  return (data) => {
    const read = columnReader(type, data)
    const mask = new Uint8Array(data.length)
    for (let row = 0; row < data.length; row += 1) mask[row] = test(read(row)) ? 1 : 0
    return mask
  }
}

function validityMask(data: Data, whenValid: 0 | 1): Mask {
  const mask = new Uint8Array(data.length).fill(whenValid)
  const bits = validityOf(data)
  if (bits === null) return mask
  for (let row = 0; row < data.length; row += 1) {
    if (!bitAt(bits, data.offset + row)) mask[row] = 1 - whenValid
  }
  return mask
}

function comparisonMask(leaf: BoundComparison): (data: Data) => Mask {
  const compare = comparison(leaf)
  if (compare === null) return maskByValue(leaf)
  return (data) => withoutNulls(data, compare(data))
}

/** How to compare all rows, nulls among them; null when values have to be read. */
function comparison({ kind, column, literal }: BoundComparison): ((data: Data) => Mask) | null {
  const { type } = column
  if (kind === 'starts-with' || kind === 'not-starts-with') {
    const prefix = valueToBytes(type, literal)
    return (data) => comparePrefix(data, prefix, kind === 'starts-with' ? 1 : 0)
  }
  const outcomes = OUTCOMES[kind]
  switch (type.kind) {
    case 'int':
    case 'date':
    case 'float':
    case 'double':
      return (data) => compareNumbers(data, literal, outcomes)
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return (data) => compareLongs(data, literal, outcomes)
    case 'string':
    case 'uuid':
    case 'fixed':
    case 'binary': {
      const bytes = valueToBytes(type, literal)
      return (data) => compareBytes(data, bytes, outcomes)
    }
    case 'boolean':
    case 'decimal':
    case 'unknown':
    case 'geometry':
    case 'geography':
      return null
    default:
      return unreachable(type)
  }
}

/** Whether a comparison holds for values below, equal to and above the literal. NaN is none of these. */
type Outcomes = readonly [below: 0 | 1, equal: 0 | 1, above: 0 | 1]

const OUTCOMES: Record<Exclude<ComparisonKind, 'starts-with' | 'not-starts-with'>, Outcomes> = {
  eq: [0, 1, 0],
  'not-eq': [1, 0, 1],
  lt: [1, 0, 0],
  'lt-eq': [1, 1, 0],
  gt: [0, 0, 1],
  'gt-eq': [0, 1, 1],
}

function compareNumbers(data: Data, literal: PrimitiveValue, outcomes: Outcomes): Mask {
  const values: Int32Array | Float32Array | Float64Array = data.values
  const [below, equal, above] = outcomes
  const limit = Number(literal)
  const mask = new Uint8Array(data.length)
  for (let row = 0; row < mask.length; row += 1) {
    const value = values[row] ?? 0
    if (value < limit) mask[row] = below
    else if (value > limit) mask[row] = above
    else if (value === limit) mask[row] = equal
  }
  return mask
}

/** Compares high words with their sign, then low words without. */
function compareLongs(data: Data, literal: PrimitiveValue, outcomes: Outcomes): Mask {
  const words = valueWords(data)
  const [below, equal, above] = outcomes
  // A literal of these types is a bigint, as value.ts lists.
  const [low, high] = wordsOf(literal as bigint)
  const mask = new Uint8Array(data.length)
  for (let row = 0; row < mask.length; row += 1) {
    const upper = words[2 * row + 1] ?? 0
    const lower = (words[2 * row] ?? 0) >>> 0
    if (upper === high && lower === low) mask[row] = equal
    else mask[row] = upper < high || (upper === high && lower < low) ? below : above
  }
  return mask
}

function wordsOf(value: bigint): [low: number, high: number] {
  return [Number(BigInt.asUintN(32, value)), Number(value >> 32n)]
}

function compareBytes(data: Data, literal: Uint8Array, outcomes: Outcomes): Mask {
  const rows = new ByteRows(data)
  const [below, equal, above] = outcomes
  const mask = new Uint8Array(data.length)
  for (let row = 0; row < mask.length; row += 1) {
    const order = rows.compareTo(row, literal)
    if (order === 0) mask[row] = equal
    else mask[row] = order < 0 ? below : above
  }
  return mask
}

function comparePrefix(data: Data, prefix: Uint8Array, whenPrefixed: 0 | 1): Mask {
  const rows = new ByteRows(data)
  const mask = new Uint8Array(data.length)
  for (let row = 0; row < mask.length; row += 1) {
    mask[row] = rows.startsWith(row, prefix) ? whenPrefixed : 1 - whenPrefixed
  }
  return mask
}

function withoutNulls(data: Data, mask: Mask): Mask {
  const bits = validityOf(data)
  if (bits === null) return mask
  for (let row = 0; row < mask.length; row += 1) {
    if (!bitAt(bits, data.offset + row)) mask[row] = 0
  }
  return mask
}
