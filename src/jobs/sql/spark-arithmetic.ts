/** Operators on numbers, dates and intervals, with the types that Spark gives them. */
import { cast, checkedMacro, commonOf, literalInteger, macro } from './spark-call.ts'
import type { SparkCall, Translated } from './spark-call.ts'
import type { TypedNode } from './spark-expression.ts'
import {
  MAX_PRECISION,
  asDecimal,
  decimal,
  decimalResult,
  duckdbTypeNode,
  formatSparkType,
  isFloating,
  isIntegral,
  isInterval,
  isNumeric,
} from './spark-types.ts'
import type { DecimalOperator, DecimalType, SparkType } from './spark-types.ts'
import {
  callNode,
  castNode,
  constantOf,
  hugeNode,
  isConstantOf,
  operatorNode,
  textNode,
} from './syntax-tree.ts'
import type { SqlNode } from './syntax-tree.ts'

/** `+ - * / %` and `DIV`, with one operand or two. */
export function arithmetic(call: SparkCall): Translated {
  const [left, right] = call.args
  if (left === undefined)
    throw call.faults.unsupported(
      'a function with so many arguments is refused: it is not known to mean the same with them as in Spark, so give it others',
      call.node,
    )
  if (right === undefined) return signed(call, left)
  if (isInterval(left.type) || isInterval(right.type)) return moved(call, left, right)
  if (left.type.kind === 'date' || right.type.kind === 'date') return datePlus(call, left, right)
  return calculated(call, left, right)
}

function signed(call: SparkCall, operand: TypedNode): Translated {
  if (!isNumeric(operand.type)) throw wrongOperands(call)
  const { type } = operand
  return { node: operatorNode(call.node, call.name, [operand.node]), type }
}

function calculated(call: SparkCall, left: TypedNode, right: TypedNode): Translated {
  if (call.name === '//') return wholeQuotient(call, left, right)
  const exact = [left, right].map(exactType)
  const [leftType = null, rightType = null] = exact
  const isDecimal = [left, right].some(({ type }) => type.kind === 'decimal')
  if (isDecimal && leftType !== null && rightType !== null) {
    return decimalOperation(call, [left, right], [leftType, rightType])
  }
  const common = commonOf(call.faults, call.node, left.type, right.type)
  if (!isNumeric(common)) throw wrongOperands(call)
  const type: SparkType = call.name === '/' ? { kind: 'double' } : common
  return { node: operation(call, [cast(call, left, type), cast(call, right, type)]), type }
}

/** An operator on two values of one type; by zero it divides nothing. */
function operation(call: SparkCall, operands: readonly SqlNode[]): SqlNode {
  switch (call.name) {
    case '/':
      return checkedMacro(call, 'quotient', operands)
    case '%':
      return checkedMacro(call, 'remainder', operands)
    default:
      return operatorNode(call.node, call.name, operands)
  }
}

function wholeQuotient(call: SparkCall, left: TypedNode, right: TypedNode): Translated {
  const type: SparkType = { kind: 'long' }
  if (![left, right].every((operand) => isIntegral(operand.type))) throw wrongOperands(call)
  const operands = [cast(call, left, type), cast(call, right, type)]
  return { node: checkedMacro(call, 'whole_quotient', operands), type }
}

/** The decimal that an operand is beside another: an integer that is written down has just its own digits. */
function exactType({ type, source }: TypedNode): DecimalType | null {
  if (!isIntegral(type) || !isConstantOf(source, 'INTEGER', 'BIGINT')) return asDecimal(type)
  return decimal(String(constantOf(source)).replace('-', '').length, 0)
}

function decimalOperation(
  call: SparkCall,
  operands: readonly [TypedNode, TypedNode],
  types: readonly [DecimalType, DecimalType],
): Translated {
  // The names of the operators are those that calls come with.
  const operator = call.name as DecimalOperator
  const type = decimalResult(operator, ...types)
  if (operator === '*' && types[0].scale + types[1].scale > MAX_PRECISION) {
    throw call.faults.unsupported(
      'a decimal of more than 38 digits is refused: Spark drops some, so cast the operands to fewer',
      call.node,
    )
  }
  const nodes = [cast(call, operands[0], roomy(types[0], type)), cast(call, operands[1], types[1])]
  const shift = type.scale - types[0].scale + types[1].scale
  const node =
    operator === '/' ? decimalQuotient(call, nodes, shift, type.scale) : operation(call, nodes)
  return { node: castNode(call.node, node, duckdbTypeNode(type)), type }
}

/** Digits that DuckDB holds in 64 bits, where it stays when both operands are there. */
const NARROW_DIGITS = 18

/** An operand wide enough for what comes of it. */
function roomy({ precision, scale }: DecimalType, result: DecimalType): DecimalType {
  return result.precision > NARROW_DIGITS
    ? decimal(Math.max(precision, NARROW_DIGITS + 1), scale)
    : decimal(precision, scale)
}

/** Digits divided by digits, as many of them as the scale needs, with the point put back. */
function decimalQuotient(
  call: SparkCall,
  operands: readonly SqlNode[],
  shift: number,
  scale: number,
): SqlNode {
  const digits = checkedMacro(call, 'decimal_quotient', [...operands, powerOfTen(shift)])
  return withScale(call.node, digits, scale)
}

function powerOfTen(exponent: number): SqlNode {
  return hugeNode(`1${'0'.repeat(exponent)}`)
}

