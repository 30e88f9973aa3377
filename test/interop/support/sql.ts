// Types, values and predicates in the SQL of other engines, exactly: values go by their bytes and counts, not by texts that
// somebody would have to parse.
import { unreachable } from '../../../src/base/assert.ts'
import { toHex } from '../../../src/base/bytes.ts'
import type { BoundLeaf, BoundPredicate } from '../../../src/expressions/bound.ts'
import type { ComparisonKind } from '../../../src/expressions/predicate.ts'
import type { Transform } from '../../../src/layout/transform.ts'
import { formatDecimal } from '../../../src/types/decimal-text.ts'
import type { Field, PrimitiveType, Type } from '../../../src/types/type.ts'
import { isPrimitive } from '../../../src/types/type.ts'
import { formatUuid } from '../../../src/types/uuid-text.ts'
import type { PrimitiveValue, Value } from '../../../src/types/value.ts'

/** What differs between the engines. */
export interface Dialect {
  readonly name: (name: string) => string
  readonly literal: (type: PrimitiveType, value: PrimitiveValue) => string
  /** The function that tells prefixes. */
  readonly startsWith: string
}

export const sparkDialect: Dialect = {
  name: (name) => `\`${name.replaceAll('`', '``')}\``,
  literal: sparkPrimitive,
  startsWith: 'startswith',
}

export const duckdbDialect: Dialect = {
  name: (name) => `"${name.replaceAll('"', '""')}"`,
  literal: duckdbPrimitive,
  startsWith: 'starts_with',
}

/** A column list for `CREATE TABLE`. */
export function sparkColumns(fields: readonly Field[]): string {
  return fields.map(({ name, type }) => `${sparkDialect.name(name)} ${sparkType(type)}`).join(', ')
}

/** Rows for `INSERT INTO ... VALUES`. */
export function sparkRows(
  fields: readonly Field[],
  rows: readonly (readonly (Value | null)[])[],
): string {
  return rows
    .map((row) => `(${fields.map(({ type }, i) => sparkValue(type, row[i] ?? null)).join(', ')})`)
    .join(', ')
}

/** What Iceberg Java makes of a value, by its own functions. */
export function sparkTransform(transform: Transform, value: string): string {
  switch (transform.kind) {
    case 'bucket':
      return `ice.system.bucket(${transform.numBuckets}, ${value})`
    case 'truncate':
      return `ice.system.truncate(${transform.width}, ${value})`
    case 'year':
    case 'month':
    case 'day':
    case 'hour':
      return `ice.system.${transform.kind}s(${value})`
    default:
      throw new Error(`Spark has no function for ${transform.kind}`)
  }
}

/** Columns to partition a table by, in the words of Spark. */
export function sparkPartition(transform: Transform, column: string): string {
  if (transform.kind === 'identity') return column
  return sparkTransform(transform, column).replace('ice.system.', '')
}

/** The tests of a predicate hold for no NaN, where SQL takes NaN for the greatest number. */
export function predicateSql(predicate: BoundPredicate, dialect: Dialect): string {
  switch (predicate.kind) {
    case 'true':
    case 'false':
      return predicate.kind
    case 'and':
    case 'or':
      return `(${predicate.children.map((child) => predicateSql(child, dialect)).join(` ${predicate.kind} `)})`
    default:
      return leafSql(predicate, dialect)
  }
}

const SIGNS: Readonly<Record<Exclude<ComparisonKind, 'starts-with' | 'not-starts-with'>, string>> =
  {
    eq: '=',
    'not-eq': '<>',
    lt: '<',
    'lt-eq': '<=',
    gt: '>',
    'gt-eq': '>=',
  }

function leafSql(leaf: BoundLeaf, dialect: Dialect): string {
  const column = leaf.column.path.map(dialect.name).join('.')
  switch (leaf.kind) {
    case 'is-null':
      return `${column} IS NULL`
    case 'not-null':
      return `${column} IS NOT NULL`
    case 'is-nan':
      return `coalesce(isnan(${column}), false)`
    case 'not-nan':
      return `NOT coalesce(isnan(${column}), false)`
    case 'in':
    case 'not-in': {
      const { type } = leaf.column
      const literals = leaf.literals
        .map((value) => dialect.literal(literalType(type, value), value))
        .join(', ')
      return butNaN(column, type, `${column} ${leaf.kind === 'in' ? 'IN' : 'NOT IN'} (${literals})`)
    }
    case 'starts-with':
    case 'not-starts-with': {
      const prefix = dialect.literal(leaf.column.type, leaf.literal)
      return `${leaf.kind === 'starts-with' ? '' : 'NOT '}${dialect.startsWith}(${column}, ${prefix})`
    }
    default: {
      const { type } = leaf.column
      const literal = dialect.literal(literalType(type, leaf.literal), leaf.literal)
      return butNaN(column, type, `${column} ${SIGNS[leaf.kind]} ${literal}`)
    }
  }
}

