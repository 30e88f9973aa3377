/** Functions that no row of a table can say: of any number of arguments, or with a type that is worked out. */
import { clockNode } from './clock.ts'
import { arithmetic, round } from './spark-arithmetic.ts'
import { cast, checkArity, checkedMacro, commonOf, macro, unify } from './spark-call.ts'
import type { SparkCall, Translated } from './spark-call.ts'
import type { TypedNode } from './spark-expression.ts'
import {
  formattedTime,
  likePattern,
  parsedTime,
  regexExtract,
  regexMatch,
  regexReplace,
  split,
  truncatedDate,
  truncatedTime,
  unixTimeOfText,
  unixTimeText,
} from './spark-patterns.ts'
import { duckdbTypeNode, formatSparkType } from './spark-types.ts'
import type { SparkColumn, SparkType } from './spark-types.ts'
import {
  callNode,
  castNode,
  notNullNode,
  operatorNode,
  textConstant,
  textIn,
  textsIn,
  withoutAlias,
} from './syntax-tree.ts'
import type { SqlNode } from './syntax-tree.ts'

/** null: none of these, by the types of its arguments. */
export type SpecialFunction = (call: SparkCall) => Translated | null

const TEXT: SparkType = { kind: 'string' }
const INT: SparkType = { kind: 'int' }
const BOOLEAN: SparkType = { kind: 'boolean' }
const DATE: SparkType = { kind: 'date' }
const TIMESTAMP: SparkType = { kind: 'timestamp' }

export const SPECIAL_FUNCTIONS: ReadonlyMap<string, SpecialFunction> = new Map<
  string,
  SpecialFunction
>([
  ['+', arithmetic],
  ['-', arithmetic],
  ['*', arithmetic],
  ['/', arithmetic],
  ['%', arithmetic],
  ['//', arithmetic],
  ['mod', (call) => arithmetic({ ...call, name: '%' })],
  ['round', round],
  ['||', concat],
  ['concat', concat],
  ['concat_ws', concatBy],
  ['~~', likePattern],
  ['!~~', likePattern],
  ['regexp_full_match', regexMatch],
  ['rlike', regexMatch],
  ['regexp', regexMatch],
  ['regexp_like', regexMatch],
  ['regexp_replace', regexReplace],
  ['regexp_extract', regexExtract],
  ['split', split],
  ['<=>', nullSafeEqual],
  ['nvl', coalesce],
  ['ifnull', coalesce],
  ['nvl2', choice],
  ['nullif', nullIf],
  ['greatest', extreme],
  ['least', extreme],
  ['date_trunc', truncatedTime],
  ['trunc', truncatedDate],
  ['date_part', datePart],
  ['date_format', formattedTime],
  ['from_unixtime', unixTimeText],
  ['to_date', (call) => timeOf(call, DATE)],
  ['date', (call) => timeOf(call, DATE)],
  ['to_timestamp', (call) => timeOf(call, TIMESTAMP)],
  ['to_timestamp_ntz', (call) => timeOf(call, { kind: 'timestamp_ntz' })],
  ['unix_timestamp', unixTime],
  ['to_unix_timestamp', unixTime],
  ['now', (call) => clock(call, 'timestamp')],
  ['current_timestamp', (call) => clock(call, 'timestamp')],
  ['get_current_timestamp', (call) => clock(call, 'timestamp')],
  ['current_date', (call) => clock(call, 'date')],
  ['curdate', (call) => clock(call, 'date')],
  ['frazil_array', array],
  ['frazil_map', map],
  ['frazil_struct', struct],
  ['named_struct', namedStruct],
  ['array_contains', contains],
  ['array_position', position],
  ['element_at', elementOfMap],
  ['map_contains_key', containsKey],
])

/** In Spark null when one part is. */
function concat(call: SparkCall): Translated {
  if (call.args.length === 0) throw call.faults.unsupported('number of arguments', call.node)
  const isBytes = call.args.every(({ type }) => type.kind === 'binary')
  const type: SparkType = isBytes ? { kind: 'binary' } : TEXT
  const parts = call.args.map((part) => cast(call, part, type))
  const node = parts.reduce((left, right) => operatorNode(call.node, '||', [left, right]))
  return { node, type }
}

/** Leaves nulls out, as DuckDB does. */
function concatBy(call: SparkCall): Translated {
  checkArity(call, 1, Infinity)
  const parts = call.args.map((part) => {
    if (part.type.kind !== 'array') return cast(call, part, TEXT)
    throw call.faults.unsupported('concat_ws of arrays: use array_join', call.node)
  })
  const [separator = call.node, ...rest] = parts
  if (rest.length === 0)
    return { node: operatorNode(call.node, '||', [separator, separator]), type: TEXT }
  return { node: callNode(call.node, 'concat_ws', parts), type: TEXT }
}

function nullSafeEqual(call: SparkCall): Translated {
  const { nodes } = unify(call.faults, call.node, call.args)
  const [left, right] = nodes
  const node = {
    class: 'COMPARISON',
    type: 'COMPARE_NOT_DISTINCT_FROM',
    alias: '',
    query_location: call.node['query_location'],
    left,
    right,
  }
  return { node, type: BOOLEAN }
}

