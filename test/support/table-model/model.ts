/**
 * What a table is, in a form that a child could check: versions one after the other, each with lists of rows. It knows of
 * no files, only of the partitions that rows were written to.
 */
import type { Table } from '../../../src/client/table.ts'
import type { UnknownRow } from '../../../src/client/row-shapes.ts'
import type { Warehouse } from '../../../src/client/warehouse.ts'
import type { RowValues } from '../../../src/layout/column-value.ts'
import { partitionKey } from '../../../src/layout/partition-key.ts'
import { partitionTypes } from '../../../src/layout/partition-spec.ts'
import type { PartitionSpec } from '../../../src/layout/partition-spec.ts'
import type { SortOrder } from '../../../src/layout/sort-order.ts'
import type { FormatVersion } from '../../../src/metadata/table-metadata.ts'
import { promoteValue } from '../../../src/types/promotion.ts'
import { highestFieldId } from '../../../src/types/schema.ts'
import type { Schema } from '../../../src/types/schema.ts'
import type { MovingEnvironment } from '../moving-environment.ts'
import { partitionOf } from '../partitions.ts'
import type { FileRows } from '../snapshot-audit.ts'
import type { Lineage } from './lineage.ts'
import type { TableLayout } from './layout.ts'

export type UnknownTable = Table<UnknownRow, UnknownRow>

/** A partition of one spec. */
export interface Partition {
  readonly specId: number
  readonly key: string
}

/** A row as it was written, and ever will be. */
export interface ModelRow extends Partition {
  readonly values: RowValues
  /** What its values are of. */
  readonly schema: Schema
  /** Of the snapshot that it came with. */
  readonly sequenceNumber: bigint
}

export interface ModelSnapshot {
  readonly rows: readonly ModelRow[]
  readonly schema: Schema
  readonly sequenceNumber: bigint
  readonly timestampMs: number
  /** Whether its rows have ids: from version 3 on (spec: Row Lineage). */
  readonly hasRowIds: boolean
  /** Partitions that the commit added rows to. */
  readonly added: readonly Partition[]
  /** Partitions that it removed rows from. */
  readonly removed: readonly Partition[]
}

/** A table after one of its commits. */
export interface ModelVersion {
  readonly formatVersion: FormatVersion
  readonly schema: Schema
  readonly lastColumnId: number
  readonly specs: readonly PartitionSpec[]
  readonly specId: number
  readonly lastPartitionId: number
  readonly sortOrder: SortOrder
  /** The property that transactions count up. */
  readonly batch: number
  readonly lastUpdatedMs: number
  readonly snapshots: readonly ModelSnapshot[]
}

/** One table, from its creation until it is dropped. */
export interface ModelTable {
  newest: ModelVersion
  isDropped: boolean
}

/** What one handle sees of a table. */
export interface ModelHandle {
  table: ModelTable
  seen: ModelVersion
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
  /** What was done, for people. */
  readonly log: string[]
  /** By the uuids of tables. */
  readonly lineages: Map<string | null, Lineage>
}

/** Which of the two handles a command uses. */
export type HandleIndex = 0 | 1

/** The first version of a new table. */
export function firstVersion(layout: TableLayout, nowMs: number): ModelVersion {
  const { formatVersion, schema, spec, sortOrder } = layout
  return {
    formatVersion,
    schema,
    lastColumnId: highestFieldId(schema),
    specs: [spec],
    specId: spec.specId,
    lastPartitionId: Math.max(999, ...spec.fields.map(({ fieldId }) => fieldId)),
    sortOrder,
    batch: 0,
    lastUpdatedMs: nowMs,
    snapshots: [],
  }
}

/** The rows of the newest snapshot as they are in the columns of now. */
export function visibleRows({ snapshots, schema }: ModelVersion): readonly RowValues[] {
  return rowsAs(snapshots.at(-1), schema)
}

/** The rows of a snapshot in the columns of a schema: those of the snapshot if absent. */
export function rowsAs(
  snapshot: ModelSnapshot | undefined,
  schema: Schema | undefined = snapshot?.schema,
): readonly RowValues[] {
  if (snapshot === undefined || schema === undefined) return []
  return snapshot.rows.map((row) => rowAs(row, schema))
}

