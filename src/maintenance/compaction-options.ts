// What a compaction is told, and what it tells.
import { IcebergError } from '../base/errors.ts'
import { checkBoolean, checkChoice, checkOptions } from '../base/options.ts'
import type { OptionNames } from '../base/options.ts'
import type { Predicate } from '../expressions/build.ts'
import type { ParquetCompression } from '../formats/parquet/codec.ts'
import type { SortTerm } from '../layout/layout-text.ts'
import type { LiveTable } from '../table/table-state.ts'
import type { RowEngine } from '../write/row-engine.ts'
import { checkCompression } from '../write/write-context.ts'
import { checkedSpill } from '../write/write-files.ts'
import { STRATEGIES } from './arrangement.ts'
import type { CompactionStrategy } from './arrangement.ts'
import type { FileGroup } from './plan-compaction.ts'

/** What is compacted, and how. Sizes are of files as they are stored. */
export interface CompactionOptions {
  /** Files that hold none of these rows stay as they are; those that hold some are rewritten whole. */
  readonly where?: Predicate<never> | string
  /** `binpack` when absent: rows stay in the order they are in, file by file. `sort` and `zorder` where their columns are given. */
  readonly strategy?: CompactionStrategy
  /** For `sort`, such as `ts desc, city`; the table's own order when absent. */
  readonly sort?: string | readonly SortTerm[]
  /** For `zorder`: columns, whose names may be given as one text with commas between. */
  readonly zorder?: string | readonly string[]
  /** What files are to have; `write.target-file-size-bytes` when absent. */
  readonly targetBytes?: number
  /** Smaller files are rewritten; 75 % of the target when absent. */
  readonly minFileBytes?: number
  /** Larger files are cut; 180 % of the target when absent. */
  readonly maxFileBytes?: number
  /** So many small files of a partition are rewritten though they are less than a file together; 5 when absent. */
  readonly minInputFiles?: number
  /** Files of any size are rewritten. */
  readonly rewriteAll?: boolean
  /** What is rewritten together at the most; 100 GiB when absent. */
  readonly maxGroupBytes?: number
  /** Files that are rewritten at the most, of whole groups, none of which has more; all when absent. */
  readonly maxFiles?: number
  /** The partition spec that files are written by; the current one when absent. */
  readonly outputSpecId?: number
  /** How files are compressed; as the table says when absent. */
  readonly compression?: ParquetCompression
  /**
   * Groups are committed in so many commits at the most, as they are written; `true` for 10. A group that cannot be rewritten
   * does not keep the others from it. One commit of all when absent.
   */
  readonly partialProgress?: boolean | { readonly maxCommits: number }
  /** Groups that are written at once; 2 when absent. Memory grows with it. */
  readonly maxConcurrentGroups?: number
  /** Arrow bytes that a sort holds before rows go to temporary files; 128 MiB when absent. */
  readonly sortBytes?: number
  /** Where those are; the system's folder for them when absent. */
  readonly tempFolder?: string
}

/** How a compaction is told to stop, and tells how far it is. */
export interface CompactionRun {
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: CompactionProgress) => void
  /** Asked before each group is begun; one that may not begin stays as it is. All may when absent. */
  readonly mayBegin?: (group: FileGroup) => boolean
}

/** How far a compaction is. Groups that are planned anew make it more. */
export interface CompactionProgress {
  readonly groups: number
  readonly totalGroups: number
  readonly rows: bigint
}

/** What a compaction did. */
export interface CompactionReport {
  /** Those of the commits, first to last; none when there was nothing to do. */
  readonly snapshotIds: readonly bigint[]
  /** Locations of files that the newest snapshot no longer has; older ones still need them. */
  readonly removedFiles: readonly string[]
  readonly addedFiles: readonly string[]
  readonly removedBytes: bigint
  readonly addedBytes: bigint
  /** Rows that were moved. */
  readonly rows: bigint
  readonly groups: number
  /** Groups that other commits overtook each time. */
  readonly overtakenGroups: number
  /** Groups that were not to begin. */
  readonly leftGroups: number
  /** Groups that could not be rewritten; none unless progress is kept, for then the first ends the whole. */
  readonly failures: readonly GroupFailure[]
}

/** Files that stay as they are, and why: one of them may be damaged. */
export interface GroupFailure {
  readonly files: readonly string[]
  readonly error: IcebergError
}

/** A table, with what may write its rows in place of our own way. */
export interface CompactedTable extends LiveTable {
  readonly engine?: RowEngine | undefined
}

/** The names of {@link CompactionRun}. */
export const COMPACTION_RUN_NAMES: OptionNames<CompactionRun> = {
  signal: 'signal',
  onProgress: 'function',
  mayBegin: 'function',
}

const NAMES: OptionNames<CompactionOptions & CompactionRun> = {
  where: true,
  strategy: true,
  sort: true,
  zorder: true,
  targetBytes: true,
  minFileBytes: true,
  maxFileBytes: true,
  minInputFiles: true,
  rewriteAll: 'boolean',
  maxGroupBytes: true,
  maxFiles: true,
  outputSpecId: true,
  compression: true,
  partialProgress: true,
  maxConcurrentGroups: true,
  sortBytes: true,
  tempFolder: 'text',
  ...COMPACTION_RUN_NAMES,
}

/**
 * @throws IcebergError `invalid` for options and choices that there are not, for less than one group at once, or one commit, and
 *   for sorts without bound or place
 */
export function checkCompactionOptions(options: CompactionOptions & CompactionRun): void {
  checkOptions('compactFiles', options, NAMES)
  const { strategy, compression, partialProgress, maxConcurrentGroups = 1 } = options
  if (strategy !== undefined) checkChoice('strategy', strategy, STRATEGIES)
  checkCompression(compression)
  // To no bound at all a sort would hold whatever comes.
  checkedSpill(options)
  if (typeof partialProgress === 'object') {
    checkOptions<typeof partialProgress>('partialProgress', partialProgress, { maxCommits: true })
  } else if (partialProgress !== undefined) checkBoolean('partialProgress', partialProgress)
  const maxCommits = typeof partialProgress === 'object' ? partialProgress.maxCommits : 1
  for (const [option, count] of Object.entries({ maxConcurrentGroups, maxCommits })) {
    if (Number.isSafeInteger(count) && count >= 1) continue
    throw new IcebergError('invalid', 'the option must be a whole number from 1', {
      context: { option, count },
    })
  }
}
