/** What partitions say about rows, held against the rows themselves (spec: Scan Planning; Partition Transforms). */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bind } from '../../src/expressions/bind.ts'
import { rowMatcher } from '../../src/expressions/match-row.ts'
import { summariesMatcher } from '../../src/expressions/match-summaries.ts'
import type { Expression } from '../../src/expressions/predicate.ts'
import { projectInclusive, projectStrict } from '../../src/expressions/project.ts'
import { residualOf } from '../../src/expressions/residual.ts'
import type { RowValues } from '../../src/layout/column-value.ts'
import type { FieldSummary } from '../../src/layout/field-summary.ts'
import { partitionTypes } from '../../src/layout/partition-spec.ts'
import type { PartitionSpec } from '../../src/layout/partition-spec.ts'
import type { PartitionTuple } from '../../src/layout/partition-tuple.ts'
import { isTimeTransform } from '../../src/layout/transform.ts'
import { summarizePartitions } from '../../src/metadata/partition-summary.ts'
import type { Schema } from '../../src/types/schema.ts'
import type { PrimitiveType } from '../../src/types/type.ts'
import { anyExpressionOf, anyFilteredSchema, anyRowsOf } from '../support/arbitraries/predicates.ts'
import { anySpecOf } from '../support/arbitraries/specs.ts'
import { anyDecimalType } from '../support/arbitraries/types.ts'
import { partitionRows } from '../support/partitions.ts'
import { runs } from '../support/runs.ts'

interface Case {
  readonly schema: Schema
  readonly spec: PartitionSpec
  readonly rows: readonly RowValues[]
  readonly expression: Expression
}

function anyCaseOf(schemas: fc.Arbitrary<Schema>): fc.Arbitrary<Case> {
  return schemas.chain((schema) =>
    anyRowsOf(schema).chain((rows) =>
      fc.record({
        schema: fc.constant(schema),
        spec: anySpecOf(schema),
        rows: fc.constant(rows),
        expression: anyExpressionOf(schema, rows),
      }),
    ),
  )
}

/** Few columns, so that fields meet tests of their column. */
function anySchemaOf(anyType: fc.Arbitrary<PrimitiveType>): fc.Arbitrary<Schema> {
  return fc
    .uniqueArray(
      fc.record({ name: fc.constantFrom('a', 'b', 'c'), required: fc.boolean(), type: anyType }),
      { selector: ({ name }) => name, minLength: 1, maxLength: 2 },
    )
    .map((fields) => ({
      schemaId: 0,
      fields: fields.map((field, index) => ({ id: index + 1, ...field })),
      identifierFieldIds: [],
    }))
}

const anyTimeSchema = anySchemaOf(
  fc.constantFrom<PrimitiveType[]>(
    { kind: 'date' },
    { kind: 'timestamp' },
    { kind: 'timestamptz' },
    { kind: 'timestamp_ns' },
    { kind: 'timestamptz_ns' },
  ),
)

const anyIntegerSchema = anySchemaOf(
  fc.constantFrom<PrimitiveType[]>({ kind: 'int' }, { kind: 'long' }),
)

/** Columns that are truncated and dealt into buckets. */
const anyCutSchema = anySchemaOf(
  fc.oneof(
    fc.constantFrom<PrimitiveType[]>({ kind: 'string' }, { kind: 'binary' }),
    fc.constantFrom<PrimitiveType[]>({ kind: 'int' }, { kind: 'long' }),
    anyDecimalType,
  ),
)

const anyCase = fc.oneof(
  anyCaseOf(anyFilteredSchema),
  anyCaseOf(anyTimeSchema),
  anyCaseOf(anyCutSchema),
)

