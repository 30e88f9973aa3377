// One file to batches of the wanted columns:
//  1. the footer, with field ids by name where it has none: row groups whose statistics leave no match are not read;
//  2. the columns that are wanted or that the residual tests, from the row groups that are left;
//  3. the file's columns become the table's, by field id (spec: Column Projection); metadata columns join them;
//  4. rows that fail the residual are dropped, and so are columns that only the residual needed.
import type { RecordBatch, Schema as ArrowSchema } from 'apache-arrow'

import { assert } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import { boundColumns } from '../expressions/bound.ts'
import type { BoundPredicate } from '../expressions/bound.ts'
import { columnsOf, makeBatch } from '../formats/arrow/column-data.ts'
import { fillNulls } from '../formats/arrow/fill-nulls.ts'
import { batchMatcher } from '../formats/arrow/match.ts'
import { batchProjector } from '../formats/arrow/project.ts'
import type { FileConstants } from '../formats/arrow/project.ts'
import { arrowSchemaOf } from '../formats/arrow/schema.ts'
import { takeRows } from '../formats/arrow/take.ts'
import { readFooter } from '../formats/parquet/footer.ts'
import type { ParquetFooter } from '../formats/parquet/footer.ts'
import { openRandomAccess } from '../formats/parquet/random-access.ts'
import { readParquet } from '../formats/parquet/reader.ts'
import type { DataFile } from '../metadata/data-file.ts'
import { tableFileError } from '../table/table-file-error.ts'
import type { TableState } from '../table/table-state.ts'
import { positionColumn } from '../types/reserved-fields.ts'
import { childFields } from '../types/schema.ts'
import type { Schema } from '../types/schema.ts'
import { mergeFields, selectFields } from '../types/select-fields.ts'
import type { Field } from '../types/type.ts'
import { chosenRowGroups } from './chosen-row-groups.ts'
import { fileConstants, fileFacts, rowSeries } from './file-facts.ts'
import type { FileFacts } from './file-facts.ts'
import { identifiedFooter } from './identified-footer.ts'
import { PARTITION_COLUMN_ID } from './metadata-columns.ts'
import { checkReadable } from './readable-fields.ts'
import type { FileScanTask } from './task.ts'

export interface ReadRequest {
  /** The schema that the residual is bound to. */
  readonly schema: Schema
  /** The columns to give, in this order. */
  readonly fields: readonly Field[]
  readonly batchRows?: number
  readonly signal?: AbortSignal
}

/**
 * The rows of one file that match, in file order, as batches of the wanted columns; none of them empty.
 *
 * @throws IcebergError `unsupported` for a format other than Parquet and for columns of types that are not read; `corrupt`, `not-found` with the path of the file
 */
export async function* readTask(
  state: TableState,
  task: FileScanTask,
  request: ReadRequest,
): AsyncGenerator<RecordBatch> {
  try {
    yield* matchingBatches(state, task, request)
  } catch (error) {
    throw tableFileError(error, { table: state.name, path: task.file.path })
  }
}

async function* matchingBatches(
  { services, metadata }: TableState,
  task: FileScanTask,
  { schema, fields, batchRows, signal }: ReadRequest,
): AsyncGenerator<RecordBatch> {
  const { file, residual } = task
  checkFormat(file)
  const readFields = mergeFields(fields, testedFields(schema, residual))
  checkReadable(readFields)
  const options = signal === undefined ? {} : { signal }
  const access = openRandomAccess(services.store, file.path, Number(file.fileSizeBytes), {
    ...options,
    wholeBytes: wantsAll(task, { schema, fields }) ? SMALL_FILE_BYTES : 0,
  })
  const footer = identifiedFooter(await readFooter(access), metadata, readFields)
  const facts = fileFacts(metadata, task)
  const keep = rowFilter(readFields, fields, residual)
  const rowGroups = chosenRowGroups(footer, schema, residual)
  const firstRowOf = rowCounter(footer, rowGroups)
  const batches = readParquet({
    file: access,
    footer,
    codec: services.codec,
    fieldIds: storedIds(readFields, facts),
    rowGroups,
    ...(batchRows === undefined ? {} : { batchRows }),
    ...options,
  })
  let project: TaskProjector | null = null
  for await (const batch of batches) {
    project ??= taskProjector(task, readFields, batch.schema, fileConstants(metadata, file, facts))
    const kept = keep(project(batch, firstRowOf(batch)))
    if (kept !== null) yield kept
  }
}

