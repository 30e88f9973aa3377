/** Casts: which types there are, and what is done where the engines cast differently. */
import { MACRO_PREFIX } from './spark-macros.ts'
import type { Guards } from './spark-guards.ts'
import {
  callNode,
  castNode,
  isNode,
  nodeIn,
  textConstant,
  textIn,
  textNode,
} from './syntax-tree.ts'
import type { SqlNode } from './syntax-tree.ts'

/** Spark's `TIMESTAMP`. */
export const TIMESTAMPTZ = 'TIMESTAMP WITH TIME ZONE'

/** Functions that the parser makes of intervals, and whether these are of the calendar or of the clock. */
export const INTERVALS: ReadonlyMap<string, 'days' | 'time'> = new Map([
  ['to_years', 'days'],
  ['to_months', 'days'],
  ['to_weeks', 'days'],
  ['to_days', 'days'],
  ['to_hours', 'time'],
  ['to_minutes', 'time'],
  ['to_seconds', 'time'],
])

/** Types of Spark by the name that DuckDB gives them, or by their own where it knows none. */
const CAST_TYPES: ReadonlyMap<string, string> = new Map([
  ['BOOLEAN', 'BOOLEAN'],
  ['TINYINT', 'TINYINT'],
  ['byte', 'TINYINT'],
  ['SMALLINT', 'SMALLINT'],
  ['INTEGER', 'INTEGER'],
  ['BIGINT', 'BIGINT'],
  ['FLOAT', 'FLOAT'],
  ['DOUBLE', 'DOUBLE'],
  ['DECIMAL', 'DECIMAL'],
  ['VARCHAR', 'VARCHAR'],
  ['BLOB', 'BLOB'],
  ['DATE', 'DATE'],
  ['TIME', 'TIME'],
  ['UUID', 'UUID'],
  ['TIMESTAMP', TIMESTAMPTZ],
  [TIMESTAMPTZ, TIMESTAMPTZ],
  ['timestamp_ltz', TIMESTAMPTZ],
  ['timestamp_ntz', 'TIMESTAMP'],
])

const DATE_TEXT = /^\s*[+-]?\d/

/** What is cast, as it was and as it has become. */
export interface CastOperand {
  readonly before: SqlNode
  readonly after: SqlNode
}

/**
 * A cast that is written as one.
 *
 * @throws IcebergError `unsupported` for a type that Spark has not, or that would be spelled otherwise as text
 */
export function translateCast(guards: Guards, node: SqlNode, operand: CastOperand): SqlNode {
  if (node['try_cast'] === true) throw guards.unsupported('try_cast', node)
  const type = nodeIn(node, 'cast_type')
  if (type['id'] === 'INTERVAL') return intervalOfText(guards, node, operand.before)
  const known = CAST_TYPES.get(typeName(type))
  if (known === undefined) throw guards.unsupported('type of a cast', node)
  if (known === 'DECIMAL') {
    return { ...node, child: guards.guard('not_float', node, operand.after) }
  }
  return castTo(known, guards, node, operand)
}

/** What stands for `node`: the operand as a value of a type of DuckDB, by Spark's rules. */
export function castTo(type: string, guards: Guards, node: SqlNode, operand: CastOperand): SqlNode {
  switch (type) {
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'BIGINT':
      return guards.replace(type.toLowerCase(), node, [operand.after])
    case 'VARCHAR':
      return guards.replace('text', node, [operand.after])
    case 'BLOB':
      return callNode(node, `${MACRO_PREFIX}binary`, [operand.after])
    case 'DATE':
    case 'TIMESTAMP':
    case TIMESTAMPTZ:
      return castNode(node, dated(guards, node, operand), type)
    default:
      return castNode(node, operand.after, type)
  }
}

function typeName(type: SqlNode): string {
  const info = type['type_info']
  const isUnknown = type['id'] === 'UNBOUND' && isNode(info)
  return isUnknown ? textIn(info, 'name').toLowerCase() : textIn(type, 'id')
}

function dated(guards: Guards, node: SqlNode, { before, after }: CastOperand): SqlNode {
  const text = textConstant(before)
  if (text === null) return guards.guard('dated', node, after)
  if (DATE_TEXT.test(text)) return after
  throw guards.fault('invalid', 'text is no date', before)
}

/** `INTERVAL '3 days'`. */
function intervalOfText(guards: Guards, node: SqlNode, operand: SqlNode): SqlNode {
  const text = textConstant(operand) ?? ''
  const [, count, unit] = /^\s*([+-]?\d+)\s+([a-z]+?)s?\s*$/i.exec(text) ?? []
  const name = `to_${unit?.toLowerCase()}s`
  if (count === undefined || !INTERVALS.has(name)) {
    throw guards.unsupported('interval of this form', node)
  }
  return callNode(node, name, [castNode(node, textNode(count), 'INTEGER')])
}
