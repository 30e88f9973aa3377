/** Literals of a query, as far as their meaning is plain before anything runs. */
import { isConstantOf, isNode, nodeIn, nodesIn, textConstant, textIn } from './syntax-tree.ts'
import type { SqlNode } from './syntax-tree.ts'

/** A value that was written down. Texts of times are as they were written. */
export type Literal =
  | { readonly kind: 'text'; readonly text: string }
  /** An integer or a decimal, in digits. */
  | { readonly kind: 'exact'; readonly text: string }
  | { readonly kind: 'double'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'date' | 'timestamp' | 'timestamptz'; readonly text: string }

/** null for everything else. */
export function literalOf(node: SqlNode): Literal | null {
  switch (node['class']) {
    case 'CONSTANT':
      return constantOf(node)
    case 'CAST':
      return castOf(node)
    case 'FUNCTION':
      return callOf(node)
    default:
      return null
  }
}

function constantOf(node: SqlNode): Literal | null {
  const text = textConstant(node)
  if (text !== null) return { kind: 'text', text }
  const constant = nodeIn(node, 'value')
  const { value } = constant
  if (isConstantOf(node, 'DOUBLE'))
    return typeof value === 'number' ? { kind: 'double', value } : null
  if (isConstantOf(node, 'INTEGER', 'BIGINT')) return { kind: 'exact', text: String(value) }
  if (!isConstantOf(node, 'DECIMAL')) return null
  const info = nodeIn(constant, 'type')['type_info']
  const scale = isNode(info) ? info['scale'] : undefined
  const isPlain = typeof value === 'number' || typeof value === 'bigint'
  return isPlain && typeof scale === 'number' ? { kind: 'exact', text: `${value}e-${scale}` } : null
}

/** The names under which Spark's types come out of the parser. */
const TIME_TYPES: ReadonlyMap<string, 'date' | 'timestamp' | 'timestamptz'> = new Map([
  ['DATE', 'date'],
  ['TIMESTAMP', 'timestamptz'],
  ['TIMESTAMP WITH TIME ZONE', 'timestamptz'],
  ['timestamp_ltz', 'timestamptz'],
  ['timestamp_ntz', 'timestamp'],
])

function castOf(node: SqlNode): Literal | null {
  const text = textConstant(nodeIn(node, 'child'))
  if (text === null || node['try_cast'] === true) return null
  const type = nodeIn(node, 'cast_type')
  const info = type['type_info']
  const name = isNode(info) ? textIn(info, 'name').toLowerCase() : textIn(type, 'id')
  // It is how the parser spells TRUE and FALSE.
  if (name === 'BOOLEAN')
    return text === 't' || text === 'f' ? { kind: 'boolean', value: text === 't' } : null
  const kind = TIME_TYPES.get(name)
  return kind === undefined ? null : { kind, text }
}

function callOf(node: SqlNode): Literal | null {
  const [argument, second] = nodesIn(node, 'children')
  const text = argument === undefined || second !== undefined ? null : textConstant(argument)
  if (text === null) return null
  switch (textIn(node, 'function_name').toLowerCase()) {
    case 'to_timestamp':
      return { kind: 'timestamptz', text }
    case 'to_date':
      return { kind: 'date', text }
    default:
      return null
  }
}
