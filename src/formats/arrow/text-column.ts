import { isUtf8 } from 'node:buffer'
import type { Data } from 'apache-arrow'
import { offsetsOf, valueBytes } from './column-data.ts'
import { firstRow } from './faults.ts'
import type { LiveRows } from './faults.ts'

/** The first of the live rows of a column of strings whose bytes are not UTF-8; -1 when there is none. */
export function firstBadText(data: Data, live: LiveRows): number {
  const bytes = valueBytes(data)
  const offsets = offsetsOf(data)
  if (isAllText(bytes, offsets, data.length)) return -1
  return firstRow(data, live, (row) => !isUtf8(bytes.subarray(offsets[row], offsets[row + 1])))
}

/** All values at once: together they are UTF-8, and none starts in the middle of a character. */
function isAllText(bytes: Uint8Array, offsets: Int32Array, length: number): boolean {
  if (!isUtf8(bytes.subarray(offsets[0], offsets[length]))) return false
  for (let row = 1; row < length; row += 1) {
    if (((bytes[offsets[row] ?? 0] ?? 0) & 0xc0) === 0x80) return false
  }
  return true
}
