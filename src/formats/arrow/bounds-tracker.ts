import type { Data } from 'apache-arrow'
import { unreachable } from '../../base/assert.ts'
import { comparatorOf } from '../../types/compare.ts'
import type { PrimitiveType } from '../../types/type.ts'
import type { PrimitiveValue } from '../../types/value.ts'
import { bitAt } from './bitmap.ts'
import { ByteRows } from './byte-rows.ts'
import { columnReader } from './columns.ts'
import { validityOf, valueBytes, valueWords } from './column-data.ts'

/** The lowest and the highest value of a column that comes in parts. Null and NaN are in neither. */
export interface BoundsTracker {
  add(data: Data): void
  /** Always 0 for types without NaN. */
  nanCount(): number
  /** null while there was no value. */
  lowest(): PrimitiveValue | null
  /** null while there was no value. */
  highest(): PrimitiveValue | null
}

/** @param scope `counts` looks for NaN only */
export function createBoundsTracker(
  type: PrimitiveType,
  scope: 'counts' | 'bounds',
): BoundsTracker {
  const compare = comparatorOf(type)
  let nanCount = 0
  let lowest: PrimitiveValue | null = null
  let highest: PrimitiveValue | null = null
  return {
    add(data) {
      nanCount += countNaN(type, data)
      const rows = scope === 'bounds' ? extremeRows(type, data) : null
      if (rows === null) return
      const [low, high] = valuesAt(type, data, rows)
      if (lowest === null || compare(low, lowest) < 0) lowest = low
      if (highest === null || compare(high, highest) > 0) highest = high
    },
    nanCount: () => nanCount,
    lowest: () => lowest,
    highest: () => highest,
  }
}

/** Rows of the lowest and of the highest value. */
type ExtremeRows = readonly [low: number, high: number]

function valuesAt(
  type: PrimitiveType,
  data: Data,
  [low, high]: ExtremeRows,
): [PrimitiveValue, PrimitiveValue] {
  const read = columnReader(type, data)
  // Extreme rows are not null, and a primitive type has primitive values.
  return [read(low) as PrimitiveValue, read(high) as PrimitiveValue]
}

/** null when no row holds a value other than NaN. */
function extremeRows(type: PrimitiveType, data: Data): ExtremeRows | null {
  switch (type.kind) {
    case 'int':
    case 'date':
    case 'float':
    case 'double':
      return extremeNumbers(data)
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return extremeLongs(data)
    case 'boolean':
      return extremesBy(data, booleanOrder(data))
    case 'decimal':
      return extremesBy(data, decimalOrder(data))
    case 'string':
    case 'binary':
    case 'uuid':
    case 'fixed':
      return extremeBytes(data)
    case 'unknown':
    case 'geometry':
    case 'geography':
      return null
    default:
      return unreachable(type)
  }
}

function countNaN(type: PrimitiveType, data: Data): number {
  if (type.kind !== 'float' && type.kind !== 'double') return 0
  const values: Float32Array | Float64Array = data.values
  const bits = validityOf(data)
  let count = 0
  for (let row = 0; row < data.length; row += 1) {
    const value = values[row] ?? 0
    if (value !== value && (bits === null || bitAt(bits, data.offset + row))) count += 1
  }
  return count
}

/** NaN is neither below nor above anything, so it is passed over once a first value is found. */
function extremeNumbers(data: Data): ExtremeRows | null {
  const values: Int32Array | Float32Array | Float64Array = data.values
  const bits = validityOf(data)
  let low = -1
  let high = -1
  let lowest = Infinity
  let highest = -Infinity
  for (let row = 0; row < data.length; row += 1) {
    if (bits !== null && !bitAt(bits, data.offset + row)) continue
    const value = values[row] ?? 0
    if (value < lowest || (low < 0 && value === lowest)) {
      lowest = value
      low = row
    }
    if (value > highest || (high < 0 && value === highest)) {
      highest = value
      high = row
    }
  }
  return low < 0 ? null : [low, high]
}

/** Compares high words with their sign, then low words without. */
function extremeLongs(data: Data): ExtremeRows | null {
  const words = valueWords(data)
  const bits = validityOf(data)
  let low = -1
  let high = -1
  let [lowHigh, lowLow, highHigh, highLow] = [0, 0, 0, 0]
  for (let row = 0; row < data.length; row += 1) {
    if (bits !== null && !bitAt(bits, data.offset + row)) continue
    const upper = words[2 * row + 1] ?? 0
    const lower = (words[2 * row] ?? 0) >>> 0
    if (low < 0 || upper < lowHigh || (upper === lowHigh && lower < lowLow)) {
      ;[low, lowHigh, lowLow] = [row, upper, lower]
    }
    if (high < 0 || upper > highHigh || (upper === highHigh && lower > highLow)) {
      ;[high, highHigh, highLow] = [row, upper, lower]
    }
  }
  return low < 0 ? null : [low, high]
}

/** The words that rows begin with decide most comparisons: ten columns of which two are text took 56 ns a row in place of 126. */
function extremeBytes(data: Data): ExtremeRows | null {
  const rows = new ByteRows(data)
  const bits = validityOf(data)
  let [low, lowWord, high, highWord] = [-1, 0, -1, 0]
  for (let row = 0; row < data.length; row += 1) {
    if (bits !== null && !bitAt(bits, data.offset + row)) continue
    const word = rows.firstWord(row)
    if (low < 0 || word < lowWord || (word === lowWord && rows.compare(row, low) < 0)) {
      low = row
      lowWord = word
    }
    if (high < 0 || word > highWord || (word === highWord && rows.compare(row, high) > 0)) {
      high = row
      highWord = word
    }
  }
  return low < 0 ? null : [low, high]
}

type RowOrder = (left: number, right: number) => number

function extremesBy(data: Data, compare: RowOrder): ExtremeRows | null {
  const bits = validityOf(data)
  let low = -1
  let high = -1
  for (let row = 0; row < data.length; row += 1) {
    if (bits !== null && !bitAt(bits, data.offset + row)) continue
    if (low < 0 || compare(row, low) < 0) low = row
    if (high < 0 || compare(row, high) > 0) high = row
  }
  return low < 0 ? null : [low, high]
}

function booleanOrder(data: Data): RowOrder {
  const bits = valueBytes(data)
  const { offset } = data
  return (left, right) => Number(bitAt(bits, offset + left)) - Number(bitAt(bits, offset + right))
}

/** The highest of four words has the sign. */
function decimalOrder(data: Data): RowOrder {
  const words = valueWords(data)
  return (left, right) => {
    const sign = (words[4 * left + 3] ?? 0) - (words[4 * right + 3] ?? 0)
    if (sign !== 0) return sign
    for (let word = 2; word >= 0; word -= 1) {
      const difference =
        ((words[4 * left + word] ?? 0) >>> 0) - ((words[4 * right + word] ?? 0) >>> 0)
      if (difference !== 0) return difference
    }
    return 0
  }
}
