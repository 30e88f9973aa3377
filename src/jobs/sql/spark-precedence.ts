/**
 * Whether operators bind as Spark has them bind. Where the two grammars differ, a tree of DuckDB's would be another query: a
 * child that Spark would not have put below its parent must stand in brackets of its own.
 */
import { nodeIn, nodesIn, textIn } from './syntax-tree.ts'
import type { SqlNode } from './syntax-tree.ts'

/** How tightly operators of Spark bind; a predicate (`IS NULL`, `IN`, `LIKE`, ...) takes comparisons for operands. */
const BINDING = { predicate: 1, comparison: 2, sum: 3, product: 4 } as const

const FUNCTIONS: ReadonlyMap<string, number> = new Map([
  ['+', BINDING.sum],
  ['-', BINDING.sum],
  ['||', BINDING.sum],
  ['*', BINDING.product],
  ['/', BINDING.product],
  ['//', BINDING.product],
  ['%', BINDING.product],
  ['<=>', BINDING.comparison],
  ['~~', BINDING.predicate],
  ['!~~', BINDING.predicate],
  ['regexp_full_match', BINDING.predicate],
])

/** An operator and its operands, without those that stand in brackets of its own. */
interface Infix {
  readonly binding: number
  readonly left: SqlNode
  readonly right: readonly SqlNode[]
}

function infixOf(node: SqlNode): Infix | null {
  const [left = node, ...others] = nodesIn(node, 'children')
  switch (node['class']) {
    case 'COMPARISON': {
      const isDistinct = textIn(node, 'type').endsWith('DISTINCT_FROM')
      const binding = isDistinct ? BINDING.predicate : BINDING.comparison
      return { binding, left: nodeIn(node, 'left'), right: [nodeIn(node, 'right')] }
    }
    case 'BETWEEN': {
      const right = [nodeIn(node, 'lower'), nodeIn(node, 'upper')]
      return { binding: BINDING.predicate, left: nodeIn(node, 'input'), right }
    }
    case 'FUNCTION': {
      const binding = FUNCTIONS.get(textIn(node, 'function_name'))
      return binding === undefined || others.length === 0 ? null : { binding, left, right: others }
    }
    case 'OPERATOR':
      return /^(?:COMPARE_(?:NOT_)?IN|OPERATOR_IS_(?:NOT_)?NULL)$/.test(textIn(node, 'type'))
        ? { binding: BINDING.predicate, left, right: [] }
        : null
    default:
      return null
  }
}

/**
 * Whether Spark reads this node and its operands as they are here.
 *
 * @param depthOf how many brackets are open where a node stands; undefined where nobody knows
 */
export function bindsAlike(node: SqlNode, depthOf: (node: SqlNode) => number | undefined): boolean {
  const parent = infixOf(node)
  if (parent === null) return true
  const depth = depthOf(node)
  const mayStand = (child: SqlNode, least: number): boolean => {
    const infix = infixOf(child)
    if (infix === null || infix.binding >= least) return true
    const childDepth = depthOf(child)
    return depth !== undefined && childDepth !== undefined && childDepth > depth
  }
  // What stands on the right binds tighter; what stands beside a predicate is a comparison at least.
  const { left, right, binding } = parent
  return (
    mayStand(left, Math.max(binding, BINDING.comparison)) &&
    right.every((child) => mayStand(child, binding + 1))
  )
}
