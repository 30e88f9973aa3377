// The options that choose rows and a version of a table, alike for `scan` and `files`.
import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'

import type { UnknownRow } from '../client/row-shapes.ts'
import type { Table } from '../client/table.ts'
import type { TableScan } from '../scan/table-scan.ts'
import { parseColumnList } from '../types/column-list.ts'
import type { TableNameOptions } from './table-name.ts'

export interface SelectorOptions extends TableNameOptions {
  readonly where?: string
  readonly select?: string
  readonly snapshot?: bigint
  readonly asOf?: string
  readonly ref?: string
  readonly limit?: number
}

/** The options by which every command finds its table. */
export function addNameOptions(command: Command): Command {
  return command
    .option('--config <file>', 'configuration; the nearest frazil.yaml upward when absent')
    .option('--relocate <from=to>', 'where files of a copied table are now; repeatable', collect)
}

export function addSelectorOptions(command: Command): Command {
  return addNameOptions(command)
    .option('--where <predicate>', `rows to keep: "city = 'Oslo' and fare > 10.00"`)
    .option('--select <columns>', 'columns to give: a,b.c')
    .option('--snapshot <id>', 'read this snapshot', parseId)
    .option('--as-of <time>', 'read the table as it stood then: ISO 8601 with an offset, or ms')
    .option('--ref <name>', 'read this branch or tag')
    .option('--limit <rows>', 'end after so many rows', parseRows)
}

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

/** For options that may stand more than once. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value]
}

function parseId(text: string): bigint {
  if (/^\d{1,19}$/.test(text)) return BigInt(text)
  throw new InvalidArgumentError('A snapshot id is a whole number.')
}

function parseRows(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('A limit is a whole number of rows.')
}
