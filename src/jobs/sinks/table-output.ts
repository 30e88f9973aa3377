// An output that is an Iceberg table: made if it is not there, held to the file, and written to in one commit with all that
// the file declares anew.
import type { RecordBatch } from 'apache-arrow'

import { unreachable } from '../../base/assert.ts'
import { IcebergError, isKind, withContext } from '../../base/errors.ts'
import { alwaysTrue } from '../../expressions/build.ts'
import { describeNewTable } from '../../client/new-table.ts'
import type { NewTableOptions } from '../../client/new-table.ts'
import type { UnknownRow } from '../../client/row-shapes.ts'
import type { WriteOptions } from '../../client/write-options.ts'
import { Transaction } from '../../client/transaction.ts'
import { buildSortOrder } from '../../layout/build-layout.ts'
import { currentSchema } from '../../metadata/table-metadata.ts'
import type { TableMetadata } from '../../metadata/table-metadata.ts'
import { schemaVersionProblems } from '../../types/format-support.ts'
import type { Schema } from '../../types/schema.ts'
import type { OtherSpecs } from '../../write/replace-partitions.ts'
import { TransactionBuilder } from '../../write/transaction.ts'
import { createWriteContext } from '../../write/write-context.ts'
import type { JobTable, Lake, TablePlace } from '../lake.ts'
import type { TableOutput } from '../workflow/model.ts'
import { changedProperties, declaredProperties } from './declared-properties.ts'
import { checkFits, namedAsIn, renamedRows } from './fit-rows.ts'
import type { ViewRows, WriteContext } from './sink.ts'
import {
  addableColumns,
  isPartitionedBy,
  isSortedBy,
  mergedSchema,
  newTableSchema,
  partitionBy,
  partitionTerms,
  sortTerms,
} from './table-layout.ts'
import type { TableResult } from './write-output.ts'

/**
 * Writes rows to a table.
 *
 * A table that was never written to counts as not there for `error-if-exists` and `ignore`: it is what a run leaves that
 * ended between making the table and its commit.
 *
 * @throws IcebergError as `writeOutput`
 */
export async function writeTableOutput(
  output: TableOutput,
  rows: ViewRows,
  context: WriteContext,
): Promise<TableResult> {
  const place = await context.lake.locate(output.dataset)
  const found = context.table === undefined ? await findTable(place) : context.table
  if (!mayWrite(output, found)) {
    return { kind: 'table', target: place.name, commit: null, warnings: [] }
  }
  const table = found ?? (await makeTable(place, output, rows.schema))
  const plan = planChange(table, output, { rows: rows.schema, jobId: context.jobId })
  const batches = renamedRows(rows, plan.rows)
  const options = context.signal === undefined ? {} : { signal: context.signal }
  const commit = await table.transaction(async (tx) => {
    if (isOnlyFirst(output)) tx.guard(({ currentSnapshotId }) => currentSnapshotId === null)
    context.describe?.(tx)
    declare(tx, table, { output, plan })
    await writeRows(tx, batches, { output, options, replaced: context.replaceWhere })
  }, options)
  return { kind: 'table', target: place.name, commit, warnings: plan.warnings }
}

/**
 * What {@link writeTableOutput} refuses before it reads a row, for a dry run.
 *
 * @returns what it warns of
 */
export async function checkTableOutput(
  output: TableOutput,
  rows: Schema,
  { lake, jobId, table }: Pick<WriteContext, 'lake' | 'jobId' | 'table'>,
): Promise<readonly string[]> {
  const found = table === undefined ? await findTable(await lake.locate(output.dataset)) : table
  if (!mayWrite(output, found) || found === null) return []
  return planChange(found, output, { rows, jobId }).warnings
}

/**
 * What {@link writeTableOutput} would write to, with all that the file declares, and what; null where it would leave alone
 * what is there.
 *
 * @throws IcebergError as `writeOutput`
 */
export function foreseeTableOutput(
  output: TableOutput,
  rows: ViewRows,
  { table, jobId }: { readonly table: JobTable | null; readonly jobId: string },
): ForeseenTable | null {
  if (!mayWrite(output, table)) return null
  const otherSpecs = otherSpecsOf(output)
  if (table === null) {
    const metadata = describeNewTable(newTableOptions(output, rows.schema), NOWHERE)
    checkSort(output, currentSchema(metadata))
    return { metadata, batches: rows.batches, otherSpecs }
  }
  const plan = planChange(table, output, { rows: rows.schema, jobId })
  const builder = new TransactionBuilder(table, createWriteContext(table.state))
  declare(new Transaction(builder), table, { output, plan })
  checkSort(output, plan.schema)
  const { metadata } = builder.state
  return { metadata, batches: renamedRows(rows, plan.rows), otherSpecs }
}

export interface ForeseenTable {
  readonly metadata: TableMetadata
  readonly batches: AsyncIterable<RecordBatch>
  readonly otherSpecs: OtherSpecs
}

/** Of a table that is not made. */
const NOWHERE = { location: 'memory://nowhere', uuid: '', nowMs: 0 }

