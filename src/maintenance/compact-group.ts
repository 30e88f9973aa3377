// The files of one group to others with the same rows: read as they are, put in order if that is asked for, and cut into as
// many files as planned. What was written of a group that fails is deleted: no commit has named it.
import type { RecordBatch } from 'apache-arrow'

import { assert, unreachable } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import { boundTrue } from '../expressions/bound.ts'
import type { ParquetCompression } from '../formats/parquet/codec.ts'
import { allCopies } from '../formats/arrow/ordered-rows.ts'
import type { OrderedRows } from '../formats/arrow/ordered-rows.ts'
import { RowBuffers } from '../formats/arrow/row-buffer.ts'
import { arrowSchemaOf } from '../formats/arrow/schema.ts'
import type { TemporaryFolderOptions } from '../io/temporary-folder.ts'
import { unsortedOrder } from '../layout/sort-order.ts'
import type { DataFile } from '../metadata/data-file.ts'
import type { ManifestEntry } from '../metadata/manifest-entry.ts'
import { TARGET_FILE_SIZE_BYTES } from '../metadata/properties.ts'
import { currentSchema, currentSpec } from '../metadata/table-metadata.ts'
import { readTasks } from '../scan/read-tasks.ts'
import type { FileScanTask } from '../scan/task.ts'
import type { TableState } from '../table/table-state.ts'
import { DataWriter, rowsOfFiles } from '../write/data-writer.ts'
import { writePartitioned } from '../write/partitioned-writer.ts'
import type { RewrittenGroup } from '../write/rewrite-files.ts'
import type { RowEngine } from '../write/row-engine.ts'
import { hasRowIds, writtenSchema } from '../write/row-lineage.ts'
import { sortedRows } from '../write/sorted-rows.ts'
import { createWriteContext } from '../write/write-context.ts'
import type { FileLength, WriteContext } from '../write/write-context.ts'
import type { CompactionPolicy, FileGroup } from './plan-compaction.ts'
import type { RowArrangement } from './arrangement.ts'
import { zorderedRows } from './zordered-rows.ts'

/** Memory that waits to be used again: what some row groups leave. */
const MAX_KEPT_BYTES = 64 << 20

