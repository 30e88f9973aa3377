import fc from 'fast-check'

import type { UnknownRow } from '../../../src/client/row-shapes.ts'
import type { Table } from '../../../src/client/table.ts'
import type { PartitionTerm, SortTerm } from '../../../src/layout/layout-text.ts'
import type { Transform } from '../../../src/layout/transform.ts'
import type { FormatVersion } from '../../../src/metadata/table-metadata.ts'
import { equalTypes } from '../../../src/types/equal-types.ts'
import { allFields, childFields, findField, withChildFields } from '../../../src/types/schema.ts'
import type { FieldEntry, Schema } from '../../../src/types/schema.ts'
import type { Field, Type } from '../../../src/types/type.ts'
import type { Value } from '../../../src/types/value.ts'
import { anySchema } from '../../support/arbitraries/schemas.ts'
import { anySortOrderOf, anySpecOf } from '../../support/arbitraries/specs.ts'

export type AnyTable = Table<UnknownRow, UnknownRow>

/**
 * Schemas that every engine can take in some way: Spark tells names apart without regard to case, and takes a dot for the
 * way into a struct. Half of them have only types that Spark's SQL has.
 */
export function anySchemaOfEngines(formatVersion: FormatVersion): fc.Arbitrary<Schema> {
  const anyStored = anySchema({ maxFields: 7, formatVersion }).map((schema) => ({
    ...schema,
    fields: withKnown(schema.fields.map(asStored)).map(withPlainDefaults),
  }))
  const anyNamed = anyStored.filter((schema) => {
    const paths = allFields(schema).map(({ path }) => path.join('/').toLowerCase())
    return new Set(paths).size === paths.length && !paths.some((path) => path.includes('.'))
  })
  return fc
    .tuple(anyNamed, fc.boolean())
    .map(([schema, isOfSpark]) =>
      isOfSpark ? { ...schema, fields: schema.fields.map(asSparkHas) } : schema,
    )
}

function asSparkHas(field: Field): Field {
  return withType(field, typeOfSpark(field.type))
}

/** Files have no columns of type `unknown`, and so none of nothing but those. */
function asStored(field: Field): Field {
  const { type } = field
  const children = childFields(type).map(asStored)
  return children.length === 0 ? field : withType(field, withChildFields(type, withKnown(children)))
}

/** Of a list, a map or a struct: the last one holds something. */
function withKnown(fields: readonly Field[]): Field[] {
  return fields.map((field, index) =>
    index === fields.length - 1 && field.type.kind === 'unknown'
      ? withType(field, { kind: 'int' })
      : field,
  )
}

/**
 * Java cannot even load a table with a default of a list, a map or a struct, or one that is no finite number
 * (spec/differences.md).
 */
function withPlainDefaults(field: Field): Field {
  const { id, name, required, type, initialDefault, writeDefault } = field
  const children = childFields(type).map(withPlainDefaults)
  if (children.length > 0) return { id, name, required, type: withChildFields(type, children) }
  return [initialDefault, writeDefault].some(isNotFinite) ? { id, name, required, type } : field
}

function isNotFinite(value: Value | undefined): boolean {
  return typeof value === 'number' && !Number.isFinite(value)
}

/** A default stays where the type does. */
function withType(field: Field, type: Type): Field {
  if (equalTypes(type, field.type)) return field
  return { id: field.id, name: field.name, required: field.required, type }
}

function typeOfSpark(type: Type): Type {
  switch (type.kind) {
    case 'time':
      return { kind: 'int' }
    case 'timestamp_ns':
      return { kind: 'timestamp' }
    case 'timestamptz_ns':
      return { kind: 'timestamptz' }
    case 'struct':
    case 'list':
    case 'map':
      return withChildFields(type, childFields(type).map(asSparkHas))
    default:
      return type
  }
}

/** A field a column: several of one column are redundant, and refused. */
export function anyPartitionsOf(schema: Schema): fc.Arbitrary<PartitionTerm[]> {
  return anySpecOf(schema, { opaque: false, maxFields: 3 }).map(({ fields }) => {
    const bySource = new Map(fields.map((field) => [field.sourceId, field]))
    return [...bySource.values()].flatMap(({ sourceId, transform }, index) => {
      const source = findField(schema, sourceId)
      if (source === undefined || !isReadByJava(schema, source, transform)) return []
      if (source.field.type.kind === 'unknown') return []
      return [{ column: source.path, transform, name: `part ${index}` }]
    })
  })
}

/**
 * Java reads no partition values of fixed columns, and makes a struct of one that is null if it has a partition value for
 * something in it (spec/differences.md).
 */
function isReadByJava(schema: Schema, { field, ids }: FieldEntry, transform: Transform): boolean {
  const isAlwaysThere = ids.slice(0, -1).every((id) => findField(schema, id)?.field.required)
  return field.type.kind !== 'fixed' && (transform.kind !== 'identity' || isAlwaysThere)
}

export function anySortOf(schema: Schema): fc.Arbitrary<SortTerm[]> {
  return anySortOrderOf(schema).map(({ fields }) =>
    fields.map(({ sourceId, ...term }) => ({
      ...term,
      column: findField(schema, sourceId)?.path ?? [],
    })),
  )
}
