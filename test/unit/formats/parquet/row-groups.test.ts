import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { fromHex, toHex } from '../../../../src/base/bytes.ts'
import { bind } from '../../../../src/expressions/bind.ts'
import { metricsMatcher } from '../../../../src/expressions/match-metrics.ts'
import { rowMatcher } from '../../../../src/expressions/match-row.ts'
import { boundOf } from '../../../../src/formats/parquet/bounds.ts'
import type {
  Annotation,
  ParquetColumn,
  PhysicalType,
} from '../../../../src/formats/parquet/file-schema.ts'
import { footerOf } from '../../../../src/formats/parquet/footer.ts'
import type { ColumnStatistics, RowGroup } from '../../../../src/formats/parquet/footer.ts'
import { rowGroupMetrics, survivingRowGroups } from '../../../../src/formats/parquet/row-groups.ts'
import { comparatorOf } from '../../../../src/types/compare.ts'
import { allFields } from '../../../../src/types/schema.ts'
import { valueFromBytes } from '../../../../src/types/single-value-binary.ts'
import { isPrimitive } from '../../../../src/types/type.ts'
import type { PrimitiveType } from '../../../../src/types/type.ts'
import type { PrimitiveValue, Value } from '../../../../src/types/value.ts'
import {
  anyExpressionOf,
  anyFilteredSchema,
  anyRowsOf,
} from '../../../support/arbitraries/predicates.ts'
import { schemaOf, writeParquet } from '../../../support/parquet-files.ts'
import type { ModelRows } from '../../../support/parquet-files.ts'
import { runs } from '../../../support/runs.ts'

const ROW_GROUP_ROWS = 3

/** A column of a file that another engine might have written. */
function columnOf(
  physicalType: PhysicalType,
  annotation: Annotation | null = null,
  typeLength = 0,
): ParquetColumn {
  return {
    index: 0,
    path: ['x'],
    fieldId: 1,
    physicalType,
    typeLength,
    annotation,
    isRepeated: false,
  }
}

function lower(type: PrimitiveType, column: ParquetColumn, hex: string): PrimitiveValue | null {
  return boundOf(type, column, fromHex(hex) ?? new Uint8Array(), 'lower')
}

function upper(type: PrimitiveType, column: ParquetColumn, hex: string): PrimitiveValue | null {
  return boundOf(type, column, fromHex(hex) ?? new Uint8Array(), 'upper')
}

