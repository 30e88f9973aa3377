/** Changes of columns: those that can be made to a schema, and some that cannot. */
import fc from 'fast-check'

import type { SchemaChange } from '../../../src/client/schema-change.ts'
import type { FormatVersion } from '../../../src/metadata/table-metadata.ts'
import { canPromote } from '../../../src/types/promotion.ts'
import type { FieldPlace } from '../../../src/types/schema-change.ts'
import { allFields, childFields, findFieldByPath } from '../../../src/types/schema.ts'
import type { FieldEntry, Schema } from '../../../src/types/schema.ts'
import { isPrimitive } from '../../../src/types/type.ts'
import type { Field, Type } from '../../../src/types/type.ts'
import type { AnyColumn, Presence } from '../../../src/types/typed-schema.ts'
import type { Value } from '../../../src/types/value.ts'
import { rowToOutput } from '../../../src/types/value-output.ts'
import { anyDefault } from '../arbitraries/schemas.ts'
import { anyFieldName, anyTypeOfDepth } from '../arbitraries/types.ts'

export interface SchemaEditStep {
  readonly tell: (change: SchemaChange) => void
  /** For people. */
  readonly text: string
}

type AnyEdit = fc.Arbitrary<SchemaEditStep>

/** Changes of the columns of a table of that format version. At least one column stays. */
export function anySchemaEdits(
  schema: Schema,
  formatVersion: FormatVersion,
): fc.Arbitrary<readonly SchemaEditStep[]> {
  const anyEdit = anySchemaEdit(schema, formatVersion)
  const anyOthers = fc.array(anyEdit, { minLength: 1, maxLength: 2 })
  const droppable = allFields(schema).filter(
    ({ path }) => path.length > 1 || schema.fields.length > 1,
  )
  if (droppable.length === 0) return anyOthers
  const anyDrop = fc.constantFrom(...droppable).map((entry) => [drop(entry)])
  return fc.oneof({ weight: 6, arbitrary: anyOthers }, { weight: 1, arbitrary: anyDrop })
}

function anySchemaEdit(schema: Schema, formatVersion: FormatVersion): AnyEdit {
  const entries = allFields(schema)
  const named = entries.filter((entry) => siblingsOf(schema, entry) !== null)
  const anyNamed = fc.constantFrom(...named)
  const required = entries.filter(({ field }) => field.required)
  const widening = entries.flatMap((entry) => wideningsOf(entry, formatVersion))
  return fc.oneof<fc.WeightedArbitrary<SchemaEditStep>[]>(
    { weight: 4, arbitrary: anyAdd(schema, formatVersion) },
    { weight: 2, arbitrary: fc.tuple(anyNamed, anyName).map(rename) },
    { weight: 2, arbitrary: anyNamed.chain((entry) => anyMove(schema, entry)) },
    ...(widening.length === 0 ? [] : [{ weight: 4, arbitrary: fc.constantFrom(...widening) }]),
    ...(required.length === 0
      ? []
      : [{ weight: 2, arbitrary: fc.constantFrom(...required).map(makeOptional) }]),
    ...(formatVersion === 3 ? [{ weight: 2, arbitrary: anyNamed.chain(anyNewDefault) }] : []),
  )
}

/** Few, so that names come back that other columns had. */
const anyName = fc.oneof(fc.constantFrom('a', 'b', 'c', 'd'), anyFieldName)

function anyAdd(schema: Schema, formatVersion: FormatVersion): AnyEdit {
  const structs = allFields(schema).filter(({ field }) => field.type.kind === 'struct')
  return fc
    .record({
      parent: fc.constantFrom([], ...structs.map(({ path }) => path)),
      name: anyName,
      type: anyTypeOfDepth(1, { formatVersion }),
      required: fc.boolean(),
    })
    .chain((parts) =>
      (formatVersion === 3 ? anyDefault(parts.type) : fc.constant(null)).map((value) =>
        add({ ...parts, value }),
      ),
    )
}

