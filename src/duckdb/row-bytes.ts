// What rows take in memory, about, as an expression of DuckDB that is cheap to compute.
import { isPrimitive } from '../types/type.ts'
import type { Field, Type } from '../types/type.ts'
import { columnName } from './layout-sql.ts'
import { quoteText } from './sql-text.ts'

/** What is counted for a text or bytes inside of a list or a map, where each would have to be looked at. */
const INNER_BYTES = 16

export function bytesOfRow(fields: readonly Field[]): string {
  return fields.map(({ type }, position) => bytesOf(type, columnName(position))).join(' + ')
}

function bytesOf(type: Type, column: string): string {
  switch (type.kind) {
    case 'string':
      return `coalesce(strlen(${column}), 0)`
    case 'binary':
    case 'fixed':
      return `coalesce(octet_length(${column}), 0)`
    case 'struct':
      return type.fields
        .map(({ name, type: inner }) =>
          bytesOf(inner, `struct_extract(${column}, ${quoteText(name)})`),
        )
        .join(' + ')
    case 'list':
      return `coalesce(len(${column}), 0) * ${widthOf(type.element)}`
    case 'map':
      return `coalesce(cardinality(${column}), 0) * ${widthOf(type.key) + widthOf(type.value)}`
    default:
      return String(widthOf(type))
  }
}

function widthOf(type: Type): number {
  switch (type.kind) {
    case 'boolean':
      return 1
    case 'int':
    case 'date':
    case 'float':
      return 4
    case 'decimal':
    case 'uuid':
      return 16
    case 'struct':
      return type.fields.reduce((sum, field) => sum + widthOf(field.type), 0)
    default:
      return isPrimitive(type) && !isText(type) ? 8 : INNER_BYTES
  }
}

function isText({ kind }: Type): boolean {
  return kind === 'string' || kind === 'binary' || kind === 'fixed'
}
