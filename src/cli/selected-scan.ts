import type { UnknownRow } from '../client/row-shapes.ts'
import type { Table } from '../client/table.ts'
import type { TableScan } from '../scan/table-scan.ts'
import { parseColumnList } from '../types/column-list.ts'
import type { SelectorOptions } from './options.ts'
import { rangePoint } from './range-point.ts'

/** The scan that the options describe. */
export function selectedScan(
  table: Table<UnknownRow, UnknownRow>,
  options: SelectorOptions,
): TableScan<UnknownRow, UnknownRow> {
  let scan = versionScan(table, options)
  if (options.where !== undefined) scan = scan.where(options.where)
  if (options.limit !== undefined) scan = scan.limit(options.limit)
  return options.select === undefined ? scan : scan.selectPaths(parseColumnList(options.select))
}

/** The rows of one version, or those appended between two: the command line takes one of them at the most. */
function versionScan(
  table: Table<UnknownRow, UnknownRow>,
  options: SelectorOptions,
): TableScan<UnknownRow, UnknownRow> {
  const { snapshot, asOf, ref, since } = options
  if (since !== undefined) return rangeScan(table, { ...options, since })
  if (snapshot !== undefined) return table.scan().snapshot(snapshot)
  if (asOf !== undefined) return table.scan().asOf(asOf)
  return ref === undefined ? table.scan() : table.scan().ref(ref)
}

function rangeScan(
  table: Table<UnknownRow, UnknownRow>,
  options: SelectorOptions & { readonly since: string },
): TableScan<UnknownRow, UnknownRow> {
  const { since, until, ref, overwriteSnapshots, deleteSnapshots } = options
  return table.appends({
    since: rangePoint(table.metadata, since),
    ...(until === undefined ? {} : { until: rangePoint(table.metadata, until) }),
    ...(ref === undefined ? {} : { ref }),
    ...(overwriteSnapshots === undefined ? {} : { overwriteSnapshots }),
    ...(deleteSnapshots === undefined ? {} : { deleteSnapshots }),
  })
}