describe('projection to partitions (spec: Scan Planning)', () => {
  it('never drops a partition that holds a matching row', () => {
    fc.assert(
      fc.property(anyCase, ({ schema, spec, rows, expression }) => {
        const predicate = bind(expression, schema)
        const matches = rowMatcher(predicate)
        const keeps = rowMatcher(projectInclusive(predicate, spec, schema))
        for (const partition of partitionRows(schema, spec, rows)) {
          if (partition.rows.some(matches)) expect(keeps(partition.tuple)).toBe(true)
        }
      }),
      runs(300),
    )
  })

  it('never takes a partition for decided while a row of it does not match', () => {
    fc.assert(
      fc.property(anyCase, ({ schema, spec, rows, expression }) => {
        const predicate = bind(expression, schema)
        const matches = rowMatcher(predicate)
        const proves = rowMatcher(projectStrict(predicate, spec, schema))
        for (const partition of partitionRows(schema, spec, rows)) {
          if (!partition.rows.every(matches)) expect(proves(partition.tuple)).toBe(false)
        }
      }),
      runs(300),
    )
  })

  it('always leaves a residual that matches the same rows of the partition', () => {
    fc.assert(
      fc.property(anyCase, ({ schema, spec, rows, expression }) => {
        const predicate = bind(expression, schema)
        const matches = rowMatcher(predicate)
        const residual = residualOf(predicate, spec, schema)
        for (const partition of partitionRows(schema, spec, rows)) {
          const isLeft = rowMatcher(residual(partition.tuple))
          for (const row of partition.rows) expect(isLeft(row)).toBe(matches(row))
        }
      }),
      runs(300),
    )
  })

  it('always decides a test of an identity column without its rows', () => {
    const anyIdentity = anyCase.map((one) => ({
      ...one,
      spec: {
        specId: 0,
        fields: one.schema.fields
          .filter(({ type }) => !['struct', 'list', 'map'].includes(type.kind))
          .map(({ id, name }, index) => ({
            sourceId: id,
            fieldId: 1000 + index,
            name,
            transform: { kind: 'identity' as const },
          })),
      },
    }))
    fc.assert(
      fc.property(anyIdentity, ({ schema, spec, rows, expression }) => {
        if (spec.fields.length < schema.fields.length) return
        const residual = residualOf(bind(expression, schema), spec, schema)
        for (const { tuple } of partitionRows(schema, spec, rows)) {
          expect(['true', 'false']).toContain(residual(tuple).kind)
        }
      }),
      runs(200),
    )
  })

  it('never drops rows whose truncation wrapped around in another writer', () => {
    const anyTruncated = anyCaseOf(anyIntegerSchema).map((one) => ({
      ...one,
      spec: {
        ...one.spec,
        fields: one.spec.fields.filter(({ transform }) => transform.kind === 'truncate'),
      },
    }))
    fc.assert(
      fc.property(anyTruncated, ({ schema, spec, rows, expression }) => {
        const predicate = bind(expression, schema)
        const matches = rowMatcher(predicate)
        const keeps = rowMatcher(projectInclusive(predicate, spec, schema))
        const residual = residualOf(predicate, spec, schema)
        for (const row of rows) {
          const tuple = wrappingPartition(schema, spec, row)
          if (matches(row)) expect(keeps(tuple)).toBe(true)
          expect(rowMatcher(residual(tuple))(row)).toBe(matches(row))
        }
      }),
      runs(300),
    )
  })

  it('never drops rows whose partition an old writer rounded up before 1970', () => {
    fc.assert(
      fc.property(anyCaseOf(anyTimeSchema), ({ schema, spec, rows, expression }) => {
        const predicate = bind(expression, schema)
        const matches = rowMatcher(predicate)
        const keeps = rowMatcher(projectInclusive(predicate, spec, schema))
        const residual = residualOf(predicate, spec, schema)
        for (const partition of partitionRows(schema, spec, rows)) {
          const tuple = roundedUp(spec, partition.tuple)
          const isLeft = rowMatcher(residual(tuple))
          for (const row of partition.rows) {
            if (matches(row)) expect(keeps(tuple)).toBe(true)
            expect(isLeft(row)).toBe(matches(row))
          }
        }
      }),
      runs(300),
    )
  })
})

/** The truncation of an integer as the reference implementation computes it, where sums and differences wrap around. */
function wrappingTruncation(value: bigint, width: number, bits: 32 | 64): bigint {
  const remainder = BigInt.asIntN(bits, (value % BigInt(width)) + BigInt(width)) % BigInt(width)
  return BigInt.asIntN(bits, value - remainder)
}

/** What the reference implementation stores where it wraps around; each row is a partition of its own. */
function wrappingPartition(schema: Schema, spec: PartitionSpec, row: RowValues): PartitionTuple {
  return spec.fields.map(({ sourceId, transform }) => {
    const position = schema.fields.findIndex(({ id }) => id === sourceId)
    const value = row[position] ?? null
    if (transform.kind !== 'truncate' || value === null) return null
    if (typeof value === 'number') {
      return Number(wrappingTruncation(BigInt(value), transform.width, 32))
    }
    return typeof value === 'bigint' ? wrappingTruncation(value, transform.width, 64) : null
  })
}

/** What the reference implementation up to 0.10 stored for the same rows, but for times on a boundary. */
function roundedUp(spec: PartitionSpec, tuple: PartitionTuple): PartitionTuple {
  return tuple.map((value, index) => {
    const transform = spec.fields[index]?.transform
    const isTime = transform !== undefined && isTimeTransform(transform)
    return isTime && typeof value === 'number' && value < 0 ? value + 1 : value
  })
}

describe('manifest pruning by partition summaries (spec: Manifest Lists)', () => {
  it('never drops a manifest that lists a partition with a matching row', () => {
    fc.assert(
      fc.property(anyCase, fc.boolean(), ({ schema, spec, rows, expression }, recordsNan) => {
        const predicate = bind(expression, schema)
        const partitions = partitionRows(schema, spec, rows)
        if (!partitions.some((partition) => partition.rows.some(rowMatcher(predicate)))) return
        const types = partitionTypes(spec, schema)
        const mightMatch = summariesMatcher(projectInclusive(predicate, spec, schema), types)
        const tuples = partitions.map(({ tuple }) => tuple)
        const summaries = summarizePartitions(types, tuples)
        expect(mightMatch(recordsNan ? summaries : summaries.map(withoutNan))).toBe(true)
        expect(mightMatch(null)).toBe(true)
        expect(mightMatch([])).toBe(true)
      }),
      runs(300),
    )
  })

  it('always drops a manifest of one partition that does not match', () => {
    fc.assert(
      fc.property(anyCase, ({ schema, spec, rows, expression }) => {
        const projected = projectInclusive(bind(expression, schema), spec, schema)
        const types = partitionTypes(spec, schema)
        for (const { tuple } of partitionRows(schema, spec, rows)) {
          const mightMatch = summariesMatcher(projected, types)(summarizePartitions(types, [tuple]))
          expect(mightMatch).toBe(rowMatcher(projected)(tuple))
        }
      }),
      runs(300),
    )
  })
})

function withoutNan(summary: FieldSummary): FieldSummary {
  return { ...summary, containsNan: null }
}
