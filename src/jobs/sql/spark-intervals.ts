/** Intervals of one unit, as the parser makes them. */
import type { Translated } from './spark-call.ts'
import type { Faults } from './spark-faults.ts'
import type { SparkType } from './spark-types.ts'
import {
  callNode,
  constantOf,
  integerNode,
  isConstantOf,
  nodeIn,
  nodesIn,
  operatorNode,
  textConstant,
} from './syntax-tree.ts'
import type { SqlNode } from './syntax-tree.ts'

/** Functions that the parser makes of intervals, and whether these are of the calendar or of the clock. */
const INTERVALS: ReadonlyMap<string, SparkType> = new Map<string, SparkType>([
  ['to_years', { kind: 'interval days' }],
  ['to_months', { kind: 'interval days' }],
  ['to_weeks', { kind: 'interval days' }],
  ['to_days', { kind: 'interval days' }],
  ['to_hours', { kind: 'interval time' }],
  ['to_minutes', { kind: 'interval time' }],
  ['to_seconds', { kind: 'interval time' }],
])

/** How many of a unit are a day. Spark counts whole days by the calendar, where the clock may skip or repeat an hour. */
const PER_DAY: ReadonlyMap<string, number> = new Map([
  ['to_hours', 24],
  ['to_minutes', 1_440],
  ['to_seconds', 86_400],
])

/** `INTERVAL 3 DAYS`; null for a call that is none. @throws IcebergError `unsupported` unless it is a whole number */
export function intervalNode(faults: Faults, node: SqlNode, name: string): Translated | null {
  const type = INTERVALS.get(name)
  if (type === undefined) return null
  const [child = node] = nodesIn(node, 'children')
  const constant = innermost(child)
  const count = isConstantOf(constant, 'INTEGER') ? constantOf(constant) : textConstant(constant)
  if (/^\s*[+-]?\d{1,9}\s*$/.test(String(count)))
    return { node: unitNode(node, name, Number(count)), type }
  throw faults.unsupported(
    'an interval of this form is refused: it is not known to be as long as in Spark, so use a whole number of one unit',
    node,
  )
}

function unitNode(at: SqlNode, name: string, count: number): SqlNode {
  const perDay = PER_DAY.get(name) ?? Infinity
  if (Math.abs(count) < perDay) return callNode(at, name, [integerNode(count)])
  const days = Math.trunc(count / perDay)
  return operatorNode(at, '+', [
    callNode(at, 'to_days', [integerNode(days)]),
    callNode(at, name, [integerNode(count - days * perDay)]),
  ])
}

/** What the casts and the truncation around the number of an interval hold. */
function innermost(node: SqlNode): SqlNode {
  const child = node['class'] === 'CAST' ? nodeIn(node, 'child') : nodesIn(node, 'children')[0]
  return child === undefined ? node : innermost(child)
}

/** `INTERVAL '3 days'`. */
export function intervalOfText(faults: Faults, node: SqlNode): Translated {
  const text = textConstant(nodeIn(node, 'child')) ?? ''
  const [, count, unit] = /^\s*([+-]?\d{1,9})\s+([a-z]+?)s?\s*$/i.exec(text) ?? []
  const name = `to_${unit?.toLowerCase()}s`
  const type = INTERVALS.get(name)
  if (count === undefined || type === undefined) {
    throw faults.unsupported(
      'an interval of this form is refused: it is not known to be as long as in Spark, so use a whole number of one unit',
      node,
    )
  }
  return { node: unitNode(node, name, Number(count)), type }
}
