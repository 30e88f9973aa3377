// Overwrite by a condition: the rows that match it go, others come, in one snapshot. Files that hold nothing but matching
// rows are dropped, files with none are left alone, and of those in between the rows that stay are moved to new files.
import type { RecordBatch } from 'apache-arrow'

import { IcebergError } from '../base/errors.ts'
import { isRequired } from '../expressions/bind.ts'
import type { BoundColumn, BoundPredicate } from '../expressions/bound.ts'
import { batchMatcher } from '../formats/arrow/match.ts'
import { formatPath } from '../layout/find-column.ts'
import type { DataFile } from '../metadata/data-file.ts'
import { currentSchema } from '../metadata/table-metadata.ts'
import type { TableState } from '../table/table-state.ts'
import { findField } from '../types/schema.ts'
import type { Schema } from '../types/schema.ts'
import { formatType } from '../types/type.ts'
import { validateSince } from './conflicts.ts'
import type { Isolation } from './conflicts.ts'
import { manifestsOnce } from './fast-append.ts'
import { overwriteContent } from './overwrite-content.ts'
import { removalOfMatches } from './removal.ts'
import { liveManifests } from './remove-rows.ts'
import { createFileRewriter } from './rewrite-file.ts'
import type { SnapshotWrite } from './snapshot-producer.ts'
import type { WriteContext } from './write-context.ts'

/** Which rows are replaced, bound to the current schema of the context. */
export interface Condition {
  readonly predicate: BoundPredicate
  /** All that the condition names: what is required is decided without looking at a row, and so may be no part of the predicate. */
  readonly columns: readonly BoundColumn[]
}

export interface OverwriteRequest extends Condition {
  /** May be none. */
  readonly added: readonly DataFile[]
  readonly isolation: Isolation
  /** The snapshot the writer worked from; null for a table that had none. */
  readonly readSnapshotId: bigint | null
}

/**
 * Replaces the rows that match.
 *
 * @throws IcebergError `unsupported` when delete files may hold the same rows
 * @throws IcebergError `conflict` when a commit since the read changed matching rows, or the columns of the condition
 */
export function overwriteRows(context: WriteContext, request: OverwriteRequest): SnapshotWrite {
  const { predicate, columns, added } = request
  const addedManifests = manifestsOnce(context, added)
  const rewriteFile = createFileRewriter(context)
  return {
    async content(state, slot) {
      checkColumns(state, columns)
      const removal = removalOfMatches(state.metadata, predicate)
      const mayReplace = (file: DataFile): boolean => removal.lossOf(file) !== 'none'
      const { committedId } = slot
      const what = 'rows that this one replaces'
      await validateSince(state, { ...request, committedId, mayReplace, what }, context)
      const manifests = await liveManifests(context, state, slot)
      const work = { state, slot, removal, rewriteFile }
      const content = await overwriteContent(context, manifests, work, { added, addedManifests })
      if (content.added.length === 0 && content.deleted.length === 0) return null
      const operation = content.added.length === 0 ? 'delete' : 'overwrite'
      return { ...content, operation, summary: new Map() }
    },
  }
}

/** A condition is of columns as they were when it was given; of changed ones it would say something else. */
function checkColumns({ metadata, name }: TableState, columns: readonly BoundColumn[]): void {
  const schema = currentSchema(metadata)
  for (const column of columns) {
    if (isAsBound(schema, column)) continue
    throw new IcebergError('conflict', 'a column of the condition was changed meanwhile', {
      context: { table: name, column: formatPath(column.path) },
    })
  }
}

function isAsBound(schema: Schema, { fieldId, type, required }: BoundColumn): boolean {
  const entry = findField(schema, fieldId)
  if (entry === undefined || (required && !isRequired(schema, entry))) return false
  return type.kind === 'nested' || formatType(entry.field.type) === formatType(type)
}

/**
 * Checks batches as they pass: rows that do not match would not be found again when the same overwrite is repeated.
 *
 * @throws IcebergError `invalid` with the number of the first row that does not match, from 0
 */
export function matchingRows(
  schema: Schema,
  predicate: BoundPredicate,
): (batch: RecordBatch) => void {
  const matches = batchMatcher(predicate, schema)
  let firstRow = 0
  return (batch) => {
    const matching = matches(batch)
    const row = firstOutside(batch.numRows, matching === 'none' ? new Uint32Array() : matching)
    if (row !== null) {
      throw new IcebergError(
        'invalid',
        'a row to write does not match what is overwritten: append it, or overwrite by a condition that it matches too',
        { context: { row: firstRow + row } },
      )
    }
    firstRow += batch.numRows
  }
}

function firstOutside(numRows: number, matching: Uint32Array | 'all'): number | null {
  if (matching === 'all' || matching.length === numRows) return null
  const gap = matching.findIndex((row, index) => row !== index)
  return gap === -1 ? matching.length : gap
}