/** A literal for a float column may be a double beyond all floats. */
function literalType(type: PrimitiveType, value: PrimitiveValue): PrimitiveType {
  return type.kind === 'float' && Math.fround(Number(value)) !== value ? { kind: 'double' } : type
}

function butNaN(column: string, type: PrimitiveType, test: string): string {
  return type.kind === 'float' || type.kind === 'double'
    ? `(${test} AND NOT isnan(${column}))`
    : test
}

function sparkType(type: Type): string {
  switch (type.kind) {
    case 'long':
      return 'bigint'
    case 'timestamptz':
      return 'timestamp'
    case 'timestamp':
      return 'timestamp_ntz'
    case 'decimal':
      return `decimal(${type.precision}, ${type.scale})`
    case 'struct':
      return `struct<${type.fields.map(({ name, type: inner }) => `${sparkDialect.name(name)}: ${sparkType(inner)}`).join(', ')}>`
    case 'list':
      return `array<${sparkType(type.element)}>`
    case 'map':
      return `map<${sparkType(type.key)}, ${sparkType(type.value)}>`
    case 'time':
    case 'uuid':
    case 'fixed':
    case 'timestamp_ns':
    case 'timestamptz_ns':
    case 'unknown':
    case 'geometry':
    case 'geography':
      throw new Error(`Spark has no ${type.kind}`)
    default:
      return type.kind
  }
}

function sparkValue(type: Type, value: Value | null): string {
  if (value === null) return `CAST(NULL AS ${sparkType(type)})`
  // How each type is held is said in value.ts.
  if (isPrimitive(type)) return sparkPrimitive(type, value as PrimitiveValue)
  return `CAST(${sparkNested(type, value as readonly (Value | null)[])} AS ${sparkType(type)})`
}

function sparkNested(type: Exclude<Type, PrimitiveType>, value: readonly (Value | null)[]): string {
  switch (type.kind) {
    case 'struct':
      return `named_struct(${type.fields
        .map((field, i) => `${sparkText(field.name)}, ${sparkValue(field.type, value[i] ?? null)}`)
        .join(', ')})`
    case 'list':
      return `array(${value.map((item) => sparkValue(type.element, item)).join(', ')})`
    case 'map':
      return `map(${(value as readonly (readonly [Value, Value | null])[])
        .map(([key, mapped]) => `${sparkValue(type.key, key)}, ${sparkValue(type.value, mapped)}`)
        .join(', ')})`
    case 'variant':
      throw new Error('variants are not spelled')
    default:
      return unreachable(type)
  }
}

/** One value, by its bytes or its count. */
export function sparkPrimitive(type: PrimitiveType, value: PrimitiveValue): string {
  const digits = numberText(type, value)
  switch (type.kind) {
    case 'string':
      return sparkText(String(value))
    case 'binary':
    case 'fixed':
      return `X'${hexOf(value)}'`
    case 'date':
      return `date_from_unix_date(CAST('${digits}' AS int))`
    case 'timestamptz':
      return `timestamp_micros(CAST('${digits}' AS bigint))`
    case 'timestamp':
      return `CAST(timestamp_micros(CAST('${digits}' AS bigint)) AS timestamp_ntz)`
    case 'uuid':
      return `'${formatUuid(value as Uint8Array)}'`
    default:
      return `CAST('${digits}' AS ${sparkType(type)})`
  }
}

function duckdbPrimitive(type: PrimitiveType, value: PrimitiveValue): string {
  const digits = numberText(type, value)
  switch (type.kind) {
    case 'string':
      return `decode(unhex('${hexOf(Buffer.from(String(value)))}'))`
    case 'binary':
    case 'fixed':
      return `unhex('${hexOf(value)}')`
    case 'date':
      return `(DATE '1970-01-01' + CAST('${digits}' AS int))`
    case 'time':
      return `CAST(make_timestamp(CAST('${digits}' AS bigint)) AS time)`
    case 'timestamp':
      return `make_timestamp(CAST('${digits}' AS bigint))`
    case 'timestamptz':
      return `(make_timestamp(CAST('${digits}' AS bigint)) AT TIME ZONE 'UTC')`
    case 'uuid':
      return `CAST('${formatUuid(value as Uint8Array)}' AS uuid)`
    default:
      return `CAST('${digits}' AS ${type.kind === 'decimal' ? sparkType(type) : type.kind})`
  }
}

/** The text of a value that is a number, or a boolean. */
function numberText(type: PrimitiveType, value: PrimitiveValue): string {
  if (type.kind === 'decimal') return formatDecimal(value as bigint, type.scale)
  return Object.is(value, -0) ? '-0.0' : String(value)
}

function sparkText(text: string): string {
  return `CAST(X'${hexOf(Buffer.from(text))}' AS string)`
}

function hexOf(value: PrimitiveValue): string {
  return toHex(value as Uint8Array)
}
