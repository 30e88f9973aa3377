import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { partitionTypes } from '../../../src/layout/partition-spec.ts'
import type { PartitionSpec } from '../../../src/layout/partition-spec.ts'
import type { Transform } from '../../../src/layout/transform.ts'
import { partitionTypesOf } from '../../../src/metadata/partition-types.ts'
import type { TableSchemas } from '../../../src/metadata/table-metadata.ts'
import { canPromote } from '../../../src/types/promotion.ts'
import type { Schema } from '../../../src/types/schema.ts'
import type { PrimitiveType, Type } from '../../../src/types/type.ts'
import { anySchema } from '../../support/arbitraries/schemas.ts'
import { anySpecOf } from '../../support/arbitraries/specs.ts'
import { runs } from '../../support/runs.ts'

/** A schema of columns that are called by their ids. */
function schemaOf(schemaId: number, columns: Readonly<Record<number, PrimitiveType>>): Schema {
  const fields = Object.entries(columns).map(([id, type]) => ({
    id: Number(id),
    name: `c${id}`,
    required: false,
    type,
  }))
  return { schemaId, fields, identifierFieldIds: [] }
}

function specOf(sourceId: number, transform: Transform): PartitionSpec {
  return { specId: 0, fields: [{ sourceId, fieldId: 1000, name: 'p', transform }] }
}

const INT: PrimitiveType = { kind: 'int' }
const LONG: PrimitiveType = { kind: 'long' }
const first = schemaOf(0, { 1: INT, 2: { kind: 'timestamp' } })
const promoted = schemaOf(1, { 1: LONG, 2: { kind: 'timestamp' } })
const dropped = schemaOf(2, { 3: { kind: 'string' } })

describe('types of partition tuples (spec: Partition Evolution)', () => {
  const table: TableSchemas = { schemas: [promoted, dropped, first], currentSchemaId: 2 }
  const identity = specOf(1, { kind: 'identity' })

  it('are those of the current schema, where it has the column', () => {
    expect(partitionTypesOf({ ...table, currentSchemaId: 1 }, identity)).toEqual([LONG])
    expect(partitionTypesOf({ ...table, currentSchemaId: 0 }, identity)).toEqual([INT])
  })

  it('are those that a column had last, when it was dropped', () => {
    expect(partitionTypesOf(table, identity)).toEqual([LONG])
    expect(partitionTypesOf(table, specOf(1, { kind: 'truncate', width: 5 }))).toEqual([LONG])
    expect(partitionTypesOf(table, specOf(2, { kind: 'day' }))).toEqual([{ kind: 'date' }])
    expect(partitionTypesOf(table, specOf(2, { kind: 'void' }))).toEqual([{ kind: 'timestamp' }])
  })

  it('are those of the schema that rows are read with, where that is an older one', () => {
    expect(partitionTypesOf(table, identity, first)).toEqual([INT])
  })

  it('are unknown for a column that is in no schema', () => {
    const expired = { ...table, schemas: [dropped] }
    expect(partitionTypesOf(expired, identity)).toEqual([null])
    expect(partitionTypesOf(expired, specOf(1, { kind: 'void' }))).toEqual([INT])
  })

  it('are unknown for a column that is there and does not suit the transform, whatever it was before', () => {
    const retyped = schemaOf(3, { 2: { kind: 'string' } })
    const metadata = { schemas: [first, retyped], currentSchemaId: 3 }
    expect(partitionTypesOf(metadata, specOf(2, { kind: 'day' }))).toEqual([null])
  })

  it('always stay what they were, whichever columns are dropped after they were promoted', () => {
    const anyCase = anySchema().chain((schema) =>
      fc.record({
        schema: fc.constant(schema),
        spec: anySpecOf(schema),
        kept: fc.subarray([...schema.fields]),
        reversed: fc.boolean(),
      }),
    )
    fc.assert(
      fc.property(anyCase, ({ schema, spec, kept, reversed }) => {
        const before = { ...schema, schemaId: 4 }
        const after = { ...schema, schemaId: 5, fields: schema.fields.map(promotedField) }
        const ids = new Set(kept.map(({ id }) => id))
        const last = {
          ...schema,
          schemaId: 6,
          fields: after.fields.filter(({ id }) => ids.has(id)),
        }
        const schemas = reversed ? [last, after, before] : [before, after, last]
        const types = partitionTypesOf({ schemas, currentSchemaId: 6 }, spec)
        expect(types).toEqual(partitionTypes(spec, after))
      }),
      runs(200),
    )
  })
})

const PROMOTIONS: readonly PrimitiveType[] = [LONG, { kind: 'double' }]

function promotedField<Column extends { readonly type: Type }>(column: Column): Column {
  const type = PROMOTIONS.find((wider) => canPromote(column.type, wider, 2))
  return type === undefined ? column : { ...column, type }
}
