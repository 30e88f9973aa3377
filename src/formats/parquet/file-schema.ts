import { IcebergError } from '../../base/errors.ts'
import { booleanOf, intOf, listOf, stringOf, structOf } from './thrift.ts'
import type { ThriftStruct, ThriftValue } from './thrift.ts'

export type PhysicalType =
  | 'boolean'
  | 'int32'
  | 'int64'
  | 'int96'
  | 'float'
  | 'double'
  | 'byte-array'
  | 'fixed-byte-array'

export type TimeUnit = 'millis' | 'micros' | 'nanos'

/** What a column or a group means beyond its physical type. */
export type Annotation =
  | { readonly kind: 'string' | 'uuid' | 'date' | 'list' | 'map' }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'time' | 'timestamp'; readonly unit: TimeUnit }
  | { readonly kind: 'integer'; readonly isSigned: boolean }
  /** One that has no meaning in a table: enumerations, JSON, intervals and what came later. */
  | { readonly kind: 'other' }

/** A column or a group of the schema of a Parquet file. */
export interface ParquetNode {
  /** As the file spells it: writers may have replaced characters, and it may hold dots. */
  readonly name: string
  /** Null in files that were not written for Iceberg, and on the groups in the middle of lists and maps. */
  readonly fieldId: number | null
  readonly repetition: 'required' | 'optional' | 'repeated'
  readonly annotation: Annotation | null
  /** Empty for a column. */
  readonly children: readonly ParquetNode[]
  /** Null for a group. */
  readonly column: ParquetColumn | null
  /** The element of the footer that this was read from. */
  readonly element: ThriftStruct
}

/** A column of values: a leaf of the schema. */
export interface ParquetColumn {
  /** Its place among the columns of the file, which is its place in each row group. */
  readonly index: number
  readonly path: readonly string[]
  readonly fieldId: number | null
  readonly physicalType: PhysicalType
  /** Bytes a value of `fixed-byte-array`; 0 for other types. */
  readonly typeLength: number
  readonly annotation: Annotation | null
  /** Whether a row may hold several values. */
  readonly isRepeated: boolean
}

export interface ParquetSchema {
  readonly root: ParquetNode
  readonly columns: readonly ParquetColumn[]
}

const MAX_DEPTH = 100

const PHYSICAL_TYPES: readonly PhysicalType[] = [
  'boolean',
  'int32',
  'int64',
  'int96',
  'float',
  'double',
  'byte-array',
  'fixed-byte-array',
]

const REPETITIONS = ['required', 'optional', 'repeated'] as const

/** Ids of the fields of a `SchemaElement`. */
export const SCHEMA_ELEMENT = {
  type: 1,
  typeLength: 2,
  repetition: 3,
  name: 4,
  childCount: 5,
  convertedType: 6,
  scale: 7,
  precision: 8,
  fieldId: 9,
  logicalType: 10,
} as const

/** Ids of the members of a `LogicalType`. */
export const LOGICAL_TYPE = {
  string: 1,
  map: 2,
  list: 3,
  decimal: 5,
  date: 6,
  time: 7,
  timestamp: 8,
  integer: 10,
  uuid: 14,
} as const

/**
 * Reads the flat list of elements that a footer holds, parents before their children.
 *
 * @throws IcebergError `corrupt` when the elements are no tree
 */
export function schemaFromThrift(value: ThriftValue): ParquetSchema {
  const elements = listOf(value).map(structOf)
  const columns: ParquetColumn[] = []
  let next = 0

  const readNode = (
    parentPath: readonly string[],
    wasRepeated: boolean,
    depth: number,
  ): ParquetNode => {
    const element = elements[next]
    if (element === undefined) throw malformed('schema ends early', next)
    if (depth > MAX_DEPTH) throw malformed('schema nested too deep', next)
    next += 1
    const isRoot = depth === 0
    const name = stringOf(requiredField(element, SCHEMA_ELEMENT.name, 'name'))
    const path = isRoot ? [] : [...parentPath, name]
    const repetition = isRoot ? 'required' : repetitionOf(element)
    const isRepeated = wasRepeated || repetition === 'repeated'
    const node = {
      name,
      fieldId: optionalInt(element, SCHEMA_ELEMENT.fieldId),
      repetition,
      element,
    }
    const annotation = annotationOf(element)
    const childCount = optionalInt(element, SCHEMA_ELEMENT.childCount) ?? 0
    if (childCount < 0) throw malformed('negative count of children', next)

    if (isRoot || childCount > 0) {
      const children: ParquetNode[] = []
      for (let child = 0; child < childCount; child += 1) {
        children.push(readNode(path, isRepeated, depth + 1))
      }
      return { ...node, annotation, children, column: null }
    }
    const column: ParquetColumn = {
      index: columns.length,
      path,
      fieldId: node.fieldId,
      physicalType: physicalTypeOf(element),
      typeLength: optionalInt(element, SCHEMA_ELEMENT.typeLength) ?? 0,
      annotation,
      isRepeated,
    }
    columns.push(column)
    return { ...node, annotation, children: [], column }
  }

  const root = readNode([], false, 0)
  if (next !== elements.length) throw malformed('schema has elements to spare', next)
  return { root, columns }
}

