/** Aggregates, also as windows: what each becomes, and the type that Spark gives it. */
import { decimalMean } from './spark-arithmetic.ts'
import { cast, checkArity, wrongArguments } from './spark-call.ts'
import type { SparkCall, Translated } from './spark-call.ts'
import type { TypedNode } from './spark-expression.ts'
import { coalesceNode } from './spark-specials.ts'
import { decimal, duckdbTypeNode, isIntegral } from './spark-types.ts'
import type { SparkType } from './spark-types.ts'
import {
  callNode,
  castNode,
  isConstantOf,
  notNullNode,
  textConstant,
  textIn,
} from './syntax-tree.ts'
import type { SqlNode } from './syntax-tree.ts'

export interface AggregateCall extends SparkCall {
  /** The call with another function and other arguments, over the same rows or those of them for which `filter` holds. */
  readonly make: (
    name: string,
    args: readonly SqlNode[],
    more?: { readonly filter?: SqlNode; readonly isDistinct?: boolean },
  ) => SqlNode
}

type Aggregate = (call: AggregateCall) => Translated

const LONG: SparkType = { kind: 'long' }
const DOUBLE: SparkType = { kind: 'double' }
const BOOLEAN: SparkType = { kind: 'boolean' }

export const AGGREGATES: ReadonlyMap<string, Aggregate> = new Map<string, Aggregate>([
  ['count', count],
  ['count_star', (call) => ({ node: call.make('count_star', []), type: LONG })],
  ['count_if', countIf],
  ['sum', sum],
  ['avg', mean],
  ['mean', mean],
  ['min', extremum],
  ['max', extremum],
  ['first', (call) => oneOf(call, 'first', 'any_value')],
  ['any_value', (call) => oneOf(call, 'first', 'any_value')],
  ['last', (call) => oneOf(call, 'last', null)],
  ['max_by', (call) => ofExtremum(call, 'arg_max_null')],
  ['min_by', (call) => ofExtremum(call, 'arg_min_null')],
  ['collect_list', (call) => collected(call, false)],
  ['array_agg', (call) => collected(call, false)],
  ['collect_set', (call) => collected(call, true)],
  ['bool_and', (call) => truths(call, 'bool_and')],
  ['every', (call) => truths(call, 'bool_and')],
  ['bool_or', (call) => truths(call, 'bool_or')],
  ['some', (call) => truths(call, 'bool_or')],
  ['stddev', (call) => spread(call, 'stddev_samp')],
  ['std', (call) => spread(call, 'stddev_samp')],
  ['stddev_samp', (call) => spread(call, 'stddev_samp')],
  ['stddev_pop', (call) => spread(call, 'stddev_pop')],
  ['variance', (call) => spread(call, 'var_samp')],
  ['var_samp', (call) => spread(call, 'var_samp')],
  ['var_pop', (call) => spread(call, 'var_pop')],
])

function count(call: AggregateCall): Translated {
  // As a window, `count(*)` comes without arguments.
  if (call.args.length === 0) return { node: call.make('count', []), type: LONG }
  checkArity(call, 1)
  return { node: call.make('count', [only(call).node]), type: LONG }
}

function countIf(call: AggregateCall): Translated {
  checkArity(call, 1)
  const filter = cast(call, only(call), BOOLEAN)
  return { node: call.make('count_star', [], { filter }), type: LONG }
}

function sum(call: AggregateCall): Translated {
  checkArity(call, 1)
  const argument = only(call)
  const type = sumType(argument.type)
  const isExact = isIntegral(argument.type) || argument.type.kind === 'decimal'
  const node = call.make('sum', [isExact ? argument.node : cast(call, argument, DOUBLE)])
  return { node: castNode(call.node, node, duckdbTypeNode(type)), type }
}

function sumType(type: SparkType): SparkType {
  if (type.kind === 'decimal') return decimal(Math.min(38, type.precision + 10), type.scale)
  return isIntegral(type) ? LONG : DOUBLE
}

