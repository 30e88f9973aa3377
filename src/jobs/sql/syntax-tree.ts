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

/** A query with what its translation needs to know of its text. */
export interface ParsedQuery extends SyntaxTree {
  /** How many brackets are open at an offset where a token stands. */
  readonly depths: ReadonlyMap<number, number>
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

/** A call of a function or macro, where `like` stands. */
export function callNode(like: SqlNode, name: string, args: readonly SqlNode[]): SqlNode {
  return {
    class: 'FUNCTION',
    type: 'FUNCTION',
    alias: '',
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

/** @param type as the parser has it */
export function castNode(like: SqlNode, child: SqlNode, type: SqlNode): SqlNode {
  return {
    class: 'CAST',
    type: 'OPERATOR_CAST',
    alias: '',
    query_location: like['query_location'] ?? NO_PLACE,
    child: withoutAlias(child),
    cast_type: type,
    try_cast: false,
  }
}

export function textNode(text: string): SqlNode {
  return constantNode('VARCHAR', text)
}

/** A whole number of at most 53 bits. */
export function integerNode(value: number): SqlNode {
  return constantNode(Math.abs(value) < 2 ** 31 ? 'INTEGER' : 'BIGINT', value)
}

export function nullNode(): SqlNode {
  const node = constantNode('NULL', null)
  return { ...node, value: { type: { id: 'NULL', type_info: null }, is_null: true } }
}

/** An integer of 128 bits, from its digits. */
export function hugeNode(digits: string): SqlNode {
  return castNode(textNode(digits), textNode(digits), { id: 'HUGEINT', type_info: null })
}

/** The value of a constant. */
export function constantOf(node: SqlNode): unknown {
  return nodeIn(node, 'value')['value']
}

/** What is not null. */
export function notNullNode(like: SqlNode, child: SqlNode): SqlNode {
  return {
    class: 'OPERATOR',
    type: 'OPERATOR_IS_NOT_NULL',
    alias: '',
    query_location: like['query_location'] ?? NO_PLACE,
    children: [withoutAlias(child)],
  }
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

export function withoutAlias(node: SqlNode): SqlNode {
  return node['alias'] === '' ? node : { ...node, alias: '' }
}
