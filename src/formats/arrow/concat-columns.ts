import type { Data } from 'apache-arrow'
import { assert, unreachable } from '../../base/assert.ts'
import { copyBits, newBitmap, setBits } from './bitmap.ts'
import {
  checkedOffsets,
  layoutOf,
  listChild,
  makeColumn,
  offsetsOf,
  validityOf,
  valueBytes,
} from './column-data.ts'
import type { ValueBuffers } from './column-data.ts'

/**
 * The rows of one or more columns of the same type, in order. One column is given back as it is.
 *
 * @throws IcebergError `limit` when the strings or lists together no longer fit one column
 */
export function concatColumns(columns: readonly Data[]): Data {
  const [first] = columns
  assert(first !== undefined, 'at least one column')
  if (columns.length === 1) return first
  const length = totalRows(columns)
  const validity = concatValidity(columns, length)
  return makeColumn(first.type, length, { validity, ...concatBuffers(columns, length) })
}

function concatBuffers(columns: readonly Data[], length: number): ValueBuffers {
  const [first] = columns
  assert(first !== undefined, 'at least one column')
  const layout = layoutOf(first.type)
  switch (layout.kind) {
    case 'bits':
      return { values: concatBits(columns, length) }
    case 'fixed':
      return { values: concatFixed(columns, layout.width, length) }
    case 'bytes':
      return concatByteValues(columns, length)
    case 'list':
      return concatLists(columns, length)
    case 'struct':
      return {
        children: first.children.map((_, index) =>
          concatColumns(columns.flatMap((column) => column.children[index] ?? [])),
        ),
      }
    case 'nothing':
      return {}
    default:
      return unreachable(layout)
  }
}

function concatBits(columns: readonly Data[], length: number): Uint8Array {
  const target = newBitmap(length)
  let to = 0
  for (const column of columns) {
    copyBits(valueBytes(column), column.offset, column.length, target, to)
    to += column.length
  }
  return target
}

function concatFixed(columns: readonly Data[], width: number, length: number): Uint8Array {
  const target = new Uint8Array(length * width)
  let to = 0
  for (const column of columns) {
    target.set(valueBytes(column).subarray(0, column.length * width), to)
    to += column.length * width
  }
  return target
}

function concatByteValues(columns: readonly Data[], length: number): ValueBuffers {
  const offsets = concatOffsets(columns, length)
  const values = new Uint8Array(offsets[length] ?? 0)
  let to = 0
  for (const column of columns) {
    const own = offsetsOf(column)
    const part = valueBytes(column).subarray(own[0] ?? 0, own[column.length] ?? 0)
    values.set(part, to)
    to += part.length
  }
  return { offsets, values }
}

function concatLists(columns: readonly Data[], length: number): ValueBuffers {
  const parts = columns.map((column) => {
    const own = offsetsOf(column)
    const start = own[0] ?? 0
    return listChild(column).slice(start, (own[column.length] ?? 0) - start)
  })
  return { offsets: concatOffsets(columns, length), children: [concatColumns(parts)] }
}

function concatOffsets(columns: readonly Data[], length: number): Int32Array {
  const offsets = new Int32Array(length + 1)
  let total = 0
  let to = 0
  for (const column of columns) {
    const own = offsetsOf(column)
    const shift = total - (own[0] ?? 0)
    for (let row = 1; row <= column.length; row += 1) offsets[to + row] = (own[row] ?? 0) + shift
    total = (own[column.length] ?? 0) + shift
    to += column.length
  }
  return checkedOffsets(offsets, total)
}

function concatValidity(columns: readonly Data[], length: number): Uint8Array | null {
  if (columns.every((column) => validityOf(column) === null)) return null
  const target = newBitmap(length)
  let to = 0
  for (const column of columns) {
    const bits = validityOf(column)
    if (bits === null) setBits(target, to, to + column.length)
    else copyBits(bits, column.offset, column.length, target, to)
    to += column.length
  }
  return target
}

function totalRows(columns: readonly Data[]): number {
  return columns.reduce((sum, column) => sum + column.length, 0)
}
