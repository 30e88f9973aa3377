// Whether DuckDB reads the columns of a data file as we do. It finds columns by field id and converts what it finds; of
// conversions only those are let through that keep every value. Inside a column it finds fields by their names, so that
// such a column must be stored exactly as it is read.
import { unreachable } from '../base/assert.ts'
import { hasFieldIds } from '../formats/parquet/field-ids.ts'
import type { ParquetColumn, ParquetNode } from '../formats/parquet/file-schema.ts'
import type { ParquetFooter } from '../formats/parquet/footer.ts'
import type { Field, PrimitiveType, Type } from '../types/type.ts'
import { decline } from './declined.ts'

/**
 * Those of the fields that the file has.
 *
 * @throws Declined when one of them would be read as something else
 */
export function storedFieldIds(
  { schema }: ParquetFooter,
  fields: readonly Field[],
): ReadonlySet<number> {
  if (!hasFieldIds(schema)) decline('a file without field ids')
  const stored = new Set<number>()
  for (const field of fields) {
    const [node, ...others] = schema.root.children.filter(({ fieldId }) => fieldId === field.id)
    if (others.length > 0) decline('a file with a field id that two columns have')
    if (node === undefined) continue
    checkNode(field.type, node)
    stored.add(field.id)
  }
  return stored
}

function checkNode(type: Type, node: ParquetNode): void {
  switch (type.kind) {
    case 'struct':
      if (node.annotation !== null || node.repetition === 'repeated') decline(OTHERWISE)
      checkChildren(type.fields, node.children)
      return
    case 'list': {
      const [element] = partsOf(node, 'list', 1)
      if (element?.fieldId !== type.elementId) return decline(OTHERWISE)
      checkNode(type.element, element)
      return
    }
    case 'map': {
      const [key, value] = partsOf(node, 'map', 2)
      if (key?.fieldId !== type.keyId || value?.fieldId !== type.valueId) return decline(OTHERWISE)
      checkNode(type.key, key)
      checkNode(type.value, value)
      return
    }
    case 'variant':
      return decline('a column of type variant')
    default:
      if (node.column === null || node.repetition === 'repeated') return decline(OTHERWISE)
      if (!isStoredAs(type, node.column)) decline(OTHERWISE)
  }
}

const OTHERWISE = 'a column that a file has otherwise'

/** The same fields in the same order under the same names. */
function checkChildren(fields: readonly Field[], nodes: readonly ParquetNode[]): void {
  if (fields.length !== nodes.length || fields.length === 0) decline('an evolved column')
  for (const [index, field] of fields.entries()) {
    const node = nodes[index]
    if (node?.fieldId !== field.id || node.name !== field.name) return decline('an evolved column')
    checkNode(field.type, node)
  }
}

/** What a list or a map holds, below the group that repeats. */
function partsOf(node: ParquetNode, kind: 'list' | 'map', count: number): readonly ParquetNode[] {
  const [repeated, ...others] = node.children
  const isStandard =
    node.annotation?.kind === kind &&
    node.repetition !== 'repeated' &&
    others.length === 0 &&
    repeated?.repetition === 'repeated' &&
    repeated.children.length === count
  return isStandard ? repeated.children : decline(OTHERWISE)
}

/** Whether a column is stored as the type is (spec: Parquet), or as one that it may have been promoted from. */
function isStoredAs(type: PrimitiveType, column: ParquetColumn): boolean {
  const { physicalType, annotation, typeLength } = column
  switch (type.kind) {
    case 'boolean':
      return physicalType === 'boolean'
    case 'int':
      return physicalType === 'int32' && isPlainInteger(column)
    case 'long':
      return (physicalType === 'int32' || physicalType === 'int64') && isPlainInteger(column)
    case 'float':
      return physicalType === 'float'
    case 'double':
      return physicalType === 'float' || physicalType === 'double'
    case 'decimal':
      return (
        annotation?.kind === 'decimal' &&
        annotation.scale === type.scale &&
        annotation.precision <= type.precision
      )
    case 'date':
      return physicalType === 'int32' && annotation?.kind === 'date'
    case 'time':
      return physicalType === 'int64' && isCountOf('time', 'micros', column)
    case 'timestamp':
    case 'timestamptz':
      return physicalType === 'int64' && isCountOf('timestamp', 'micros', column)
    case 'timestamp_ns':
      return physicalType === 'int64' && isCountOf('timestamp', 'nanos', column)
    case 'string':
      return physicalType === 'byte-array' && annotation?.kind === 'string'
    case 'binary':
      return physicalType === 'byte-array' && annotation === null
    case 'uuid':
      return physicalType === 'fixed-byte-array' && annotation?.kind === 'uuid'
    case 'fixed':
      return (
        physicalType === 'fixed-byte-array' && annotation === null && typeLength === type.length
      )
    case 'timestamptz_ns':
    case 'unknown':
    case 'geometry':
    case 'geography':
      return false
    default:
      return unreachable(type)
  }
}

function isPlainInteger({ annotation }: ParquetColumn): boolean {
  return annotation === null || (annotation.kind === 'integer' && annotation.isSigned)
}

function isCountOf(
  kind: 'time' | 'timestamp',
  unit: 'micros' | 'nanos',
  { annotation }: ParquetColumn,
): boolean {
  return annotation?.kind === kind && annotation.unit === unit
}
