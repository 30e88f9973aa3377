import { bind } from '../expressions/bind.ts'
import type { BoundPredicate } from '../expressions/bound.ts'
import type { Expression } from '../expressions/predicate.ts'
import { findColumn } from '../layout/find-column.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import { partitionColumn } from '../types/reserved-fields.ts'
import type { Schema } from '../types/schema.ts'
import { selectFields } from '../types/select-fields.ts'
import type { Field } from '../types/type.ts'
import type { AppendRun } from './incremental-manifests.ts'
import { selectAppends } from './incremental.ts'
import type { AppendsSelector, SelectedAppends } from './incremental.ts'
import { withMetadataColumns } from './metadata-columns.ts'
import { partitionStruct } from './partition-column.ts'
import { selectSnapshot } from './selector.ts'
import type { SelectedSnapshot, SnapshotSelector } from './selector.ts'

/** Which rows a scan reads: those of a snapshot, or those that some snapshots appended. */
export type ScanSelector = SnapshotSelector | ({ readonly kind: 'appends' } & AppendsSelector)

/** What a scan asks for, before it is held against a table. */
export interface ScanDescription {
  readonly selector: ScanSelector
  /** Rows match all of them. */
  readonly filters: readonly Expression[]
  /** Paths from the root, in the order in which they are given; null: all columns. */
  readonly columns: readonly (readonly string[])[] | null
}

/** A scan held against the table's metadata: what there is to plan and to read. */
export interface ResolvedScan extends SelectedSnapshot {
  /** Of appended rows, where they are. */
  readonly appends?: readonly AppendRun[]
  /** With the metadata columns. */
  readonly schema: Schema
  readonly fields: readonly Field[]
  readonly predicate: BoundPredicate
}

/**
 * Holds a scan against the metadata of its table.
 *
 * @throws IcebergError `not-found` when there is no such snapshot, `invalid` when there is no such column
 */
export function resolveScan(
  metadata: TableMetadata,
  { selector, filters, columns }: ScanDescription,
): ResolvedScan {
  const selected = select(metadata, selector)
  const own = selected.schema
  const partition = partitionStruct(metadata, own)
  const schema = withMetadataColumns(own, partition === null ? null : partitionColumn(partition))
  return {
    ...selected,
    schema,
    fields: columns === null ? own.fields : selectFields(schema, columns.map(pathIn(schema))),
    predicate: bind(conjunction(filters), schema),
  }
}

function select(
  metadata: TableMetadata,
  selector: ScanSelector,
): SelectedSnapshot | SelectedAppends {
  return selector.kind === 'appends'
    ? selectAppends(metadata, selector)
    : selectSnapshot(metadata, selector)
}

/** What a dot in a name means is for the schema to say, here as in predicates. */
function pathIn(schema: Schema): (column: readonly string[]) => readonly string[] {
  return (column) => findColumn(schema, column).path
}

function conjunction(filters: readonly Expression[]): Expression {
  const [first = { kind: 'true' }, ...rest] = filters
  return rest.length === 0 ? first : { kind: 'and', children: filters }
}
