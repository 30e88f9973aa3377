/**
 * Default values of fields (spec: Default values). A struct's own default is null or a struct that says nothing of its
 * fields, held as an array of no values; what such a struct holds follows from the defaults of its fields.
 */
import { IcebergError } from '../base/errors.ts'
import type { Field, Type } from './type.ts'
import type { NestedValue, Value } from './value.ts'

/** The default of a struct that has one: its fields have their own. */
export const STRUCT_DEFAULT: NestedValue = []

/** Whether columns of the type have no default but null. */
export function hasNullDefault({ kind }: Type): boolean {
  return kind === 'unknown' || kind === 'variant' || kind === 'geometry' || kind === 'geography'
}

/** Whether each default of the field says what to put into all required fields inside it. */
export function isDefaultWhole(field: Field): boolean {
  return isWhole(field, initialDefaultOf) && isWhole(field, writeDefaultOf)
}

function isWhole(field: Field, defaultOf: DefaultOf): boolean {
  if (field.type.kind !== 'struct' || defaultOf(field) === undefined) return true
  return field.type.fields.every(
    (inner) => (!inner.required || defaultOf(inner) !== undefined) && isWhole(inner, defaultOf),
  )
}

/**
 * What a row holds in a field that its file does not have, whole; null where there is no default.
 *
 * @throws IcebergError `corrupt` when a required field inside would be null
 */
export function effectiveInitialDefault(field: Field): Value | null {
  return effectiveDefault(field, initialDefaultOf)
}

/** As {@link effectiveInitialDefault}, for a field that a row to be written says nothing of. */
export function effectiveWriteDefault(field: Field): Value | null {
  return effectiveDefault(field, writeDefaultOf)
}

type DefaultOf = (field: Field) => Value | undefined

const initialDefaultOf: DefaultOf = ({ initialDefault }) => initialDefault
const writeDefaultOf: DefaultOf = ({ writeDefault }) => writeDefault

function effectiveDefault(field: Field, defaultOf: DefaultOf): Value | null {
  const value = defaultOf(field) ?? null
  if (value === null || field.type.kind !== 'struct') return value
  return field.type.fields.map((inner) => {
    const part = effectiveDefault(inner, defaultOf)
    if (part === null && inner.required) throw incomplete(inner)
    return part
  })
}

function incomplete({ id, name }: Field): IcebergError {
  return new IcebergError('corrupt', 'default of a struct leaves a required field null', {
    context: { fieldId: id, field: name },
  })
}
