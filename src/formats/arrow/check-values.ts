/** Values that Arrow buffers can hold and a table cannot. Other engines trust each other on these; we look. */
import type { Data } from 'apache-arrow'
import type { Type } from '../../types/type.ts'
import { columnReader } from './columns.ts'
import { firstRow } from './faults.ts'
import type { LiveRows, ValueCheck } from './faults.ts'
import { firstBadText } from './text-column.ts'

const MICROS_PER_DAY = 86_400_000_000n

/** Finds a string that is not UTF-8, a decimal of more digits than its type, or a time that is not within a day. */
export const checkValues: ValueCheck = (type, data, live) => {
  switch (type.kind) {
    case 'string':
      return faultAt(firstBadText(data, live), 'string is not UTF-8')
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

function badInteger(
  type: Type,
  data: Data,
  live: LiveRows,
  fits: (value: bigint) => boolean,
): number {
  const read = columnReader(type, data)
  return firstRow(data, live, (row) => {
    const value = read(row)
    return typeof value === 'bigint' && !fits(value)
  })
}