export interface GroupRewriteOptions {
  readonly policy: CompactionPolicy
  readonly arrangement: RowArrangement
  readonly compression?: ParquetCompression | undefined
  /** Arrow bytes that a sort holds. */
  readonly sortBytes: number
  readonly folder: TemporaryFolderOptions
  readonly engine?: RowEngine | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Writes the rows of a group to new files.
 *
 * @throws IcebergError `corrupt` when its files have other rows than the table says
 */
export async function rewriteGroup(
  state: TableState,
  group: FileGroup,
  options: GroupRewriteOptions,
): Promise<RewrittenGroup> {
  const written: string[] = []
  try {
    const context = contextOf(state, group, { ...options, onWritten: (path) => written.push(path) })
    const outputs = await writeGroup(context, group, options)
    assert(rowsOfFiles(outputs) === group.rows, 'files have other rows than those they replace')
    return { inputs: group.inputs, outputs, readMetadata: state.metadata }
  } catch (error) {
    await removeOutputs(state, written)
    throw error
  }
}

/** Deletes files that no commit has in it. Those that cannot be deleted are left for orphan removal. */
export async function removeOutputs(
  { services }: TableState,
  paths: readonly string[],
): Promise<void> {
  if (paths.length > 0) await services.store.deleteAll(paths).catch(() => undefined)
}

/**
 * How the group is written: to the table as if its files were to be so large, and of the spec that is asked for. The commit
 * knows the table as it is.
 */
function contextOf(
  state: TableState,
  group: FileGroup,
  {
    policy,
    compression,
    engine,
    signal,
    onWritten,
  }: GroupRewriteOptions & { readonly onWritten: (path: string) => void },
): WriteContext {
  const { metadata, services } = state
  const isOnePartition = group.partition !== null
  const targetBytes = isOnePartition ? policy.maxFileBytes : policy.targetBytes
  const context = createWriteContext(
    {
      ...state,
      metadata: {
        ...metadata,
        defaultSpecId: policy.outputSpecId,
        properties: new Map([
          ...metadata.properties,
          [TARGET_FILE_SIZE_BYTES.name, String(targetBytes)],
        ]),
      },
      services: {
        ...services,
        onEvent(event) {
          if (event.kind === 'file-written') onWritten(event.path)
          services.onEvent(event)
        },
      },
    },
    { signal, engine },
  )
  return {
    ...context,
    movesRows: group.inputs.some(hasRowIds),
    ...(compression === undefined ? {} : { compression }),
    ...(isOnePartition ? { fileLength: fileLength(group, policy) } : {}),
  }
}

/** Files of like length. Small files take more than their rows do in a larger one: so none is ended that is still small. */
function fileLength({ rows, outputFiles }: FileGroup, policy: CompactionPolicy): FileLength {
  return {
    rows: Math.max(1, Math.ceil(Number(rows) / outputFiles)),
    minBytes: policy.minFileBytes,
  }
}

async function writeGroup(
  context: WriteContext,
  group: FileGroup,
  options: GroupRewriteOptions,
): Promise<readonly DataFile[]> {
  const byEngine = await writeByEngine(context, group, options)
  if (byEngine !== null) return byEngine
  const { arrangement } = options
  const counted = countedRows(context, group)
  const rows = arranged(context, counted, options)
  const files =
    group.partition === null
      ? await writePartitioned(context, allCopies(rows))
      : await writePartition(context, group.partition, rows)
  const sortOrderId = arrangement.kind === 'sort' ? arrangement.sortOrderId : null
  return files.map((file) => ({ ...file, sortOrderId }))
}

async function writePartition(
  context: WriteContext,
  partition: DataFile['partition'],
  stretches: AsyncIterable<OrderedRows>,
): Promise<readonly DataFile[]> {
  const spec = currentSpec(context.state.metadata)
  const buffers = new RowBuffers(arrowSchemaOf(writtenSchema(context)), MAX_KEPT_BYTES)
  const writer = new DataWriter(context, { spec, partition, sortOrderId: null }, buffers)
  try {
    for await (const { batch, rows } of stretches) await writer.write(batch, rows)
    return await writer.close()
  } catch (error) {
    await writer.abort(error)
    throw error
  }
}

/** Null where there is no engine that does it all. */
async function writeByEngine(
  context: WriteContext,
  group: FileGroup,
  { arrangement, folder }: GroupRewriteOptions,
): Promise<readonly DataFile[] | null> {
  if (context.engine === undefined || arrangement.kind === 'zorder') return null
  const schema = currentSchema(context.state.metadata)
  const { fields } = schema
  const rows = {
    kind: 'files',
    state: context.state,
    tasks: tasksOf(group),
    schema,
    fields,
  } as const
  const { order, sortOrderId } =
    arrangement.kind === 'sort' ? arrangement : { order: unsortedOrder, sortOrderId: null }
  const layout = { order, sortOrderId, tempFolder: folder.parent }
  const plan = await context.engine.plan(context, rows, layout)
  if (plan.kind === 'declined') return null
  const files = await plan.write()
  if (files !== null) checkRows(context.state, group, rowsOfFiles(files))
  return files
}

function arranged(
  context: WriteContext,
  rows: AsyncIterable<RecordBatch>,
  { arrangement, sortBytes, folder, signal }: GroupRewriteOptions,
): AsyncIterable<OrderedRows> {
  const schema = writtenSchema(context)
  const how = { schema, maxBytes: sortBytes, folder, ...(signal === undefined ? {} : { signal }) }
  switch (arrangement.kind) {
    case 'binpack':
      return asTheyLie(rows)
    case 'sort':
      return sortedRows(rows, { ...how, order: arrangement.order })
    case 'zorder':
      return zorderedRows(rows, { ...how, columns: arrangement.columns })
    default:
      return unreachable(arrangement)
  }
}

async function* asTheyLie(batches: AsyncIterable<RecordBatch>): AsyncGenerator<OrderedRows> {
  for await (const batch of batches) yield { batch }
}

/** @throws IcebergError `corrupt` when there are other rows in the files than the table says */
function checkRows({ name }: TableState, group: FileGroup, found: bigint): void {
  if (found === group.rows) return
  throw new IcebergError('corrupt', 'data files have other rows than their manifests say', {
    context: { table: name, recorded: group.rows, found },
  })
}

/** The rows of all inputs, which must be as many as the table says. */
async function* countedRows(context: WriteContext, group: FileGroup): AsyncGenerator<RecordBatch> {
  const { state, signal } = context
  const { fields } = writtenSchema(context)
  const request = {
    schema: currentSchema(state.metadata),
    fields,
    isReadAhead: true,
    ...(signal === undefined ? {} : { signal }),
  }
  let rows = 0n
  for await (const batch of readTasks(state, inStream(tasksOf(group)), request)) {
    rows += BigInt(batch.numRows)
    yield batch
  }
  checkRows(state, group, rows)
}

async function* inStream(tasks: readonly FileScanTask[]): AsyncGenerator<FileScanTask> {
  yield* tasks
}

function tasksOf({ inputs }: FileGroup): readonly FileScanTask[] {
  return inputs.map(({ file, dataSequenceNumber, snapshotId }: ManifestEntry) => ({
    file,
    dataSequenceNumber: dataSequenceNumber ?? 0n,
    addedSnapshotId: snapshotId,
    residual: boundTrue,
  }))
}
