/** What planning may leave out, held against the rows themselves (spec: Scan Planning). */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bind } from '../../src/expressions/bind.ts'
import { strictMetricsMatcher } from '../../src/expressions/contains-only.ts'
import { metricsMatcher } from '../../src/expressions/match-metrics.ts'
import { rowMatcher } from '../../src/expressions/match-row.ts'
import type { Expression } from '../../src/expressions/predicate.ts'
import type { RowValues } from '../../src/layout/column-value.ts'
import { noMetrics } from '../../src/types/metrics.ts'
import type { ColumnMetrics } from '../../src/types/metrics.ts'
import type { Schema } from '../../src/types/schema.ts'
import {
  anyExpressionOf,
  anyFilteredSchema,
  anyNarrowSchema,
  anyRowsOf,
  anyTestOf,
} from '../support/arbitraries/predicates.ts'
import { anySchema } from '../support/arbitraries/schemas.ts'
import { flatColumns } from '../support/arbitraries/specs.ts'
import { metricsOf } from '../support/naive-metrics.ts'
import type { CountingStyle } from '../support/naive-metrics.ts'
import { runs } from '../support/runs.ts'

interface File {
  readonly schema: Schema
  readonly rows: readonly RowValues[]
  readonly expression: Expression
}

const anyFile: fc.Arbitrary<File> = anyFilteredSchema.chain((schema) =>
  anyRowsOf(schema, { maxLength: 5 }).chain((rows) =>
    fc.record({
      schema: fc.constant(schema),
      rows: fc.constant(rows),
      expression: fc.oneof(anyTestOf(schema, rows), anyExpressionOf(schema, rows)),
    }),
  ),
)

/** What other writers leave out, and what a file that was damaged holds instead. */
type Damage =
  | { readonly kind: 'drop'; readonly map: keyof ColumnMetrics; readonly fieldId: number }
  | {
      readonly kind: 'garble'
      readonly map: 'lowerBounds' | 'upperBounds'
      readonly fieldId: number
    }

/** Types of which every bound has one length. */
const FIXED_LENGTH_KINDS = new Set([
  'boolean',
  'int',
  'float',
  'date',
  'uuid',
  'timestamp',
  'fixed',
])

function anyDamageOf(schema: Schema): fc.Arbitrary<Damage[]> {
  const fields = flatColumns(schema).map(({ field }) => field)
  if (fields.length === 0) return fc.constant([])
  const anyDrop: fc.Arbitrary<Damage> = fc.record({
    kind: fc.constant('drop'),
    map: fc.constantFrom('valueCounts', 'nullCounts', 'nanCounts', 'lowerBounds', 'upperBounds'),
    fieldId: fc.constantFrom(...fields.map(({ id }) => id)),
  })
  const garbled = fields.filter(({ type }) => FIXED_LENGTH_KINDS.has(type.kind)).map(({ id }) => id)
  if (garbled.length === 0) return fc.array(anyDrop, { maxLength: 6 })
  const anyGarble: fc.Arbitrary<Damage> = fc.record({
    kind: fc.constant('garble'),
    map: fc.constantFrom('lowerBounds', 'upperBounds'),
    fieldId: fc.constantFrom(...garbled),
  })
  return fc.array(fc.oneof(anyDrop, anyGarble), { maxLength: 6 })
}

/** A bound of a length that no type with a fixed length has. */
const GARBLED_BOUND = new Uint8Array(40).fill(0xff)

function damaged(metrics: ColumnMetrics, damages: readonly Damage[]): ColumnMetrics {
  const copy = {
    columnSizes: new Map(metrics.columnSizes),
    valueCounts: new Map(metrics.valueCounts),
    nullCounts: new Map(metrics.nullCounts),
    nanCounts: new Map(metrics.nanCounts),
    lowerBounds: new Map(metrics.lowerBounds),
    upperBounds: new Map(metrics.upperBounds),
  }
  for (const damage of damages) {
    if (damage.kind === 'drop') copy[damage.map].delete(damage.fieldId)
    else copy[damage.map].set(damage.fieldId, GARBLED_BOUND)
  }
  return copy
}

const anyStyle: fc.Arbitrary<CountingStyle> = fc.record({
  boundLength: fc.integer({ min: 1, max: 20 }),
  countsHiddenNulls: fc.boolean(),
})

