import type { Data, RecordBatch } from 'apache-arrow'
import { unreachable } from '../../base/assert.ts'
import { columnsOf, layoutOf, listChild, offsetsOf } from './column-data.ts'

/**
 * Bytes that the rows of a batch take, as if it had its buffers for itself; validity is counted whether it is there
 * or not. apache-arrow's `byteLength` counts whole buffers, so that sixteen slices of one batch are sixteen times its
 * strings.
 */
export function batchBytes(batch: RecordBatch): number {
  return totalBytes(columnsOf(batch), 0, batch.numRows)
}

function totalBytes(columns: readonly Data[], start: number, end: number): number {
  return columns.reduce((sum, column) => sum + columnBytes(column, start, end), 0)
}

/** Bytes of rows `[start, end)`. */
function columnBytes(column: Data, start: number, end: number): number {
  return Math.ceil((end - start) / 8) + valueBytes(column, start, end)
}

function valueBytes(column: Data, start: number, end: number): number {
  const layout = layoutOf(column.type)
  switch (layout.kind) {
    case 'bits':
      return Math.ceil((end - start) / 8)
    case 'fixed':
      return (end - start) * layout.width
    case 'bytes':
      return OFFSET_BYTES * (end - start + 1) + itemRange(column, start, end).size
    case 'list': {
      const items = itemRange(column, start, end)
      return (
        OFFSET_BYTES * (end - start + 1) + columnBytes(listChild(column), items.start, items.end)
      )
    }
    case 'struct':
      return totalBytes(column.children, start, end)
    case 'nothing':
      return 0
    default:
      return unreachable(layout)
  }
}

const OFFSET_BYTES = 4

function itemRange(
  column: Data,
  start: number,
  end: number,
): { readonly start: number; readonly end: number; readonly size: number } {
  const offsets = offsetsOf(column)
  const first = offsets[start] ?? 0
  const last = offsets[end] ?? 0
  return { start: first, end: last, size: last - first }
}
