/** Spark's types: how they meet in an expression, and which type of DuckDB holds them. The rules are those of ANSI mode. */
import { unreachable } from '../../base/assert.ts'
import type { Type } from '../../types/type.ts'
import type { SqlNode } from './syntax-tree.ts'

type PlainKind =
  /** That of a bare NULL. */
  | 'void'
  | 'boolean'
  | 'byte'
  | 'short'
  | 'int'
  | 'long'
  | 'float'
  | 'double'
  | 'string'
  | 'binary'
  | 'date'
  | 'time'
  /** A moment, shown in the zone of the session. */
  | 'timestamp'
  | 'timestamp_ntz'
  | 'timestamp_ns'
  | 'uuid'
  /** Intervals of months and days, and of what the clock counts. */
  | 'interval days'
  | 'interval time'

export type SparkType =
  | { readonly kind: PlainKind }
  | DecimalType
  | { readonly kind: 'array'; readonly element: SparkType }
  | { readonly kind: 'map'; readonly key: SparkType; readonly value: SparkType }
  | { readonly kind: 'struct'; readonly fields: readonly SparkColumn[] }

export interface DecimalType {
  readonly kind: 'decimal'
  readonly precision: number
  readonly scale: number
}

/** A name and its type: a column, or a field of a struct. */
export interface SparkColumn {
  readonly name: string
  readonly type: SparkType
}

export const MAX_PRECISION = 38

export function decimal(precision: number, scale: number): DecimalType {
  return { kind: 'decimal', precision, scale }
}