/** A decimal without fraction, divided by a power of ten. */
function withScale(at: SqlNode, digits: SqlNode, scale: number): SqlNode {
  if (scale === 0) return digits
  const unit = castNode(
    at,
    textNode(`0.${'0'.repeat(scale - 1)}1`),
    duckdbTypeNode(decimal(scale, scale)),
  )
  return operatorNode(at, '*', [digits, unit])
}

/** A date moved by whole days. */
function datePlus(call: SparkCall, left: TypedNode, right: TypedNode): Translated {
  const type: SparkType = { kind: 'date' }
  const [date, days] = left.type.kind === 'date' ? [left, right] : [right, left]
  const isMinusDate = call.name === '-' && date === right
  const isWhole = isIntegral(days.type) && days.type.kind !== 'long'
  if (!isWhole || isMinusDate || (call.name !== '+' && call.name !== '-')) throw wrongOperands(call)
  const operands = [date.node, cast(call, days, { kind: 'int' })]
  return { node: operatorNode(call.node, call.name, operands), type }
}

/** A date moved by days or months stays a date in Spark, and becomes a timestamp in DuckDB. */
function moved(call: SparkCall, left: TypedNode, right: TypedNode): Translated {
  const [time, interval] = isInterval(left.type) ? [right, left] : [left, right]
  const isMinusInterval = call.name === '-' && interval === left
  if (isInterval(time.type) || isMinusInterval) {
    throw call.faults.unsupported(
      'arithmetic of intervals is refused: it is not known to mean the same here as in Spark, so add each to a date or a timestamp',
      call.node,
    )
  }
  if (time.type.kind === 'string')
    throw call.faults.unsupported(
      'an interval beside a text is refused: a text is no moment by itself, so cast it to date or timestamp',
      call.node,
    )
  const isCalendar = interval.type.kind === 'interval days'
  switch (time.type.kind) {
    case 'timestamp':
    case 'timestamp_ntz':
      return {
        node: operatorNode(call.node, call.name, [time.node, interval.node]),
        type: time.type,
      }
    case 'date':
      if (!isCalendar) return moved(call, instant(call, time), interval)
      return {
        node: macro(call, call.name === '-' ? 'subtract_days' : 'add_days', [
          time.node,
          interval.node,
        ]),
        type: time.type,
      }
    default:
      throw call.faults.unsupported(
        'arithmetic of intervals is refused: it is not known to mean the same here as in Spark, so add each to a date or a timestamp',
        call.node,
      )
  }
}

function instant(call: SparkCall, time: TypedNode): TypedNode {
  const type: SparkType = { kind: 'timestamp' }
  return { node: cast(call, time, type), type, source: time.source }
}

function wrongOperands(call: SparkCall): Error {
  return call.faults.unsupported(
    'operands of such types are refused: the operator is not known to mean the same for them as in Spark, so cast them',
    call.node,
    {
      operator: call.name,
      types: call.args.map(({ type }) => formatSparkType(type)).join(', '),
    },
  )
}

const TEXT: SparkType = { kind: 'string' }

/** `round(x)` and `round(x, digits)`: from the half on away from zero, of a float by the digits that it is written with. */
export function round(call: SparkCall): Translated {
  const [operand] = call.args
  if (operand === undefined || call.args.length > 2)
    throw call.faults.unsupported(
      'a function with so many arguments is refused: it is not known to mean the same with them as in Spark, so give it others',
      call.node,
      { function: call.name },
    )
  const digits =
    call.args.length === 2
      ? literalInteger(
          call,
          1,
          'this number of digits is refused: rounding to it is not known to be as in Spark, so use one from 0 to 18',
        )
      : 0
  if (digits < 0 || digits > 18)
    throw call.faults.unsupported(
      'this number of digits is refused: rounding to it is not known to be as in Spark, so use one from 0 to 18',
      call.node,
    )
  const { type, node } = operand
  if (isIntegral(type)) return { node, type }
  if (type.kind === 'decimal') {
    const scale = Math.min(type.scale, digits)
    const precision = Math.min(type.precision - type.scale + 1 + scale, 38)
    const rounded = decimal(precision, scale)
    return { node: castNode(call.node, node, duckdbTypeNode(rounded)), type: rounded }
  }
  if (!isFloating(type)) throw wrongOperands(call)
  const digitsAsWritten = (...steps: readonly SparkType[]): SqlNode =>
    [{ kind: 'double' as const }, TEXT, ...steps, decimal(38, digits), TEXT, type].reduce<SqlNode>(
      (value, step) => castNode(call.node, value, duckdbTypeNode(step)),
      node,
    )
  const rounded = [node, digitsAsWritten(), digitsAsWritten(decimal(38, 37))]
  return { node: macro(call, 'rounded', rounded), type }
}

/** The mean of decimals, from their sum and their number. */
export function decimalMean(
  at: SqlNode,
  total: SqlNode,
  count: SqlNode,
  type: DecimalType,
): Translated {
  const precision = Math.min(38, type.precision + 4)
  const scale = Math.min(38, type.scale + 4)
  const mean = decimal(precision, scale)
  const digits = callNode(at, 'frazil_decimal_mean', [total, count, powerOfTen(scale - type.scale)])
  return { node: castNode(at, withScale(at, digits, scale), duckdbTypeNode(mean)), type: mean }
}