function mean(call: AggregateCall): Translated {
  checkArity(call, 1)
  const argument = only(call)
  if (argument.type.kind !== 'decimal') {
    return { node: call.make('avg', [cast(call, argument, DOUBLE)]), type: DOUBLE }
  }
  const args = [argument.node]
  return decimalMean(call.node, call.make('sum', args), call.make('count', args), argument.type)
}

function extremum(call: AggregateCall): Translated {
  checkArity(call, 1)
  const { node, type } = only(call)
  if (type.kind === 'map' || type.kind === 'void') throw wrongArguments(call)
  return { node: call.make(call.name, [node]), type }
}

/** Of the first or last row, or of those that are not null. */
function oneOf(call: AggregateCall, name: string, notNullName: string | null): Translated {
  checkArity(call, 1, 2)
  const { node, type } = only(call)
  if (!ignoresNulls(call)) return { node: call.make(name, [node]), type }
  if (notNullName !== null) return { node: call.make(notNullName, [node]), type }
  return { node: call.make(name, [node], { filter: notNullNode(call.node, node) }), type }
}

function ignoresNulls(call: AggregateCall): boolean {
  const [, flag] = call.args
  if (flag === undefined) return false
  const child = flag.source['child']
  // It is how the parser spells TRUE and FALSE.
  const text = typeof child === 'object' && child !== null ? textConstant(child as SqlNode) : null
  if (text === 't' || text === 'f') return text === 't'
  throw call.faults.unsupported(
    'this flag is refused unless it is a literal: the function depends on it, so write true or false',
    call.node,
  )
}

function ofExtremum(call: AggregateCall, name: string): Translated {
  checkArity(call, 2)
  const [value, key] = call.args.map(({ node }) => node)
  return { node: call.make(name, [value ?? call.node, key ?? call.node]), type: only(call).type }
}

/** Without nulls, and never null. */
function collected(call: AggregateCall, isDistinct: boolean): Translated {
  checkArity(call, 1)
  const { node, type } = only(call)
  const list: SparkType = { kind: 'array', element: type }
  const filter = notNullNode(call.node, node)
  const values = call.make('list', [node], isDistinct ? { filter, isDistinct } : { filter })
  const none = castNode(call.node, callNode(call.node, 'list_value', []), duckdbTypeNode(list))
  return { node: coalesceNode(call.node, [values, none]), type: list }
}

function truths(call: AggregateCall, name: string): Translated {
  checkArity(call, 1)
  return { node: call.make(name, [cast(call, only(call), BOOLEAN)]), type: BOOLEAN }
}

function spread(call: AggregateCall, name: string): Translated {
  checkArity(call, 1)
  return { node: call.make(name, [cast(call, only(call), DOUBLE)]), type: DOUBLE }
}

function only(call: AggregateCall): TypedNode {
  const [argument] = call.args
  if (argument === undefined) throw wrongArguments(call)
  return argument
}

/** `FUNCTION` nodes as aggregates. */
export function aggregateMaker(node: SqlNode, filter: SqlNode | null): AggregateCall['make'] {
  return (name, children, more = {}) => ({
    ...node,
    alias: textIn(node, 'alias'),
    function_name: name,
    schema: '',
    children,
    filter: both(filter, more.filter),
    distinct: node['distinct'] === true || more.isDistinct === true,
  })
}

/** `WINDOW` nodes, whose own parts are translated already. */
export function windowMaker(node: SqlNode): AggregateCall['make'] {
  return (name, children, more = {}) => ({
    ...node,
    function_name: name,
    schema: '',
    children,
    filter_expr: both((node['filter_expr'] ?? null) as SqlNode | null, more.filter),
    distinct: node['distinct'] === true || more.isDistinct === true,
  })
}

function both(left: SqlNode | null, right: SqlNode | undefined): SqlNode | null {
  if (right === undefined) return left
  if (left === null || isConstantOf(left, 'NULL')) return right
  return {
    class: 'CONJUNCTION',
    type: 'CONJUNCTION_AND',
    alias: '',
    query_location: right['query_location'],
    children: [left, right],
  }
}