describe('bounds of Parquet statistics', () => {
  const timestamp = { kind: 'timestamp' } as const
  const decimal = { kind: 'decimal', precision: 9, scale: 2 } as const
  const long = { kind: 'long' } as const

  it('are those of the promoted type (spec: Schema Evolution)', () => {
    expect(lower(long, columnOf('int32'), 'feffffff')).toBe(-2n)
    expect(lower({ kind: 'double' }, columnOf('float'), '0000c03f')).toBe(1.5)
    const narrow = columnOf('int32', { kind: 'decimal', precision: 4, scale: 2 })
    expect(lower(decimal, narrow, '7b000000')).toBe(123n)
  })

  it('are decimals in any of their four forms', () => {
    const annotation = { kind: 'decimal', precision: 9, scale: 2 } as const
    expect(lower(decimal, columnOf('int64', annotation), '85ffffffffffffff')).toBe(-123n)
    expect(lower(decimal, columnOf('fixed-byte-array', annotation, 4), 'ffffff85')).toBe(-123n)
    expect(lower(decimal, columnOf('byte-array', annotation), '85')).toBe(-123n)
    expect(lower(decimal, columnOf('byte-array', annotation), '')).toBe(null)
  })

  it('are microseconds, and of finer units the next one outside', () => {
    const nanos = columnOf('int64', { kind: 'timestamp', unit: 'nanos' })
    expect(
      lower(timestamp, nanos, 'fffffffffffffffe'.match(/../g)?.toReversed().join('') ?? ''),
    ).toBe(-1n)
    expect(lower(timestamp, nanos, 'dd05000000000000')).toBe(1n)
    expect(upper(timestamp, nanos, 'dd05000000000000')).toBe(2n)
    expect(upper(timestamp, nanos, 'e803000000000000')).toBe(1n)
    const millis = columnOf('int64', { kind: 'timestamp', unit: 'millis' })
    expect(lower(timestamp, millis, 'ffffffffffffffff')).toBe(-1000n)
    expect(lower(timestamp, millis, 'ffffffffffffff7f')).toBe(null)
    expect(
      lower({ kind: 'time' }, columnOf('int32', { kind: 'time', unit: 'millis' }), '05000000'),
    ).toBe(5000n)
  })

  it('widen zeros, and are none for NaN', () => {
    const double = { kind: 'double' } as const
    expect(lower(double, columnOf('double'), '0000000000000000')).toBe(-0)
    expect(upper(double, columnOf('double'), '0000000000000080')).toBe(0)
    expect(upper(double, columnOf('double'), '000000000000f87f')).toBe(null)
  })

  it.each<[string, PrimitiveType, ParquetColumn, string]>([
    [
      'unsigned integers',
      long,
      columnOf('int32', { kind: 'integer', isSigned: false }),
      'ffffffff',
    ],
    [
      'a decimal of another scale',
      decimal,
      columnOf('int32', { kind: 'decimal', precision: 9, scale: 3 }),
      '01000000',
    ],
    ['a number for a decimal', decimal, columnOf('int32'), '01000000'],
    ['INT96', timestamp, columnOf('int96'), '000000000000000000000000'],
    ['a timestamp without a unit', timestamp, columnOf('int64'), '0000000000000000'],
    ['a double that became a float', { kind: 'float' }, columnOf('double'), '0000000000000000'],
    ['a long that became an int', { kind: 'int' }, columnOf('int64'), '0000000000000000'],
    ['bytes of the wrong length', long, columnOf('int64'), '00000000'],
    ['text that is no UTF-8', { kind: 'string' }, columnOf('byte-array', { kind: 'string' }), 'ff'],
    [
      'fixed bytes of another length',
      { kind: 'uuid' },
      columnOf('fixed-byte-array', null, 4),
      '00000000',
    ],
    ['numbers for text', { kind: 'string' }, columnOf('int32'), '61626364'],
    ['a boolean of two bytes', { kind: 'boolean' }, columnOf('boolean'), '0001'],
  ])('are none for %s', (_, type, column, hex) => {
    expect(lower(type, column, hex)).toBe(null)
  })
})

