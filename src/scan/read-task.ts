// One file to batches of the wanted columns:
//  1. the footer: row groups whose statistics leave no match are not read;
//  2. the columns that are wanted or that the residual tests, from the row groups that are left;
//  3. the file's columns become the table's, by field id (spec: Column Projection);
//  4. rows that fail the residual are dropped, and so are columns that only the residual needed.
import type { RecordBatch } from 'apache-arrow'

import { IcebergError } from '../base/errors.ts'
import { boundColumns } from '../expressions/bound.ts'
import type { BoundPredicate } from '../expressions/bound.ts'
import { metricsMatcher } from '../expressions/match-metrics.ts'
import { batchMatcher } from '../formats/arrow/match.ts'
import { batchProjector } from '../formats/arrow/project.ts'
import { arrowSchemaOf } from '../formats/arrow/schema.ts'
import { takeRows } from '../formats/arrow/take.ts'
import { readFooter } from '../formats/parquet/footer.ts'
import { openRandomAccess } from '../formats/parquet/random-access.ts'
import { readParquet } from '../formats/parquet/reader.ts'
import { survivingRowGroups } from '../formats/parquet/row-groups.ts'
import { tableFileError } from '../table/table-file-error.ts'
import type { TableState } from '../table/table-state.ts'
import { childFields } from '../types/schema.ts'
import type { Schema } from '../types/schema.ts'
import { mergeFields, selectFields } from '../types/select-fields.ts'
import type { Field } from '../types/type.ts'
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
 * @throws IcebergError `unsupported` for a format other than Parquet; `corrupt`, `not-found` with the path of the file
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
  { services }: TableState,
  { file, residual }: FileScanTask,
  { schema, fields, batchRows, signal }: ReadRequest,
): AsyncGenerator<RecordBatch> {
  if (file.format !== 'parquet') {
    throw new IcebergError('unsupported', 'data files of this format cannot be read yet', {
      context: { format: file.format },
    })
  }
  const options = signal === undefined ? {} : { signal }
  const access = openRandomAccess(services.store, file.path, Number(file.fileSizeBytes), options)
  const footer = await readFooter(access)
  const readFields = mergeFields(fields, testedFields(schema, residual))
  const keep = rowFilter(readFields, fields, residual)
  const batches = readParquet({
    file: access,
    footer,
    codec: services.codec,
    fieldIds: idsAtEveryLevel(readFields),
    rowGroups: survivingRowGroups(footer, schema, metricsMatcher(residual)),
    ...(batchRows === undefined ? {} : { batchRows }),
    ...options,
  })
  let project: ((batch: RecordBatch) => RecordBatch) | null = null
  for await (const batch of batches) {
    project ??= batchProjector(readFields, batch.schema)
    const kept = keep(project(batch))
    if (kept !== null) yield kept
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

/** Ids of the fields and of all that is wanted inside: a struct may be there in a file that has none of its children. */
function idsAtEveryLevel(fields: readonly Field[]): ReadonlySet<number> {
  const ids = new Set<number>()
  const visit = (field: Field): void => {
    ids.add(field.id)
    childFields(field.type).forEach(visit)
  }
  fields.forEach(visit)
  return ids
}
