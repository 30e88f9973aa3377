// How the writes of a table are told what to do.
import { IcebergError } from '../base/errors.ts'
import { checkOptions } from '../base/options.ts'
import type { OptionNames } from '../base/options.ts'
import { MAIN_BRANCH } from '../metadata/refs.ts'
import { checkedIsolation } from '../write/conflicts.ts'
import type { Isolation } from '../write/conflicts.ts'
import { checkedOtherSpecs } from '../write/replace-partitions.ts'
import type { OtherSpecs } from '../write/replace-partitions.ts'
import type { RowLabels } from '../write/transaction.ts'
import type { FileOptions } from '../write/write-files.ts'

/** How rows are written. */
export interface WriteOptions extends FileOptions {
  /** Where the rows come from, for people: the entry `frazil.source` of the snapshot's summary. */
  readonly source?: string
  /** Rows are written to `main`; any other branch is refused. */
  readonly branch?: string
  readonly signal?: AbortSignal
}

/** How rows are replaced. */
export interface OverwriteOptions extends WriteOptions {
  /** What other commits may have done to what is replaced meanwhile; `serializable` when absent: nothing. */
  readonly isolation?: Isolation
}

/** How rows are removed. */
export type DeleteOptions = Pick<OverwriteOptions, 'isolation' | 'source' | 'branch' | 'signal'>

/** How partitions are replaced. */
export interface OverwritePartitionsOptions extends OverwriteOptions {
  /**
   * What becomes of files that were written when the table was partitioned otherwise. `refuse` when absent: nothing is
   * overwritten while there are any. `replace`: rows of the replaced partitions go from them too, and files that hold
   * others besides are rewritten.
   */
  readonly otherSpecs?: OtherSpecs
}

/** The names of {@link WriteOptions}. */
export const WRITE_NAMES: OptionNames<WriteOptions> = {
  sort: true,
  compression: true,
  sortBytes: true,
  tempFolder: 'text',
  source: 'text',
  branch: 'text',
  signal: 'signal',
}

const OVERWRITE_NAMES: OptionNames<OverwriteOptions> = { ...WRITE_NAMES, isolation: true }

/** What an overwrite is told beside how its files are written. */
type OverwriteRules = RowLabels & { readonly isolation: Isolation }

/** @throws IcebergError `invalid` for options that there are not, before any row is written */
export function checkedWrite(options: WriteOptions): RowLabels {
  checkOptions('append', options, WRITE_NAMES)
  return checkedLabels(options)
}

/** As {@link checkedWrite}. */
export function checkedOverwrite(options: OverwriteOptions): OverwriteRules {
  checkOptions('overwrite', options, OVERWRITE_NAMES)
  return checkedRules(options)
}

/** As {@link checkedWrite}. */
export function checkedPartitionOverwrite(
  options: OverwritePartitionsOptions,
): OverwriteRules & { readonly otherSpecs: OtherSpecs } {
  checkOptions<OverwritePartitionsOptions>('overwritePartitions', options, {
    ...OVERWRITE_NAMES,
    otherSpecs: true,
  })
  return {
    ...checkedRules(options),
    otherSpecs: checkedOtherSpecs(options.otherSpecs ?? 'refuse'),
  }
}

/** As {@link checkedWrite}. */
export function checkDelete(options: DeleteOptions): void {
  checkOptions<DeleteOptions>('deleteWhere', options, {
    isolation: true,
    source: 'text',
    branch: 'text',
    signal: 'signal',
  })
}

function checkedRules(options: OverwriteOptions): OverwriteRules {
  return {
    ...checkedLabels(options),
    isolation: checkedIsolation(options.isolation ?? 'serializable'),
  }
}

function checkedLabels({ source, branch = MAIN_BRANCH }: WriteOptions): RowLabels {
  if (branch !== MAIN_BRANCH) {
    throw new IcebergError(
      'unsupported',
      'rows cannot be written to a branch other than main yet',
      { context: { branch } },
    )
  }
  if (source === '') throw new IcebergError('invalid', 'a source is a text that is not empty')
  return { source }
}
