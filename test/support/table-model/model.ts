/**
 * What a table is, in a form that a child could check: versions one after the other, each with lists of rows. It knows of
 * no files, only of the partitions that rows were written to, and which rows came together.
 */
import type { Table } from '../../../src/client/table.ts'
import type { UnknownRow } from '../../../src/client/row-shapes.ts'
import type { Warehouse } from '../../../src/client/warehouse.ts'
import type { RowValues } from '../../../src/layout/column-value.ts'
import { partitionKey } from '../../../src/layout/partition-key.ts'
import { partitionTypes } from '../../../src/layout/partition-spec.ts'
import type { PartitionSpec } from '../../../src/layout/partition-spec.ts'
import type { SortOrder } from '../../../src/layout/sort-order.ts'
import type { Operation } from '../../../src/metadata/snapshot.ts'
import type { FormatVersion } from '../../../src/metadata/table-metadata.ts'
import { promoteValue } from '../../../src/types/promotion.ts'
import { highestFieldId } from '../../../src/types/schema.ts'
import type { Schema } from '../../../src/types/schema.ts'
import type { FaultyStore } from '../faulty-store.ts'
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
  /** The snapshot that it came with, by its place among all: rows that came together may share a file. */
  readonly origin: number
  /** When it was last updated; null where that may be when it came, or when it was moved without an id. */
  readonly sequenceNumber: bigint | null
}

export interface ModelSnapshot {
  /** By its place among all snapshots. */
  readonly parent: number | null
  readonly operation: Operation
  readonly rows: readonly ModelRow[]
  readonly schema: Schema
  readonly sequenceNumber: bigint
  readonly timestampMs: number
  /** Whether its rows have ids: from version 3 on (spec: Row Lineage). */
  readonly hasRowIds: boolean
  /** Rows that the commit wrote. */
  readonly added: readonly ModelRow[]
  /** Rows that it removed. */
  readonly removed: readonly ModelRow[]
  /** Rows that it may have moved to other files, because others of their files went. */
  readonly moved: readonly ModelRow[]
}

/** A branch or tag, and the place of the snapshot that it points to. */
export interface ModelRef {
  readonly kind: 'branch' | 'tag'
  readonly head: number
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
  /** All that there ever were, in the order they were made in. */
  readonly snapshots: readonly ModelSnapshot[]
  /** The places of those that have expired. */
  readonly expired: ReadonlySet<number>
  /** With `main` once the table has a snapshot. */
  readonly refs: ReadonlyMap<string, ModelRef>
  /** Which snapshot was current from when on. */
  readonly log: readonly { readonly timestampMs: number; readonly head: number }[]
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
  readonly store: FaultyStore
  readonly environment: MovingEnvironment
  readonly handles: [UnknownTable, UnknownTable]
  readonly files: FileRows
  /** What was done, for people. */
  readonly log: string[]
  /** By the uuids of tables. */
  readonly lineages: Map<string | null, Lineage>
}

/** An id that no snapshot has. */
const UNKNOWN_ID: bigint = 0x7fff_ffff_ffff_ffffn

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
    expired: new Set(),
    refs: new Map(),
    log: [],
  }
}

/** The place of the snapshot that a branch or tag points to; null for a main branch without any. */
export function headOf({ refs }: Pick<ModelVersion, 'refs'>, ref = 'main'): number | null {
  return refs.get(ref)?.head ?? null
}

/** The snapshot that a branch or tag points to. */
export function snapshotOf(version: ModelVersion, ref = 'main'): ModelSnapshot | undefined {
  return version.snapshots[headOf(version, ref) ?? -1]
}

/** The places of a snapshot and of those that it came from, oldest first, up to one that has expired. */
export function lineTo(
  { snapshots, expired }: ModelVersion,
  head: number | null,
): readonly number[] {
  const line: number[] = []
  for (let at = head; at !== null && !expired.has(at); at = snapshots[at]?.parent ?? null) {
    line.unshift(at)
  }
  return line
}

/** The places of the snapshots that the table has, in its order. */
export function placesOf({ snapshots, expired }: ModelVersion): readonly number[] {
  return [...snapshots.keys()].filter((place) => !expired.has(place))
}

/** Whether files may be gone that a handle still looks for, because snapshots have expired that it sees. */
export function mayMiss({ seen, table: { newest } }: ModelHandle): boolean {
  return placesOf(seen).some((place) => newest.expired.has(place))
}

