// What a write takes out of the table: asked of a manifest, then of a file, and only in doubt of rows.
import type { RecordBatch } from 'apache-arrow'

import type { BoundPredicate } from '../expressions/bound.ts'
import { strictMetricsMatcher } from '../expressions/contains-only.ts'
import { metricsMatcher } from '../expressions/match-metrics.ts'
import { rowMatcher } from '../expressions/match-row.ts'
import { summariesMatcher } from '../expressions/match-summaries.ts'
import { projectInclusive } from '../expressions/project.ts'
import { residualOf } from '../expressions/residual.ts'
import { rowsOfPartitions } from '../expressions/rows-of-partitions.ts'
import { batchMatcher } from '../formats/arrow/match.ts'
import { createSplitter } from '../formats/arrow/split.ts'
import { takeRows } from '../formats/arrow/take.ts'
import { partitionKey } from '../layout/partition-key.ts'
import type { PartitionSpec } from '../layout/partition-spec.ts'
import type { PartitionTuple } from '../layout/partition-tuple.ts'
import type { DataFile } from '../metadata/data-file.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import { partitionTypesOf } from '../metadata/partition-types.ts'
import { perSpec } from '../metadata/per-spec.ts'
import { currentSchema, specById } from '../metadata/table-metadata.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import type { Schema } from '../types/schema.ts'

/** What a file loses: all of its rows, none of them, or those that are looked for among its rows. */
export type Loss = 'all' | 'none' | RowSieve

/** Lets the rows of a file through that stay. */
export interface RowSieve {
  /** Whether the rows that stay keep their order. */
  readonly keepsOrder: boolean
  /** @param batch laid out as the current schema */
  kept(batch: RecordBatch): readonly RecordBatch[]
}

export interface Removal {
  /** False only where no file loses a row. */
  mayTouch(manifest: ManifestFile): boolean
  lossOf(file: DataFile): Loss
}

/** Takes out the rows that match; what a predicate says nothing of, because of a null, stays. */
export function removalOfMatches(metadata: TableMetadata, predicate: BoundPredicate): Removal {
  const schema = currentSchema(metadata)
  const bySpec = perSpec(metadata, (spec) => ({
    mayTouch: summariesTest(metadata, spec, predicate),
    residual: residualOf(predicate, spec, schema),
  }))
  return {
    mayTouch: (manifest) => bySpec(manifest.specId).mayTouch(manifest),
    lossOf(file) {
      const residual = bySpec(file.specId).residual(file.partition)
      if (!metricsMatcher(residual)(file.metrics, file.recordCount)) return 'none'
      if (strictMetricsMatcher(residual)(file.metrics, file.recordCount)) return 'all'
      return sieveOf(residual, schema)
    },
  }
}

function sieveOf(predicate: BoundPredicate, schema: Schema): RowSieve {
  const matches = batchMatcher(predicate, schema)
  return {
    keepsOrder: true,
    kept(batch) {
      const matching = matches(batch)
      if (matching === 'all') return []
      if (matching === 'none' || matching.length === 0) return [batch]
      const rest = rowsWithout(batch.numRows, matching)
      return rest.length === 0 ? [] : [takeRows(batch, rest)]
    },
  }
}

function rowsWithout(numRows: number, removed: Uint32Array): Uint32Array {
  const rest = new Uint32Array(numRows - removed.length)
  let next = 0
  for (let row = 0; row < numRows; row += 1) {
    if (row === removed[row - next]) continue
    rest[next] = row
    next += 1
  }
  return rest
}

/**
 * Takes out whole partitions of one spec. Files of that spec go as they are; a file of another spec may hold rows of these
 * partitions and of others, so that its rows are looked at where its partition and its bounds leave a doubt.
 */
export function removalOfPartitions(
  metadata: TableMetadata,
  specId: number,
  tuples: readonly PartitionTuple[],
): Removal {
  const schema = currentSchema(metadata)
  const spec = specById(metadata, specId)
  const types = partitionTypesOf(metadata, spec)
  const keys = new Set(tuples.map((tuple) => partitionKey(types, tuple)))
  const rows = rowsOfPartitions(schema, spec, tuples)
  const mightHold = metricsMatcher(rows)
  const bySpec = perSpec(metadata, (other) => ({
    mayTouch: summariesTest(metadata, other, rows),
    mightHold: rowMatcher(projectInclusive(rows, other, schema)),
  }))
  return {
    mayTouch: (manifest) => bySpec(manifest.specId).mayTouch(manifest),
    lossOf(file) {
      if (file.specId === specId) {
        return keys.has(partitionKey(types, file.partition)) ? 'all' : 'none'
      }
      const mayHold =
        bySpec(file.specId).mightHold(file.partition) && mightHold(file.metrics, file.recordCount)
      return mayHold ? partitionSieve(schema, spec, keys) : 'none'
    },
  }
}

function partitionSieve(schema: Schema, spec: PartitionSpec, keys: ReadonlySet<string>): RowSieve {
  const split = createSplitter(schema, spec)
  return {
    keepsOrder: false,
    kept: (batch) =>
      split(batch).flatMap(({ key, rows }) => (keys.has(key) ? [] : [takeRows(batch, rows)])),
  }
}

function summariesTest(
  metadata: TableMetadata,
  spec: PartitionSpec,
  predicate: BoundPredicate,
): (manifest: ManifestFile) => boolean {
  const projected = projectInclusive(predicate, spec, currentSchema(metadata))
  const mightMatch = summariesMatcher(projected, partitionTypesOf(metadata, spec))
  return ({ partitions }) => mightMatch(partitions)
}
