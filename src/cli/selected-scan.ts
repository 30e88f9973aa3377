import type { UnknownRow } from '../client/row-shapes.ts'
import type { Table } from '../client/table.ts'
import type { TableScan } from '../scan/table-scan.ts'
import { parseColumnList } from '../types/column-list.ts'
import type { SelectorOptions } from './options.ts'

/** The scan that the options describe. */
export function selectedScan(
  table: Table<UnknownRow, UnknownRow>,
  options: SelectorOptions,
): TableScan<UnknownRow, UnknownRow> {
  let scan = table.scan()
  if (options.where !== undefined) scan = scan.where(options.where)
  if (options.snapshot !== undefined) scan = scan.snapshot(options.snapshot)
  if (options.asOf !== undefined) scan = scan.asOf(options.asOf)
  if (options.ref !== undefined) scan = scan.ref(options.ref)
  if (options.limit !== undefined) scan = scan.limit(options.limit)
  return options.select === undefined ? scan : scan.selectPaths(parseColumnList(options.select))
}
