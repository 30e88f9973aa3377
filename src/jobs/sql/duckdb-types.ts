/** Iceberg's types as DuckDB's, and back. Only for the thread that runs DuckDB. */
import duckdb from '@duckdb/node-api'
import type { DuckDBPreparedStatement, DuckDBType } from '@duckdb/node-api'
import { unreachable } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import { assignFreshIds } from '../../types/schema-walk.ts'
import { childFields } from '../../types/schema.ts'
import type { Schema } from '../../types/schema.ts'
import type { Field, Type } from '../../types/type.ts'
import { checkNames } from './view-names.ts'
import { withoutValues } from '../../types/without-values.ts'

/** The type under which a column is read by queries. Fixed bytes become bytes of any length: DuckDB has no others. */
export function duckdbTypeOf(type: Type): DuckDBType {
  switch (type.kind) {
    case 'boolean':
      return duckdb.BOOLEAN
    case 'int':
      return duckdb.INTEGER
    case 'long':
      return duckdb.BIGINT
    case 'float':
      return duckdb.FLOAT
    case 'double':
      return duckdb.DOUBLE
    case 'decimal':
      return duckdb.DECIMAL(type.precision, type.scale)
    case 'date':
      return duckdb.DATE
    case 'time':
      return duckdb.TIME
    case 'timestamp':
      return duckdb.TIMESTAMP
    case 'timestamptz':
      return duckdb.TIMESTAMPTZ
    case 'timestamp_ns':
      return duckdb.TIMESTAMP_NS
    // DuckDB has no moments of nanoseconds.
    case 'timestamptz_ns':
    case 'unknown':
    case 'variant':
    case 'geometry':
    case 'geography':
      throw withoutValues(type)
    case 'string':
      return duckdb.VARCHAR
    case 'uuid':
      return duckdb.UUID
    case 'fixed':
    case 'binary':
      return duckdb.BLOB
    case 'struct':
      return structType(type.fields)
    case 'list':
      return duckdb.LIST(duckdbTypeOf(type.element))
    case 'map':
      return duckdb.MAP(duckdbTypeOf(type.key), duckdbTypeOf(type.value))
    default:
      return unreachable(type)
  }
}

function structType(fields: readonly Field[]): DuckDBType {
  return new duckdb.DuckDBStructType(
    fields.map((field) => field.name),
    fields.map((field) => duckdbTypeOf(field.type)),
  )
}

/** A column of a result, as DuckDB tells it. */
export interface ResultColumn {
  readonly name: string
  readonly type: DuckDBType
}

export function columnsOfStatement(statement: DuckDBPreparedStatement): ResultColumn[] {
  return Array.from({ length: statement.columnCount }, (_, index) => ({
    name: statement.columnName(index),
    type: statement.columnType(index),
  }))
}

/**
 * The schema of a result: fresh ids, all fields optional.
 *
 * @throws IcebergError `invalid` for names that come twice, `unsupported` for a column of a type that tables do not have
 */
export function resultSchemaOf(columns: readonly ResultColumn[]): Schema {
  checkNames(
    columns.map((column) => column.name),
    'result has two columns of one name',
  )
  const fields = columns.map((column): Field => ({
    id: 0,
    name: column.name,
    required: false,
    type: typeOf(column.type, column.name),
  }))
  return { schemaId: 0, fields: assignFreshIds(fields), identifierFieldIds: [] }
}

/** All ids are 0. Integers get the narrowest of the two types that hold them all; sums of integers are long, as in Spark. */
function typeOf(type: DuckDBType, column: string): Type {
  const ids = duckdb.DuckDBTypeId
  switch (type.typeId) {
    case ids.BOOLEAN:
      return { kind: 'boolean' }
    case ids.TINYINT:
    case ids.SMALLINT:
    case ids.INTEGER:
      return { kind: 'int' }
    case ids.BIGINT:
    case ids.HUGEINT:
      return { kind: 'long' }
    case ids.FLOAT:
      return { kind: 'float' }
    case ids.DOUBLE:
      return { kind: 'double' }
    case ids.DECIMAL:
      return { kind: 'decimal', precision: type.width, scale: type.scale }
    case ids.DATE:
      return { kind: 'date' }
    case ids.TIME:
      return { kind: 'time' }
    case ids.TIMESTAMP:
      return { kind: 'timestamp' }
    case ids.TIMESTAMP_TZ:
      return { kind: 'timestamptz' }
    case ids.VARCHAR:
      return { kind: 'string' }
    case ids.UUID:
      return { kind: 'uuid' }
    case ids.BLOB:
      return { kind: 'binary' }
    case ids.STRUCT:
      return {
        kind: 'struct',
        fields: type.entryTypes.map((entry, index) =>
          entryField(type.entryNames[index] ?? '', entry, column),
        ),
      }
    case ids.LIST:
      return {
        kind: 'list',
        elementId: 0,
        elementRequired: false,
        element: typeOf(type.valueType, column),
      }
    case ids.MAP:
      return {
        kind: 'map',
        keyId: 0,
        key: typeOf(type.keyType, column),
        valueId: 0,
        valueRequired: false,
        value: typeOf(type.valueType, column),
      }
    default:
      throw new IcebergError(
        'unsupported',
        'a column of this type is refused: tables have none such, so cast it',
        {
          context: { column, type: type.toString() },
        },
      )
  }
}

function entryField(name: string, type: DuckDBType, column: string): Field {
  return { id: 0, name, required: false, type: typeOf(type, column) }
}

/**
 * A view can be read when no two names at one level are the same without case, which is how DuckDB finds them.
 *
 * @throws IcebergError `invalid` naming two that are
 */
export function checkViewSchema(schema: Schema): void {
  checkFieldNames(schema.fields)
}

function checkFieldNames(fields: readonly Field[]): void {
  checkNames(
    fields.map((field) => field.name),
    'view has two columns whose names differ in case only',
  )
  for (const field of fields) checkChildNames(field.type)
}

function checkChildNames(type: Type): void {
  if (type.kind === 'struct') checkFieldNames(type.fields)
  else for (const child of childFields(type)) checkChildNames(child.type)
}
