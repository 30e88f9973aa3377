/** Values that Arrow buffers can hold and a table cannot. Other engines trust each other on these; we look. */
import { isUtf8 } from 'node:buffer'
import type { Data } from 'apache-arrow'
import type { Type } from '../../types/type.ts'
import { columnReader } from './columns.ts'
import { offsetsOf, valueBytes } from './column-data.ts'
import type { LiveRows, ValueCheck } from './faults.ts'

const MICROS_PER_DAY = 86_400_000_000n

/** Finds a string that is not UTF-8, a decimal of more digits than its type, or a time that is not within a day. */
export const checkValues: ValueCheck = (type, data, live) => {
  switch (type.kind) {
    case 'string':
      return faultAt(badText(data, live), 'string is not UTF-8')
    case 'decimal': {
      const limit = 10n ** BigInt(type.precision)
      const fits = (value: bigint): boolean => -limit < value && value < limit
      return faultAt(badInteger(type, data, live, fits), 'decimal has too many digits')
    }
    case 'time': {
      const fits = (value: bigint): boolean => value >= 0n && value < MICROS_PER_DAY
      return faultAt(badInteger(type, data, live, fits), 'time is not within a day')
    }
    default:
      return null
  }
}

function faultAt(row: number, message: string): ReturnType<ValueCheck> {
  return row < 0 ? null : { row, message }
}

function badText(data: Data, live: LiveRows): number {
  const bytes = valueBytes(data)
  const offsets = offsetsOf(data)
  if (isAllText(bytes, offsets, data.length)) return -1
  return firstRow(data, live, (row) => isUtf8(bytes.subarray(offsets[row], offsets[row + 1])))
}

/** All values at once: together they are UTF-8, and none starts in the middle of a character. */
function isAllText(bytes: Uint8Array, offsets: Int32Array, length: number): boolean {
  if (!isUtf8(bytes.subarray(offsets[0], offsets[length]))) return false
  for (let row = 1; row < length; row += 1) {
    if (((bytes[offsets[row] ?? 0] ?? 0) & 0xc0) === 0x80) return false
  }
  return true
}

function badInteger(
  type: Type,
  data: Data,
  live: LiveRows,
  fits: (value: bigint) => boolean,
): number {
  const read = columnReader(type, data)
  return firstRow(data, live, (row) => {
    const value = read(row)
    return typeof value !== 'bigint' || fits(value)
  })
}

function firstRow(data: Data, live: LiveRows, isGood: (row: number) => boolean): number {
  for (let row = 0; row < data.length; row += 1) {
    if ((live === null || live(row)) && !isGood(row)) return row
  }
  return -1
}
