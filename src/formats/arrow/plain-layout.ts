/**
 * Other layouts of the same values as the plain ones: no dictionaries, no 64-bit offsets, no rows that are not the
 * column's.
 */
import type { Data, DataType, Vector } from 'apache-arrow'
import { IcebergError } from '../../base/errors.ts'
import { bitAt, newBitmap, setBit } from './bitmap.ts'
import {
  checkedOffsets,
  listChild,
  makeColumn,
  nullColumn,
  offsetsOf,
  rebasedValidity,
  validityOf,
  valueBytes,
  withValidity,
} from './column-data.ts'
import { concatColumns, takeColumn } from './take.ts'

/**
 * A column of 64-bit offsets (large strings, bytes, lists) as one of 32-bit offsets, typed `target`. The values are
 * shared.
 *
 * @throws IcebergError `limit` when the rows of the column hold more than 2^31 - 1 bytes or elements
 */
export function narrowOffsets(target: DataType, data: Data): Data {
  const wide: BigInt64Array | undefined = data.valueOffsets
  const start = Number(wide?.[0] ?? 0n)
  const size = Number(wide?.[data.length] ?? 0n) - start
  const offsets = checkedOffsets(lowOffsets(wide, data.length), size)
  const validity = rebasedValidity(data)
  if (data.children.length === 0) {
    const values = valueBytes(data).subarray(start, start + size)
    return makeColumn(target, data.length, { validity, offsets, values })
  }
  const children = data.children.map((child) => child.slice(start, size))
  return makeColumn(target, data.length, { validity, offsets, children })
}

/** Offsets from the first one on, by their low words: differences below 2^31 need no more. */
function lowOffsets(wide: BigInt64Array | undefined, length: number): Int32Array {
  const offsets = new Int32Array(length + 1)
  // A column without rows may come without offsets at all.
  if (wide === undefined) return offsets
  const words = new Int32Array(wide.buffer, wide.byteOffset, 2 * wide.length)
  const first = words[0] ?? 0
  for (let row = 1; row <= length; row += 1) offsets[row] = (words[2 * row] ?? 0) - first
  return offsets
}

/**
 * A list whose child holds the elements of its rows and no others, so that nobody looks at rows that were sliced off.
 */
export function trimList(data: Data): Data {
  const offsets = offsetsOf(data)
  const first = offsets[0] ?? 0
  const end = offsets[data.length] ?? 0
  const child = listChild(data)
  if (first === 0 && end === child.length) return data
  return makeColumn(data.type, data.length, {
    validity: rebasedValidity(data),
    offsets: offsets.subarray(0, data.length + 1).map((offset) => offset - first),
    children: [child.slice(first, end - first)],
  })
}

/**
 * How to make a dictionary-encoded column plain: `adapt` turns the dictionary's values into those of `target`. Batches
 * share a dictionary, so the last one is remembered.
 */
export function decodeDictionary(
  target: DataType,
  adapt: (data: Data) => Data,
): (data: Data) => Data {
  let last: { readonly dictionary: Vector; readonly values: Data } | null = null
  return (data) => {
    const { dictionary } = data
    if (dictionary === undefined || dictionary.length === 0) return nullColumn(target, data.length)
    if (last?.dictionary !== dictionary) {
      last = { dictionary, values: concatColumns(dictionary.data.map((chunk) => adapt(chunk))) }
    }
    return lookUp(data, last.values)
  }
}

/** A row is null when its index is, or what the index points at. */
function lookUp(data: Data, values: Data): Data {
  const indices = indicesOf(data, values.length)
  const taken = takeColumn(values, indices)
  const own = validityOf(data)
  if (own === null) return taken
  const validity = newBitmap(data.length)
  const pointed = validityOf(taken)
  for (let row = 0; row < data.length; row += 1) {
    if (bitAt(own, data.offset + row) && (pointed === null || bitAt(pointed, row))) {
      setBit(validity, row)
    }
  }
  return withValidity(taken, validity)
}

/** Indices of null rows may be anything: they become 0. */
function indicesOf(data: Data, valueCount: number): Uint32Array {
  const source: ArrayLike<number | bigint> = data.values
  const own = validityOf(data)
  const indices = new Uint32Array(data.length)
  for (let row = 0; row < data.length; row += 1) {
    if (own !== null && !bitAt(own, data.offset + row)) continue
    const index = Number(source[row] ?? 0)
    if (index < 0 || index >= valueCount) {
      throw new IcebergError('corrupt', 'dictionary index out of range', {
        context: { index: row },
      })
    }
    indices[row] = index
  }
  return indices
}
