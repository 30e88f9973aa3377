/** What a query puts out must be what it would be in Spark: names that were given, and types that do not drift. */
import { IcebergError } from '../../base/errors.ts'
import type { Schema } from '../../types/schema.ts'
import { isConstantOf, nodeIn, nodesBelow, nodesIn, textIn } from './syntax-tree.ts'
import type { SqlNode } from './syntax-tree.ts'

/** DuckDB gives results of these on decimals another precision than Spark does. */
const DRIFTING = new Set(['+', '-', '*', '%', 'sum'])

/**
 * @param root the query
 * @param schema what it puts out
 * @throws IcebergError `invalid` for an expression without a name, `unsupported` for one whose type needs to be said by a cast
 */
export function checkOutput(root: SqlNode, schema: Schema): void {
  const items = nodesIn(root, 'select_list')
  for (const item of items) checkItem(item)
  if (![...nodesBelow(root)].some(drifts)) return
  const isNested = hasQueries(root)
  for (const [index, field] of schema.fields.entries()) {
    if (field.type.kind !== 'decimal') continue
    const item = itemAt(items, index, schema.fields.length)
    const isSaid = item?.['class'] === 'CAST'
    const isColumn = item?.['class'] === 'COLUMN_REF' || item?.['class'] === 'STAR'
    if (isSaid || (isColumn && !isNested)) continue
    throw new IcebergError('unsupported', 'computed decimal without a cast', {
      context: { column: field.name },
    })
  }
}

function checkItem(item: SqlNode): void {
  if (isConstantOf(item, 'NULL')) {
    throw new IcebergError('unsupported', 'null without a cast', {
      context: { column: textIn(item, 'alias') },
    })
  }
  const isNamed = item['class'] === 'COLUMN_REF' || item['class'] === 'STAR' || item['alias'] !== ''
  if (!isNamed) throw new IcebergError('invalid', 'expression without a name: say which with AS')
}

function drifts(node: SqlNode): boolean {
  const isCall = node['class'] === 'FUNCTION' || node['class'] === 'WINDOW'
  return isCall && DRIFTING.has(textIn(node, 'function_name'))
}

/** Whether columns may come from another query, where they were computed. */
function hasQueries(root: SqlNode): boolean {
  const inFrom = [...nodesBelow(nodeIn(root, 'from_table'))].some((node) => 'subquery' in node)
  return inFrom || nodesIn(nodeIn(root, 'cte_map'), 'map').length > 0
}

/** The item that gives a column; undefined where stars hide it. */
function itemAt(
  items: readonly SqlNode[],
  index: number,
  columnCount: number,
): SqlNode | undefined {
  const first = items.findIndex((item) => item['class'] === 'STAR')
  const last = items.findLastIndex((item) => item['class'] === 'STAR')
  if (first < 0 || index < first) return items[index]
  const fromEnd = columnCount - index
  if (fromEnd < items.length - last) return items[items.length - fromEnd]
  return first === last ? items[first] : undefined
}
