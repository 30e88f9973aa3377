import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchFromValues } from '../../../../src/formats/arrow/builders.ts'
import { createMetricsCollector } from '../../../../src/formats/arrow/metrics.ts'
import { sliceBatch } from '../../../../src/formats/arrow/take.ts'
import { positionsOf, primitiveReader } from '../../../../src/layout/column-value.ts'
import type { RowValues } from '../../../../src/layout/column-value.ts'
import { comparatorOf } from '../../../../src/types/compare.ts'
import type { MetricsMode } from '../../../../src/metadata/metrics-mode.ts'
import type { ColumnMetrics } from '../../../../src/types/metrics.ts'
import { allFields } from '../../../../src/types/schema.ts'
import type { Schema } from '../../../../src/types/schema.ts'
import { valueFromBytes, valueToBytes } from '../../../../src/types/single-value-binary.ts'
import { isPrimitive } from '../../../../src/types/type.ts'
import type { PrimitiveType } from '../../../../src/types/type.ts'
import type { PrimitiveValue } from '../../../../src/types/value.ts'
import { anyBatch } from '../../../support/arbitraries/batches.ts'
import { flatColumns } from '../../../support/arbitraries/specs.ts'
import { runs } from '../../../support/runs.ts'

/** One mode for all columns. */
function modesOf(schema: Pick<Schema, 'fields'>, mode: MetricsMode): Map<number, MetricsMode> {
  const ids = allFields({ schemaId: 0, identifierFieldIds: [], ...schema }).map(
    ({ field }) => field.id,
  )
  return new Map(ids.map((id) => [id, mode]))
}

type Metrics = Omit<ColumnMetrics, 'columnSizes'>

function metricsOf(
  type: PrimitiveType,
  values: readonly (PrimitiveValue | null)[],
  mode: MetricsMode = { kind: 'full' },
): Metrics {
  const schema = { fields: [{ id: 1, name: 'c', required: false, type }] }
  const collector = createMetricsCollector(schema, new Map([[1, mode]]))
  collector.add(
    batchFromValues(
      schema,
      values.map((value) => [value]),
    ),
  )
  return collector.finish()
}

function boundsOf(
  type: PrimitiveType,
  values: readonly (PrimitiveValue | null)[],
  mode: MetricsMode = { kind: 'full' },
): (PrimitiveValue | undefined)[] {
  const { lowerBounds, upperBounds } = metricsOf(type, values, mode)
  return [lowerBounds.get(1), upperBounds.get(1)].map((bytes) =>
    bytes === undefined ? undefined : valueFromBytes(type, bytes),
  )
}

/** What the values say, one at a time. */
function naiveMetrics(schema: Schema, rows: readonly RowValues[]): Metrics {
  const metrics = {
    valueCounts: new Map<number, bigint>(),
    nullCounts: new Map<number, bigint>(),
    nanCounts: new Map<number, bigint>(),
    lowerBounds: new Map<number, Uint8Array>(),
    upperBounds: new Map<number, Uint8Array>(),
  }
  for (const entry of flatColumns(schema)) {
    const { id, type } = entry.field
    if (!isPrimitive(type)) continue
    const values = rows.map(primitiveReader(positionsOf(schema, entry)))
    const held = values.filter((value) => value !== null)
    const ordered = held.filter((value) => !Number.isNaN(value)).sort(comparatorOf(type))
    const isFloating = type.kind === 'float' || type.kind === 'double'
    metrics.valueCounts.set(id, BigInt(values.length))
    metrics.nullCounts.set(id, BigInt(values.length - held.length))
    if (isFloating) metrics.nanCounts.set(id, BigInt(held.length - ordered.length))
    const [lowest] = ordered
    const highest = ordered.at(-1)
    if (lowest === undefined || highest === undefined) continue
    metrics.lowerBounds.set(id, valueToBytes(type, isFloating && lowest === 0 ? -0 : lowest))
    metrics.upperBounds.set(id, valueToBytes(type, isFloating && highest === 0 ? 0 : highest))
  }
  return metrics
}

