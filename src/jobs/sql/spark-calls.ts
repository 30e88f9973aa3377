/** Calls that are neither the same in DuckDB nor a macro as they stand. */
import { assert, unreachable } from '../../base/assert.ts'
import { formatDate, formatTimestamp } from '../../types/temporal-text.ts'
import { formatPattern } from './date-pattern.ts'
import { INTERVALS, TIMESTAMPTZ, castTo } from './spark-casts.ts'
import { DATE_PARTS, TRUNCATION_UNITS } from './spark-functions.ts'
import type { SpecialKind } from './spark-functions.ts'
import type { Guards, Operands } from './spark-guards.ts'
import { MACRO_PREFIX } from './spark-macros.ts'
import {
  callNode,
  castNode,
  isConstantOf,
  nodeIn,
  nodesIn,
  operatorNode,
  textConstant,
  textIn,
  textNode,
} from './syntax-tree.ts'
import type { SqlNode } from './syntax-tree.ts'

/** One moment, in the zone of the session where that makes a difference. */
export interface SessionTime {
  /** Microseconds since 1970-01-01T00:00:00 UTC. */
  readonly micros: bigint
  /** Days since 1970-01-01 of the date in the session zone. */
  readonly date: number
}

/** What a call may need beside its arguments. */
export interface CallContext {
  readonly guards: Guards
  readonly now: SessionTime
}

/** @throws IcebergError `unsupported` or `invalid` for arguments that are not known to mean the same */
export function translateCall(
  kind: SpecialKind,
  { guards, now }: CallContext,
  node: SqlNode,
  operands: Operands,
): SqlNode {
  const [first = node, second = node] = operands.after
  const [firstBefore = node, secondBefore = node] = operands.before
  switch (kind) {
    case 'concat':
      return concat(guards, node, operands.after)
    case 'divide':
      return guards.replace('divide', node, [first, second])
    case 'arithmetic':
      return arithmetic(guards, node, operands)
    case 'plus-minus':
      return plusMinus(guards, node, operands)
    case 'like':
      return like(node, secondBefore, operands.after)
    case 'coalesce':
      return coalesceNode(node, guards.branches(node, operands))
    case 'nullif':
      return { ...node, children: guards.compared(node, operands) }
    case 'cast-timestamp':
      return castTo(TIMESTAMPTZ, guards, node, { before: firstBefore, after: first })
    case 'cast-date':
      return castTo('DATE', guards, node, { before: firstBefore, after: first })
    case 'date-trunc':
      return dateTrunc(guards, node, firstBefore, second)
    case 'date-part':
      return datePart(guards, node, firstBefore, second)
    case 'date-format':
      return dateFormat(guards, node, secondBefore, first)
    case 'now':
    case 'today':
      return clockNode(kind, node, now)
    default:
      return unreachable(kind)
  }
}

/** What the clock says, in place of a node that asks. */
export function clockNode(kind: 'now' | 'today', node: SqlNode, now: SessionTime): SqlNode {
  return kind === 'now'
    ? castNode(node, textNode(`${formatTimestamp(now.micros)}+00`), TIMESTAMPTZ)
    : castNode(node, textNode(formatDate(now.date)), 'DATE')
}

/** An interval of a whole number, as the parser makes it. @throws IcebergError `unsupported` for any other */
export function checkInterval(guards: Guards, node: SqlNode): SqlNode {
  const [child = node] = nodesIn(node, 'children')
  const constant = innermost(child)
  const text = textConstant(constant)
  const isWhole = text === null ? isConstantOf(constant, 'INTEGER') : /^\s*[+-]?\d+\s*$/.test(text)
  if (isWhole) return node
  throw guards.unsupported('interval of this form', node)
}

/** What the casts and the truncation around the number of an interval hold. */
function innermost(node: SqlNode): SqlNode {
  const child = node['class'] === 'CAST' ? nodeIn(node, 'child') : nodesIn(node, 'children')[0]
  return child === undefined ? node : innermost(child)
}

/** In Spark null when one part is. */
function concat(guards: Guards, node: SqlNode, parts: readonly SqlNode[]): SqlNode {
  return parts
    .map((part) => (textConstant(part) === null ? guards.guard('text', node, part) : part))
    .reduce((left, right) => operatorNode(node, '||', [left, right]))
}

function arithmetic(guards: Guards, node: SqlNode, operands: Operands): SqlNode {
  return { ...node, children: guards.against('alike_float', node, operands) }
}

/** A date moved by days or months stays a date in Spark, and becomes a timestamp in DuckDB. */
function plusMinus(guards: Guards, node: SqlNode, operands: Operands): SqlNode {
  const kinds = operands.before.map((side) => INTERVALS.get(textIn(side, 'function_name')))
  const side = kinds.findIndex((kind) => kind !== undefined)
  if (side < 0) return arithmetic(guards, node, operands)
  const isMinus = node['function_name'] === '-'
  const moved = operands.after[1 - side]
  const interval = operands.after[side]
  if (moved === undefined || interval === undefined || (isMinus && side === 0)) {
    throw guards.unsupported('arithmetic of intervals', node)
  }
  if (textConstant(moved) !== null) throw guards.unsupported('interval beside text', node)
  const verb = isMinus ? 'subtract' : 'add'
  return callNode(node, `${MACRO_PREFIX}${verb}_${kinds[side]}`, [moved, interval])
}

/** The escape character of Spark is the backslash; DuckDB has none unless it is given. */
function like(node: SqlNode, pattern: SqlNode, children: readonly SqlNode[]): SqlNode {
  const text = textConstant(pattern)
  if (text !== null && !text.includes('\\')) return { ...node, children }
  const name = node['function_name'] === '~~' ? 'like_escape' : 'not_like_escape'
  return callNode(node, name, [...children, textNode('\\')])
}

function coalesceNode(node: SqlNode, children: readonly SqlNode[]): SqlNode {
  assert(children.length > 0, 'there are arguments')
  return {
    class: 'OPERATOR',
    type: 'OPERATOR_COALESCE',
    alias: textIn(node, 'alias'),
    query_location: node['query_location'],
    children,
  }
}

function dateTrunc(guards: Guards, node: SqlNode, unit: SqlNode, child: SqlNode): SqlNode {
  const known = TRUNCATION_UNITS.get(textConstant(unit)?.toLowerCase() ?? '')
  if (known === undefined) throw guards.unsupported('unit of date_trunc', node)
  return callNode(node, `${MACRO_PREFIX}date_trunc`, [textNode(known), child])
}

function datePart(guards: Guards, node: SqlNode, part: SqlNode, child: SqlNode): SqlNode {
  const known = textConstant(part)?.toLowerCase() ?? ''
  if (!DATE_PARTS.has(known)) throw guards.unsupported('part of a date', node)
  return callNode(node, MACRO_PREFIX + known, [child])
}

function dateFormat(guards: Guards, node: SqlNode, pattern: SqlNode, child: SqlNode): SqlNode {
  const text = textConstant(pattern)
  const format = text === null ? null : formatPattern(text)
  if (format === null) throw guards.unsupported('pattern of a date', node)
  return callNode(node, `${MACRO_PREFIX}date_format`, [child, textNode(format)])
}
