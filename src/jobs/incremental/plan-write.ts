// What writing a window to a table would do to it, worked out from its rows as the write would, without writing any.
import { unreachable } from '../../base/assert.ts'
import { bind } from '../../expressions/bind.ts'
import type { BoundPredicate } from '../../expressions/bound.ts'
import { boundTrue } from '../../expressions/bound.ts'
import { describePredicate } from '../../expressions/describe.ts'
import type { Expression } from '../../expressions/predicate.ts'
import { createPartitionFinder } from '../../formats/arrow/split.ts'
import { partitionPath } from '../../layout/partition-key.ts'
import { partitionTypes } from '../../layout/partition-spec.ts'
import type { PartitionTuple } from '../../layout/partition-tuple.ts'
import type { DataFile } from '../../metadata/data-file.ts'
import { perSpec } from '../../metadata/per-spec.ts'
import { currentSchema, currentSpec, specById } from '../../metadata/table-metadata.ts'
import type { TableMetadata } from '../../metadata/table-metadata.ts'
import { foreseeOverwrite, foreseeReplacement } from '../../write/foresee-losses.ts'
import type { FileLoss } from '../../write/foresee-losses.ts'
import { inputBatches } from '../../write/input.ts'
import { matchingRows } from '../../write/overwrite-rows.ts'
import type { JobTable } from '../lake.ts'
import type { WritePlan } from '../report.ts'
import type { ViewRows } from '../sinks/sink.ts'
import type { ForeseenWrite, TableTarget } from '../sinks/target.ts'

export interface PlannedWrite {
  readonly table: JobTable | null
  readonly rows: ViewRows
  readonly replaceWhere: Expression | null
  readonly signal?: AbortSignal
}

/**
 * Reads the rows to their end.
 *
 * @throws IcebergError as the write would
 */
export async function planWrite(output: TableTarget, write: PlannedWrite): Promise<WritePlan> {
  const { table, rows, replaceWhere } = write
  const how =
    replaceWhere === null
      ? HOW[output.effect]
      : `replace rows where ${describePredicate(replaceWhere)}`
  const foreseen = await output.foresee(rows, table)
  if (foreseen === null) return { ...NOTHING, how }
  const { metadata } = foreseen
  const replaced = replaceWhere === null ? null : bind(replaceWhere, currentSchema(metadata))
  const coming = await comingRows(foreseen, replaced, write.signal)
  const losses =
    table === null ? [] : await lossesOf(output, { ...write, foreseen, coming, replaced, table })
  return {
    makesTable: table === null,
    how,
    rows: coming.count,
    partitions: pathsOf(
      metadata,
      coming.tuples.map((partition) => ({ specId: metadata.defaultSpecId, partition })),
    ),
    replacedPartitions: pathsOf(
      metadata,
      losses.map(({ file }) => file),
    ),
    replacedFiles: losses.length,
    replacedRows: losses.reduce((sum, { lostRows }) => sum + lostRows, 0n),
  }
}

const HOW: Readonly<Record<TableTarget['effect'], string>> = {
  append: 'append',
  'replace-partitions': 'replace partitions',
  'replace-all': 'replace all rows',
  'only-new': 'write if there is no table yet',
}

/** What is done to a table that is to be left alone. */
const NOTHING: Omit<WritePlan, 'how'> = {
  makesTable: false,
  rows: 0n,
  partitions: [],
  replacedPartitions: [],
  replacedFiles: 0,
  replacedRows: 0n,
}

interface ComingRows {
  readonly count: bigint
  /** The partitions of the current spec that they come to. */
  readonly tuples: readonly PartitionTuple[]
}

async function comingRows(
  { metadata, batches }: ForeseenWrite,
  replaced: BoundPredicate | null,
  signal: AbortSignal | undefined,
): Promise<ComingRows> {
  const schema = currentSchema(metadata)
  const find = createPartitionFinder(schema, currentSpec(metadata))
  const check = replaced === null ? null : matchingRows(schema, replaced)
  const tuples = new Map<string, PartitionTuple>()
  let count = 0n
  for await (const batch of inputBatches(schema, batches, signal)) {
    check?.(batch)
    count += BigInt(batch.numRows)
    for (const { key, tuple } of find(batch).partitions) tuples.set(key, tuple)
  }
  return { count, tuples: [...tuples.values()] }
}

interface ForeseenLosses extends PlannedWrite {
  readonly foreseen: ForeseenWrite
  readonly coming: ComingRows
  readonly replaced: BoundPredicate | null
  readonly table: JobTable
}

/** Files that the commit would remove, or rewrite without the rows that it replaces. */
async function lossesOf(
  { effect }: TableTarget,
  { table, foreseen, coming, replaced, signal }: ForeseenLosses,
): Promise<readonly FileLoss[]> {
  const { metadata, otherSpecs } = foreseen
  const state = { ...table.state, metadata }
  const options = signal === undefined ? {} : { signal }
  if (replaced !== null) return foreseeOverwrite(state, replaced, options)
  switch (effect) {
    case 'append':
    case 'only-new':
      return []
    case 'replace-all':
      return foreseeOverwrite(state, boundTrue, options)
    case 'replace-partitions':
      return foreseeReplacement(state, { tuples: coming.tuples, otherSpecs }, options)
    default:
      return unreachable(effect)
  }
}

/** The paths of partitions, sorted: those of files that go are called as in the spec that they were written in. */
function pathsOf(
  metadata: TableMetadata,
  partitions: readonly Pick<DataFile, 'specId' | 'partition'>[],
): readonly string[] {
  const schema = currentSchema(metadata)
  const typesOf = perSpec(metadata, (spec) => partitionTypes(spec, schema))
  const paths = partitions.map(({ specId, partition }) =>
    partitionPath(specById(metadata, specId), typesOf(specId), partition),
  )
  return [...new Set(paths)].sort()
}
