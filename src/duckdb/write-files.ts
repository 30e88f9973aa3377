// Rows from DuckDB to data files of a table:
//  1. the rows, filtered and sorted, in a table of DuckDB's, where each partition is a range of them (`working-table.ts`);
//  2. each range to files, one statement a file, since a statement with several keeps no order; partitions go side by side,
//     because a file is encoded by one thread and made durable by none;
//  3. each file is made durable under its name; its metrics come from its footer, and what that does not tell from the rows.
import { assert } from '../base/assert.ts'
import { mapConcurrent } from '../base/concurrency.ts'
import { IcebergError } from '../base/errors.ts'
import { readFooter } from '../formats/parquet/footer.ts'
import { openRandomAccess } from '../formats/parquet/random-access.ts'
import type { LocalFiles } from '../io/local-files.ts'
import type { DataFile } from '../metadata/data-file.ts'
import type { MetricsMode } from '../metadata/metrics-mode.ts'
import { currentSpec } from '../metadata/table-metadata.ts'
import type { PrimitiveValue } from '../types/value.ts'
import { isFloating } from '../types/type.ts'
import type { Field } from '../types/type.ts'
import { newFileLocation } from '../write/new-file.ts'
import type { WriteContext } from '../write/write-context.ts'
import type { CopyStatement } from './copy-sql.ts'
import { columnFacts, lacksBounds, metricsOf } from './file-metrics.ts'
import type { ColumnFacts } from './file-metrics.ts'
import type { FileSizes } from './file-sizes.ts'
import { boundsQuestion, countsQuestion, valuesOf } from './ask-rows.ts'
import type { Database } from './thread.ts'
import { countsBy } from './working-table.ts'
import type { Partition, RowRange, WorkingTable } from './working-table.ts'

/** Partitions that are written at once: while the files of some are made durable, those of others are encoded. */
const PARTITIONS_IN_FLIGHT = 4

/** What the files of an operation are made by. */
export interface FileRequest {
  readonly context: WriteContext
  readonly localFiles: LocalFiles
  readonly database: Database
  readonly table: WorkingTable
  readonly copy: CopyStatement
  readonly sizes: FileSizes
  readonly modes: ReadonlyMap<number, MetricsMode>
  readonly mustBeKnown: readonly Field[]
  readonly sortOrderId: number | null
}

/**
 * Writes all rows. When it throws, no file of theirs is left.
 *
 * @throws IcebergError `invalid` for a null that the table must not have, `limit` when memory does not do
 */
export async function writeTable(request: FileRequest): Promise<readonly DataFile[]> {
  const { store } = request.context.state.services
  const written: string[] = []
  const onWritten = (path: string): void => void written.push(path)
  try {
    return await writePartitions({ ...request, onWritten })
  } catch (error) {
    if (written.length > 0) await store.deleteAll(written).catch(() => [])
    throw error
  }
}

async function writePartitions(request: Writing): Promise<readonly DataFile[]> {
  const { context, database, table } = request
  await database.run(table.create, context.signal)
  const partitions = await table.partitions(database, context.signal)
  const files: DataFile[] = []
  const written = mapConcurrent(
    partitions,
    PARTITIONS_IN_FLIGHT,
    (partition, signal) =>
      writePartition({ ...request, context: { ...context, signal } }, partition),
    context.signal,
  )
  for await (const ofPartition of written) files.push(...ofPartition)
  return files
}

interface Writing extends FileRequest {
  /** Told of each file that has its name. */
  readonly onWritten: (path: string) => void
}

async function writePartition(
  request: Writing,
  partition: Partition,
): Promise<readonly DataFile[]> {
  const files: DataFile[] = []
  for (let { start } = partition; start < partition.end;) {
    const rowCount = request.sizes.rowsOfNextFile(partition, partition.end - start)
    const rows = { start, end: start + rowCount }
    const file = await writeFile(request, { partition, rows })
    request.sizes.learn(file)
    files.push(file)
    start = rows.end
  }
  return files
}

/** The rows that go into one file. */
interface FileRows {
  readonly partition: Partition
  readonly rows: RowRange
}

