// A file of which some rows go: those that stay are written to a new one, in the same partition of the same spec, however
// the table is partitioned now. They take their ids along.
import type { RecordBatch } from 'apache-arrow'

import { assert } from '../base/assert.ts'
import { boundTrue } from '../expressions/bound.ts'
import type { DataFile } from '../metadata/data-file.ts'
import type { ManifestEntry } from '../metadata/manifest-entry.ts'
import { currentSchema, specById } from '../metadata/table-metadata.ts'
import { readTask } from '../scan/read-task.ts'
import type { ReadRequest } from '../scan/read-task.ts'
import type { FileScanTask } from '../scan/task.ts'
import type { TableState } from '../table/table-state.ts'
import { DataWriter, rowsOfFiles } from './data-writer.ts'
import type { RowSieve } from './removal.ts'
import { hasRowIds, lineageKey, writtenSchema } from './row-lineage.ts'
import type { WriteContext } from './write-context.ts'

/** What is left of a file: null when it loses nothing, no files when it loses everything. */
export type FileRewriter = (
  state: TableState,
  entry: ManifestEntry,
  sieve: RowSieve,
) => Promise<readonly DataFile[] | null>

/**
 * Rewrites each file once: what was written serves later attempts too, because files do not change. What rows are known by
 * may: those of a table that was upgraded meanwhile get ids, and those of this commit others at each attempt.
 */
export function createFileRewriter(context: WriteContext): FileRewriter {
  const known = new Map<string, Promise<readonly DataFile[] | null>>()
  return async (state, entry, sieve) => {
    const key = lineageKey(entry)
    const rewritten = known.get(key) ?? rewrite({ ...context, state }, entry, sieve)
    known.set(key, rewritten)
    const rest = await rewritten
    // A column that was widened since has values of another type, in the tuples of the partition too.
    const { partition } = entry.file
    return rest?.map((file) => ({ ...file, partition })) ?? null
  }
}

async function rewrite(
  context: WriteContext,
  entry: ManifestEntry,
  sieve: RowSieve,
): Promise<readonly DataFile[] | null> {
  const loss = await lossOf(context, entry, sieve)
  if (loss === 'none') return null
  if (loss === 'all') return []
  return writeRest(context, entry, sieve)
}

/** How many rows a file would lose. */
export async function countLost(
  context: Pick<WriteContext, 'state' | 'signal'>,
  entry: ManifestEntry,
  sieve: RowSieve,
): Promise<bigint> {
  let keptRows = 0
  let rows = 0
  for await (const batch of readTask(context.state, taskOf(entry), requestOf(context))) {
    rows += batch.numRows
    keptRows += countKept(sieve, batch)
  }
  return BigInt(rows - keptRows)
}

function countKept(sieve: RowSieve, batch: RecordBatch): number {
  return sieve.kept(batch).reduce((sum, part) => sum + part.numRows, 0)
}

/** Most files in doubt turn out to lose nothing or everything, and then nothing has to be written. */
async function lossOf(
  context: WriteContext,
  entry: ManifestEntry,
  sieve: RowSieve,
): Promise<'none' | 'some' | 'all'> {
  let keptRows = 0
  let rows = 0
  for await (const batch of readTask(context.state, taskOf(entry), requestOf(context))) {
    rows += batch.numRows
    keptRows += countKept(sieve, batch)
    if (keptRows > 0 && keptRows < rows) return 'some'
  }
  return keptRows === rows ? 'none' : 'all'
}

async function writeRest(
  operation: WriteContext,
  entry: ManifestEntry,
  sieve: RowSieve,
): Promise<readonly DataFile[]> {
  const context = { ...operation, movesRows: hasRowIds(entry) }
  const request = { ...requestOf(context), fields: writtenSchema(context).fields }
  const { specId, partition, sortOrderId } = entry.file
  const writer = new DataWriter(context, {
    spec: specById(context.state.metadata, specId),
    partition,
    sortOrderId: sieve.keepsOrder ? sortOrderId : null,
  })
  let keptRows = 0
  try {
    for await (const batch of readTask(context.state, taskOf(entry), request)) {
      for (const part of sieve.kept(batch)) {
        keptRows += part.numRows
        await writer.write(part)
      }
    }
    const files = await writer.close()
    assert(rowsOfFiles(files) === BigInt(keptRows), 'files have other rows than were kept')
    return files
  } catch (error) {
    await writer.abort(error)
    throw error
  }
}

function taskOf({ file, dataSequenceNumber, snapshotId }: ManifestEntry): FileScanTask {
  return {
    file,
    dataSequenceNumber: dataSequenceNumber ?? 0n,
    addedSnapshotId: snapshotId,
    residual: boundTrue,
  }
}

function requestOf({ state, signal }: Pick<WriteContext, 'state' | 'signal'>): ReadRequest {
  const schema = currentSchema(state.metadata)
  return { schema, fields: schema.fields, ...(signal === undefined ? {} : { signal }) }
}