/** @throws IcebergError `invalid` for a column that is not there, or has no order */
function checkSort(output: TableOutput, schema: Schema): void {
  const sort = sortTerms(output)
  if (sort !== null) buildSortOrder(schema, sort, 1)
}

/**
 * The table of an output if it is there.
 *
 * @param last as it was found before: where nobody has written since but through that, it is not decoded again
 */
export async function findOutput(
  lake: Lake,
  output: TableOutput,
  last: JobTable | null,
): Promise<JobTable | null> {
  return findTable(await lake.locate(output.dataset), last)
}

async function findTable(
  { warehouse, name }: TablePlace,
  last: JobTable | null = null,
): Promise<JobTable | null> {
  const known = last === null ? {} : { known: last.state.loaded }
  try {
    return await warehouse.loadTable(name, undefined, known)
  } catch (error) {
    if (isKind(error, 'not-found')) return null
    throw error
  }
}

/** @throws IcebergError `invalid` where something is there that must not be */
function mayWrite(output: TableOutput, found: JobTable | null): boolean {
  if (!isOnlyFirst(output) || found === null || found.currentSnapshot === null) return true
  if (output.mode === 'ignore') return false
  throw new IcebergError('invalid', 'the table exists, and saveMode is errorIfExists', {
    context: { table: found.name, ...output.place },
  })
}

function isOnlyFirst({ mode }: TableOutput): boolean {
  return mode === 'error-if-exists' || mode === 'ignore'
}

/** Whoever makes the table first makes it for all. */
async function makeTable(
  { warehouse, name }: TablePlace,
  output: TableOutput,
  rows: Schema,
): Promise<JobTable> {
  try {
    await warehouse.createTable(name, newTableOptions(output, rows))
  } catch (error) {
    if (!isKind(error, 'conflict')) throw withContext(error, { table: name, ...output.place })
  }
  return warehouse.loadTable(name)
}

function newTableOptions(
  { partitionSpec, properties }: TableOutput,
  rows: Schema,
): NewTableOptions<Schema> {
  const schema = newTableSchema(rows)
  const needsVersion3 = schemaVersionProblems(schema, 2).length > 0
  return {
    schema,
    partitionBy: partitionTerms(partitionSpec ?? []),
    properties: Object.fromEntries(properties),
    ...(needsVersion3 ? { formatVersion: 3 } : {}),
  }
}

/** What a write has to change in its table, and the columns of the rows as they are called there. */
interface TableChange {
  readonly rows: Schema
  /** Of the table, with columns that are added. */
  readonly schema: Schema
  readonly properties: Record<string, string>
  readonly warnings: readonly string[]
}

function planChange(
  table: JobTable,
  output: TableOutput,
  { rows, jobId }: { readonly rows: Schema; readonly jobId: string },
): TableChange {
  const named = namedAsIn(table.schema, rows)
  const schema = output.mergesSchema ? mergedSchema(table, named) : table.schema
  checkFits(schema, named, table.name)
  const before = table.properties
  const { properties, warnings } = declaredProperties(output, schema, { jobId, before })
  return { rows: named, schema, properties: changedProperties(before, properties), warnings }
}

/** Brings the table to what the file declares, before rows are written by it. */
function declare(
  tx: Transaction<UnknownRow>,
  table: JobTable,
  { output, plan }: { readonly output: TableOutput; readonly plan: TableChange },
): void {
  const { partitionSpec, persistsSort } = output
  if (plan.schema !== table.schema) {
    tx.updateSchema((change) => change.unionByName(addableColumns(table.schema, plan.rows)))
  }
  if (partitionSpec !== null && !isPartitionedBy(table, partitionSpec)) {
    tx.updateSpec((change) => partitionBy(change, table, partitionSpec))
  }
  const sort = sortTerms(output)
  if (sort !== null && persistsSort && !isSortedBy(table, plan.schema, sort)) {
    tx.replaceSortOrder(sort)
  }
  if (Object.keys(plan.properties).length > 0) tx.setProperties(plan.properties)
}

interface RowsRequest {
  readonly output: TableOutput
  readonly options: Pick<WriteOptions, 'signal'>
  readonly replaced: WriteContext['replaceWhere']
}

async function writeRows(
  tx: Transaction<UnknownRow>,
  batches: AsyncIterable<RecordBatch>,
  { output, options, replaced }: RowsRequest,
): Promise<void> {
  const sort = sortTerms(output)
  const { compression } = output
  const how = {
    ...options,
    ...(sort === null ? {} : { sort }),
    ...(compression === null ? {} : { compression }),
  }
  if (replaced !== undefined) return tx.overwrite(replaced, batches, how)
  switch (output.mode) {
    case 'append':
    case 'error-if-exists':
    case 'ignore':
      return tx.append(batches, how)
    case 'overwrite':
      return tx.overwrite(alwaysTrue, batches, how)
    case 'overwrite-partitions':
      return tx.overwritePartitions(batches, { ...how, otherSpecs: otherSpecsOf(output) })
    default:
      return unreachable(output.mode)
  }
}

function otherSpecsOf({ replacesAcrossSpecs }: TableOutput): OtherSpecs {
  return replacesAcrossSpecs ? 'replace' : 'refuse'
}