export function coalesce(call: SparkCall): Translated {
  const { type, nodes } = unify(call.faults, call.node, call.args)
  return { node: coalesceNode(call.node, nodes), type }
}

export function coalesceNode(like: SqlNode, children: readonly SqlNode[]): SqlNode {
  return {
    class: 'OPERATOR',
    type: 'OPERATOR_COALESCE',
    alias: '',
    query_location: like['query_location'],
    children: children.map(withoutAlias),
  }
}

function choice(call: SparkCall): Translated {
  checkArity(call, 3)
  const [test, ...branches] = call.args
  const { type, nodes } = unify(call.faults, call.node, branches)
  const [whenPresent, otherwise] = nodes
  const check = {
    when_expr: notNullNode(call.node, test?.node ?? call.node),
    then_expr: whenPresent,
  }
  return { node: caseNode(call.node, [check], otherwise ?? call.node), type }
}

export function caseNode(like: SqlNode, checks: readonly SqlNode[], otherwise: SqlNode): SqlNode {
  return {
    class: 'CASE',
    type: 'CASE_EXPR',
    alias: '',
    query_location: like['query_location'],
    case_checks: checks,
    else_expr: withoutAlias(otherwise),
  }
}

/** Compared in the type of both, given in that of the first. */
function nullIf(call: SparkCall): Translated {
  checkArity(call, 2)
  const [first, second] = call.args
  if (first === undefined || second === undefined)
    throw call.faults.unsupported('number of arguments', call.node)
  const { nodes } = unify(call.faults, call.node, [first, second])
  const [left, right] = nodes
  const equal = {
    class: 'COMPARISON',
    type: 'COMPARE_EQUAL',
    alias: '',
    query_location: call.node['query_location'],
    left,
    right,
  }
  const none = castNode(call.node, NULL, duckdbTypeNode(first.type))
  return {
    node: caseNode(call.node, [{ when_expr: equal, then_expr: none }], first.node),
    type: first.type,
  }
}

const NULL: SqlNode = {
  class: 'CONSTANT',
  type: 'VALUE_CONSTANT',
  alias: '',
  query_location: 0,
  value: { type: { id: 'NULL', type_info: null }, is_null: true },
}

/** Nulls are left out by both. */
function extreme(call: SparkCall): Translated {
  checkArity(call, 2, Infinity)
  const { type, nodes } = unify(call.faults, call.node, call.args)
  return { node: callNode(call.node, call.name, nodes), type }
}

const PARTS = new Set(['year', 'quarter', 'month', 'day', 'hour', 'minute'])

/** `extract(part from x)`. */
function datePart(call: SparkCall): Translated {
  const [name, time] = call.args
  const part = textConstant(name?.source ?? call.node)?.toLowerCase() ?? ''
  if (!PARTS.has(part) || time === undefined)
    throw call.faults.unsupported('part of a date', call.node)
  const isClock = part === 'hour' || part === 'minute'
  const isLocal = time.type.kind === 'timestamp_ntz'
  const value = isClock && isLocal ? time.node : cast(call, time, isClock ? TIMESTAMP : DATE)
  return {
    node: castNode(call.node, callNode(call.node, part, [value]), duckdbTypeNode(INT)),
    type: INT,
  }
}

function timeOf(call: SparkCall, type: SparkType): Translated {
  checkArity(call, 1, 2)
  if (call.args.length === 2) return parsedTime(call, type)
  const [value] = call.args
  return { node: cast(call, value ?? missing(call), type), type }
}

function unixTime(call: SparkCall): Translated | null {
  const [value] = call.args
  if (value === undefined) {
    const now = clockNode(call.node, call.now, 'timestamp')
    const type: SparkType = { kind: 'long' }
    return {
      node: castNode(
        call.node,
        checkedMacro(call, 'seconds_towards_1970', [now]),
        duckdbTypeNode(type),
      ),
      type,
    }
  }
  return value.type.kind === 'string' ? unixTimeOfText(call) : null
}

function clock(call: SparkCall, kind: 'timestamp' | 'date'): Translated {
  checkArity(call, 0)
  return { node: clockNode(call.node, call.now, kind), type: { kind } }
}

function array(call: SparkCall): Translated {
  const { type, nodes } = unify(call.faults, call.node, call.args)
  if (nodes.length === 0) throw call.faults.unsupported('array without elements', call.node)
  return { node: callNode(call.node, 'list_value', nodes), type: { kind: 'array', element: type } }
}

function map(call: SparkCall): Translated {
  if (call.args.length === 0 || call.args.length % 2 !== 0)
    throw call.faults.unsupported('number of arguments', call.node, { function: 'map' })
  const keys = unify(
    call.faults,
    call.node,
    call.args.filter((_each, index) => index % 2 === 0),
  )
  const values = unify(
    call.faults,
    call.node,
    call.args.filter((_each, index) => index % 2 === 1),
  )
  const lists = [keys, values].map(({ nodes }) => callNode(call.node, 'list_value', nodes))
  return {
    node: callNode(call.node, 'map', lists),
    type: { kind: 'map', key: keys.type, value: values.type },
  }
}

