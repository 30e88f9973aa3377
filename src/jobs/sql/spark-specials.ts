/** Functions that no row of a table can say: of any number of arguments, or with a type that is worked out. */
import { clockNode } from './clock.ts'
import { arithmetic, round } from './spark-arithmetic.ts'
import { cast, checkArity, checkedMacro, unify } from './spark-call.ts'
import type { SparkCall, Translated } from './spark-call.ts'
import {
  array,
  containsKey,
  contains,
  elementOfMap,
  map,
  namedStruct,
  position,
  struct,
} from './spark-collections.ts'
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
import { duckdbTypeNode } from './spark-types.ts'
import type { SparkType } from './spark-types.ts'
import {
  callNode,
  castNode,
  notNullNode,
  operatorNode,
  textConstant,
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
  if (call.args.length === 0)
    throw call.faults.unsupported(
      'a function with so many arguments is refused: it is not known to mean the same with them as in Spark, so give it others',
      call.node,
    )
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
    throw call.faults.unsupported(
      'concat_ws of arrays is refused: they are not known to be joined as in Spark, so use array_join',
      call.node,
    )
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
    throw call.faults.unsupported(
      'a function with so many arguments is refused: it is not known to mean the same with them as in Spark, so give it others',
      call.node,
    )
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
    throw call.faults.unsupported(
      'this part of a date is refused: it is not known to count as in Spark, so use year, quarter, month, day, hour or minute',
      call.node,
    )
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

function missing(call: SparkCall): never {
  throw call.faults.unsupported(
    'a function with so many arguments is refused: it is not known to mean the same with them as in Spark, so give it others',
    call.node,
    { function: call.name },
  )
}
