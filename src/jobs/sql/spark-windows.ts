/** Functions that are only windows, and the frames that both engines read alike. */
import type { Faults } from './spark-faults.ts'
import type { SparkType } from './spark-types.ts'
import { isConstantOf, isNode, nodeIn, textIn } from './syntax-tree.ts'
import type { SqlNode } from './syntax-tree.ts'

interface WindowFunction {
  /** `SAME`: that of its argument. */
  readonly type: SparkType | 'SAME'
  readonly arity: readonly [least: number, most: number]
}

/** By the type of their node. Offsets and defaults are no arguments there. */
export const WINDOW_FUNCTIONS: ReadonlyMap<string, WindowFunction> = new Map<
  string,
  WindowFunction
>([
  ['WINDOW_ROW_NUMBER', { type: { kind: 'int' }, arity: [0, 0] }],
  ['WINDOW_RANK', { type: { kind: 'int' }, arity: [0, 0] }],
  ['WINDOW_RANK_DENSE', { type: { kind: 'int' }, arity: [0, 0] }],
  ['WINDOW_NTILE', { type: { kind: 'int' }, arity: [1, 1] }],
  ['WINDOW_PERCENT_RANK', { type: { kind: 'double' }, arity: [0, 0] }],
  ['WINDOW_CUME_DIST', { type: { kind: 'double' }, arity: [0, 0] }],
  ['WINDOW_LAG', { type: 'SAME', arity: [1, 1] }],
  ['WINDOW_LEAD', { type: 'SAME', arity: [1, 1] }],
  ['WINDOW_FIRST_VALUE', { type: 'SAME', arity: [1, 1] }],
  ['WINDOW_LAST_VALUE', { type: 'SAME', arity: [1, 1] }],
  ['WINDOW_NTH_VALUE', { type: 'SAME', arity: [2, 2] }],
])

/** @throws IcebergError `unsupported` for frames by values or groups, and those that leave rows out */
export function checkFrame(faults: Faults, node: SqlNode): void {
  const isOrdered = ['arg_orders'].every(
    (key) => !Array.isArray(node[key]) || node[key].length === 0,
  )
  if (!isOrdered)
    throw faults.unsupported(
      'an order within an aggregate is refused: Spark has no such spelling, so use min_by, max_by or row_number',
      node,
    )
  if (node['exclude_clause'] !== 'NO_OTHER')
    throw faults.unsupported(
      'this frame of a window is refused: it is not known to hold the same rows as in Spark, so use rows between whole numbers',
      node,
    )
  for (const [bound, expression] of [
    ['start', 'start_expr'],
    ['end', 'end_expr'],
  ] as const) {
    const isKnown = /^(?:UNBOUNDED_|CURRENT_ROW_(?:ROWS|RANGE)$|EXPR_[A-Z]+_ROWS$)/.test(
      textIn(node, bound),
    )
    const isWhole = !isNode(node[expression]) || isConstantOf(nodeIn(node, expression), 'INTEGER')
    if (!isKnown || !isWhole)
      throw faults.unsupported(
        'this frame of a window is refused: it is not known to hold the same rows as in Spark, so use rows between whole numbers',
        node,
      )
  }
}
