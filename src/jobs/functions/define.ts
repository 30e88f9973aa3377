import type { Fields } from '../yaml/fields.ts'
import type { Schema } from '../../types/schema.ts'

/** One of the functions that a step may apply to its rows. */
export interface JobFunction {
  readonly name: string
  /** The keys of its mapping, `name` among them. */
  readonly keys: readonly string[]
  /** The function with its arguments; faults are noted in `fields`, and what is given then is never run. */
  readonly bind: (fields: Fields) => BoundFunction
}

/** A function that knows its arguments, and waits for rows. */
export interface BoundFunction {
  /** For reports and comparisons: the arguments as they were understood. */
  readonly args: object
  /**
   * What must be asked of the view first: a query of one column of text, all of whose rows `toQuery` is given. Absent for
   * almost all.
   */
  readonly question?: (view: View) => ViewQuery
  /** @throws IcebergError `invalid` for arguments that the view's columns do not fit */
  readonly toQuery: (view: View, answers: readonly (string | null)[]) => ViewQuery
}

/** Rows that a function is applied to. */
export interface View {
  /** As queries name it. */
  readonly name: string
  readonly schema: Schema
}

/** A query over one view: of Spark's dialect where expressions are the author's or have Spark's meaning, else of DuckDB's. */
export interface ViewQuery {
  readonly sql: string
  readonly language: 'spark' | 'duckdb'
}

/** What a function is, while its arguments still have their types. */
interface Definition<Args extends object> {
  readonly keys: readonly string[]
  readonly read: (fields: Fields) => Args
  readonly question?: (args: Args, view: View) => ViewQuery
  readonly toQuery: (args: Args, view: View, answers: readonly (string | null)[]) => ViewQuery
}

export function defineFunction<Args extends object>(
  name: string,
  { keys, read, question, toQuery }: Definition<Args>,
): JobFunction {
  return {
    name,
    keys: ['name', ...keys],
    bind(fields) {
      const args = read(fields)
      return {
        args,
        ...(question === undefined ? {} : { question: (view) => question(args, view) }),
        toQuery: (view, answers) => toQuery(args, view, answers),
      }
    },
  }
}