function add(parts: {
  readonly parent: readonly string[]
  readonly name: string
  readonly type: Type
  readonly required: boolean
  readonly value: Value | null
}): SchemaEditStep {
  const { parent, name, type, value } = parts
  const column = columnOf(type, parts.required && value !== null ? 'defaulted' : 'optional', value)
  return {
    tell: (change) => change.add([...parent, name], column),
    text: `add ${fc.stringify(parts)}`,
  }
}

/** A column as programs define one, of which a change takes no more than this. */
function columnOf(type: Type, presence: Presence, defaultValue: Value | null = null): AnyColumn {
  const definition = { type, form: null, doc: null, defaultValue, children: [] }
  return { definition, presence } as unknown as AnyColumn
}

function drop({ path }: FieldEntry): SchemaEditStep {
  return { tell: (change) => change.drop(path), text: `drop ${fc.stringify(path)}` }
}

function rename([{ path }, name]: [FieldEntry, string]): SchemaEditStep {
  return {
    tell: (change) => change.rename(path, name),
    text: `rename ${fc.stringify(path)} to ${fc.stringify(name)}`,
  }
}

function anyMove(schema: Schema, entry: FieldEntry): AnyEdit {
  const others = (siblingsOf(schema, entry) ?? []).filter(({ id }) => id !== entry.field.id)
  const places: readonly FieldPlace[] = [
    'first',
    ...others.flatMap(({ name }) => [{ after: name }, { before: name }]),
  ]
  return fc.constantFrom(...places).map((place) => ({
    tell: (change) => change.move(entry.path, place),
    text: `move ${fc.stringify(entry.path)} ${fc.stringify(place)}`,
  }))
}

function makeOptional({ path }: FieldEntry): SchemaEditStep {
  return { tell: (change) => change.makeOptional(path), text: `optional ${fc.stringify(path)}` }
}

function wideningsOf({ field, path }: FieldEntry, formatVersion: FormatVersion): SchemaEditStep[] {
  return wider(field.type)
    .filter((type) => canPromote(field.type, type, formatVersion))
    .map((type) => ({
      tell: (change) => change.widen(path, columnOf(type, 'required')),
      text: `widen ${fc.stringify(path)} to ${fc.stringify(type)}`,
    }))
}

function wider(type: Type): readonly Type[] {
  switch (type.kind) {
    case 'int':
      return [{ kind: 'long' }]
    case 'float':
      return [{ kind: 'double' }]
    case 'decimal':
      return [38, type.precision + 1]
        .filter((precision) => precision > type.precision && precision <= 38)
        .map((precision) => ({ ...type, precision }))
    case 'date':
      return [{ kind: 'timestamp' }, { kind: 'timestamp_ns' }]
    case 'unknown':
      return [
        { kind: 'string' },
        { kind: 'struct', fields: [{ id: 0, name: 'x', required: false, type: { kind: 'int' } }] },
      ]
    default:
      return []
  }
}

function anyNewDefault({ field, path }: FieldEntry): AnyEdit {
  if (!isPrimitive(field.type)) return fc.constant(setDefault(path, null))
  return anyDefault(field.type).map((value) =>
    setDefault(path, value === null ? null : inputOf(field, value)),
  )
}

function setDefault(path: readonly string[], value: unknown): SchemaEditStep {
  return {
    tell: (change) => change.setDefault(path, value),
    text: `default ${fc.stringify(path)} ${fc.stringify(value)}`,
  }
}

/** A value as programs write it. */
function inputOf(field: Field, value: Value): unknown {
  return rowToOutput([field])([value])[field.name]
}

/** The fields of the struct that a field is in; null for parts of lists and maps. */
function siblingsOf(schema: Schema, { path }: FieldEntry): readonly Field[] | null {
  const parent = path.slice(0, -1)
  if (parent.length === 0) return schema.fields
  const type = findFieldByPath(schema, parent)?.field.type
  return type?.kind === 'struct' ? childFields(type) : null
}
