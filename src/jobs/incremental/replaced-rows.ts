import { IcebergError } from '../../base/errors.ts'
import type { Expression } from '../../expressions/predicate.ts'
import type { Schema } from '../../types/schema.ts'
import type { JobTable } from '../lake.ts'
import type { TableTarget } from '../sinks/target.ts'
import type { Window, WindowedJob } from './windowed-job.ts'

/**
 * The rows of a table that are those of a window, for a job that writes windows in place of what is there; null to write as
 * the output says.
 *
 * @throws IcebergError `invalid` when that would add rows twice, or cost those of other windows
 */
export async function replacedRows(
  { job, window }: { readonly job: WindowedJob; readonly window: Window },
  output: TableTarget,
  target: { readonly table: JobTable | null; readonly schema: Schema },
): Promise<Expression | null> {
  if (!job.replacesWindow) return null
  const [cut, other] = job.cuts
  const values = cut === undefined ? undefined : window.parts.get(cut.input)?.values
  const schema = target.table?.schema ?? target.schema
  const range =
    cut === undefined || values === undefined || other !== undefined
      ? null
      : await cut.range(values, schema)
  if (range !== null || output.effect === 'replace-partitions') return range
  throw new IcebergError(
    'invalid',
    'the rows of this window cannot be told in the table, and would be there twice: only windows by a column that the table has, or outputs that overwrite partitions, are written again',
    { context: { job: job.name, table: output.target } },
  )
}
