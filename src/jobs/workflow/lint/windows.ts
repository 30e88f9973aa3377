// The windows of a job that move, and where their rows go.
import { sameName } from '../../same-name.ts'
import type { FlareJob, IncrementalKey, IncrementalRead, Output } from '../model.ts'
import { holeComparisons } from '../sql-outline.ts'
import type { ComparisonOperator } from '../sql-outline.ts'

/** A window that moves: the next run's `start` is this run's `end`. */
export interface Window {
  readonly read: IncrementalRead
  readonly start: IncrementalKey
  readonly end: IncrementalKey
  /** Those that write the rows of the window as they are; behind steps nothing is sure. */
  readonly outputs: readonly Output[]
}

export function windowsOf(job: FlareJob): readonly Window[] {
  return job.inputs.flatMap(({ name, incremental: read }) => {
    if (read === null) return []
    const outputs = job.outputs.filter((output) => sameName(output.name, name))
    return read.state.flatMap((entry) => {
      const start = read.keys.find((key) => key.name === entry.key)
      const end = read.keys.find((key) => key.name === entry.value)
      return start === undefined || end === undefined ? [] : { read, start, end, outputs }
    })
  })
}

/** A column that a window is cut by. */
export interface Bounds {
  /** As the query has it, with qualifiers. */
  readonly column: string
  readonly start: ComparisonOperator
  /** Null: it is not held to the window's end. */
  readonly end: ComparisonOperator | null
}

/** The columns that the query holds to the start of its window. */
export function boundsOf({ read, start, end }: Window): readonly Bounds[] {
  const comparisons = holeComparisons(read.sql)
  return comparisons
    .filter(({ key, operator }) => key === start.name && operator.startsWith('>'))
    .map(({ column, operator }) => {
      const upper = comparisons.find(
        (other) =>
          other.key === end.name &&
          other.operator.startsWith('<') &&
          sameName(other.column, column),
      )
      return { column, start: operator, end: upper?.operator ?? null }
    })
}

/** Whether a column as SQL has it, with qualifiers or not, is the one that a key of the file names. */
export function namesColumn(qualified: string, column: string): boolean {
  return sameName(qualified, column) || qualified.toLowerCase().endsWith(`.${column.toLowerCase()}`)
}
