/** `explode` and its kin: a row for each element of an array or entry of a map. */
import type { TypedNode } from './spark-expression.ts'
import type { Faults } from './spark-faults.ts'
import { caseNode } from './spark-specials.ts'
import { duckdbTypeNode, formatSparkType } from './spark-types.ts'
import type { SparkType } from './spark-types.ts'
import { callNode, castNode, nodesIn, nullNode, textIn } from './syntax-tree.ts'
import type { SqlNode } from './syntax-tree.ts'

const GENERATORS: ReadonlySet<string> = new Set([
  'explode',
  'explode_outer',
  'posexplode',
  'posexplode_outer',
])

export interface GeneratedColumn {
  readonly node: SqlNode
  readonly name: string
  readonly type: SparkType
}

function generatorName(node: SqlNode): string | null {
  const name = textIn(node, 'function_name').toLowerCase()
  return node['class'] === 'FUNCTION' && GENERATORS.has(name) ? name : null
}

/** The columns that a generator gives; null for another expression. */
export function generated(
  faults: Faults,
  node: SqlNode,
  translate: (node: SqlNode) => TypedNode,
): { readonly columns: readonly GeneratedColumn[]; readonly isOuter: boolean } | null {
  const name = generatorName(node)
  if (name === null) return null
  const [argument, second] = nodesIn(node, 'children')
  if (argument === undefined || second !== undefined)
    throw faults.unsupported(
      'a function with so many arguments is refused: it is not known to mean the same with them as in Spark, so give it others',
      node,
      { function: name },
    )
  const { node: value, type } = translate(argument)
  const values = columnsOf(faults, node, value, type)
  const isOuter = name.endsWith('_outer')
  const columns = name.startsWith('pos') ? [positions(node, value, type), ...values] : values
  return { columns, isOuter }
}

function columnsOf(
  faults: Faults,
  at: SqlNode,
  value: SqlNode,
  type: SparkType,
): GeneratedColumn[] {
  switch (type.kind) {
    case 'array':
      return [{ name: 'col', type: type.element, node: unnest(at, value) }]
    case 'map':
      return [
        { name: 'key', type: type.key, node: unnest(at, callNode(at, 'map_keys', [value])) },
        { name: 'value', type: type.value, node: unnest(at, callNode(at, 'map_values', [value])) },
      ]
    default:
      throw faults.unsupported(
        'a function of arguments of such types is refused: it is not known to mean the same for them as in Spark, so cast them',
        at,
        {
          function: textIn(at, 'function_name'),
          types: formatSparkType(type),
        },
      )
  }
}

/** From 0. */
function positions(at: SqlNode, value: SqlNode, type: SparkType): GeneratedColumn {
  const count = callNode(at, 'len', [
    type.kind === 'map' ? callNode(at, 'map_keys', [value]) : value,
  ])
  const all = callNode(at, 'range', [castNode(at, count, duckdbTypeNode({ kind: 'long' }))])
  const int: SparkType = { kind: 'int' }
  return { name: 'pos', type: int, node: castNode(at, unnest(at, all), duckdbTypeNode(int)) }
}

function unnest(at: SqlNode, list: SqlNode): SqlNode {
  return { ...callNode(at, 'unnest', [list]), alias: '' }
}

/** An item of a select list that makes rows; null for another. */
export function explodedItem(
  faults: Faults,
  item: SqlNode,
  translate: (node: SqlNode) => TypedNode,
): { readonly node: SqlNode; readonly type: SparkType } | null {
  const found = generated(faults, item, translate)
  if (found === null) return null
  const [column, second] = found.columns
  if (column === undefined || second !== undefined)
    throw faults.unsupported(
      'a generator of two columns is refused in a select: its columns have one name there, so use lateral view',
      item,
    )
  const alias = textIn(item, 'alias')
  if (!found.isOuter) return { node: { ...column.node, alias }, type: column.type }
  const [list = item] = nodesIn(column.node, 'children')
  return { node: { ...unnest(item, orOneNull(item, list, column.type)), alias }, type: column.type }
}

/** A list that has a null where it would have nothing. */
function orOneNull(at: SqlNode, list: SqlNode, element: SparkType): SqlNode {
  const type = duckdbTypeNode({ kind: 'array', element })
  const one = castNode(at, callNode(at, 'list_value', [nullNode()]), type)
  // A length of 0 is false, and that of null is not true either.
  const isFilled = castNode(at, callNode(at, 'len', [list]), duckdbTypeNode({ kind: 'boolean' }))
  const check = { when_expr: isFilled, then_expr: list }
  return caseNode(at, [check], one)
}
