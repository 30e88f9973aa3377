// What writing window after window would do to a table: refused where rows of one window cost those of another.
import { MICROS_PER_HOUR, civilFromDays, splitMicros } from '../../base/civil-time.ts'
import { floorMod } from '../../base/integers.ts'
import { IcebergError } from '../../base/errors.ts'
import { isTimeTransform } from '../../layout/transform.ts'
import type { Transform } from '../../layout/transform.ts'
import type { PrimitiveType } from '../../types/type.ts'
import { momentOf } from '../key-text.ts'
import type { JobTable } from '../lake.ts'
import { columnKind } from './column-kind.ts'
import { keptCuts, wroteBefore } from './position.ts'
import type { TablePosition } from './position.ts'
import type { TableTarget } from '../sinks/target.ts'
import type { Beginning, Cut, Window, WindowedJob } from './windowed-job.ts'

/**
 * Checks that each window leaves the rows of the others where they are.
 *
 * @throws IcebergError `invalid` when it would not
 */
export function checkKeepsWindows(job: WindowedJob, tables: readonly TablePosition[]): void {
  if (keptCuts(job).length === 0) return
  for (const { output, table } of tables) {
    if (output.effect === 'only-new') {
      throw refused(
        output,
        'a job that takes window after window must add to the table that its first one makes: append, or overwrite its partitions',
      )
    }
    const isWhole = output.partitions(table).length === 0
    if (output.effect === 'replace-partitions' && isWhole && !job.replacesWindow) {
      throw refused(
        output,
        'each window would replace the whole table, which has no partitions: declare a partitionSpec, or append',
      )
    }
  }
}

/**
 * Checks that what a window replaces is what it reads: that it does not begin amid a partition whose rows before that are
 * another window's.
 *
 * @throws IcebergError `invalid` when rows would be lost, or be there twice
 */
export async function checkBeginnings(
  job: WindowedJob,
  tables: readonly TablePosition[],
  window: Window,
): Promise<void> {
  for (const cut of job.cuts) {
    const values = window.parts.get(cut.input)?.values
    if (values === undefined) continue
    for (const position of tables) {
      const isLater = cut.rereads || (wroteBefore(position.state) && !job.replacesWindow)
      if (isLater) await checkBeginning(cut, values, position)
    }
  }
}

async function checkBeginning(
  cut: Cut,
  values: ReadonlyMap<string, string>,
  { output, table }: TablePosition,
): Promise<void> {
  if (cut.rereads && output.effect === 'append') {
    throw refused(
      output,
      'with a lag rows are read again, and would be there twice: overwrite the partitions of the table in place of appending',
    )
  }
  if (output.effect !== 'replace-partitions') return
  const beginning = await cut.begins(values)
  if (beginning === null || !mayCut(cut, beginning, { output, table })) return
  throw refused(
    output,
    cut.rereads
      ? 'with its lag the window begins amid a partition, whose rows before that would be lost: choose a lag that leads to where a partition of the table begins'
      : 'the window begins amid a partition, whose rows before that would be lost: let windows begin where partitions of the table do, or append',
    { from: beginning.from },
  )
}

/** Whether a window begins amid a partition; where rows are read again, whether it is not known to begin with one. */
function mayCut(
  { rereads }: Cut,
  beginning: Beginning,
  { output, table }: Pick<TablePosition, 'output' | 'table'>,
): boolean {
  const start = startIn(table, beginning)
  const transforms = output
    .partitions(table)
    .filter(({ column }) => column.join('.').toLowerCase() === beginning.column?.toLowerCase())
    .map(({ transform }) => transform)
  if (transforms.some((transform) => beginsPartition(start, transform))) return false
  return rereads || (start !== null && transforms.length > 0 && transforms.every(isTimeTransform))
}

/**
 * Where the rows of a window begin, as the column of the table counts: with a zone its days are those of UTC, whatever the
 * session zone is (spec: Partition Transforms). A table that is not there yet is taken to have the type of the source.
 */
function startIn(
  table: JobTable | null,
  { from, instant, column, type }: Beginning,
): bigint | null {
  const own = table === null || column === null ? null : columnKind(table.schema, column)
  return isInstant(own ?? type) ? instant : momentOf(from)
}

function isInstant(type: PrimitiveType['kind'] | null): boolean {
  return type === 'timestamptz' || type === 'timestamptz_ns'
}

/** Whether no partition by this transform has rows on both sides of a value. */
function beginsPartition(micros: bigint | null, transform: Transform): boolean {
  if (transform.kind === 'identity') return true
  if (micros === null) return false
  const { days, microsOfDay } = splitMicros(micros)
  const { month, day } = civilFromDays(days)
  switch (transform.kind) {
    case 'hour':
      return floorMod(micros, BigInt(MICROS_PER_HOUR)) === 0n
    case 'day':
      return microsOfDay === 0
    case 'month':
      return microsOfDay === 0 && day === 1
    case 'year':
      return microsOfDay === 0 && day === 1 && month === 1
    default:
      return false
  }
}

/** State that is not in the tables moves after them: who dies between the two does the window again. */
export function atLeastOnceWarnings(tables: readonly TablePosition[]): readonly string[] {
  return tables
    .filter(({ output }) => output.effect === 'append')
    .map(
      ({ output }) =>
        `rows may be appended to ${output.target} twice: with a state store windows are done at least once, so overwrite partitions, or keep the state in the tables`,
    )
}

/** Windows that line up with partitions replace nothing: what a later one replaces, an earlier one has written. */
export function replacementWarnings(
  { job }: { readonly job: WindowedJob },
  { state }: TablePosition,
  removedRows: bigint,
): readonly string[] {
  const isLater = wroteBefore(state) && !job.replacesWindow
  if (removedRows === 0n || !isLater || job.cuts.some(({ rereads }) => rereads)) return []
  const rows = removedRows === 1n ? '1 row that was' : `${removedRows} rows that were`
  return [`replaced ${rows} there before: a window must end where a partition does`]
}

function refused(
  { target }: TableTarget,
  message: string,
  context: Readonly<Record<string, string>> = {},
): IcebergError {
  return new IcebergError('invalid', message, { context: { table: target, ...context } })
}
