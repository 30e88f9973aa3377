// How the appends of a table are streamed, as programs say it; and how much of them a batch has room for.
import { IcebergError } from '../../base/errors.ts'
import { checkChoice, checkOptions } from '../../base/options.ts'
import type { OptionNames } from '../../base/options.ts'
import { MAIN_BRANCH } from '../../metadata/refs.ts'
import { appendChoices } from '../../scan/incremental.ts'
import type { AppendsOptions } from '../../scan/incremental.ts'
import { timeToMs } from '../../scan/selector.ts'
import type { FileScanTask } from '../../scan/task.ts'
import type { SnapshotRules } from './table-stream-line.ts'

/** Which rows of a table are streamed, and how many at a time. */
export interface AppendsOfOptions extends Pick<
  AppendsOptions,
  'overwriteSnapshots' | 'deleteSnapshots'
> {
  /** The branch that is followed; main when absent. */
  readonly branch?: string
  /**
   * Where a stream begins that has never run: with the first snapshot of that time or later, ISO 8601 with an offset or
   * milliseconds since the epoch. Older ones are not read. When absent it begins with all rows that the table has.
   */
  readonly streamFromTimestamp?: string | bigint | number
  /** Files of a batch at the most. */
  readonly maxFilesPerTrigger?: number
  /** Rows of a batch, unless its first file has more. */
  readonly maxRowsPerTrigger?: number
  /**
   * What becomes of a stream that has not read what expired in its table: `fail`, when absent, or `rescan`, which reads all
   * rows that the table has now, among them such as were read before.
   */
  readonly onExpired?: 'fail' | 'rescan'
}

/** Options with what is taken for those that are absent. */
export interface Followed extends SnapshotRules {
  readonly branch: string
  readonly maxFiles: number | null
  readonly maxRows: bigint | null
  readonly rescans: boolean
}

const NAMES: OptionNames<AppendsOfOptions> = {
  overwriteSnapshots: true,
  deleteSnapshots: true,
  branch: 'text',
  streamFromTimestamp: true,
  maxFilesPerTrigger: true,
  maxRowsPerTrigger: true,
  onExpired: true,
}

/** @throws IcebergError `invalid` for options that there are not, or that make no sense */
export function followed(options: AppendsOfOptions): Followed {
  checkOptions('appendsOf', options, NAMES)
  const { branch = MAIN_BRANCH, streamFromTimestamp: from, onExpired = 'fail' } = options
  checkChoice('onExpired', onExpired, ['fail', 'rescan'])
  const maxRows = limitOf('maxRowsPerTrigger', options.maxRowsPerTrigger)
  return {
    ...appendChoices(options),
    branch,
    fromMs: from === undefined ? null : timeToMs(from),
    maxFiles: limitOf('maxFilesPerTrigger', options.maxFilesPerTrigger),
    maxRows: maxRows === null ? null : BigInt(maxRows),
    rescans: onExpired === 'rescan',
  }
}

function limitOf(option: string, limit: number | undefined): number | null {
  if (limit === undefined) return null
  if (Number.isSafeInteger(limit) && limit > 0) return limit
  throw new IcebergError('invalid', 'a limit of a batch is a whole number, 1 or more', {
    context: { option, limit },
  })
}

/** Whether a batch has room for one more file, asked of each in turn. */
export type Room = (file: FileScanTask) => boolean

/** Room for as many files and rows as a batch may have; for one file whatever it has. */
export function room({ maxFiles, maxRows }: Pick<Followed, 'maxFiles' | 'maxRows'>): Room {
  let files = 0
  let rows = 0n
  return ({ file }) => {
    files += 1
    rows += file.recordCount
    const isWithin =
      (maxFiles === null || files <= maxFiles) && (maxRows === null || rows <= maxRows)
    return isWithin || files === 1
  }
}
