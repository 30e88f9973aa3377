import type { Data } from 'apache-arrow'
import { makeColumn, validityTest } from './column-data.ts'

/** Numbers that go up by the same step from row to row. */
export interface Series {
  readonly first: bigint
  readonly step: 0n | 1n
}

/** A column of longs with its nulls replaced by what the series has at their rows. */
export function fillNulls(column: Data, { first, step }: Series): Data {
  const source: BigInt64Array = column.values
  const isValid = validityTest(column)
  const filled = new BigInt64Array(column.length)
  for (let row = 0; row < filled.length; row += 1) {
    filled[row] = isValid(row) ? (source[row] ?? 0n) : first + step * BigInt(row)
  }
  return makeColumn(column.type, column.length, {
    validity: null,
    values: new Uint8Array(filled.buffer),
  })
}
