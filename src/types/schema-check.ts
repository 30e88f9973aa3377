/** What must hold of a schema beyond its shape. Reading asks for less than creating: old tables are as they are. */
import { IcebergError } from '../base/errors.ts'
import type { Problem } from '../base/errors.ts'
import { isWellFormed } from '../base/unicode.ts'
import { hasNullDefault, isDefaultWhole } from './default-values.ts'
import { isReservedFieldId } from './reserved-fields.ts'
import { childFields, findField } from './schema.ts'
import type { Schema } from './schema.ts'
import { parseTypeText } from './type-text.ts'
import { formatType, isFloating, isPrimitive } from './type.ts'
import type { Field, Type } from './type.ts'
import type { Value } from './value.ts'

/**
 * What no reader could make sense of: an id that two fields have, a name that two fields of one struct have, identifier
 * fields that cannot identify (spec: Identifier Field IDs), and fields that must not and cannot but be null.
 */
export function schemaProblems(schema: Schema): readonly Problem[] {
  const groups = groupsOf(schema.fields, '')
  const entries = groups.flatMap((group) => group.entries)
  return [
    ...groups.flatMap((group) =>
      repeated(group.entries, ({ field }) => field.name).map(problem('two fields have this name')),
    ),
    ...repeated(entries, ({ field }) => field.id).map(problem('another field has the same id')),
    ...schema.identifierFieldIds.flatMap((fieldId) => identifierProblems(schema, fieldId)),
    ...entries
      .filter(({ field }) => field.required && field.type.kind === 'unknown')
      .map(problem('a field of unknown type must be optional')),
  ]
}

/**
 * What a new table should not begin with, besides {@link schemaProblems}: names that are empty or not well-formed, two
 * columns whose dotted paths read the same, ids of metadata columns, types with parameters out of range, and defaults
 * that a column of the type cannot have.
 */
export function newSchemaProblems(schema: Schema): readonly Problem[] {
  const entries = groupsOf(schema.fields, '').flatMap((group) => group.entries)
  const bad = (message: string, isBad: (field: Field) => boolean): Problem[] =>
    entries.filter(({ field }) => isBad(field)).map(problem(message))
  const known = schemaProblems(schema)
  const knownPaths = new Set(known.map(({ path }) => path))
  return [
    ...known,
    ...repeated(entries, ({ path }) => path)
      .filter(({ path }) => !knownPaths.has(path))
      .map(problem('two columns have this path')),
    ...bad('name is empty or not well-formed', ({ name }) => name === '' || !isWellFormed(name)),
    ...bad('id is reserved for metadata columns', ({ id }) => isReservedFieldId(id)),
    ...bad('type has a parameter out of range', ({ type }) => !isInRange(type)),
    ...bad(
      'type has no default but null',
      (field) => hasDefault(field) && hasNullDefault(field.type),
    ),
    ...bad('default of a struct has values of its fields', isDefaultFilled),
    ...bad('default of a struct leaves a required field null', (field) => !isDefaultWhole(field)),
  ]
}

/** @throws IcebergError `invalid` with all {@link newSchemaProblems}, when there are any */
export function checkNewSchema(schema: Schema): void {
  const problems = newSchemaProblems(schema)
  if (problems.length > 0) throw new IcebergError('invalid', 'schema has faults', { problems })
}

interface Entry {
  readonly field: Field
  /** Names from the root with dots between. */
  readonly path: string
}

/** The fields that share a parent, for every parent from the root down. */
interface Group {
  readonly entries: readonly Entry[]
}

function groupsOf(fields: readonly Field[], parent: string): Group[] {
  const entries = fields.map((field) => ({
    field,
    path: parent === '' ? field.name : `${parent}.${field.name}`,
  }))
  return [{ entries }, ...entries.flatMap(({ field, path }) => childGroups(field.type, path))]
}

function childGroups(type: Type, path: string): Group[] {
  return isPrimitive(type) ? [] : groupsOf(childFields(type), path)
}

/** The entries whose key an earlier one has already. */
function repeated(entries: readonly Entry[], keyOf: (entry: Entry) => unknown): Entry[] {
  const seen = new Set<unknown>()
  return entries.filter((entry) => {
    const key = keyOf(entry)
    if (seen.has(key)) return true
    seen.add(key)
    return false
  })
}

function problem(message: string): (entry: Entry) => Problem {
  return ({ path }) => ({ path, message })
}

function identifierProblems(schema: Schema, fieldId: number): Problem[] {
  const message = identifierFault(schema, fieldId)
  return message === null ? [] : [{ path: `identifier-field-ids: ${fieldId}`, message }]
}

function identifierFault(schema: Schema, fieldId: number): string | null {
  const entry = findField(schema, fieldId)
  if (entry === undefined) return 'no field has this id'
  const { type } = entry.field
  if (!isPrimitive(type)) return 'an identifier field must be primitive'
  if (isFloating(type)) return 'an identifier field must not be floating point'
  if (entry.isRepeated) return 'an identifier field must not be inside a list or map'
  const isAlwaysThere = entry.ids.every((id) => findField(schema, id)?.field.required === true)
  return isAlwaysThere ? null : 'an identifier field and all around it must be required'
}

/** Whether the type is what its spelling reads as. */
function isInRange(type: Type): boolean {
  if (!isPrimitive(type)) return true
  const read = parseTypeText(formatType(type))
  return read !== null && formatType(read) === formatType(type)
}

function hasDefault({ initialDefault, writeDefault }: Field): boolean {
  return initialDefault !== undefined || writeDefault !== undefined
}

function isDefaultFilled({ type, initialDefault, writeDefault }: Field): boolean {
  const isFilled = (value: Value | undefined): boolean => Array.isArray(value) && value.length > 0
  return type.kind === 'struct' && (isFilled(initialDefault) || isFilled(writeDefault))
}
