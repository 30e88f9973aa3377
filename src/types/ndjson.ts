/**
 * Values as text lines: the specification's JSON single-value serialization, with two additions: a struct is an object
 * by field name, and the floats that JSON cannot spell are `"NaN"`, `"Infinity"`, `"-Infinity"`; minus zero is `-0.0`.
 */
import { unreachable } from '../base/assert.ts'
import { toHex } from '../base/bytes.ts'
import { stringifyJson } from '../base/json-exact.ts'
import { formatDecimal } from './decimal-text.ts'
import {
  formatDate,
  formatTime,
  formatTimestamp,
  formatTimestampNs,
  formatTimestamptz,
  formatTimestamptzNs,
} from './temporal-text.ts'
import type { Field, Type } from './type.ts'
import { formatUuid } from './uuid-text.ts'
import type { Value } from './value.ts'
import { withoutValues } from './without-values.ts'

/** The JSON text of one value (spec: JSON single-value serialization). */
export type ValuePrinter = (value: Value | null) => string

/** A printer of rows: one JSON object a row, every column present, null included, in the order of the fields. */
export function linePrinter(fields: readonly Field[]): (row: readonly (Value | null)[]) => string {
  const members = fields.map((field) => ({
    name: stringifyJson(field.name),
    print: valuePrinter(field.type),
  }))
  return (row) =>
    `{${members.map(({ name, print }, index) => `${name}:${print(row[index] ?? null)}`).join(',')}}`
}

/** A printer of values of one type. */
export function valuePrinter(type: Type): ValuePrinter {
  const print = nonNullPrinter(type)
  return (value) => (value === null ? 'null' : print(value))
}

function nonNullPrinter(type: Type): (value: Value) => string {
  switch (type.kind) {
    case 'boolean':
    case 'int':
    case 'long':
    case 'unknown':
      return String
    case 'float':
    case 'double':
      return (value) => printFloat(Number(value))
    case 'string':
      return stringifyJson
    case 'decimal':
      return (value) => `"${formatDecimal(value as bigint, type.scale)}"`
    case 'date':
      return (value) => `"${formatDate(value as number)}"`
    case 'time':
      return (value) => `"${formatTime(value as bigint)}"`
    case 'timestamp':
      return (value) => `"${formatTimestamp(value as bigint)}"`
    case 'timestamptz':
      return (value) => `"${formatTimestamptz(value as bigint)}"`
    case 'timestamp_ns':
      return (value) => `"${formatTimestampNs(value as bigint)}"`
    case 'timestamptz_ns':
      return (value) => `"${formatTimestamptzNs(value as bigint)}"`
    case 'uuid':
      return (value) => `"${formatUuid(value as Uint8Array)}"`
    case 'fixed':
    case 'binary':
      return (value) => `"${toHex(value as Uint8Array)}"`
    case 'struct': {
      const print = linePrinter(type.fields)
      return (value) => print(value as readonly (Value | null)[])
    }
    case 'list': {
      const print = valuePrinter(type.element)
      return (value) => `[${(value as readonly (Value | null)[]).map(print).join(',')}]`
    }
    case 'map':
      return mapPrinter(valuePrinter(type.key), valuePrinter(type.value))
    case 'variant':
    case 'geometry':
    case 'geography':
      throw withoutValues(type)
    default:
      return unreachable(type)
  }
}

function mapPrinter(printKey: ValuePrinter, printValue: ValuePrinter): (value: Value) => string {
  return (value) => {
    const entries = value as readonly (readonly [Value, Value | null])[]
    const keys = entries.map(([key]) => printKey(key))
    const values = entries.map(([, mapped]) => printValue(mapped))
    return `{"keys":[${keys.join(',')}],"values":[${values.join(',')}]}`
  }
}

function printFloat(value: number): string {
  if (Object.is(value, -0)) return '-0.0'
  return Number.isFinite(value) ? String(value) : `"${value}"`
}