/** A file that is read whole anyway costs one request instead of two if it is no longer than this. */
const SMALL_FILE_BYTES = 1 << 20

function wantsAll(
  { residual }: FileScanTask,
  { schema, fields }: Pick<ReadRequest, 'schema' | 'fields'>,
): boolean {
  const wanted = new Set(fields.map(({ id }) => id))
  return residual.kind === 'true' && schema.fields.every(({ id }) => wanted.has(id))
}

function checkFormat({ format }: DataFile): void {
  if (format === 'parquet') return
  throw new IcebergError('unsupported', 'data files of this format cannot be read yet', {
    context: { format },
  })
}

/** Where in the file each batch begins. The batches come in order, those of a row group make up all of it. */
function rowCounter(
  { rowGroups }: ParquetFooter,
  chosen: readonly number[],
): (batch: RecordBatch) => bigint {
  const starts: bigint[] = []
  let rows = 0n
  for (const { rowCount } of rowGroups) {
    starts.push(rows)
    rows += BigInt(rowCount)
  }
  const left = chosen.values()
  let next = 0n
  let end = 0n
  return ({ numRows }) => {
    while (next === end) {
      const index = left.next().value
      assert(index !== undefined, 'batches do not outlast the row groups that were asked for')
      next = starts[index] ?? 0n
      end = next + BigInt(rowGroups[index]?.rowCount ?? 0)
    }
    const first = next
    next += BigInt(numRows)
    return first
  }
}

/** @param firstRow position in the file of the first row of the batch */
type TaskProjector = (batch: RecordBatch, firstRow: bigint) => RecordBatch

/** The fields to read from a batch of the file: stored, constant, or counted. */
function taskProjector(
  task: FileScanTask,
  readFields: readonly Field[],
  fileSchema: ArrowSchema,
  constants: FileConstants,
): TaskProjector {
  const counted = rowSeries(task, 0n)
  if (!readFields.some(({ id }) => counted.has(id))) {
    return batchProjector(readFields, fileSchema, constants)
  }
  // Columns that are counted are null to begin with where nothing is stored.
  const stored = readFields.map((field) =>
    counted.has(field.id) ? { ...field, required: false } : field,
  )
  const project = batchProjector(stored, fileSchema, constants)
  const schema = arrowSchemaOf({ fields: readFields })
  return (batch, firstRow) => {
    const series = rowSeries(task, firstRow)
    const columns = columnsOf(project(batch)).map((column, index) => {
      const own = series.get(readFields[index]?.id ?? 0)
      return own === undefined ? column : fillNulls(column, own)
    })
    return makeBatch(schema, columns, batch.numRows)
  }
}

/** The columns that a predicate looks at, as the part of the schema that holds them. */
function testedFields(schema: Schema, predicate: BoundPredicate): readonly Field[] {
  return selectFields(
    schema,
    boundColumns(predicate).map((column) => column.path),
  )
}

/** Matching rows of a batch with only the wanted columns; null when there are none. */
function rowFilter(
  readFields: readonly Field[],
  wanted: readonly Field[],
  residual: BoundPredicate,
): (batch: RecordBatch) => RecordBatch | null {
  const matches = batchMatcher(residual, { fields: readFields })
  const narrow =
    readFields.length === wanted.length && readFields.every((field, i) => field === wanted[i])
      ? (batch: RecordBatch): RecordBatch => batch
      : batchProjector(wanted, arrowSchemaOf({ fields: readFields }))
  return (batch) => {
    const rows = matches(batch)
    if (rows === 'none') return null
    if (rows === 'all') return narrow(batch)
    return rows.length === 0 ? null : takeRows(narrow(batch), rows)
  }
}

/**
 * Ids to look for in the file: of the fields and of all that is wanted inside, since a struct may be there in a file that
 * has none of its children; but not of what is known without the file.
 */
function storedIds(fields: readonly Field[], facts: FileFacts): ReadonlySet<number> {
  const ids = new Set<number>()
  const visit = (field: Field): void => {
    if (field.id === positionColumn.id || field.id === PARTITION_COLUMN_ID || facts.has(field.id))
      return
    ids.add(field.id)
    childFields(field.type).forEach(visit)
  }
  fields.forEach(visit)
  return ids
}
