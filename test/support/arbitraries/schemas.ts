import fc from 'fast-check'
import {
  STRUCT_DEFAULT,
  hasNullDefault,
  isDefaultWhole,
} from '../../../src/types/default-values.ts'
import { makeField } from '../../../src/types/make-field.ts'
import { isPrimitive } from '../../../src/types/type.ts'
import type { Field, Type } from '../../../src/types/type.ts'
import { childFields, withChildFields } from '../../../src/types/schema.ts'
import type { Schema } from '../../../src/types/schema.ts'
import { assignFreshIds } from '../../../src/types/schema-walk.ts'
import type { Value } from '../../../src/types/value.ts'
import { anyFields, anyTypeOfDepth } from './types.ts'
import type { TypeChoice } from './types.ts'
import { anyValueOf } from './values.ts'

/**
 * Schemas of a new table: ids as they are assigned there, some with identifier fields, from version 3 on some with default
 * values.
 */
export function anySchema(
  options: TypeChoice & { readonly maxDepth?: number; readonly maxFields?: number } = {},
): fc.Arbitrary<Schema> {
  const { maxDepth = 2, maxFields = 6, ...choice } = options
  return anyFields(anyTypeOfDepth(maxDepth, choice), maxFields)
    .chain((fields) => (choice.formatVersion === 3 ? anyDefaultsIn(fields) : fc.constant(fields)))
    .map((fields) => assignFreshIds(fields))
    .chain((fields) =>
      anyIdentifiersOf(fields).map((identifierFieldIds) => ({
        schemaId: 0,
        fields,
        identifierFieldIds,
      })),
    )
}

/** The fields at every depth, each with defaults or not. */
function anyDefaultsIn(fields: readonly Field[]): fc.Arbitrary<Field[]> {
  return fc.tuple(...fields.map(anyDefaultsOf))
}

function anyDefaultsOf(field: Field): fc.Arbitrary<Field> {
  return anyDefaultsInside(field.type).chain((type) =>
    fc
      .record({ initialDefault: anyDefault(type), writeDefault: anyDefault(type) })
      .map((defaults) => makeField({ ...field, type, ...defaults }))
      .map((made) => (isDefaultWhole(made) ? made : makeField({ ...field, type }))),
  )
}

function anyDefaultsInside(type: Type): fc.Arbitrary<Type> {
  if (isPrimitive(type) || type.kind === 'variant') return fc.constant(type)
  if (type.kind === 'struct') {
    return anyDefaultsIn(type.fields).map((fields) => ({ kind: 'struct', fields }))
  }
  const parts = childFields(type).map((part) =>
    anyDefaultsInside(part.type).map((inner) => ({ ...part, type: inner })),
  )
  return fc.tuple(...parts).map((fields) => withChildFields(type, fields))
}

/** Null often, and where columns of the type have no other. */
export function anyDefault(type: Type): fc.Arbitrary<Value | null> {
  if (!hasValues(type)) return fc.constant(null)
  const anyValue = type.kind === 'struct' ? fc.constant(STRUCT_DEFAULT) : anyValueOf(type)
  return fc.option(anyValue, { freq: 2 })
}

/** Whether there are values of the type and of all types inside it. */
function hasValues(type: Type): boolean {
  return !hasNullDefault(type) && childFields(type).every((field) => hasValues(field.type))
}

function anyIdentifiersOf(fields: readonly Field[]): fc.Arbitrary<number[]> {
  const candidates = fields.filter(mightIdentify).map(({ id }) => id)
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant<number[]>([]) },
    { weight: 1, arbitrary: fc.subarray(candidates) },
  )
}

/** Identifier fields are required primitives but floats (spec: Identifier Field IDs). */
function mightIdentify(field: Field): boolean {
  const { kind } = field.type
  return field.required && isPrimitive(field.type) && kind !== 'float' && kind !== 'double'
}
