import type { UnknownRow } from '../client/row-shapes.ts'
import type { Transaction } from '../client/transaction.ts'
import type { Commit } from '../write/commit-report.ts'
import type { JobTable } from './lake.ts'
import type { SourceRows } from './source-rows.ts'
import { changedProperties, sortTerms } from './target.ts'
import type { TableOutput } from './workflow/model.ts'

export interface OutputCommit {
  readonly signal?: AbortSignal
  /** What else the commit is to hold. */
  readonly describe?: (tx: Transaction<UnknownRow>) => void
}

/** Writes rows to a table as an output says, in one commit with the properties that the file declares anew. */
export function writeOutput(
  table: JobTable,
  output: TableOutput,
  rows: SourceRows,
  { signal, describe }: OutputCommit,
): Promise<Commit> {
  const sort = sortTerms(output)
  const options = {
    ...(sort === null ? {} : { sort }),
    ...(signal === undefined ? {} : { signal }),
  }
  return table.transaction(async (tx) => {
    describe?.(tx)
    const changed = changedProperties(table, output)
    if (Object.keys(changed).length > 0) tx.setProperties(changed)
    if (output.mode === 'append') await tx.append(rows.batches, options)
    else await tx.overwritePartitions(rows.batches, options)
  }, options)
}
