import type fc from 'fast-check'

import type { Schema } from '../../../src/types/schema.ts'
import { assignFreshIds } from '../../../src/types/schema-walk.ts'
import type { Field, PrimitiveType, Type } from '../../../src/types/type.ts'
import { isPrimitive } from '../../../src/types/type.ts'
import { anySchema } from '../../support/arbitraries/schemas.ts'

/** Schemas of tables that Spark can make: every type that it has, at any depth, all columns optional. */
export const anySparkSchema: fc.Arbitrary<Schema> = anySchema({ maxDepth: 2, maxFields: 8 }).map(
  ({ fields }) => ({
    schemaId: 0,
    fields: assignFreshIds(sparkFields(fields)),
    identifierFieldIds: [],
  }),
)

/** Spark tells names apart without regard to case, and takes a dot for the way into a struct. */
function sparkFields(fields: readonly Field[]): Field[] {
  const byName = fields.map(({ name: dotted, type }): [string, Field] => {
    const name = dotted.replaceAll('.', ' ')
    return [name.toLowerCase(), { id: 0, name, required: false, type: sparkHas(type) }]
  })
  return [...new Map(byName).values()]
}

function sparkHas(type: Type): Type {
  switch (type.kind) {
    case 'struct':
      return { kind: 'struct', fields: sparkFields(type.fields) }
    case 'list':
      return { ...type, elementRequired: false, element: sparkHas(type.element) }
    case 'map':
      return { ...type, key: keyType(type.key), valueRequired: false, value: sparkHas(type.value) }
    case 'variant':
      return { kind: 'string' }
    default:
      return primitive(type)
  }
}

function primitive(type: PrimitiveType): PrimitiveType {
  switch (type.kind) {
    case 'time':
      return { kind: 'int' }
    case 'uuid':
      return { kind: 'string' }
    case 'fixed':
      return { kind: 'binary' }
    default:
      return type
  }
}

/** Spark makes one key of minus zero and zero. */
function keyType(type: Type): Type {
  if (type.kind === 'float' || type.kind === 'double') return { kind: 'long' }
  return isPrimitive(type) ? primitive(type) : { kind: 'string' }
}