describe('column metrics (spec: Field-level Metrics and Statistics)', () => {
  it('have no bounds for a column of nothing but null and NaN, yet count them', () => {
    const metrics = metricsOf({ kind: 'double' }, [null, Number.NaN, null])
    expect(metrics.valueCounts.get(1)).toBe(3n)
    expect(metrics.nullCounts.get(1)).toBe(2n)
    expect(metrics.nanCounts.get(1)).toBe(1n)
    expect(metrics.lowerBounds.size + metrics.upperBounds.size).toBe(0)
  })

  it('pass over NaN, wherever it stands', () => {
    const values = [Number.NaN, 1.5, Number.NaN, -2, Number.NaN]
    expect(boundsOf({ kind: 'float' }, values)).toEqual([-2, 1.5])
  })

  it('take -0.0 below and 0.0 above where zero is a bound', () => {
    expect(boundsOf({ kind: 'double' }, [0])).toEqual([-0, 0])
    expect(boundsOf({ kind: 'double' }, [-0, 3])).toEqual([-0, 3])
    expect(boundsOf({ kind: 'int' }, [0])).toEqual([0, 0])
  })

  it('hold infinities', () => {
    expect(boundsOf({ kind: 'double' }, [Infinity])).toEqual([Infinity, Infinity])
    expect(boundsOf({ kind: 'double' }, [-Infinity, 0])).toEqual([-Infinity, 0])
  })

  it('compare strings by code point and integers by all their bits', () => {
    expect(boundsOf({ kind: 'string' }, ['\uffff', '\u{10000}'])).toEqual(['\uffff', '\u{10000}'])
    const longs = [-1n, 1n << 32n, (1n << 63n) - 1n, -(1n << 63n)]
    expect(boundsOf({ kind: 'long' }, longs)).toEqual([-(1n << 63n), (1n << 63n) - 1n])
    const decimals = [-1n, 1n << 64n, -(1n << 100n), 1n << 32n]
    expect(boundsOf({ kind: 'decimal', precision: 38, scale: 0 }, decimals)).toEqual([
      -(1n << 100n),
      1n << 64n,
    ])
  })

  it('cut strings between code points, the upper bound up', () => {
    expect(boundsOf({ kind: 'string' }, ['ab🧊d'], { kind: 'truncate', length: 3 })).toEqual([
      'ab🧊',
      'ab\u{1f9cb}',
    ])
    expect(
      boundsOf({ kind: 'string' }, ['\u{10ffff}\u{10ffff}'], { kind: 'truncate', length: 1 }),
    ).toEqual(['\u{10ffff}', undefined])
    const bytes = Uint8Array.of(1, 0xff, 3)
    expect(boundsOf({ kind: 'binary' }, [bytes], { kind: 'truncate', length: 2 })).toEqual([
      Uint8Array.of(1, 0xff),
      Uint8Array.of(2),
    ])
  })

  it('keep to the mode of each column', () => {
    expect(metricsOf({ kind: 'int' }, [1], { kind: 'none' }).valueCounts.size).toBe(0)
    const counts = metricsOf({ kind: 'double' }, [1, Number.NaN], { kind: 'counts' })
    expect(counts.nanCounts.get(1)).toBe(1n)
    expect(counts.lowerBounds.size).toBe(0)
  })

  it('are whole for texts and bytes of any length, where the mode is full', () => {
    const text = '🧊'.repeat(1000)
    expect(boundsOf({ kind: 'string' }, [text], { kind: 'full' })).toEqual([text, text])
    const bytes = new Uint8Array(1000).fill(255)
    expect(boundsOf({ kind: 'binary' }, [bytes], { kind: 'full' })).toEqual([bytes, bytes])
  })

  it('count a null where the struct around a column is null', () => {
    const schema = {
      fields: [
        {
          id: 1,
          name: 's',
          required: false,
          type: {
            kind: 'struct',
            fields: [{ id: 2, name: 'n', required: true, type: { kind: 'int' } }],
          },
        },
      ],
    } as const
    const collector = createMetricsCollector(schema, modesOf(schema, { kind: 'full' }))
    collector.add(batchFromValues(schema, [[[4]], [null]]))
    const metrics = collector.finish()
    expect(metrics.valueCounts).toEqual(new Map([[2, 2n]]))
    expect(metrics.nullCounts).toEqual(new Map([[2, 1n]]))
  })

  it('always agree with looking at one value after the other, over batches', () => {
    fc.assert(
      fc.property(anyBatch, fc.nat(), ({ schema, rows, batch }, cut) => {
        const at = rows.length === 0 ? 0 : cut % rows.length
        const collector = createMetricsCollector(schema, modesOf(schema, { kind: 'full' }))
        collector.add(sliceBatch(batch, 0, at))
        collector.add(sliceBatch(batch, at, rows.length))
        expect(collector.finish()).toEqual(naiveMetrics(schema, rows))
      }),
      runs(200),
    )
  })

  it('never let a cut bound exclude a value', () => {
    fc.assert(
      fc.property(anyBatch, fc.integer({ min: 1, max: 4 }), ({ schema, rows, batch }, length) => {
        const collector = createMetricsCollector(
          schema,
          modesOf(schema, { kind: 'truncate', length }),
        )
        collector.add(batch)
        const { lowerBounds, upperBounds } = collector.finish()
        for (const entry of flatColumns(schema)) {
          const { id, type } = entry.field
          if (!isPrimitive(type)) continue
          const compare = comparatorOf(type)
          for (const value of rows.map(primitiveReader(positionsOf(schema, entry)))) {
            if (value === null || Number.isNaN(value)) continue
            const lower = lowerBounds.get(id)
            const upper = upperBounds.get(id)
            expect(lower && compare(valueFromBytes(type, lower), value) <= 0).toBe(true)
            if (upper) expect(compare(valueFromBytes(type, upper), value) >= 0).toBe(true)
          }
        }
      }),
      runs(150),
    )
  })
})
