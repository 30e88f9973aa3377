import type { RecordBatch } from 'apache-arrow'

import { assert } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import { buildSortOrder } from '../layout/build-layout.ts'
import { parseSortFields } from '../layout/layout-text.ts'
import type { SortTerm } from '../layout/layout-text.ts'
import { equivalentOrders } from '../layout/order-change.ts'
import type { SortOrder } from '../layout/sort-order.ts'
import type { ParquetCompression } from '../formats/parquet/codec.ts'
import type { DataFile } from '../metadata/data-file.ts'
import { checkWritable } from '../metadata/property-rules.ts'
import { currentSchema, currentSortOrder } from '../metadata/table-metadata.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import { RowSource } from '../scan/row-source.ts'
import { warnOfUnheeded } from '../table/property-warnings.ts'
import { rowsOfFiles } from './data-writer.ts'
import { inputBatches } from './input.ts'
import type { WriteInput } from './input.ts'
import { writePartitioned } from './partitioned-writer.ts'
import type { RowLayout } from './row-engine.ts'
import { DEFAULT_SORT_BYTES, writeSorted } from './sort-on-write.ts'
import type { SortRequest } from './sort-on-write.ts'
import { checkCompression } from './write-context.ts'
import type { WriteContext } from './write-context.ts'

/** How rows are put into files. */
export interface FileOptions {
  /** An order such as `ts desc nulls last, city`; the table's own when absent; `none` for the order of the input. */
  readonly sort?: string | readonly SortTerm[]
  /** How the files are compressed; as the table's properties say when absent. */
  readonly compression?: ParquetCompression
  /**
   * Arrow bytes that a sort may hold, 128 MiB when absent. More rows than that are sorted by way of {@link tempFolder}. It
   * takes about twice this, beside what writing takes by itself.
   */
  readonly sortBytes?: number
  /**
   * Where rows are put that are more than {@link sortBytes}, for as long as the write takes: a folder on a disk of this
   * machine with room for all of them as Arrow, uncompressed, three times that where they are some thousand times
   * `sortBytes`. The system's folder for temporary files when absent, which may be in memory or small; made when it is
   * not there.
   */
  readonly tempFolder?: string
}

/** Looks at rows before they are written. */
export type BatchCheck = (batch: RecordBatch) => void

/** Rows to data files of the table's current spec, sorted if the table or the caller asks for it. */
export async function writeFiles(
  operation: WriteContext,
  input: WriteInput<object>,
  options: FileOptions,
  check?: BatchCheck,
): Promise<readonly DataFile[]> {
  const { compression } = options
  checkCompression(compression)
  const context = compression === undefined ? operation : { ...operation, compression }
  const { metadata, name, services } = context.state
  checkWritable(metadata.properties)
  warnOfUnheeded(services, name, metadata.properties)
  const spill = checkedSpill(options)
  const order = wantedOrder(metadata, options.sort)
  const isSorted = order.fields.length > 0
  const isOwn = isSorted && isTableOrder(metadata, order)
  const sortOrderId = isOwn ? metadata.defaultSortOrderId : null
  if (check === undefined && input instanceof RowSource) {
    const layout = { order, sortOrderId, tempFolder: options.tempFolder }
    const written = await writeByEngine(context, input, layout)
    if (written !== null) return written
  }
  const given = inputBatches(currentSchema(metadata), input, context.signal)
  let rows = 0
  const batches = inspected(given, (batch) => {
    check?.(batch)
    rows += batch.numRows
  })
  const files = isSorted
    ? await writeSorted(context, batches, { order, sortOrderId, ...spill })
    : await writePartitioned(context, batches)
  // Before anything is committed: there is no worse fault, and it would not be noticed.
  assert(rowsOfFiles(files) === BigInt(rows), 'files have other rows than were given')
  return files
}

/** Null when there is no engine that writes these rows: they are asked for then as batches. */
async function writeByEngine(
  context: WriteContext,
  source: RowSource,
  layout: RowLayout,
): Promise<readonly DataFile[] | null> {
  const rows = context.engine === undefined ? null : await source.content()
  if (context.engine === undefined || rows === null) return null
  const plan = await context.engine.plan(context, rows, layout)
  if (plan.kind === 'declined') return null
  let files: readonly DataFile[] | null | undefined
  try {
    files = await plan.write()
    return files
  } finally {
    // Nobody will ask for the batches.
    if (files !== null) await source.return()
  }
}

/** @throws IcebergError `invalid` for what is no number of bytes, or names no folder */
export function checkedSpill({
  sortBytes = DEFAULT_SORT_BYTES,
  tempFolder,
}: Pick<FileOptions, 'sortBytes' | 'tempFolder'>): Pick<SortRequest, 'maxBytes' | 'tempFolder'> {
  if (!Number.isFinite(sortBytes) || sortBytes < 0) {
    throw new IcebergError('invalid', 'sortBytes must be a number of bytes')
  }
  const names = tempFolder === undefined || typeof tempFolder === 'string'
  if (!names || tempFolder === '' || tempFolder?.includes('\0') === true) {
    throw new IcebergError('invalid', 'tempFolder must be the path of a folder')
  }
  return { maxBytes: sortBytes, tempFolder: { parent: tempFolder } }
}

async function* inspected(
  batches: AsyncIterable<RecordBatch>,
  inspect: BatchCheck,
): AsyncGenerator<RecordBatch> {
  for await (const batch of batches) {
    inspect(batch)
    yield batch
  }
}

function wantedOrder(metadata: TableMetadata, sort: FileOptions['sort']): SortOrder {
  if (sort === undefined) return currentSortOrder(metadata)
  const terms = typeof sort === 'string' ? sortTerms(sort) : sort
  return buildSortOrder(currentSchema(metadata), terms, metadata.defaultSortOrderId)
}

function sortTerms(text: string): readonly SortTerm[] {
  return text === 'none' ? [] : parseSortFields(text)
}

/** Files may claim the table's order only when they have exactly that one. */
function isTableOrder(metadata: TableMetadata, order: SortOrder): boolean {
  return equivalentOrders(currentSortOrder(metadata), order)
}
