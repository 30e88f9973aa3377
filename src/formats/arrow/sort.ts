import type { RecordBatch } from 'apache-arrow'
import { IcebergError } from '../../base/errors.ts'
import type { SortField, SortOrder } from '../../layout/sort-order.ts'
import { formatTransform, resultType } from '../../layout/transform.ts'
import type { Transform } from '../../layout/transform.ts'
import { findField } from '../../types/schema.ts'
import type { Schema } from '../../types/schema.ts'
import { isPrimitive } from '../../types/type.ts'
import type { PrimitiveType } from '../../types/type.ts'
import { leafColumn, leafPositions } from './leaf.ts'
import { sortByWords } from './radix.ts'
import { sortWords } from './sort-words.ts'
import type { KeyOrder } from './sort-words.ts'
import { concatBatches, sliceBatch, takeRows } from './take.ts'
import { sortKeyColumn } from './transform-column.ts'

/** Rows a batch that {@link sortBatches} gives, at the most. */
const SORTED_BATCH_ROWS = 65_536

/**
 * Rows that are gathered at a time. Rows taken at random come from the cache as long as one column is gathered at a
 * time: a million rows of ten columns took 260 ms at once and 540 ms in parts of 65,536.
 */
const GATHERED_ROWS = 16 * SORTED_BATCH_ROWS

/** One key of a sort order, held against the layout of batches. */
export interface SortKey extends KeyOrder {
  /** Position of the column in the root, then in each struct on the way. */
  readonly positions: readonly number[]
  readonly source: PrimitiveType
  readonly transform: Transform
}

/**
 * The keys of a sort order for batches that are laid out as `arrowSchemaOf(schema)`.
 *
 * @throws IcebergError `unsupported` for a key whose transform we do not know or whose column is gone
 */
export function sortKeysOf(schema: Schema, order: SortOrder): SortKey[] {
  return order.fields.map((field) => sortKey(schema, field))
}

/**
 * The stable order of a batch's rows (spec: Sorting): row numbers, the first row's first.
 *
 * @throws IcebergError as {@link sortKeysOf} does
 */
export function orderOfRows(batch: RecordBatch, order: SortOrder, schema: Schema): Uint32Array {
  const words = sortKeysOf(schema, order).flatMap((key) => {
    const source = leafColumn(batch, key.positions)
    const { type, data } = sortKeyColumn(key.transform, key.source, source)
    return sortWords(type, data, key)
  })
  return sortByWords(words, batch.numRows)
}

/**
 * All rows of the batches in the order asked for, in batches of at most 65,536 rows; equal rows keep their order. The
 * work is done at the first batch that is asked for. What is in order already is not copied but once, to join the
 * batches.
 *
 * @throws IcebergError `limit` when the strings of one column together exceed 2^31 - 1 bytes
 */
export function* sortBatches(
  batches: readonly RecordBatch[],
  order: SortOrder,
  schema: Schema,
): Generator<RecordBatch, void, undefined> {
  if (batches.length === 0) return
  const all = concatBatches(batches)
  const permutation = orderOfRows(all, order, schema)
  for (let start = 0; start < permutation.length; start += GATHERED_ROWS) {
    yield* inParts(takeRows(all, permutation.subarray(start, start + GATHERED_ROWS)))
  }
}

function* inParts(batch: RecordBatch): Generator<RecordBatch, void, undefined> {
  for (let start = 0; start < batch.numRows; start += SORTED_BATCH_ROWS) {
    yield sliceBatch(batch, start, Math.min(batch.numRows, start + SORTED_BATCH_ROWS))
  }
}

function sortKey(schema: Schema, field: SortField): SortKey {
  const { sourceId, transform, direction, nullOrder } = field
  const source = findField(schema, sourceId)?.field.type
  if (source === undefined || !isPrimitive(source) || resultType(transform, source) === null) {
    throw new IcebergError('unsupported', 'rows cannot be ordered by this sort field', {
      context: { sourceId, transform: formatTransform(transform) },
    })
  }
  return {
    positions: leafPositions(schema.fields, sourceId),
    source,
    transform,
    direction,
    nullOrder,
  }
}
