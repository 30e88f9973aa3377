/** The syntax tree of a query as `json_serialize_sql` of DuckDB spells it, and how to walk it. */
import { assert } from '../../base/assert.ts'

/** A node, or a part of one. */
export type SqlNode = Readonly<Record<string, unknown>>

/** One query, before anything of it was translated. */
export interface SyntaxTree {
  readonly root: SqlNode
  /** Where a node stands in the text as it was given, in UTF-16 units; undefined where nobody knows. */
  readonly offsets: ReadonlyMap<SqlNode, number>
}

export function isNode(value: unknown): value is SqlNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A node that must be there, by the shape that DuckDB gives. */
export function nodeIn(node: SqlNode, key: string): SqlNode {
  const value = node[key]
  assert(isNode(value), `syntax tree without ${key}`)
  return value
}

/** The nodes of a list; none when it is absent. */
export function nodesIn(node: SqlNode, key: string): readonly SqlNode[] {
  const value = node[key]
  return Array.isArray(value) ? value.filter(isNode) : []
}

/** A text; empty when it is absent. */
export function textIn(node: SqlNode, key: string): string {
  const value = node[key]
  return typeof value === 'string' ? value : ''
}

/** A list of texts; empty when it is absent. */
export function textsIn(node: SqlNode, key: string): readonly string[] {
  const value = node[key]
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

/** Every node of a tree, parents before children, in the order of the text as far as DuckDB keeps it. */
export function* nodesBelow(value: unknown): Generator<SqlNode> {
  if (isNode(value)) yield value
  if (typeof value !== 'object' || value === null) return
  for (const child of Object.values(value)) yield* nodesBelow(child)
}

/** The value of a literal in the text; null for anything else. */
export function textConstant(node: SqlNode): string | null {
  if (node['class'] !== 'CONSTANT') return null
  const value = nodeIn(node, 'value')
  return typeIdOf(value) === 'VARCHAR' && typeof value['value'] === 'string' ? value['value'] : null
}

/** Whether the node is a constant of that type. */
export function isConstantOf(node: SqlNode, ...typeIds: readonly string[]): boolean {
  return node['class'] === 'CONSTANT' && typeIds.includes(typeIdOf(nodeIn(node, 'value')))
}

/** The id of a constant's type, such as `DECIMAL`. */
export function typeIdOf(value: SqlNode): string {
  return textIn(nodeIn(value, 'type'), 'id')
}

const NO_PLACE = 0

/** A call of a function or macro, where `like` stands and under its alias. */
export function callNode(like: SqlNode, name: string, args: readonly SqlNode[]): SqlNode {
  return {
    class: 'FUNCTION',
    type: 'FUNCTION',
    alias: textIn(like, 'alias'),
    query_location: like['query_location'] ?? NO_PLACE,
    function_name: name,
    schema: '',
    children: args.map(withoutAlias),
    filter: null,
    order_bys: { type: 'ORDER_MODIFIER', orders: [] },
    distinct: false,
    is_operator: false,
    export_state: false,
    catalog: '',
  }
}

/** `a operator b`, spelled as DuckDB spells it back. */
export function operatorNode(like: SqlNode, name: string, args: readonly SqlNode[]): SqlNode {
  return { ...callNode(like, name, args), is_operator: true }
}

export function castNode(like: SqlNode, child: SqlNode, typeId: string): SqlNode {
  return {
    class: 'CAST',
    type: 'OPERATOR_CAST',
    alias: textIn(like, 'alias'),
    query_location: like['query_location'] ?? NO_PLACE,
    child: withoutAlias(child),
    cast_type: { id: typeId, type_info: null },
    try_cast: false,
  }
}

export function textNode(text: string): SqlNode {
  return constantNode('VARCHAR', text)
}

export function integerNode(value: number): SqlNode {
  return constantNode('INTEGER', value)
}

function constantNode(typeId: string, value: unknown): SqlNode {
  return {
    class: 'CONSTANT',
    type: 'VALUE_CONSTANT',
    alias: '',
    query_location: NO_PLACE,
    value: { type: { id: typeId, type_info: null }, is_null: false, value },
  }
}

function withoutAlias(node: SqlNode): SqlNode {
  return node['alias'] === '' ? node : { ...node, alias: '' }
}