/** As Spark names it. */
export function formatSparkType(type: SparkType): string {
  switch (type.kind) {
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`
    case 'array':
      return `array<${formatSparkType(type.element)}>`
    case 'map':
      return `map<${formatSparkType(type.key)},${formatSparkType(type.value)}>`
    case 'struct':
      return `struct<${type.fields.map((field) => `${field.name}:${formatSparkType(field.type)}`).join(',')}>`
    default:
      return type.kind
  }
}

export function isSameType(left: SparkType, right: SparkType): boolean {
  return formatSparkType(left) === formatSparkType(right)
}

/** The type under which queries see a column of a table. */
export function sparkTypeOf(type: Type): SparkType {
  switch (type.kind) {
    case 'timestamptz':
      return { kind: 'timestamp' }
    case 'timestamp':
      return { kind: 'timestamp_ntz' }
    case 'fixed':
      return { kind: 'binary' }
    case 'timestamptz_ns':
    case 'unknown':
    case 'variant':
    case 'geometry':
    case 'geography':
      return { kind: 'void' }
    case 'decimal':
      return decimal(type.precision, type.scale)
    case 'list':
      return { kind: 'array', element: sparkTypeOf(type.element) }
    case 'map':
      return { kind: 'map', key: sparkTypeOf(type.key), value: sparkTypeOf(type.value) }
    case 'struct':
      return {
        kind: 'struct',
        fields: type.fields.map((field) => ({ name: field.name, type: sparkTypeOf(field.type) })),
      }
    default:
      return { kind: type.kind }
  }
}

/** DuckDB's name of a type without parameters. */
const DUCKDB_NAMES: Readonly<Record<PlainKind, string>> = {
  void: 'INTEGER',
  boolean: 'BOOLEAN',
  byte: 'TINYINT',
  short: 'SMALLINT',
  int: 'INTEGER',
  long: 'BIGINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  string: 'VARCHAR',
  binary: 'BLOB',
  date: 'DATE',
  time: 'TIME',
  timestamp: 'TIMESTAMP WITH TIME ZONE',
  timestamp_ntz: 'TIMESTAMP',
  timestamp_ns: 'TIMESTAMP_NS',
  uuid: 'UUID',
  'interval days': 'INTERVAL',
  'interval time': 'INTERVAL',
}

/** The type of a cast, as a node of a tree. */
export function duckdbTypeNode(type: SparkType): SqlNode {
  switch (type.kind) {
    case 'decimal': {
      const { precision: width, scale } = type
      return { id: 'DECIMAL', type_info: typeInfo('DECIMAL_TYPE_INFO', { width, scale }) }
    }
    case 'array':
      return listNode('LIST', duckdbTypeNode(type.element))
    case 'map':
      return listNode(
        'MAP',
        structNode([
          { name: 'key', type: type.key },
          { name: 'value', type: type.value },
        ]),
      )
    case 'struct':
      return structNode(type.fields)
    default:
      return { id: DUCKDB_NAMES[type.kind], type_info: null }
  }
}

function listNode(id: string, child: SqlNode): SqlNode {
  return { id, type_info: typeInfo('LIST_TYPE_INFO', { child_type: child }) }
}

function structNode(fields: readonly SparkColumn[]): SqlNode {
  const children = fields.map(({ name, type }) => ({ first: name, second: duckdbTypeNode(type) }))
  return { id: 'STRUCT', type_info: typeInfo('STRUCT_TYPE_INFO', { child_types: children }) }
}

function typeInfo(type: string, rest: SqlNode): SqlNode {
  return { type, alias: '', extension_info: null, ...rest }
}

const INTEGRAL: readonly string[] = ['byte', 'short', 'int', 'long']

export function isIntegral(type: SparkType): boolean {
  return INTEGRAL.includes(type.kind)
}

export function isFloating(type: SparkType): boolean {
  return type.kind === 'float' || type.kind === 'double'
}

export function isNumeric(type: SparkType): boolean {
  return isIntegral(type) || isFloating(type) || type.kind === 'decimal'
}

export function isInterval(type: SparkType): boolean {
  return type.kind === 'interval days' || type.kind === 'interval time'
}

/** The decimal that holds every integer of a type, and a decimal itself; null for other types. */
export function asDecimal(type: SparkType): DecimalType | null {
  switch (type.kind) {
    case 'byte':
      return decimal(3, 0)
    case 'short':
      return decimal(5, 0)
    case 'int':
      return decimal(10, 0)
    case 'long':
      return decimal(20, 0)
    case 'decimal':
      return type
    default:
      return null
  }
}

/** The type in which two are compared, or which stands for either; null when there is none that loses nothing. */
export function commonType(left: SparkType, right: SparkType): SparkType | null {
  if (isSameType(left, right) || right.kind === 'void') return left
  if (left.kind === 'void') return right
  if (left.kind === 'string') return besideText(right)
  if (right.kind === 'string') return besideText(left)
  if (isNumeric(left) && isNumeric(right)) return commonNumber(left, right)
  return commonTime(left, right)
}

function commonTime(left: SparkType, right: SparkType): SparkType | null {
  const kinds = [left.kind, right.kind]
  if (!kinds.every((kind) => /^(?:date|timestamp|timestamp_ntz)$/.test(kind))) return null
  return { kind: kinds.includes('timestamp') ? 'timestamp' : 'timestamp_ntz' }
}

/** As what a text is read beside another type. */
function besideText(type: SparkType): SparkType | null {
  if (isIntegral(type)) return { kind: 'long' }
  if (isNumeric(type)) return { kind: 'double' }
  const isReadable = ['boolean', 'date', 'time', 'timestamp', 'timestamp_ntz', 'uuid', 'binary']
  return isReadable.includes(type.kind) ? type : null
}

function commonNumber(left: SparkType, right: SparkType): SparkType | null {
  if (isFloating(left) || isFloating(right)) {
    const isSmall = [left, right].every(({ kind }) => ['float', 'byte', 'short'].includes(kind))
    return { kind: isSmall ? 'float' : 'double' }
  }
  if (isIntegral(left) && isIntegral(right)) {
    return INTEGRAL.indexOf(left.kind) > INTEGRAL.indexOf(right.kind) ? left : right
  }
  return commonDecimal(asDecimal(left), asDecimal(right))
}

function commonDecimal(left: DecimalType | null, right: DecimalType | null): DecimalType | null {
  if (left === null || right === null) return null
  const scale = Math.max(left.scale, right.scale)
  const precision = Math.max(left.precision - left.scale, right.precision - right.scale) + scale
  return precision > MAX_PRECISION ? null : decimal(precision, scale)
}

export type DecimalOperator = '+' | '-' | '*' | '/' | '%'

/** Digits after the point that are kept, where an operation would have too many in all. */
const LEAST_SCALE = 6

/** The type of an operation on decimals: with fewer digits after the point where that makes it fit. */
export function decimalResult(
  operator: DecimalOperator,
  left: DecimalType,
  right: DecimalType,
): DecimalType {
  const { precision, scale } = exactResult(operator, left, right)
  if (precision <= MAX_PRECISION) return decimal(precision, scale)
  const room = MAX_PRECISION - (precision - scale)
  return decimal(MAX_PRECISION, Math.max(room, Math.min(scale, LEAST_SCALE)))
}

function exactResult(
  operator: DecimalOperator,
  left: DecimalType,
  right: DecimalType,
): DecimalType {
  const whole = [left.precision - left.scale, right.precision - right.scale] as const
  const finer = Math.max(left.scale, right.scale)
  switch (operator) {
    case '+':
    case '-':
      return decimal(Math.max(...whole) + finer + 1, finer)
    case '*':
      return decimal(left.precision + right.precision + 1, left.scale + right.scale)
    case '/': {
      const scale = Math.max(6, left.scale + right.precision + 1)
      return decimal(whole[0] + right.scale + scale, scale)
    }
    case '%':
      return decimal(Math.min(...whole) + finer, finer)
    default:
      return unreachable(operator)
  }
}
