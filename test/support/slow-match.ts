/**
 * What predicates mean, in the most obvious way: three-valued logic over the expression as it was written, one row at a
 * time, numbers as fractions. Shares nothing with the evaluators but the shapes.
 */
import { unreachable } from '../../src/base/assert.ts'
import type { Expression } from '../../src/expressions/predicate.ts'
import type { RowValues } from '../../src/layout/column-value.ts'
import { findFieldByPath } from '../../src/types/schema.ts'
import type { Schema } from '../../src/types/schema.ts'
import type { Field, Type } from '../../src/types/type.ts'
import type { Value } from '../../src/types/value.ts'

/** True, false, or null for unknown. */
type Truth = boolean | null

/** Whether the row matches: unknown is no match. */
export function matchesSlowly(expression: Expression, schema: Schema, row: RowValues): boolean {
  return truthOf(expression, schema, row) === true
}

function truthOf(expression: Expression, schema: Schema, row: RowValues): Truth {
  switch (expression.kind) {
    case 'true':
      return true
    case 'false':
      return false
    case 'not': {
      const truth = truthOf(expression.child, schema, row)
      return truth === null ? null : !truth
    }
    case 'and':
    case 'or': {
      const decisive = expression.kind === 'or'
      const truths = expression.children.map((child) => truthOf(child, schema, row))
      if (truths.includes(decisive)) return decisive
      return truths.includes(null) ? null : !decisive
    }
    case 'is-null':
      return valueOf(schema.fields, expression.column, row) === null
    case 'not-null':
      return valueOf(schema.fields, expression.column, row) !== null
    case 'is-nan':
      return Number.isNaN(valueOf(schema.fields, expression.column, row))
    case 'not-nan':
      return !Number.isNaN(valueOf(schema.fields, expression.column, row))
    case 'in':
    case 'not-in': {
      const kind = expression.kind === 'in' ? 'or' : 'and'
      const each = expression.kind === 'in' ? 'eq' : 'not-eq'
      const { column, literals } = expression
      const children = literals.map((literal): Expression => ({ kind: each, column, literal }))
      return truthOf({ kind, children }, schema, row)
    }
    default:
      return compared(expression, schema, row)
  }
}

function compared(
  { kind, column, literal }: Extract<Expression, { readonly literal: unknown }>,
  schema: Schema,
  row: RowValues,
): Truth {
  const value = valueOf(schema.fields, column, row)
  const type = findFieldByPath(schema, column)?.field.type
  if (value === null || type === undefined) return null
  const left = orderKey(type, value)
  const right = orderKey(type, literal)
  if (Number.isNaN(left) || Number.isNaN(right)) return null
  const order = compareKeys(left, right)
  switch (kind) {
    case 'eq':
      return order === 0
    case 'not-eq':
      return order !== 0
    case 'lt':
      return order < 0
    case 'lt-eq':
      return order <= 0
    case 'gt':
      return order > 0
    case 'gt-eq':
      return order >= 0
    case 'starts-with':
      return (
        codePoints(value).slice(0, codePoints(literal).length).join() === codePoints(literal).join()
      )
    case 'not-starts-with':
      return (
        codePoints(value).slice(0, codePoints(literal).length).join() !== codePoints(literal).join()
      )
    default:
      return unreachable(kind)
  }
}

function valueOf(fields: readonly Field[], path: readonly string[], row: RowValues): Value | null {
  const [name, ...rest] = path
  const index = fields.findIndex((field) => field.name === name)
  const value = row[index] ?? null
  const type = fields[index]?.type
  if (rest.length === 0 || value === null || type?.kind !== 'struct') return value
  return valueOf(type.fields, rest, value as RowValues)
}

/** More places than any literal in a test has. */
const PLACES = 60

type Key = number | bigint | string

/** Something that JavaScript compares as the type does: numbers, fixed-point integers, or hexadecimal text. */
function orderKey(type: Type, value: unknown): Key {
  switch (type.kind) {
    case 'float': {
      const double = typeof value === 'object' ? Number(textOf(value)) : Number(value)
      return Number.isFinite(Math.fround(double)) ? Math.fround(double) : double
    }
    case 'double':
      return typeof value === 'object' ? Number(textOf(value)) : Number(value)
    case 'int':
    case 'long':
      return fixedPoint(value, 0)
    case 'decimal':
      return fixedPoint(value, type.scale)
    case 'boolean':
    case 'date':
      return Number(value)
    case 'string':
      return codePoints(value)
        .map((character) => (character.codePointAt(0) ?? 0).toString(16).padStart(6, '0'))
        .join('')
    case 'uuid':
    case 'fixed':
    case 'binary':
      return value instanceof Uint8Array
        ? Buffer.from(value).toString('hex')
        : String(value).replaceAll('-', '')
    default:
      return value as bigint
  }
}

/** A value of the column is a bigint of its scale; a literal says for itself. */
function fixedPoint(value: unknown, scale: number): bigint {
  if (typeof value === 'bigint') return value * 10n ** BigInt(PLACES - scale)
  if (typeof value === 'object' && value !== null && 'unscaled' in value && 'scale' in value) {
    return (value.unscaled as bigint) * 10n ** BigInt(PLACES - Number(value.scale))
  }
  const text = typeof value === 'number' ? String(value) : textOf(value)
  const [whole = '', fraction = ''] = text.split('.')
  return BigInt(whole + fraction) * 10n ** BigInt(PLACES - fraction.length)
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'object' && value !== null && 'text' in value) return String(value.text)
  throw new Error('not a number')
}

function codePoints(value: unknown): string[] {
  return Array.from(String(value))
}

function compareKeys(left: Key, right: Key): number {
  if (left < right) return -1
  return left > right ? 1 : 0
}
