/** What a table is, in a form that a child could check: snapshots as lists of rows. */
import type { Environment } from '../../../src/base/environment.ts'
import type { UnknownRow } from '../../../src/client/row-shapes.ts'
import type { Table } from '../../../src/client/table.ts'
import type { Warehouse } from '../../../src/client/warehouse.ts'
import type { RowValues } from '../../../src/layout/column-value.ts'
import { partitionKey } from '../../../src/layout/partition-key.ts'
import { partitionTypes } from '../../../src/layout/partition-spec.ts'
import type { MovingEnvironment } from '../moving-environment.ts'
import { partitionOf } from '../partitions.ts'
import type { FileRows } from '../snapshot-audit.ts'
import type { TableLayout } from './layout.ts'

export type UnknownTable = Table<UnknownRow, UnknownRow>

export interface ModelSnapshot {
  readonly rows: readonly RowValues[]
  readonly timestampMs: number
  /** Partitions that the commit added rows to. */
  readonly added: ReadonlySet<string>
  /** Partitions that it removed rows from. */
  readonly removed: ReadonlySet<string>
}

/** One table, from its creation until it is dropped. */
export interface ModelTable {
  snapshots: ModelSnapshot[]
  /** The property that transactions count up. */
  batch: number
  lastUpdatedMs: number
  isDropped: boolean
}

/** What one handle sees of a table. */
export interface ModelHandle {
  table: ModelTable
  /** How many of the snapshots. */
  seen: number
}

export interface Model {
  readonly layout: TableLayout
  current: ModelTable
  readonly handles: [ModelHandle, ModelHandle]
}

/** The tables as they are. */
export interface Real {
  readonly warehouse: Warehouse
  readonly environment: MovingEnvironment
  readonly handles: [UnknownTable, UnknownTable]
  readonly files: FileRows
}

/** Which of the two handles a command uses. */
export type HandleIndex = 0 | 1

export function newModelTable(environment: Environment): ModelTable {
  return { snapshots: [], batch: 0, lastUpdatedMs: environment.nowMs(), isDropped: false }
}

/** The rows that a handle sees. */
export function visibleRows({ table, seen }: ModelHandle): readonly RowValues[] {
  return table.snapshots[seen - 1]?.rows ?? []
}

export function newestRows({ snapshots }: ModelTable): readonly RowValues[] {
  return snapshots.at(-1)?.rows ?? []
}

/** The partitions of rows. */
export function partitionsOf(
  { schema, spec }: TableLayout,
  rows: readonly RowValues[],
): Set<string> {
  return new Set(rows.map(partitionFunction({ schema, spec })))
}

export function partitionFunction({
  schema,
  spec,
}: Pick<TableLayout, 'schema' | 'spec'>): (row: RowValues) => string {
  const types = partitionTypes(spec, schema)
  const tupleOf = partitionOf(schema, spec)
  // The rows of a layout all have a partition.
  return (row) => partitionKey(types, tupleOf(row) ?? [])
}

/** The time that a commit of now gets: never before the last one. */
export function commitTime(table: ModelTable, environment: Environment): number {
  table.lastUpdatedMs = Math.max(table.lastUpdatedMs, environment.nowMs())
  return table.lastUpdatedMs
}

export function modelAppend(
  layout: TableLayout,
  table: ModelTable,
  rows: readonly RowValues[],
  environment: Environment,
): void {
  table.snapshots.push({
    rows: [...newestRows(table), ...rows],
    timestampMs: commitTime(table, environment),
    added: partitionsOf(layout, rows),
    removed: new Set(),
  })
}

export function modelOverwrite(
  layout: TableLayout,
  table: ModelTable,
  rows: readonly RowValues[],
  environment: Environment,
): void {
  const replaced = partitionsOf(layout, rows)
  const keyOf = partitionFunction(layout)
  const before = newestRows(table)
  const kept = before.filter((row) => !replaced.has(keyOf(row)))
  const lost = before.filter((row) => replaced.has(keyOf(row)))
  table.snapshots.push({
    rows: [...kept, ...rows],
    timestampMs: commitTime(table, environment),
    added: replaced,
    removed: partitionsOf(layout, lost),
  })
}
