// Types that DuckDB holds as we do, value for value, and how it spells them.
import { unreachable } from '../base/assert.ts'
import type { Field, StructType, Type } from '../types/type.ts'
import { decline } from './declined.ts'
import { quoteName } from './sql-text.ts'

/**
 * A type in the words of DuckDB.
 *
 * @throws Declined for a type whose values DuckDB does not have, or with names that it cannot tell apart
 */
export function duckdbType(type: Type): string {
  switch (type.kind) {
    case 'boolean':
      return 'BOOLEAN'
    case 'int':
      return 'INTEGER'
    case 'long':
      return 'BIGINT'
    case 'float':
      return 'FLOAT'
    case 'double':
      return 'DOUBLE'
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`
    case 'date':
      return 'DATE'
    case 'time':
      return 'TIME'
    case 'timestamp':
      return 'TIMESTAMP'
    case 'timestamptz':
      return 'TIMESTAMP WITH TIME ZONE'
    case 'timestamp_ns':
      return 'TIMESTAMP_NS'
    case 'string':
      return 'VARCHAR'
    case 'uuid':
      return 'UUID'
    // It has no bytes of a fixed length, but keeps the length of those it is given.
    case 'fixed':
    case 'binary':
      return 'BLOB'
    case 'struct':
      return structType(type)
    case 'list':
      return `${duckdbType(type.element)}[]`
    case 'map':
      return `MAP(${duckdbType(type.key)}, ${duckdbType(type.value)})`
    case 'timestamptz_ns':
    case 'unknown':
    case 'variant':
    case 'geometry':
    case 'geography':
      return decline(`a column of type ${type.kind}`)
    default:
      return unreachable(type)
  }
}

function structType({ fields }: StructType): string {
  checkNames(fields)
  // DuckDB takes a dot in the name of a field for a way into it.
  if (fields.some(({ name }) => name.includes('.'))) decline('a field with a dot in its name')
  return `STRUCT(${fields.map(({ name, type }) => `${quoteName(name)} ${duckdbType(type)}`).join(', ')})`
}

/** @throws Declined for fields of one level whose names differ in case only, or which DuckDB keeps for itself */
export function checkNames(fields: readonly Field[]): void {
  const names = new Set(fields.map(({ name }) => name.toLowerCase()))
  if (names.size < fields.length) decline('names that differ in case only')
  if (fields.some(({ name }) => name.includes('\0') || name === ''))
    decline('a name without letters')
  if (names.has(FIELD_ID_NAME)) decline('a name that the engine keeps for itself')
}

/** How DuckDB spells the id of a nested field itself among those of its children. */
export const FIELD_ID_NAME = '__duckdb_field_id'
