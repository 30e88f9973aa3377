/** Values in the canonical JSON that the oracles answer in: one text a row, the same from every engine. */
import { unreachable } from '../../src/base/assert.ts'
import { toHex } from '../../src/base/bytes.ts'
import { parseJson } from '../../src/base/json-exact.ts'
import { compareCodePoints } from '../../src/base/unicode.ts'
import { rowsOf } from '../../src/formats/arrow/rows.ts'
import type { TableScan } from '../../src/scan/table-scan.ts'
import { formatDecimal } from '../../src/types/decimal-text.ts'
import { typeToJson } from '../../src/types/schema-json.ts'
import { valueFromJson } from '../../src/types/single-value-json.ts'
import type { Field, PrimitiveType, Type } from '../../src/types/type.ts'
import type { PrimitiveValue, Value } from '../../src/types/value.ts'
import { withoutValues } from '../../src/types/without-values.ts'

/** Every row that a scan gives, as its canonical text, in the order in which the oracles sort. */
export async function scannedTexts(scan: TableScan<never, unknown>): Promise<string[]> {
  const { fields } = scan
  const texts: string[] = []
  for await (const batch of scan.batches()) {
    for (const row of rowsOf(batch, { fields })) texts.push(canonicalRow(fields, row))
  }
  return sortTexts(texts)
}

/** One row as `JSON.stringify` of its canonical object prints it. */
export function canonicalRow(fields: readonly Field[], row: readonly (Value | null)[]): string {
  return JSON.stringify(canonicalStruct(fields, row))
}

/** One value as it stands in a canonical row. */
export function canonicalPrimitive(type: PrimitiveType, value: PrimitiveValue | null): unknown {
  return canonicalValue(type, value)
}

/** A line that the command printed, as {@link canonicalRow} has the row. */
export function canonicalLine(fields: readonly Field[], line: string): string {
  const values = structFromNames(fields, parseJson(line))
  return canonicalRow(fields, values)
}

/** `[name, type]` of each column, types as in the JSON form of a schema but without field ids of primitives. */
export function canonicalSchema(fields: readonly Field[]): unknown {
  return fields.map((field) => [field.name, typeToJson(field.type)])
}

/** Texts in the order of their code points, as the oracles sort them. */
export function sortTexts(texts: string[]): string[] {
  return texts.sort(compareCodePoints)
}

function canonicalStruct(fields: readonly Field[], row: readonly (Value | null)[]): object {
  return Object.fromEntries(
    fields.map((field, index) => [field.name, canonicalValue(field.type, row[index] ?? null)]),
  )
}

/** A value in the spelling of the command: structs are objects by name, all else is as the specification has it. */
function valueFromNames(type: Type, json: unknown): Value | null {
  if (json === null) return null
  switch (type.kind) {
    case 'struct':
      return structFromNames(type.fields, json)
    case 'list':
      return (json as readonly unknown[]).map((item) => valueFromNames(type.element, item))
    case 'map': {
      const { keys, values } = json as Readonly<Record<'keys' | 'values', readonly unknown[]>>
      return keys.map((key, index) => [
        valueFromNames(type.key, key),
        valueFromNames(type.value, values[index] ?? null),
      ])
    }
    default:
      return valueFromJson(type, json, 'line')
  }
}

function structFromNames(fields: readonly Field[], json: unknown): (Value | null)[] {
  const object = json as Readonly<Record<string, unknown>>
  return fields.map(({ name, type }) => {
    if (!Object.hasOwn(object, name)) throw new Error(`column ${name} is not in the line`)
    return valueFromNames(type, object[name])
  })
}

function canonicalValue(type: Type, value: Value | null): unknown {
  if (value === null) return null
  switch (type.kind) {
    case 'boolean':
    case 'int':
    case 'date':
    case 'string':
      return value
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return String(value)
    case 'float':
    case 'double':
      return canonicalFloat(Number(value))
    case 'decimal':
      return formatDecimal(value as bigint, type.scale)
    case 'uuid':
    case 'fixed':
    case 'binary':
      return toHex(value as Uint8Array)
    case 'struct':
      return canonicalStruct(type.fields, value as readonly (Value | null)[])
    case 'list':
      return (value as readonly (Value | null)[]).map((item) => canonicalValue(type.element, item))
    case 'map':
      return canonicalMap(
        type.key,
        type.value,
        value as readonly (readonly [Value, Value | null])[],
      )
    case 'unknown':
      throw new Error('a column of no type holds a value')
    case 'variant':
    case 'geometry':
    case 'geography':
      throw withoutValues(type)
    default:
      return unreachable(type)
  }
}

function canonicalFloat(value: number): unknown {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : value
  return String(value)
}

function canonicalMap(
  key: Type,
  mapped: Type,
  entries: readonly (readonly [Value, Value | null])[],
): unknown {
  return entries
    .map(([left, right]) => [canonicalValue(key, left), canonicalValue(mapped, right)])
    .map((pair) => ({ pair, text: JSON.stringify(pair[0]) }))
    .sort((left, right) => compareCodePoints(left.text, right.text))
    .map(({ pair }) => pair)
}
