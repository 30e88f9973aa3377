import { equalTypes } from '../../src/types/equal-types.ts'
import { childFields, withChildFields } from '../../src/types/schema.ts'
import type { Schema } from '../../src/types/schema.ts'
import type { Field, Type } from '../../src/types/type.ts'

/** The schema with the nearest types that DuckDB writes, so that not all is declined. */
export function asDuckdbWrites(schema: Schema): Schema {
  return { ...schema, fields: schema.fields.map(fieldTakenOn) }
}

function fieldTakenOn(field: Field): Field {
  const { id, name, required } = field
  const type = typeTakenOn(withChildFields(field.type, childFields(field.type).map(fieldTakenOn)))
  return equalTypes(type, field.type) ? field : { id, name, required, type }
}

function typeTakenOn(type: Type): Type {
  switch (type.kind) {
    case 'decimal':
      return type.precision > 18 ? { ...type, precision: 38 } : type
    case 'fixed':
      return { kind: 'binary' }
    case 'timestamptz_ns':
      return { kind: 'timestamptz' }
    case 'unknown':
      return { kind: 'string' }
    default:
      return type
  }
}
