// Timestamps as old writers stored them, in 96 bits: nanoseconds of the day, then the Julian day, both little-endian. The
// decoder would make 64 bits of nanoseconds of them, which silently turn over in 1677 and 2262. So it is handed such a
// column as bytes, twelve a value, which lie in pages alike, and the bytes become microseconds here.
import {
  DataType,
  Field as ArrowField,
  List,
  Map_,
  Schema,
  Struct,
  TimestampMicrosecond,
} from 'apache-arrow'
import type { Data, RecordBatch } from 'apache-arrow'

import { assert } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import { isInt64 } from '../../base/integers.ts'
import {
  columnsOf,
  makeBatch,
  makeColumn,
  rebasedValidity,
  relabelColumn,
  validityTest,
  valueBytes,
} from '../arrow/column-data.ts'
import { SCHEMA_ELEMENT } from './file-schema.ts'
import type { ParquetColumn, ParquetNode } from './file-schema.ts'
import { pickFields, thriftInt, withFields } from './thrift.ts'
import type { ThriftStruct, ThriftValue } from './thrift.ts'

const VALUE_BYTES = 12
const JULIAN_DAY_OF_1970 = 2_440_588
const MICROS_PER_DAY = 86_400_000_000n
const NANOS_PER_MICRO = 1000n

/** `FIXED_LEN_BYTE_ARRAY` among the physical types. */
const FIXED_BYTES: ThriftValue = thriftInt(7)

/** The element of a column as the decoder is to see it. */
export function decodedElement({ element, column }: ParquetNode): ThriftStruct {
  if (column?.physicalType !== 'int96') return element
  const { repetition, name, fieldId } = SCHEMA_ELEMENT
  return withFields(pickFields(element, [repetition, name, fieldId]), [
    [SCHEMA_ELEMENT.type, FIXED_BYTES],
    [SCHEMA_ELEMENT.typeLength, thriftInt(VALUE_BYTES)],
  ])
}

/** The physical type of a column's chunks as the decoder is to see it; null where that is the one that they say. */
export function decodedType({ physicalType }: ParquetColumn): ThriftValue | null {
  return physicalType === 'int96' ? FIXED_BYTES : null
}

/**
 * A batch with timestamps for what the decoder was handed as bytes.
 *
 * @param columns the columns that the batch was decoded from, in the order of the file
 * @throws IcebergError `unsupported` for a timestamp that is finer than a microsecond or beyond 64 bits of them
 */
export function withTimestamps(batch: RecordBatch, columns: readonly ParquetColumn[]): RecordBatch {
  if (columns.every(({ physicalType }) => physicalType !== 'int96')) return batch
  // The leaves of the batch are the columns, in their order.
  const leaves = columns.values()
  const parts = batch.schema.fields.map((field, index) => {
    const data = columnsOf(batch)[index]
    assert(data !== undefined, 'a batch has the columns of its schema')
    return decoded({ field, data }, leaves)
  })
  const schema = new Schema(
    parts.map(({ field }) => field),
    batch.schema.metadata,
  )
  return makeBatch(
    schema,
    parts.map(({ data }) => data),
    batch.numRows,
  )
}

interface Part {
  readonly field: ArrowField
  readonly data: Data
}

function decoded(part: Part, leaves: Iterator<ParquetColumn>): Part {
  const { field, data } = part
  const children: readonly ArrowField[] | null = field.type.children
  if (children === null || children.length === 0) {
    return leaves.next().value?.physicalType === 'int96' ? timestamps(part) : part
  }
  const parts = children.map((child, index) => {
    const inside = data.children[index]
    assert(inside !== undefined, 'a column has the children of its type')
    return decoded({ field: child, data: inside }, leaves)
  })
  if (parts.every((inside, index) => inside.field === children[index])) return part
  const type = withChildren(
    field.type,
    parts.map((inside) => inside.field),
  )
  return {
    field: retyped(field, type),
    data: relabelColumn(
      data,
      type,
      parts.map((inside) => inside.data),
    ),
  }
}

function timestamps({ field, data }: Part): Part {
  const type = new TimestampMicrosecond()
  const micros = new BigInt64Array(data.length)
  const isValid = validityTest(data)
  const bytes = valueBytes(data)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let row = 0; row < data.length; row += 1) {
    if (isValid(row)) micros[row] = microsAt(view, row * VALUE_BYTES)
  }
  return {
    field: retyped(field, type),
    data: makeColumn(type, data.length, {
      validity: rebasedValidity(data),
      values: new Uint8Array(micros.buffer),
    }),
  }
}

function microsAt(view: DataView, offset: number): bigint {
  const nanosOfDay = view.getBigInt64(offset, true)
  const day = view.getInt32(offset + 8, true) - JULIAN_DAY_OF_1970
  const micros = BigInt(day) * MICROS_PER_DAY + nanosOfDay / NANOS_PER_MICRO
  if (nanosOfDay % NANOS_PER_MICRO === 0n && isInt64(micros)) return micros
  throw new IcebergError(
    'unsupported',
    'timestamps of 96 bits are read up to microseconds, within 64 bits of them',
  )
}

function retyped(field: ArrowField, type: DataType): ArrowField {
  return new ArrowField(field.name, type, field.nullable, field.metadata)
}

function withChildren(type: DataType, children: ArrowField[]): DataType {
  if (DataType.isStruct(type)) return new Struct(children)
  const [only] = children
  assert(only !== undefined, 'lists and maps have one child')
  if (DataType.isMap(type)) {
    // Its child was made of that of a map, which is a struct of two.
    return new Map_(only as ConstructorParameters<typeof Map_>[0], type.keysSorted)
  }
  return new List(only)
}
