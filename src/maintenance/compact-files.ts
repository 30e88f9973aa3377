// Compaction: small files of a partition become fewer, too large ones are cut, and rows are put in order if that is asked for.
//  1. a plan chooses groups of files (`plan-compaction.ts`) of one version of the table;
//  2. each group is written to new files (`compact-group.ts`), some groups at once;
//  3. groups are committed (`write/rewrite-files.ts`): all together, or bunch by bunch where progress is to be kept;
//  4. a group that another commit has overtaken loses its outputs, and its partition is planned anew, a few times.
// Outputs are deleted only where no commit can have them: never after an outcome that is not known.
import { IcebergError } from '../base/errors.ts'
import { STOP_NAMES, checkOptions, optionsAmong } from '../base/options.ts'
import { bind } from '../expressions/bind.ts'
import { expressionOf } from '../expressions/filter.ts'
import type { Expression } from '../expressions/predicate.ts'
import { TARGET_FILE_SIZE_BYTES, readProperty } from '../metadata/properties.ts'
import { checkWritable } from '../metadata/property-rules.ts'
import { currentSchema } from '../metadata/table-metadata.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import { checkHaveValues } from '../types/without-values.ts'
import { arrangementOf } from './arrangement.ts'
import type { RowArrangement } from './arrangement.ts'
import { readCandidates } from './compaction-candidates.ts'
import { COMPACTION_RUN_NAMES, checkCompactionOptions } from './compaction-options.ts'
import type {
  CompactedTable,
  CompactionOptions,
  CompactionReport,
  CompactionRun,
} from './compaction-options.ts'
import { Compaction } from './compaction-run.ts'
import { describeCompaction } from './describe-compaction.ts'
import type { PlannedCompaction } from './describe-compaction.ts'
import { checkPolicy, isMisfit, planGroups } from './plan-compaction.ts'
import type { CompactionPolicy } from './plan-compaction.ts'

/** Files that are to be rewritten. Nothing is written yet. */
export interface CompactionPlan extends PlannedCompaction {
  /** The plan in words. */
  describe(): string
  /**
   * Rewrites the files. Rows, their ids and what deletes do to them stay as they are. What other commits do meanwhile stays
   * too: a group that they overtake is planned anew, and given up after a few times.
   *
   * @throws IcebergError `conflict` when other writers win every attempt, or overtake every group; what kept the first group from
   *   being rewritten, when none could be
   * @throws IcebergError `commit-unknown` when storage could not say what became of a commit
   */
  run(options?: CompactionRun): Promise<CompactionReport>
}

const GIB = 1 << 30

/**
 * Chooses the files that are worth rewriting, of the version that the handle holds. Nothing is written.
 *
 * @throws IcebergError `invalid` for sizes, columns and specs that make no sense, and for a table that cannot be written
 * @throws IcebergError `unsupported` when the table has columns whose values are not written
 */
export async function planCompaction(
  table: CompactedTable,
  options: CompactionOptions = {},
  how: Pick<CompactionRun, 'signal'> = {},
): Promise<CompactionPlan> {
  checkOptions('planCompaction', how, STOP_NAMES)
  const { signal } = how
  const { state } = table
  const { metadata } = state
  const { policy, where, arrangement } = compactionOf(metadata, options)
  const candidates = await readCandidates(state, {
    where,
    isWanted: (entry) => isMisfit(entry, policy),
    ...(signal === undefined ? {} : { signal }),
  })
  const planned = planGroups(candidates, policy)
  const plan = {
    ...planned,
    snapshotId: metadata.currentSnapshotId,
    policy,
    strategy: arrangement.kind,
    files: planned.groups.reduce((sum, { inputs }) => sum + inputs.length, 0),
    bytes: planned.groups.reduce((sum, { bytes }) => sum + bytes, 0n),
    rows: planned.groups.reduce((sum, { rows }) => sum + rows, 0n),
  }
  return {
    ...plan,
    describe: () => describeCompaction(state, plan),
    run: async (run = {}) => {
      checkOptions('run', run, COMPACTION_RUN_NAMES)
      return new Compaction(table, { options, policy, where }, run).run(state, planned.groups)
    },
  }
}

/** {@link planCompaction} of the newest version, and at once what it plans. */
export async function compactFiles(
  table: CompactedTable,
  options: CompactionOptions & CompactionRun = {},
): Promise<CompactionReport> {
  checkCompactionOptions(options)
  const run = optionsAmong<CompactionRun>(options, COMPACTION_RUN_NAMES)
  const stop = optionsAmong(run, STOP_NAMES)
  await table.refresh(stop)
  return (await planCompaction(table, options, stop)).run(run)
}

const EVERYTHING: Expression = { kind: 'true' }

/** What is asked of a compaction, held against the table. */
interface AskedCompaction {
  readonly policy: CompactionPolicy
  readonly where: Expression
  readonly arrangement: RowArrangement
}

/**
 * @throws IcebergError `invalid` for sizes, columns and specs that make no sense, and for a table that cannot be written
 * @throws IcebergError `unsupported` when the table has columns whose values are not written
 */
export function compactionOf(metadata: TableMetadata, options: CompactionOptions): AskedCompaction {
  checkCompactionOptions(options)
  checkWritable(metadata.properties)
  checkHaveValues(
    currentSchema(metadata).fields,
    'files of a table that has a column of this type are not compacted yet',
  )
  const where = options.where === undefined ? EVERYTHING : expressionOf(options.where)
  bind(where, currentSchema(metadata))
  return {
    policy: policyOf(metadata, options),
    where,
    arrangement: arrangementOf(metadata, options),
  }
}

function policyOf(metadata: TableMetadata, options: CompactionOptions): CompactionPolicy {
  const targetBytes =
    options.targetBytes ?? readProperty(metadata.properties, TARGET_FILE_SIZE_BYTES)
  const policy = {
    targetBytes,
    minFileBytes: options.minFileBytes ?? Math.floor(targetBytes * 0.75),
    maxFileBytes: options.maxFileBytes ?? Math.ceil(targetBytes * 1.8),
    minInputFiles: options.minInputFiles ?? 5,
    rewriteAll: options.rewriteAll ?? false,
    maxGroupBytes: options.maxGroupBytes ?? 100 * GIB,
    maxFiles: options.maxFiles ?? Infinity,
    outputSpecId: options.outputSpecId ?? metadata.defaultSpecId,
  }
  checkPolicy(policy)
  if (!metadata.specs.some(({ specId }) => specId === policy.outputSpecId)) {
    throw new IcebergError('invalid', 'table has no partition spec of that id', {
      context: { specId: policy.outputSpecId },
    })
  }
  return policy
}
