import { equalValues } from './compare.ts'
import type { Field, Type } from './type.ts'
import { formatType } from './type.ts'

/** Whether two types are the same, field ids, names, nullability and defaults included; docs are not compared. */
export function equalTypes(left: Type, right: Type): boolean {
  if (left.kind === 'struct' && right.kind === 'struct') {
    return (
      left.fields.length === right.fields.length &&
      left.fields.every((field, index) => equalFields(field, right.fields[index]))
    )
  }
  if (left.kind === 'list' && right.kind === 'list') {
    return (
      left.elementId === right.elementId &&
      left.elementRequired === right.elementRequired &&
      equalTypes(left.element, right.element)
    )
  }
  if (left.kind === 'map' && right.kind === 'map') {
    return (
      left.keyId === right.keyId &&
      left.valueId === right.valueId &&
      left.valueRequired === right.valueRequired &&
      equalTypes(left.key, right.key) &&
      equalTypes(left.value, right.value)
    )
  }
  // What is left says all of itself in its spelling.
  return left.kind === right.kind && formatType(left) === formatType(right)
}

function equalFields(left: Field, right: Field | undefined): boolean {
  return (
    right !== undefined &&
    left.id === right.id &&
    left.name === right.name &&
    left.required === right.required &&
    equalTypes(left.type, right.type) &&
    equalValues(left.type, left.initialDefault ?? null, right.initialDefault ?? null) &&
    equalValues(left.type, left.writeDefault ?? null, right.writeDefault ?? null)
  )
}
