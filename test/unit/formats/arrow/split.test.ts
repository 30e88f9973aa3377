import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchFromValues } from '../../../../src/formats/arrow/builders.ts'
import { createSplitter } from '../../../../src/formats/arrow/split.ts'
import { transformFunction } from '../../../../src/layout/apply-transform.ts'
import { positionsOf, primitiveReader } from '../../../../src/layout/column-value.ts'
import type { RowValues } from '../../../../src/layout/column-value.ts'
import { partitionKey } from '../../../../src/layout/partition-key.ts'
import { partitionTypes, unpartitionedSpec } from '../../../../src/layout/partition-spec.ts'
import type { PartitionSpec } from '../../../../src/layout/partition-spec.ts'
import type { PartitionTuple } from '../../../../src/layout/partition-tuple.ts'
import type { Transform } from '../../../../src/layout/transform.ts'
import { findField } from '../../../../src/types/schema.ts'
import type { Schema } from '../../../../src/types/schema.ts'
import { isPrimitive } from '../../../../src/types/type.ts'
import type { PrimitiveType } from '../../../../src/types/type.ts'
import { anyBatchOf } from '../../../support/arbitraries/batches.ts'
import { anySchema } from '../../../support/arbitraries/schemas.ts'
import { anySpecOf } from '../../../support/arbitraries/specs.ts'
import { runs } from '../../../support/runs.ts'
import { thrownBy } from '../../../support/thrown.ts'

function tableOf(...types: PrimitiveType[]): Schema {
  const fields = types.map((type, index) => ({
    id: index + 1,
    name: `c${index + 1}`,
    required: false,
    type,
  }))
  return { schemaId: 0, identifierFieldIds: [], fields }
}

function specOf(...transforms: Transform[]): PartitionSpec {
  const fields = transforms.map((transform, index) => ({
    sourceId: index + 1,
    fieldId: 1000 + index,
    name: `p${index}`,
    transform,
  }))
  return { specId: 1, fields }
}

/** The tuple of each row, one value at a time. */
function tupleOf(schema: Schema, spec: PartitionSpec, row: RowValues): PartitionTuple {
  return spec.fields.map(({ sourceId, transform }) => {
    const entry = findField(schema, sourceId)
    if (entry === undefined || !isPrimitive(entry.field.type)) return null
    const value = primitiveReader(positionsOf(schema, entry))(row)
    return transformFunction(transform, entry.field.type)(value)
  })
}

/** Whether {@link tupleOf} has one: hours may exceed 32 bits, transforms may be unknown, columns dropped. */
function isComputable(schema: Schema, spec: PartitionSpec, rows: readonly RowValues[]): boolean {
  const hasSources = spec.fields.every(
    ({ sourceId, transform }) =>
      transform.kind === 'void' ||
      (transform.kind !== 'unknown' && findField(schema, sourceId) !== undefined),
  )
  if (!hasSources) return false
  try {
    for (const row of rows) tupleOf(schema, spec, row)
    return true
  } catch {
    return false
  }
}

describe('a splitter (spec: Partitioning)', () => {
  it('cuts rows by day and city, each part in the order of its rows', () => {
    const schema = tableOf({ kind: 'timestamptz' }, { kind: 'string' })
    const spec = specOf({ kind: 'day' }, { kind: 'identity' })
    const rows = [
      [-1n, 'Oslo'],
      [0n, 'Oslo'],
      [-2n, 'Oslo'],
      [5n, null],
    ]
    const parts = createSplitter(schema, spec)(batchFromValues(schema, rows))
    expect(parts.map(({ tuple }) => tuple)).toEqual([
      [-1, 'Oslo'],
      [0, 'Oslo'],
      [0, null],
    ])
    expect(parts.map((part) => [...part.rows])).toEqual([[0, 2], [1], [3]])
  })

  it('gives no part for an empty batch', () => {
    const empty = batchFromValues(tableOf({ kind: 'date' }), [])
    expect(createSplitter(tableOf({ kind: 'date' }), unpartitionedSpec)(empty)).toEqual([])
  })

  it('takes all NaN for one partition, and minus zero for another than zero', () => {
    const schema = tableOf({ kind: 'double' })
    const values = [[Number.NaN], [-0], [0], [-Number.NaN]]
    const parts = createSplitter(
      schema,
      specOf({ kind: 'identity' }),
    )(batchFromValues(schema, values))
    expect(parts.map((part) => [...part.tuple, part.rows.length])).toEqual([
      [Number.NaN, 2],
      [-0, 1],
      [0, 1],
    ])
  })

  it('writes null for void, also when its column is gone, but refuses what it cannot compute', () => {
    const schema = tableOf({ kind: 'int' })
    const gone = { sourceId: 9, fieldId: 1000, name: 'p', transform: { kind: 'void' } } as const
    const batch = batchFromValues(schema, [[1], [2]])
    const parts = createSplitter(schema, { specId: 1, fields: [gone] })(batch)
    expect(parts.map(({ tuple }) => tuple)).toEqual([[null]])
    const unknown = { ...gone, transform: { kind: 'identity' } } as const
    expect(() => createSplitter(schema, { specId: 1, fields: [unknown] })).toThrow(
      expect.objectContaining({ kind: 'unsupported' }),
    )
  })

  it('names the partition field that has no value for a row', () => {
    const table = tableOf({ kind: 'int' })
    const split = createSplitter(table, specOf({ kind: 'truncate', width: 10 }))
    const error = thrownBy(() => split(batchFromValues(table, [[-2_147_483_648]])))
    expect(error).toMatchObject({
      kind: 'invalid',
      context: { field: 'p0', transform: 'truncate[10]' },
    })
  })

  it('always puts every row in one part, that of its tuple, and keeps their order', () => {
    const anySplit = anySchema({ maxFields: 4 }).chain((schema) =>
      fc.record({
        input: anyBatchOf(schema, { maxLength: 40 }),
        spec: anySpecOf(schema, { opaque: false }),
      }),
    )
    fc.assert(
      fc.property(anySplit, ({ input, spec }) => {
        const { schema, rows, batch } = input
        if (!isComputable(schema, spec, rows)) return
        const types = partitionTypes(spec, schema)
        const expected = new Map<string, number[]>()
        for (const [number, row] of rows.entries()) {
          const key = partitionKey(types, tupleOf(schema, spec, row))
          expected.set(key, [...(expected.get(key) ?? []), number])
        }
        const parts = createSplitter(schema, spec)(batch)
        expect(new Map(parts.map((part) => [part.key, [...part.rows]]))).toEqual(expected)
        expect(parts.map(({ key }) => key)).toEqual([...expected.keys()])
        expect(parts.map(({ tuple }) => partitionKey(types, tuple))).toEqual([...expected.keys()])
      }),
      runs(300),
    )
  })
})
