import type { SparkType } from './spark-types.ts'
import type { SqlNode } from './syntax-tree.ts'

/** An expression that has been translated. */
export interface TypedNode {
  /** As DuckDB runs it: its value has the type of DuckDB's that stands for {@link type}. */
  readonly node: SqlNode
  readonly type: SparkType
  /** As it was written. */
  readonly source: SqlNode
}
