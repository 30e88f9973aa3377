import fc from 'fast-check'
import { canPromote } from '../../../src/types/promotion.ts'
import { childFields, withChildFields } from '../../../src/types/schema.ts'
import { isPrimitive } from '../../../src/types/type.ts'
import type { Field, PrimitiveType, Type } from '../../../src/types/type.ts'
import { anyPrimitiveValueOf } from './values.ts'

/** Ids of fields that are added, above those of any schema that is made here. */
const FIRST_NEW_ID = 10_000

/**
 * Fields as a schema may have become (spec: Schema Evolution): renamed, moved, dropped, promoted, and with new ones
 * between them that have a default or none, in structs at every depth. Ids stay, required fields stay required.
 */
export function anyEvolutionOf(fields: readonly Field[]): fc.Arbitrary<Field[]> {
  return anyEvolvedFields(fields).map((evolved) => {
    let last = FIRST_NEW_ID
    return withNewIds(evolved, () => (last += 1))
  })
}

/** New fields have the id 0. */
function anyEvolvedFields(fields: readonly Field[]): fc.Arbitrary<Field[]> {
  return fc
    .shuffledSubarray([...fields], { minLength: Math.min(1, fields.length) })
    .chain((kept) =>
      fc.tuple(fc.tuple(...kept.map(anyEvolvedField)), fc.array(anyNewField, { maxLength: 2 })),
    )
    .chain(([kept, added]) =>
      fc.shuffledSubarray([...kept, ...added], { minLength: kept.length + added.length }),
    )
    .map((all) => all.map((field, index) => ({ ...field, name: `${field.name}_${index}` })))
}

function anyEvolvedField(field: Field): fc.Arbitrary<Field> {
  return anyEvolvedType(field.type).map((type) => ({ ...field, type }))
}

function anyEvolvedType(type: Type): fc.Arbitrary<Type> {
  if (isPrimitive(type)) return fc.constantFrom<Type>(type, ...wider(type))
  if (type.kind === 'struct') {
    return anyEvolvedFields(type.fields).map((fields) => ({ kind: 'struct', fields }))
  }
  // Keys of maps do not evolve: two of them might become one.
  const parts = childFields(type).map((part) =>
    part.name === 'key' ? fc.constant(part) : anyEvolvedField(part),
  )
  return fc.tuple(...parts).map((evolved) => withChildFields(type, evolved))
}

function wider(type: PrimitiveType): PrimitiveType[] {
  const candidates: PrimitiveType[] = [{ kind: 'long' }, { kind: 'double' }, { kind: 'timestamp' }]
  if (type.kind === 'decimal') candidates.push({ ...type, precision: 38 })
  return candidates.filter((candidate) => canPromote(type, candidate, 3))
}

const NEW_TYPES: readonly PrimitiveType[] = [
  { kind: 'boolean' },
  { kind: 'int' },
  { kind: 'double' },
  { kind: 'string' },
  { kind: 'timestamptz' },
  { kind: 'decimal', precision: 20, scale: 3 },
  { kind: 'fixed', length: 3 },
]

const anyNewField: fc.Arbitrary<Field> = fc
  .record({ type: fc.constantFrom(...NEW_TYPES), hasDefault: fc.boolean(), required: fc.boolean() })
  .chain(({ type, hasDefault, required }) =>
    anyPrimitiveValueOf(type).map((value): Field => {
      const field = { id: 0, name: 'new', type }
      return hasDefault
        ? { ...field, required, initialDefault: value }
        : { ...field, required: false }
    }),
  )

function withNewIds(fields: readonly Field[], newId: () => number): Field[] {
  return fields.map((field) => {
    const id = field.id === 0 ? newId() : field.id
    return { ...field, id, type: withNewIdsInside(field.type, newId) }
  })
}

function withNewIdsInside(type: Type, newId: () => number): Type {
  if (isPrimitive(type) || type.kind === 'variant') return type
  const children = withNewIds(childFields(type), newId)
  return type.kind === 'struct'
    ? { kind: 'struct', fields: children }
    : withChildFields(type, children)
}