describe('metrics of a row group', () => {
  const schema = schemaOf({ id: 1, name: 'x', required: false, type: { kind: 'int' } })
  const noStatistics: ColumnStatistics = {
    min: null,
    max: null,
    isMinExact: false,
    isMaxExact: false,
    nullCount: null,
    nanCount: null,
  }

  function rowGroupOf(...statistics: Partial<ColumnStatistics>[]): RowGroup {
    const chunks = statistics.map((some) => ({
      column: columnOf('int32'),
      offset: 4,
      sizeBytes: 10,
      uncompressedBytes: 10,
      valueCount: 5n,
      statistics: { ...noStatistics, ...some },
      metadata: new Map(),
    }))
    return { rowCount: 5, chunks, metadata: new Map() }
  }

  it('say nothing of what the footer does not say', () => {
    expect(rowGroupMetrics(rowGroupOf({}), schema)).toEqual({
      columnSizes: new Map([[1, 10n]]),
      valueCounts: new Map([[1, 5n]]),
      nullCounts: new Map(),
      nanCounts: new Map(),
      lowerBounds: new Map(),
      upperBounds: new Map(),
    })
  })

  it('leave out counts and bounds that cannot be', () => {
    const min = Uint8Array.of(9, 0, 0, 0)
    const max = Uint8Array.of(1, 0, 0, 0)
    const metrics = rowGroupMetrics(rowGroupOf({ min, max, nullCount: 6n, nanCount: -1n }), schema)
    expect([
      metrics.nullCounts.size,
      metrics.nanCounts.size,
      metrics.lowerBounds.size,
      metrics.upperBounds.size,
    ]).toEqual([0, 0, 0, 0])
    expect(
      toHex(rowGroupMetrics(rowGroupOf({ min: max, max: min }), schema).upperBounds.get(1) ?? min),
    ).toBe('09000000')
  })

  it('say nothing of a field id that two columns claim', () => {
    expect(
      rowGroupMetrics(rowGroupOf({ nullCount: 0n }, { nullCount: 0n }), schema).valueCounts.size,
    ).toBe(0)
  })

  // parquet-wasm cuts the bounds of texts and bytes after 64 bytes.
  it.each<[string, PrimitiveType, PrimitiveValue]>([
    ['a text', { kind: 'string' }, 'é'.repeat(100)],
    ['a text of the highest characters', { kind: 'string' }, '\u{10ffff}'.repeat(100)],
    ['bytes', { kind: 'binary' }, new Uint8Array(100).fill(7)],
    ['the highest bytes', { kind: 'binary' }, new Uint8Array(100).fill(255)],
  ])('do not lose %s that is longer than its bounds', async (_, type, value) => {
    const long = schemaOf({ id: 1, name: 'x', required: true, type })
    const footer = footerOf((await writeParquet(long, [[[value]]])).bytes)
    const [rowGroup] = footer.rowGroups
    if (rowGroup === undefined) throw new Error('there is a row group')
    const { lowerBounds, upperBounds } = rowGroupMetrics(rowGroup, long)
    checkBounds(type, [value], lowerBounds.get(1), upperBounds.get(1))
    expect(lowerBounds.get(1)?.length).toBeLessThanOrEqual(64)
    const same = bind({ kind: 'eq', column: ['x'], literal: value }, long)
    expect(survivingRowGroups(footer, long, metricsMatcher(same))).toEqual([0])
  })

  const anyWritten = anyFilteredSchema.chain((one) =>
    fc.record({ schema: fc.constant(one), rows: anyRowsOf(one, { maxLength: 12 }) }),
  )

  it('always hold every value between the bounds, and count the nulls', async () => {
    await fc.assert(
      fc.asyncProperty(anyWritten, async ({ schema: written, rows }) => {
        const { bytes } = await writeParquet(written, [rows], { rowGroupRows: ROW_GROUP_ROWS })
        footerOf(bytes).rowGroups.forEach((rowGroup, index) => {
          const metrics = rowGroupMetrics(rowGroup, written)
          const part = rows.slice(index * ROW_GROUP_ROWS, (index + 1) * ROW_GROUP_ROWS)
          for (const { field, ids, isRepeated } of allFields(written)) {
            if (isRepeated || !isPrimitive(field.type)) continue
            const values = part.map((row) => valueAt(written.fields, row, ids))
            checkBounds(
              field.type,
              values,
              metrics.lowerBounds.get(field.id),
              metrics.upperBounds.get(field.id),
            )
            expect(metrics.nullCounts.get(field.id)).toBe(
              BigInt(values.filter((value) => value === null).length),
            )
          }
        })
      }),
      runs(150),
    )
  })

  it('never drop a row group that holds a matching row', async () => {
    const anyCase = anyWritten.chain(({ schema: written, rows }) =>
      fc.record({
        written: fc.constant(written),
        rows: fc.constant(rows),
        expression: anyExpressionOf(written, rows),
      }),
    )
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ written, rows, expression }) => {
        const bound = bind(expression, written)
        const { bytes } = await writeParquet(written, [rows], { rowGroupRows: ROW_GROUP_ROWS })
        const kept = survivingRowGroups(footerOf(bytes), written, metricsMatcher(bound))
        const matches = rowMatcher(bound)
        rows.forEach((row, index) => {
          if (matches(row)) expect(kept).toContain(Math.floor(index / ROW_GROUP_ROWS))
        })
      }),
      runs(200),
    )
  })
})

function checkBounds(
  type: PrimitiveType,
  values: readonly (Value | null)[],
  lowerBytes: Uint8Array | undefined,
  upperBytes: Uint8Array | undefined,
): void {
  const compare = comparatorOf(type)
  for (const value of values) {
    if (value === null || Number.isNaN(value)) continue
    if (lowerBytes !== undefined) {
      expect(
        compare(valueFromBytes(type, lowerBytes), value as PrimitiveValue),
      ).toBeLessThanOrEqual(0)
    }
    if (upperBytes !== undefined) {
      expect(
        compare(value as PrimitiveValue, valueFromBytes(type, upperBytes)),
      ).toBeLessThanOrEqual(0)
    }
  }
}

/** The value of a field at any depth of structs; null inside a struct that is null. */
function valueAt(
  fields: ModelFields,
  row: ModelRows[number],
  [id, ...rest]: readonly number[],
): Value | null {
  const index = fields.findIndex((field) => field.id === id)
  const value = row[index] ?? null
  const type = fields[index]?.type
  if (rest.length === 0 || value === null || type?.kind !== 'struct') return value
  return valueAt(type.fields, value as ModelRows[number], rest)
}

type ModelFields = ReturnType<typeof schemaOf>['fields']
