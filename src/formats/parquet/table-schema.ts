// The columns of a Parquet file as those of a table, by what their annotations say (spec: Parquet).
import { unreachable } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import { assignFreshIds } from '../../types/schema-walk.ts'
import type { Schema } from '../../types/schema.ts'
import type { Field, PrimitiveType, Type } from '../../types/type.ts'
import { listElement } from './field-ids.ts'
import { LOGICAL_TYPE, SCHEMA_ELEMENT } from './file-schema.ts'
import type { Annotation, ParquetColumn, ParquetNode, ParquetSchema } from './file-schema.ts'
import { booleanOf, byteOf, intOf, structOf } from './thrift.ts'
import type { ThriftStruct } from './thrift.ts'

/** Ids are given anew, and come to be when all fields are there. */
const NO_ID = 0

/**
 * The schema of a table for the rows of a file. All columns are optional, but for the keys of maps.
 *
 * @throws IcebergError `unsupported` with the column whose type no table has
 */
export function schemaOfParquet({ root }: ParquetSchema): Schema {
  const fields = root.children.map((node) => fieldOf(node, []))
  return { schemaId: 0, fields: assignFreshIds(fields), identifierFieldIds: [] }
}

function fieldOf(node: ParquetNode, parents: readonly string[]): Field {
  if (node.repetition === 'repeated') throw notOfTables([...parents, node.name])
  const type = typeOf(node, [...parents, node.name])
  return { id: NO_ID, name: node.name, required: false, type }
}

function typeOf(node: ParquetNode, path: readonly string[]): Type {
  if (node.column !== null) {
    const type = primitiveOf(node.column, node.element)
    if (type === null) throw notOfTables(path)
    return type
  }
  switch (node.annotation?.kind) {
    case undefined:
      return { kind: 'struct', fields: node.children.map((child) => fieldOf(child, path)) }
    case 'list':
      return listOf(node, path)
    case 'map':
      return mapOf(node, path)
    default:
      throw notOfTables(path)
  }
}

function listOf(node: ParquetNode, path: readonly string[]): Type {
  const element = listElement(node)
  if (element === null) throw notOfTables(path)
  const type = typeOf(element, [...path, 'element'])
  return { kind: 'list', elementId: NO_ID, element: type, elementRequired: false }
}

function mapOf({ children }: ParquetNode, path: readonly string[]): Type {
  const [key, value] = children[0]?.children ?? []
  if (key === undefined || value === undefined) throw notOfTables(path)
  return {
    kind: 'map',
    keyId: NO_ID,
    key: typeOf(key, [...path, 'key']),
    valueId: NO_ID,
    value: typeOf(value, [...path, 'value']),
    valueRequired: false,
  }
}

/** The type of the values of a column; null for a type that no table has. */
export function primitiveOf(column: ParquetColumn, element: ThriftStruct): PrimitiveType | null {
  const { annotation, physicalType } = column
  if (annotation !== null) return annotatedType(annotation, column, element)
  switch (physicalType) {
    case 'boolean':
    case 'float':
    case 'double':
      return { kind: physicalType }
    case 'int32':
      return { kind: 'int' }
    case 'int64':
      return { kind: 'long' }
    // Writers of that time had moments in mind.
    case 'int96':
      return { kind: 'timestamptz' }
    case 'byte-array':
      return { kind: 'binary' }
    case 'fixed-byte-array':
      return { kind: 'fixed', length: column.typeLength }
    default:
      return unreachable(physicalType)
  }
}

function annotatedType(
  annotation: Annotation,
  { physicalType }: ParquetColumn,
  element: ThriftStruct,
): PrimitiveType | null {
  switch (annotation.kind) {
    case 'string':
    case 'uuid':
    case 'date':
      return { kind: annotation.kind }
    case 'decimal':
      return { kind: 'decimal', precision: annotation.precision, scale: annotation.scale }
    case 'time':
      return { kind: 'time' }
    case 'timestamp': {
      const kind = isAdjustedToUtc(element) ? 'timestamptz' : 'timestamp'
      return { kind: annotation.unit === 'nanos' ? `${kind}_ns` : kind }
    }
    case 'integer':
      return integerType(annotation, physicalType, element)
    // On a column these say nothing.
    case 'list':
    case 'map':
    case 'other':
      return null
    default:
      return unreachable(annotation)
  }
}

/** The largest unsigned integers of 64 bits are no longs. */
function integerType(
  { isSigned }: { readonly isSigned: boolean },
  physicalType: ParquetColumn['physicalType'],
  element: ThriftStruct,
): PrimitiveType | null {
  if (physicalType === 'int64') return isSigned ? { kind: 'long' } : null
  return { kind: isSigned || bitWidth(element) < 32 ? 'int' : 'long' }
}

/** `UINT_8` and `UINT_16` among the older annotations. */
const SHORT_UNSIGNED = [11, 12]

function bitWidth(element: ThriftStruct): number {
  const width = logicalMember(element, LOGICAL_TYPE.integer)?.get(1)
  if (width !== undefined) return byteOf(width)
  const converted = element.get(SCHEMA_ELEMENT.convertedType)
  return converted !== undefined && SHORT_UNSIGNED.includes(intOf(converted)) ? 16 : 32
}

/** The older annotations mean UTC. */
function isAdjustedToUtc(element: ThriftStruct): boolean {
  const isAdjusted = logicalMember(element, LOGICAL_TYPE.timestamp)?.get(1)
  return isAdjusted === undefined || booleanOf(isAdjusted)
}

function logicalMember(element: ThriftStruct, id: number): ThriftStruct | null {
  const logicalType = element.get(SCHEMA_ELEMENT.logicalType)
  const member = logicalType === undefined ? undefined : structOf(logicalType).get(id)
  return member === undefined ? null : structOf(member)
}

function notOfTables(path: readonly string[]): IcebergError {
  return new IcebergError('unsupported', 'a column of the file is of a type that no table has', {
    context: { column: path.join('.') },
  })
}
