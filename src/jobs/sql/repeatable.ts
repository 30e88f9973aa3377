/** Whether a query gives the same rows whenever it is asked. When in doubt it does not. */
import { nodesBelow, nodesIn, textIn } from './syntax-tree.ts'
import type { SqlNode } from './syntax-tree.ts'

/** Functions whose answer depends on chance, on the order of rows, or on the order in which floats are added. */
const UNREPEATABLE: ReadonlySet<string> = new Set(
  `random uuid gen_random_uuid uuidv4 uuidv7 setseed nextval shuffle
  first last any_value arbitrary arg_max arg_min max_by min_by mode
  list array_agg string_agg group_concat listagg
  sum avg mean fsum kahan_sum favg product
  stddev stddev_samp stddev_pop variance var_samp var_pop sem
  corr covar_pop covar_samp skewness kurtosis approx_count_distinct`.split(/\s+/),
)

/** @param root a query as DuckDB runs it */
export function isRepeatable(root: SqlNode): boolean {
  return ![...nodesBelow(root)].some(mayDiffer)
}

function mayDiffer(node: SqlNode): boolean {
  switch (node['class'] ?? node['type']) {
    // Rows that are equal in the order of a window, or beyond a limit, come as they come.
    case 'WINDOW':
    case 'LIMIT_MODIFIER':
    case 'LIMIT_PERCENT_MODIFIER':
      return true
    case 'DISTINCT_MODIFIER':
      return nodesIn(node, 'distinct_on_targets').length > 0
    case 'FUNCTION':
      return UNREPEATABLE.has(textIn(node, 'function_name').toLowerCase())
    default:
      return node['sample'] !== undefined && node['sample'] !== null
  }
}
