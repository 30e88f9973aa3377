/**
 * Values as callers read them: nothing loses a digit unless it was asked for by name, and then what would lose one throws.
 *
 * | type | given | form |
 * | --- | --- | --- |
 * | boolean, int, float, double, string | the same | |
 * | long | `bigint` | `number` |
 * | decimal | text with the type's scale | |
 * | date | ISO text | `date`: `Date` at midnight UTC |
 * | time, timestamp | ISO text with six digits of fraction | `micros`: `bigint` |
 * | timestamptz | the same with `+00:00` | `micros`: `bigint`; `date`: `Date` |
 * | timestamp_ns, timestamptz_ns | the same with nine digits | `nanos`: `bigint` |
 * | uuid | text | |
 * | fixed, binary | `Uint8Array` | |
 * | struct, list, map | object, array, `Map` | |
 * | unknown | null | |
 *
 * A `Map` has no minus zero among its keys, and of two equal keys, which no writer should write, the last one.
 */
import { MICROS_PER_MS } from '../base/civil-time.ts'
import { unreachable } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import { formatDecimal } from './decimal-text.ts'
import { elementField, keyField, valueField } from './schema.ts'
import {
  formatDate,
  formatTime,
  formatTimestamp,
  formatTimestampNs,
  formatTimestamptz,
  formatTimestamptzNs,
} from './temporal-text.ts'
import type { Field, ListType, MapType, Type } from './type.ts'
import { formatUuid } from './uuid-text.ts'
import type { NestedValue, Value } from './value.ts'
import { withoutValues } from './without-values.ts'

/** Another form of a column's values than the one its type has by itself. */
export type OutputForm = 'number' | 'micros' | 'nanos' | 'date'

/** Forms by field id; a column that is not there has the form of its type. */
export type OutputForms = ReadonlyMap<number, OutputForm>

const noForms: OutputForms = new Map()

/**
 * The form of a value for callers; null for null.
 *
 * @throws IcebergError `invalid` when the form asked for does not hold the value exactly
 */
export type OutputConverter = (value: Value | null) => unknown

/** {@link outputConverter} for one value. */
export function valueToOutput(type: Type, value: Value | null, form?: OutputForm): unknown {
  return nullable(converterOf(type, form, noForms))(value)
}

/** The converter for the values of a field, compiled once for many. */
export function outputConverter(field: Field, forms: OutputForms = noForms): OutputConverter {
  return nullable(converterOf(field.type, forms.get(field.id), forms))
}

/** The converter for rows, one value a field in the order of the fields, to objects with their names as keys. */
export function rowToOutput(
  fields: readonly Field[],
  forms: OutputForms = noForms,
): (row: readonly (Value | null)[]) => Record<string, unknown> {
  const columns = fields.map((field) => ({
    name: field.name,
    convert: outputConverter(field, forms),
  }))
  return (row) => {
    const result: Record<string, unknown> = {}
    columns.forEach(({ name, convert }, index) => {
      const value = convert(row[index] ?? null)
      if (name === '__proto__') defineOwn(result, name, value)
      else result[name] = value
    })
    return result
  }
}

/** Plain assignment to this name would change what the object inherits. */
function defineOwn(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  })
}

type PresentConverter = (value: never) => unknown

function nullable(convert: PresentConverter): OutputConverter {
  // The type says how the value is held, as value.ts lists.
  return (value) => (value === null ? null : convert(value as never))
}

function converterOf(
  type: Type,
  form: OutputForm | undefined,
  forms: OutputForms,
): PresentConverter {
  switch (type.kind) {
    case 'boolean':
    case 'int':
    case 'float':
    case 'double':
    case 'string':
    case 'fixed':
    case 'binary':
    case 'unknown':
      return (value: unknown) => value
    case 'long':
      return form === 'number' ? toExactNumber : (value: bigint) => value
    case 'decimal':
      return (value: bigint) => formatDecimal(value, type.scale)
    case 'date':
      return form === 'date' ? dateFromDays : formatDate
    case 'time':
      return form === 'micros' ? (value: bigint) => value : formatTime
    case 'timestamp':
      return form === 'micros' ? (value: bigint) => value : formatTimestamp
    case 'timestamptz':
      return timestamptzConverter(form)
    case 'timestamp_ns':
      return form === 'nanos' ? (value: bigint) => value : formatTimestampNs
    case 'timestamptz_ns':
      return form === 'nanos' ? (value: bigint) => value : formatTimestamptzNs
    case 'uuid':
      return formatUuid
    case 'struct':
      return rowToOutput(type.fields, forms)
    case 'list':
      return listConverter(type, forms)
    case 'map':
      return mapConverter(type, forms)
    case 'variant':
    case 'geometry':
    case 'geography':
      throw withoutValues(type)
    default:
      return unreachable(type)
  }
}

function timestamptzConverter(form: OutputForm | undefined): PresentConverter {
  if (form === 'micros') return (value: bigint) => value
  return form === 'date' ? dateFromMicros : formatTimestamptz
}

function listConverter(type: ListType, forms: OutputForms): PresentConverter {
  const convert = outputConverter(elementField(type), forms)
  return (value: NestedValue) => value.map((item) => convert(item))
}

function mapConverter(type: MapType, forms: OutputForms): PresentConverter {
  const convertKey = outputConverter(keyField(type), forms)
  const convertItem = outputConverter(valueField(type), forms)
  return (entries: readonly NestedValue[]) =>
    new Map(entries.map(([key = null, item = null]) => [convertKey(key), convertItem(item)]))
}

function toExactNumber(value: bigint): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw inexact('integer is beyond 2^53', 'number')
  return number
}

const MS_PER_DAY = 86_400_000
function dateFromDays(days: number): Date {
  return validDate(days * MS_PER_DAY)
}

function dateFromMicros(micros: bigint): Date {
  if (micros % MICROS_PER_MS !== 0n) throw inexact('timestamp has microseconds', 'date')
  return validDate(Number(micros / MICROS_PER_MS))
}

function validDate(ms: number): Date {
  const date = new Date(ms)
  if (Number.isNaN(date.getTime())) throw inexact('moment is beyond the range of Date', 'date')
  return date
}

function inexact(message: string, form: OutputForm): IcebergError {
  return new IcebergError('invalid', message, { context: { form } })
}
