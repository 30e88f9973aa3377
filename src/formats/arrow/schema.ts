import {
  Binary,
  Bool,
  DateDay,
  Decimal,
  Field as ArrowField,
  FixedSizeBinary,
  Float32,
  Float64,
  Int32,
  Int64,
  List,
  Map_,
  Null,
  Schema as ArrowSchema,
  Struct,
  TimeMicrosecond,
  TimestampMicrosecond,
  TimestampNanosecond,
  Utf8,
} from 'apache-arrow'
import type { DataType } from 'apache-arrow'
import { unreachable } from '../../base/assert.ts'
import { childFields } from '../../types/schema.ts'
import type { Schema } from '../../types/schema.ts'
import type { Field, ListType, MapType, Type } from '../../types/type.ts'
import { withoutValues } from '../../types/without-values.ts'

/** Key of a field's metadata that carries its field id into Parquet and back (spec: Parquet). */
export const FIELD_ID_KEY = 'PARQUET:field_id'

const UUID_BYTES = 16
const DECIMAL_BITS = 128

/**
 * The one Arrow schema that batches of this table schema have everywhere inside the library: see {@link arrowTypeOf}.
 * Field ids are on every level; a required field is one that is not nullable.
 */
export function arrowSchemaOf(schema: Pick<Schema, 'fields'>): ArrowSchema {
  return new ArrowSchema(schema.fields.map(arrowFieldOf))
}

/**
 * A field as {@link arrowSchemaOf} spells it. A new value each time: apache-arrow renames the fields that a map is
 * made of.
 */
export function arrowFieldOf(field: Field): ArrowField {
  const metadata = new Map([[FIELD_ID_KEY, String(field.id)]])
  return new ArrowField(field.name, arrowTypeOf(field.type), !field.required, metadata)
}

/** The field id that a field of a file carries; null when it has none that is a 32-bit integer. */
export function fieldIdOf(field: ArrowField): number | null {
  const text = field.metadata.get(FIELD_ID_KEY)
  return text !== undefined && /^-?\d{1,10}$/.test(text) ? Number(text) : null
}

/** The one Arrow type whose buffers hold values of `type` as the library works on them. */
export function arrowTypeOf(type: Type): DataType {
  switch (type.kind) {
    case 'boolean':
      return new Bool()
    case 'int':
      return new Int32()
    case 'long':
      return new Int64()
    case 'float':
      return new Float32()
    case 'double':
      return new Float64()
    case 'decimal':
      return new Decimal(type.scale, type.precision, DECIMAL_BITS)
    case 'date':
      return new DateDay()
    case 'time':
      return new TimeMicrosecond()
    case 'timestamp':
      return new TimestampMicrosecond()
    case 'timestamptz':
      return new TimestampMicrosecond('UTC')
    case 'timestamp_ns':
      return new TimestampNanosecond()
    case 'timestamptz_ns':
      return new TimestampNanosecond('UTC')
    case 'string':
      return new Utf8()
    case 'uuid':
      return new FixedSizeBinary(UUID_BYTES)
    case 'fixed':
      return new FixedSizeBinary(type.length)
    case 'binary':
      return new Binary()
    case 'struct':
      return new Struct(type.fields.map(arrowFieldOf))
    case 'list':
      return listType(type)
    case 'map':
      return mapType(type)
    case 'unknown':
      return new Null()
    case 'variant':
    case 'geometry':
    case 'geography':
      throw withoutValues(type)
    default:
      return unreachable(type)
  }
}

function listType(type: ListType): DataType {
  return new List(
    new ArrowField(
      'element',
      arrowTypeOf(type.element),
      !type.elementRequired,
      idOf(type.elementId),
    ),
  )
}

/** The pairs of a map are a struct of their own in Arrow, without a field id: it is no field of the table. */
function mapType(type: MapType): DataType {
  const pair = new Struct<{ key: DataType; value: DataType }>(childFields(type).map(arrowFieldOf))
  return new Map_(new ArrowField('entries', pair, false))
}

function idOf(fieldId: number): Map<string, string> {
  return new Map([[FIELD_ID_KEY, String(fieldId)]])
}