/** What belongs to each snapshot of the table, by the places of these. */
export function atPlaces<Item>(
  version: ModelVersion,
  items: readonly Item[],
): ReadonlyMap<number, Item> {
  return new Map(
    placesOf(version).flatMap((place, index) => {
      const item = items[index]
      return item === undefined ? [] : [[place, item] as const]
    }),
  )
}

/** The id of a snapshot that a handle sees, by its place; one that no snapshot has where there is none. */
export function idAt(version: ModelVersion, table: UnknownTable, place = -1): bigint {
  return atPlaces(version, table.snapshots).get(place)?.snapshotId ?? UNKNOWN_ID
}

/** The rows of a snapshot on the main branch, or another, as they are in the columns of now. */
export function visibleRows(version: ModelVersion, ref = 'main'): readonly RowValues[] {
  return rowsAs(snapshotOf(version, ref), version.schema)
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
  return rows.map((values) => ({
    values,
    schema,
    specId,
    key: keyOf(values),
    origin: 0,
    sequenceNumber: 0n,
  }))
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

export function samePartition(left: Partition): (right: Partition) => boolean {
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

/** What a snapshot does to the rows that were there. */
export interface RowsChange {
  readonly operation: Operation
  readonly added: readonly ModelRow[]
  /** Of the rows that were there. */
  readonly removed: ReadonlySet<ModelRow>
}

/** The version with one more snapshot on its main branch, made at the earliest at that time. */
export function withSnapshot(
  version: ModelVersion,
  { operation, added, removed }: RowsChange,
  nowMs: number,
): ModelVersion {
  const { formatVersion, snapshots, schema, refs } = version
  const last = snapshots.at(-1)?.sequenceNumber ?? 0n
  const sequenceNumber = formatVersion === 1 ? 0n : last + 1n
  const next = nextVersion(version, nowMs)
  const head = snapshots.length
  const moved = mayMove(newestRows(version), removed)
  // Rows that have ids take them along, and when they were last updated.
  const hasRowIds = snapshotOf(version)?.hasRowIds === true
  const isRenumbered = new Set(formatVersion === 1 || hasRowIds ? [] : moved)
  const kept = newestRows(version)
    .filter((row) => !removed.has(row))
    .map((row) => (isRenumbered.has(row) ? { ...row, sequenceNumber: null } : row))
  const rows = added.map((row) => ({ ...row, origin: head, sequenceNumber }))
  const snapshot: ModelSnapshot = {
    parent: headOf(version),
    operation,
    rows: [...kept, ...rows],
    schema,
    sequenceNumber,
    timestampMs: next.lastUpdatedMs,
    hasRowIds: formatVersion === 3,
    added: rows,
    removed: [...removed],
    moved,
  }
  return {
    ...next,
    snapshots: [...snapshots, snapshot],
    refs: new Map([...refs, ['main', { kind: 'branch', head }]]),
  }
}

/** The version after an append. */
export function appended(
  version: ModelVersion,
  rows: readonly ModelRow[],
  nowMs: number,
): ModelVersion {
  const change = { operation: 'append', added: rows, removed: new Set<ModelRow>() } as const
  return committed(version, withSnapshot(version, change, nowMs), nowMs)
}

/** Rows that stay, and may be in files that lose others. */
export function mayMove(
  rows: readonly ModelRow[],
  removed: ReadonlySet<ModelRow>,
): readonly ModelRow[] {
  const fileOf = ({ origin, specId, key }: ModelRow): string => `${origin} ${specId} ${key}`
  const torn = new Set(Array.from(removed, fileOf))
  return rows.filter((row) => !removed.has(row) && torn.has(fileOf(row)))
}

/** The rows of the main branch. */
export function newestRows(version: ModelVersion): readonly ModelRow[] {
  return snapshotOf(version)?.rows ?? []
}

/** The version as a commit leaves it: the log knows that another snapshot is current, if one is. */
export function committed(before: ModelVersion, after: ModelVersion, nowMs: number): ModelVersion {
  const next = nextVersion(after, Math.max(nowMs, before.lastUpdatedMs))
  const head = headOf(after)
  if (head === null || head === headOf(before)) return next
  const isNew = head >= before.snapshots.length
  const timestampMs = isNew ? (after.snapshots[head]?.timestampMs ?? nowMs) : nowMs
  const lastMs = before.log.at(-1)?.timestampMs ?? 0
  const entry = { head, timestampMs: Math.max(timestampMs, lastMs) }
  return { ...nextVersion(next, entry.timestampMs), log: [...before.log, entry] }
}
