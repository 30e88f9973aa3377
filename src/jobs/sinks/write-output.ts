import { unreachable } from '../../base/assert.ts'
import type { Commit } from '../../write/commit-report.ts'
import type { Schema } from '../../types/schema.ts'
import type { Output } from '../workflow/model.ts'
import { writeConsole } from './console-output.ts'
import { checkFileOutput, writeFileOutput } from './file-output.ts'
import type { ViewRows, WriteContext } from './sink.ts'
import { checkTableOutput, writeTableOutput } from './table-output.ts'

/** What became of the rows of an output. */
export type OutputResult = TableResult | FileResult | ConsoleResult

export interface TableResult {
  readonly kind: 'table'
  /** The table's name. */
  readonly target: string
  /** Null where `ignore` found something there. */
  readonly commit: Commit | null
  readonly warnings: readonly string[]
}

export interface FileResult {
  readonly kind: 'files'
  /** The folder. */
  readonly target: string
  /** The file that was written; null where `ignore` found something there. */
  readonly file: WrittenFile | null
}

export interface WrittenFile {
  readonly location: string
  readonly rows: bigint
  readonly sizeBytes: bigint
}

export interface ConsoleResult {
  readonly kind: 'console'
  /** Rows that were printed. */
  readonly rows: number
}

/**
 * Writes the rows of a view as an output says: all of them are there when it returns, or none of them is.
 *
 * @throws IcebergError `invalid` with all columns that do not fit as `problems`, before a row is read; with the row and its
 *   column where a value does not fit; and where `error-if-exists` finds something there
 * @throws IcebergError `conflict` when another commit changed what is replaced, or a guard of `describe` says so
 */
export function writeOutput(
  output: Output,
  rows: ViewRows,
  context: WriteContext,
): Promise<OutputResult> {
  switch (output.kind) {
    case 'table':
      return writeTableOutput(output, rows, context)
    case 'files':
      return writeFileOutput(output, rows, context)
    case 'console':
      return writeConsole(output, rows, context)
    default:
      return unreachable(output)
  }
}

/**
 * Checks all that {@link writeOutput} would refuse before it reads a row.
 *
 * @returns what it would warn of
 * @throws IcebergError as {@link writeOutput}
 */
export async function checkOutput(
  output: Output,
  schema: Schema,
  context: Pick<WriteContext, 'lake' | 'jobId' | 'table'>,
): Promise<readonly string[]> {
  switch (output.kind) {
    case 'table':
      return checkTableOutput(output, schema, context)
    case 'files':
      checkFileOutput(output, schema)
      return []
    case 'console':
      return []
    default:
      return unreachable(output)
  }
}
