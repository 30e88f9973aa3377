import { IcebergError } from '../base/errors.ts'
import { checkOptions } from '../base/options.ts'
import type { OptionNames } from '../base/options.ts'
import type { WriteOptions } from './write-options.ts'

/** When rows that were gathered are committed: as soon as one of these is reached. */
export interface CommitPace {
  /** As many as one likes when absent. */
  readonly rows?: number
  /** Bytes that the rows take in memory; 64 MiB when absent. */
  readonly bytes?: number
  /** Time since the first of the rows came, also when no more do; a minute when absent. */
  readonly ms?: number
}

/** What a writer of a stream tells of each of its commits. */
export interface StreamCommit {
  /** Null for batches without rows, and where the answer of storage was lost but the commit was not. */
  readonly snapshotId: bigint | null
  readonly rows: number
  /** How many batches are in it. */
  readonly batches: number
  /** The last one of them; null where batches have no ids. */
  readonly batchId: bigint | null
}

/** How the rows of a stream are written. */
export interface StreamOptions extends Omit<WriteOptions, 'branch'> {
  readonly commitEvery?: CommitPace
  /**
   * Small files are put together after so many commits, before the next one. Files that are smaller than three quarters of
   * the table's target size are, however they came. What keeps them from it is told as an event, and does not end the stream.
   */
  readonly compactAfter?: { readonly commits: number }
  /** Told of each commit: what came before it may be forgotten by who sent it. */
  readonly onCommit?: (commit: StreamCommit) => void
}

/** The names of {@link StreamOptions}. */
export const STREAM_OPTIONS: OptionNames<StreamOptions> = {
  sort: true,
  compression: true,
  sortBytes: true,
  tempFolder: 'text',
  source: 'text',
  signal: 'signal',
  commitEvery: true,
  compactAfter: true,
  onCommit: 'function',
}

const DEFAULT_BYTES = 64 << 20
const DEFAULT_MS = 60_000

/** @throws IcebergError `invalid` for what is no number of rows, bytes or milliseconds */
export function checkedPace(commitEvery: CommitPace = {}): Required<CommitPace> {
  checkOptions<CommitPace>('commitEvery', commitEvery, { rows: true, bytes: true, ms: true })
  const { rows = Number.POSITIVE_INFINITY, bytes = DEFAULT_BYTES, ms = DEFAULT_MS } = commitEvery
  const pace = { rows, bytes, ms }
  for (const [name, value] of Object.entries(pace)) {
    if (typeof value === 'number' && value > 0) continue
    throw new IcebergError('invalid', 'a commit comes after rows, bytes and ms above 0', {
      context: { commitEvery: name },
    })
  }
  return pace
}

/** Null: never. */
export function checkedCompaction(compactAfter: StreamOptions['compactAfter']): number | null {
  if (compactAfter === undefined) return null
  checkOptions<typeof compactAfter>('compactAfter', compactAfter, { commits: true })
  const { commits } = compactAfter
  if (Number.isSafeInteger(commits) && commits > 0) return commits
  throw new IcebergError('invalid', 'files are put together after a whole number of commits', {
    context: { compactAfter: 'commits' },
  })
}