/** A file of a single row, whose bounds are its values, and one test of it. */
const anySingleRow = fc.oneof(anySchema({ maxDepth: 0 }), anyNarrowSchema).chain((schema) =>
  anyRowsOf(schema, { maxLength: 1 }).chain((rows) =>
    fc.record({
      schema: fc.constant(schema),
      rows: fc.constant(rows),
      expression: anyTestOf(schema, rows),
    }),
  ),
)

describe('file pruning by counts and bounds (spec: Scan Planning)', () => {
  it('never drops a file that holds a matching row', () => {
    fc.assert(
      fc.property(anyFile, anyStyle, ({ schema, rows, expression }, style) => {
        const predicate = bind(expression, schema)
        if (!rows.some(rowMatcher(predicate))) return
        const metrics = metricsOf(schema, rows, style)
        expect(metricsMatcher(predicate)(metrics, BigInt(rows.length))).toBe(true)
      }),
      runs(300),
    )
  })

  it('never drops it either when metrics are missing or damaged', () => {
    const anyDamagedFile = anyFile.chain((file) =>
      fc.record({ file: fc.constant(file), damages: anyDamageOf(file.schema), style: anyStyle }),
    )
    fc.assert(
      fc.property(anyDamagedFile, ({ file: { schema, rows, expression }, damages, style }) => {
        const predicate = bind(expression, schema)
        if (!rows.some(rowMatcher(predicate))) return
        const metrics = damaged(metricsOf(schema, rows, style), damages)
        expect(metricsMatcher(predicate)(metrics, BigInt(rows.length))).toBe(true)
        expect(metricsMatcher(predicate)(noMetrics, BigInt(rows.length))).toBe(true)
      }),
      runs(300),
    )
  })

  it('always drops a file of a single row that does not match', () => {
    fc.assert(
      fc.property(anySingleRow, ({ schema, rows, expression }) => {
        const predicate = bind(expression, schema)
        const isMatch = rows.some(rowMatcher(predicate))
        const metrics = metricsOf(schema, rows, { boundLength: 100, countsHiddenNulls: true })
        expect(metricsMatcher(predicate)(metrics, 1n)).toBe(isMatch)
      }),
      runs(300),
    )
  })

  it('keeps a file whose number of rows is unknown, and drops one without rows', () => {
    const predicate = bind({ kind: 'true' }, { schemaId: 0, fields: [], identifierFieldIds: [] })
    expect(metricsMatcher(predicate)(noMetrics, -1n)).toBe(true)
    expect(metricsMatcher(predicate)(noMetrics, 0n)).toBe(false)
  })
})

describe('files of nothing but matching rows (spec: Field-level Metrics and Statistics)', () => {
  it('never are files that hold another row', () => {
    fc.assert(
      fc.property(anyFile, anyStyle, ({ schema, rows, expression }, style) => {
        const predicate = bind(expression, schema)
        if (rows.every(rowMatcher(predicate))) return
        const metrics = metricsOf(schema, rows, style)
        expect(strictMetricsMatcher(predicate)(metrics, BigInt(rows.length))).toBe(false)
      }),
      runs(300),
    )
  })

  it('never are either when metrics are missing or damaged', () => {
    const anyDamagedFile = anyFile.chain((file) =>
      fc.record({ file: fc.constant(file), damages: anyDamageOf(file.schema), style: anyStyle }),
    )
    fc.assert(
      fc.property(anyDamagedFile, ({ file: { schema, rows, expression }, damages, style }) => {
        const predicate = bind(expression, schema)
        if (rows.every(rowMatcher(predicate))) return
        const mustMatch = strictMetricsMatcher(predicate)
        const metrics = damaged(metricsOf(schema, rows, style), damages)
        expect(mustMatch(metrics, BigInt(rows.length))).toBe(false)
        expect(mustMatch(metrics, -1n)).toBe(false)
        expect(mustMatch(noMetrics, BigInt(rows.length))).toBe(false)
      }),
      runs(300),
    )
  })

  it('always are files of a single row that matches', () => {
    fc.assert(
      fc.property(anySingleRow, ({ schema, rows, expression }) => {
        const predicate = bind(expression, schema)
        const isMatch = rows.every(rowMatcher(predicate))
        const metrics = metricsOf(schema, rows, { boundLength: 100, countsHiddenNulls: true })
        expect(strictMetricsMatcher(predicate)(metrics, 1n)).toBe(isMatch)
      }),
      runs(300),
    )
  })
})