/** A row in the columns of a schema: by id, promoted, with initial defaults for what came after it. */
export function rowAs(
  { values, schema }: Pick<ModelRow, 'values' | 'schema'>,
  wanted: Schema,
): RowValues {
  if (schema === wanted) return values
  const [from, to] = [schema, wanted].map(({ fields }) => ({ kind: 'struct', fields }) as const)
  if (from === undefined || to === undefined) return values
  // A struct is held as an array of its fields.
  return promoteValue(from, to, values) as RowValues
}

/** The spec that rows are written by. */
export function specOf({ specs, specId }: ModelVersion): PartitionSpec {
  const spec = specs.find((candidate) => candidate.specId === specId)
  if (spec === undefined) throw new Error('a version has its spec')
  return spec
}

/** Rows of a writer who sees that version, each in its partition. */
export function placedRows(seen: ModelVersion, rows: readonly RowValues[]): readonly ModelRow[] {
  const { schema, specId } = seen
  const keyOf = partitionFunction({ schema, spec: specOf(seen) })
  return rows.map((values) => ({ values, schema, specId, key: keyOf(values), sequenceNumber: 0n }))
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

function samePartition(left: Partition): (right: Partition) => boolean {
  return (right) => left.specId === right.specId && left.key === right.key
}

/** The version after one more commit: its time is never before that of the last one. */
export function nextVersion(
  version: ModelVersion,
  nowMs: number,
  change: Partial<ModelVersion> = {},
): ModelVersion {
  return { ...version, ...change, lastUpdatedMs: Math.max(version.lastUpdatedMs, nowMs) }
}

export function appended(
  version: ModelVersion,
  rows: readonly ModelRow[],
  nowMs: number,
): ModelVersion {
  return withSnapshot(version, { kept: newestRows(version), lost: [], rows }, nowMs)
}

export function overwritten(
  version: ModelVersion,
  rows: readonly ModelRow[],
  nowMs: number,
): ModelVersion {
  const isLost = (row: ModelRow): boolean => rows.some(samePartition(row))
  const before = newestRows(version)
  const kept = before.filter((row) => !isLost(row))
  return withSnapshot(version, { kept, lost: before.filter(isLost), rows }, nowMs)
}

function newestRows({ snapshots }: ModelVersion): readonly ModelRow[] {
  return snapshots.at(-1)?.rows ?? []
}

function withSnapshot(
  version: ModelVersion,
  { kept, lost, rows }: Readonly<Record<'kept' | 'lost' | 'rows', readonly ModelRow[]>>,
  nowMs: number,
): ModelVersion {
  const { formatVersion, snapshots, schema } = version
  const last = snapshots.at(-1)?.sequenceNumber ?? 0n
  const sequenceNumber = formatVersion === 1 ? 0n : last + 1n
  const next = nextVersion(version, nowMs)
  const snapshot: ModelSnapshot = {
    rows: [...kept, ...rows.map((row) => ({ ...row, sequenceNumber }))],
    schema,
    sequenceNumber,
    timestampMs: next.lastUpdatedMs,
    hasRowIds: formatVersion === 3,
    added: rows,
    removed: lost,
  }
  return { ...next, snapshots: [...snapshots, snapshot] }
}

/** How an overwrite ends: null for well. */
export function overwriteFault(
  { seen, table }: ModelHandle,
  rows: readonly ModelRow[],
  isolation: 'serializable' | 'snapshot' | 'none',
): 'unsupported' | 'not-found' | 'conflict' | null {
  const { specId, snapshots } = seen
  const hasForeign = (version: ModelVersion): boolean =>
    newestRows(version).some((row) => row.specId !== specId)
  if (hasForeign(seen)) return 'unsupported'
  if (table.isDropped) return 'not-found'
  const isInTheWay = (partition: Partition): boolean =>
    partition.specId !== specId || rows.some(samePartition(partition))
  const changes = table.newest.snapshots
    .slice(snapshots.length)
    .flatMap(({ added, removed }) => [...removed, ...(isolation === 'serializable' ? added : [])])
  if (isolation !== 'none' && changes.some(isInTheWay)) return 'conflict'
  return hasForeign(table.newest) ? 'unsupported' : null
}