/** The value of a field that the format requires. */
export function requiredField(struct: ThriftStruct, id: number, name: string): ThriftValue {
  const value = struct.get(id)
  if (value !== undefined) return value
  throw new IcebergError('corrupt', 'parquet metadata lacks a required field', {
    context: { field: name },
  })
}

function optionalInt(struct: ThriftStruct, id: number): number | null {
  const value = struct.get(id)
  return value === undefined ? null : intOf(value)
}

function physicalTypeOf(element: ThriftStruct): PhysicalType {
  const type = PHYSICAL_TYPES[intOf(requiredField(element, SCHEMA_ELEMENT.type, 'type'))]
  if (type === undefined) throw malformed('unknown physical type', 0)
  return type
}

function repetitionOf(element: ThriftStruct): ParquetNode['repetition'] {
  const value = intOf(requiredField(element, SCHEMA_ELEMENT.repetition, 'repetition_type'))
  const repetition = REPETITIONS[value]
  if (repetition === undefined) throw malformed('unknown repetition', value)
  return repetition
}

function annotationOf(element: ThriftStruct): Annotation | null {
  const logicalType = element.get(SCHEMA_ELEMENT.logicalType)
  if (logicalType !== undefined) return logicalAnnotation(structOf(logicalType))
  const convertedType = optionalInt(element, SCHEMA_ELEMENT.convertedType)
  return convertedType === null ? null : convertedAnnotation(convertedType, element)
}

function logicalAnnotation(union: ThriftStruct): Annotation {
  const [member] = union
  if (member === undefined) return { kind: 'other' }
  const [id, value] = member
  switch (id) {
    case LOGICAL_TYPE.string:
      return { kind: 'string' }
    case LOGICAL_TYPE.map:
      return { kind: 'map' }
    case LOGICAL_TYPE.list:
      return { kind: 'list' }
    case LOGICAL_TYPE.decimal:
      return {
        kind: 'decimal',
        scale: intOf(requiredField(structOf(value), 1, 'scale')),
        precision: intOf(requiredField(structOf(value), 2, 'precision')),
      }
    case LOGICAL_TYPE.date:
      return { kind: 'date' }
    case LOGICAL_TYPE.time:
      return { kind: 'time', unit: timeUnitOf(structOf(value)) }
    case LOGICAL_TYPE.timestamp:
      return { kind: 'timestamp', unit: timeUnitOf(structOf(value)) }
    case LOGICAL_TYPE.integer:
      return { kind: 'integer', isSigned: booleanOf(requiredField(structOf(value), 2, 'isSigned')) }
    case LOGICAL_TYPE.uuid:
      return { kind: 'uuid' }
    default:
      return { kind: 'other' }
  }
}

function timeUnitOf(type: ThriftStruct): TimeUnit {
  const [member] = structOf(requiredField(type, 2, 'unit'))
  switch (member?.[0]) {
    case 1:
      return 'millis'
    case 2:
      return 'micros'
    case 3:
      return 'nanos'
    default:
      throw malformed('unknown time unit', 0)
  }
}

/** The older way to annotate, by the numbers of `ConvertedType`. */
function convertedAnnotation(type: number, element: ThriftStruct): Annotation {
  switch (type) {
    case 0:
      return { kind: 'string' }
    case 1:
    case 2:
      return { kind: 'map' }
    case 3:
      return { kind: 'list' }
    case 5:
      return {
        kind: 'decimal',
        scale: optionalInt(element, SCHEMA_ELEMENT.scale) ?? 0,
        precision: optionalInt(element, SCHEMA_ELEMENT.precision) ?? 0,
      }
    case 6:
      return { kind: 'date' }
    case 7:
      return { kind: 'time', unit: 'millis' }
    case 8:
      return { kind: 'time', unit: 'micros' }
    case 9:
      return { kind: 'timestamp', unit: 'millis' }
    case 10:
      return { kind: 'timestamp', unit: 'micros' }
    case 11:
    case 12:
    case 13:
    case 14:
      return { kind: 'integer', isSigned: false }
    case 15:
    case 16:
    case 17:
    case 18:
      return { kind: 'integer', isSigned: true }
    default:
      return { kind: 'other' }
  }
}

function malformed(fault: string, index: number): IcebergError {
  return new IcebergError('corrupt', 'malformed parquet schema', { context: { fault, index } })
}
