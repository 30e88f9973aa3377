import type { RecordBatch } from 'apache-arrow'
import type { BoundPredicate } from '../../expressions/bound.ts'
import type { Schema } from '../../types/schema.ts'
import { leafColumn, leafPositions } from './leaf.ts'
import { leafMask } from './match-column.ts'
import type { Mask } from './match-column.ts'

/** Row numbers of the rows that match, ascending; or that all or none of them do. */
export type Matches = Uint32Array | 'all' | 'none'

/**
 * Which rows of a batch match, by whole columns: the same rows for which `rowMatcher` holds. Compiled once, to be
 * asked of many batches.
 *
 * @param schema the fields that the batches hold, as `arrowSchemaOf` lays them out: all that the predicate tests,
 *   found by id
 */
export function batchMatcher(
  bound: BoundPredicate,
  schema: Pick<Schema, 'fields'>,
): (batch: RecordBatch) => Matches {
  if (bound.kind === 'true') return () => 'all'
  if (bound.kind === 'false') return () => 'none'
  const maskOf = compile(bound, schema)
  return (batch) => matchesOf(maskOf(batch))
}

function compile(
  bound: BoundPredicate,
  schema: Pick<Schema, 'fields'>,
): (batch: RecordBatch) => Mask {
  switch (bound.kind) {
    case 'true':
      return (batch) => new Uint8Array(batch.numRows).fill(1)
    case 'false':
      return (batch) => new Uint8Array(batch.numRows)
    case 'and':
      return combined(bound.children, schema, 0)
    case 'or':
      return combined(bound.children, schema, 1)
    default: {
      const positions = leafPositions(schema.fields, bound.column.fieldId)
      const mask = leafMask(bound)
      return (batch) => mask(leafColumn(batch, positions))
    }
  }
}

/**
 * `and` or `or` of masks. A row that has the deciding bit, 0 for `and` and 1 for `or`, is decided; once all are, the
 * other children are not looked at.
 */
function combined(
  children: readonly BoundPredicate[],
  schema: Pick<Schema, 'fields'>,
  deciding: 0 | 1,
): (batch: RecordBatch) => Mask {
  const masks = children.map((child) => compile(child, schema))
  return (batch) => {
    const result: Mask = new Uint8Array(batch.numRows).fill(1 - deciding)
    for (const maskOf of masks) {
      if (!result.includes(1 - deciding)) return result
      const mask = maskOf(batch)
      for (let row = 0; row < result.length; row += 1) {
        if (mask[row] === deciding) result[row] = deciding
      }
    }
    return result
  }
}

function matchesOf(mask: Mask): Matches {
  let count = 0
  for (let row = 0; row < mask.length; row += 1) count += mask[row] ?? 0
  if (count === 0) return 'none'
  if (count === mask.length) return 'all'
  const rows = new Uint32Array(count)
  let index = 0
  for (let row = 0; row < mask.length; row += 1) {
    if (mask[row] === 1) {
      rows[index] = row
      index += 1
    }
  }
  return rows
}