async function writeFile(request: Writing, part: FileRows): Promise<DataFile> {
  const { state } = request.context
  const { path, sizeBytes } = await copyRows(request, part)
  request.onWritten(path)
  const footer = await readFooter(openRandomAccess(state.services.store, path, sizeBytes))
  const { rows, partition } = part
  assert(footer.rowCount === BigInt(rows.end - rows.start), 'rows were lost on the way to a file')
  const columns = columnFacts(footer, request.table.schema, request.modes)
  checkKnown(request, columns)
  const file: DataFile = {
    content: 'data',
    path,
    format: 'parquet',
    specId: currentSpec(state.metadata).specId,
    partition: partition.tuple,
    recordCount: footer.rowCount,
    fileSizeBytes: BigInt(sizeBytes),
    metrics: metricsOf(footer, await withBounds(request, columns, part), {
      nanCounts: await nanCountsOf(request, columns, part),
    }),
    splitOffsets: footer.rowGroups.map(({ chunks }) =>
      BigInt(Math.min(...chunks.map(({ offset }) => offset))),
    ),
    equalityIds: null,
    sortOrderId: request.sortOrderId,
    keyMetadata: null,
  }
  report(request, file)
  return file
}

/** Writes the rows to a file, durably. */
async function copyRows(
  { context, localFiles, database, copy, sizes }: FileRequest,
  { partition, rows }: FileRows,
): Promise<{ readonly path: string; readonly sizeBytes: number }> {
  const options = context.signal === undefined ? {} : { signal: context.signal }
  const path = newFileLocation(context, currentSpec(context.state.metadata), partition.tuple)
  const file = await localFiles.newFile(path, options)
  const rowGroupRows = sizes.rowsOfRowGroup(partition)
  try {
    const statement = copy(rows, file.path, { rowGroupRows, dictionaries: !partition.hasMinusZero })
    await database.run(statement, context.signal)
  } catch (error) {
    await file.discard()
    throw error
  }
  return { path, sizeBytes: await file.publish(options) }
}

function report({ context: { state } }: FileRequest, file: DataFile): void {
  const { path, recordCount: rows, fileSizeBytes: sizeBytes } = file
  state.services.onEvent({ kind: 'file-written', table: state.name, path, rows, sizeBytes })
}

/** Files of DuckDB mark no column as required, so that nothing else finds the null. */
function checkKnown({ context, mustBeKnown }: FileRequest, columns: readonly ColumnFacts[]): void {
  for (const { id, name } of mustBeKnown) {
    if (columns.some(({ fieldId, nullCount }) => fieldId === id && nullCount > 0n)) {
      throw new IcebergError('invalid', 'required field is null', {
        context: { table: context.state.name, field: name },
      })
    }
  }
}

/** Those of the partition, unless it has NaN in several files. */
async function nanCountsOf(
  { table, database, context }: FileRequest,
  columns: readonly ColumnFacts[],
  { partition, rows }: FileRows,
): Promise<ReadonlyMap<number, bigint>> {
  const isWhole = rows.start === partition.start && rows.end === partition.end
  if (isWhole || [...partition.nanCounts.values()].every((count) => count === 0n)) {
    return partition.nanCounts
  }
  const fieldIds = columns.filter(({ type }) => isFloating(type)).map(({ fieldId }) => fieldId)
  const [counts = []] = await database.run(
    countsQuestion(table.schema, fieldIds, rows),
    context.signal,
  )
  return countsBy(fieldIds, counts)
}

/** The columns with bounds that the footer does not tell. */
async function withBounds(
  { table, database, context }: FileRequest,
  columns: readonly ColumnFacts[],
  { rows }: FileRows,
): Promise<readonly ColumnFacts[]> {
  const asked = columns.filter(lacksBounds)
  if (asked.length === 0) return columns
  const [answer = []] = await database.run(
    boundsQuestion(table.schema, asked, rows),
    context.signal,
  )
  const bounds = new Map<number, readonly (PrimitiveValue | null)[]>(
    valuesOf(asked, answer).map((pair, index) => [asked[index]?.fieldId ?? 0, pair]),
  )
  return columns.map((column) => {
    const [lower = column.lower, upper = column.upper] = bounds.get(column.fieldId) ?? []
    return { ...column, lower, upper }
  })
}