/** Fields are named for their columns, others by their numbers. */
function struct(call: SparkCall): Translated {
  const fields = call.args.map((argument, index) => ({
    name: nameOf(argument.source) ?? `col${index + 1}`,
    argument,
  }))
  return packed(call, fields)
}

function nameOf(source: SqlNode): string | undefined {
  const alias = textIn(source, 'alias')
  if (alias !== '') return alias
  return source['class'] === 'COLUMN_REF' ? textsIn(source, 'column_names').at(-1) : undefined
}

function namedStruct(call: SparkCall): Translated {
  const fields = call.args.flatMap((argument, index) => {
    const value = call.args[index + 1]
    if (index % 2 === 1) return []
    const name = textConstant(argument.source)
    if (name === null || value === undefined)
      throw call.faults.unsupported('name of a field that is not a literal', call.node)
    return [{ name, argument: value }]
  })
  return packed(call, fields)
}

function packed(
  call: SparkCall,
  fields: readonly { readonly name: string; readonly argument: TypedNode }[],
): Translated {
  if (fields.length === 0) throw call.faults.unsupported('struct without fields', call.node)
  const columns: SparkColumn[] = fields.map(({ name, argument }) => ({ name, type: argument.type }))
  const node = callNode(call.node, 'struct_pack', [])
  const children = fields.map(({ name, argument }) => ({ ...argument.node, alias: name }))
  return { node: { ...node, children }, type: { kind: 'struct', fields: columns } }
}

function contains(call: SparkCall): Translated {
  const [list, value] = elements(call)
  return { node: macro(call, 'holds', [list, value]), type: BOOLEAN }
}

/** From 1; 0 when it is not there. */
function position(call: SparkCall): Translated {
  const type: SparkType = { kind: 'long' }
  const node = macro(call, 'position', elements(call))
  return { node: castNode(call.node, node, duckdbTypeNode(type)), type }
}

/** An array and a value, both of one type. */
function elements(call: SparkCall): [SqlNode, SqlNode] {
  checkArity(call, 2)
  const [list, value] = call.args
  if (list?.type.kind !== 'array' || value === undefined) throw wrongArguments(call)
  const type = commonOf(call.faults, call.node, list.type.element, value.type)
  if (formatSparkType(type) !== formatSparkType(list.type.element)) throw wrongArguments(call)
  return [list.node, cast(call, value, type)]
}

function elementOfMap(call: SparkCall): Translated | null {
  const [value, key] = call.args
  if (value?.type.kind !== 'map' || key === undefined) return null
  const { type } = value
  return {
    node: macro(call, 'of_key', [value.node, cast(call, key, type.key)]),
    type: type.value,
  }
}

function containsKey(call: SparkCall): Translated {
  checkArity(call, 2)
  const [value, key] = call.args
  if (value?.type.kind !== 'map' || key === undefined) throw wrongArguments(call)
  const keys = callNode(call.node, 'map_keys', [value.node])
  return { node: macro(call, 'holds', [keys, cast(call, key, value.type.key)]), type: BOOLEAN }
}

/** `x[i]` of an array, from 0, or of a map. */
export function subscript(call: SparkCall): Translated {
  const [value, key] = call.args
  if (value === undefined || key === undefined) throw wrongArguments(call)
  switch (value.type.kind) {
    case 'array': {
      if (!/^(?:byte|short|int)$/.test(key.type.kind)) throw wrongArguments(call)
      const index = cast(call, key, INT)
      return { node: checkedMacro(call, 'at', [value.node, index]), type: value.type.element }
    }
    case 'map': {
      const found = macro(call, 'of_key', [value.node, cast(call, key, value.type.key)])
      return { node: found, type: value.type.value }
    }
    case 'struct':
      return field(call, value, textConstant(key.source) ?? '')
    default:
      throw wrongArguments(call)
  }
}

/** A field of a struct, found without case. */
export function field(call: SparkCall, value: TypedNode, name: string): Translated {
  const fields = value.type.kind === 'struct' ? value.type.fields : []
  const found = fields.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase())
  if (found === undefined) throw call.faults.invalid('no such field', call.node, { field: name })
  const key = {
    class: 'CONSTANT',
    type: 'VALUE_CONSTANT',
    alias: '',
    query_location: 0,
    value: { type: { id: 'VARCHAR', type_info: null }, is_null: false, value: found.name },
  }
  return { node: callNode(call.node, 'struct_extract', [value.node, key]), type: found.type }
}

function wrongArguments(call: SparkCall): Error {
  return call.faults.unsupported('arguments of such types', call.node, {
    function: call.name,
    types: call.args.map(({ type }) => formatSparkType(type)).join(', '),
  })
}

function missing(call: SparkCall): never {
  throw call.faults.unsupported('number of arguments', call.node, { function: call.name })
}
