import type { Data } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isKind } from '../../../../src/base/errors.ts'
import { isInt32 } from '../../../../src/base/integers.ts'
import { batchFromValues } from '../../../../src/formats/arrow/builders.ts'
import { columnsOf } from '../../../../src/formats/arrow/column-data.ts'
import { columnReader } from '../../../../src/formats/arrow/columns.ts'
import { sliceBatch } from '../../../../src/formats/arrow/take.ts'
import { sortKeyColumn, transformColumn } from '../../../../src/formats/arrow/transform-column.ts'
import { sortKeyFunction, transformFunction } from '../../../../src/layout/apply-transform.ts'
import { hourFromMicros } from '../../../../src/layout/temporal.ts'
import { canTransform, resultType } from '../../../../src/layout/transform.ts'
import type { Transform } from '../../../../src/layout/transform.ts'
import type { PrimitiveType } from '../../../../src/types/type.ts'
import type { PrimitiveValue, Value } from '../../../../src/types/value.ts'
import { anyKnownTransform, anySourceType } from '../../../support/arbitraries/specs.ts'
import { anyInt, anyMicros, anyPrimitiveValueOf } from '../../../support/arbitraries/values.ts'
import { runs } from '../../../support/runs.ts'

function transformed(
  transform: Transform,
  type: PrimitiveType,
  values: readonly (PrimitiveValue | null)[],
  skip = 0,
): (Value | null)[] {
  const result = transformColumn(transform, type, columnOf(type, values, skip))
  const read = columnReader(resultType(transform, type) ?? type, result)
  return Array.from({ length: result.length }, (_, row) => read(row))
}

function columnOf(type: PrimitiveType, values: readonly (PrimitiveValue | null)[], skip = 0): Data {
  const schema = { fields: [{ id: 1, name: 'c', required: false, type }] }
  const batch = batchFromValues(
    schema,
    values.map((value) => [value]),
  )
  const [column] = columnsOf(sliceBatch(batch, skip, values.length))
  if (column === undefined) throw new Error('no column')
  return column
}

function isStorable(
  apply: (value: PrimitiveValue | null) => unknown,
  value: PrimitiveValue | null,
): boolean {
  try {
    apply(value)
    return true
  } catch (error) {
    if (isKind(error, 'invalid')) return false
    throw error
  }
}

const day = 86_400_000_000n
const hour = 3_600_000_000n

describe('transforms of whole columns (spec: Partition Transforms)', () => {
  it('put the last microsecond of 1969 in day, hour, month and year -1', () => {
    for (const kind of ['day', 'hour', 'month', 'year'] as const) {
      expect(transformed({ kind }, { kind: 'timestamp' }, [-1n, 0n, null])).toEqual([-1, 0, null])
    }
  })

  it('are exact at the ends of 64 bits', () => {
    const ends = [-(1n << 63n), (1n << 63n) - 1n]
    expect(transformed({ kind: 'day' }, { kind: 'timestamptz' }, ends)).toEqual([
      -106751992, 106751991,
    ])
  })

  it('refuse an hour beyond 32 bits, as partition values have no more', () => {
    const last = (1n << 31n) * hour
    expect(transformed({ kind: 'hour' }, { kind: 'timestamp' }, [last - 1n])).toEqual([2147483647])
    expect(() => transformed({ kind: 'hour' }, { kind: 'timestamp' }, [last])).toThrow(
      expect.objectContaining({ kind: 'invalid' }),
    )
  })

  it('give null for void, and cannot compute what is unknown', () => {
    expect(transformed({ kind: 'void' }, { kind: 'int' }, [1, null])).toEqual([null, null])
    const unknown: Transform = { kind: 'unknown', name: 'zorder' }
    expect(() => transformed(unknown, { kind: 'int' }, [1])).toThrow(
      expect.objectContaining({ kind: 'unsupported' }),
    )
  })

  it('refuse a number that is truncated to less than its type holds', () => {
    const transform: Transform = { kind: 'truncate', width: 10 }
    const refused = expect.objectContaining({ kind: 'invalid' })
    const type: PrimitiveType = { kind: 'long' }
    const lowest = -9223372036854775800n
    expect(transformed(transform, type, [lowest, null])).toEqual([lowest, null])
    expect(() => transformed(transform, type, [lowest - 1n])).toThrow(refused)
    expect(() => transformed(transform, { kind: 'int' }, [-2147483641])).toThrow(refused)
    const decimal: PrimitiveType = { kind: 'decimal', precision: 38, scale: 3 }
    expect(() => transformed(transform, decimal, [1n - 10n ** 38n])).toThrow(refused)
  })

  it('always agree with the transform of one value, whatever the type', () => {
    const anyColumn = fc.tuple(anySourceType, anyKnownTransform).chain(([type, transform]) =>
      fc.record({
        type: fc.constant(type),
        transform: fc.constant(transform),
        values: fc.array(fc.option(anyPrimitiveValueOf(type), { freq: 6 }), { maxLength: 20 }),
      }),
    )
    fc.assert(
      fc.property(anyColumn, fc.nat(9), ({ type, transform, values }, skip) => {
        if (!canTransform(transform, type)) return
        const one = transformFunction(transform, type)
        const storable = values.filter((value) => isStorable(one, value))
        const start = Math.min(skip, storable.length)
        expect(transformed(transform, type, storable, start)).toEqual(
          storable.slice(start).map(one),
        )
      }),
      runs(600),
    )
  })

  it('always agree with the sort key of one value, whatever the type', () => {
    const anyColumn = fc
      .tuple(anySourceType, anyKnownTransform)
      .filter(([type, transform]) => canTransform(transform, type))
      .chain(([type, transform]) =>
        fc.record({
          type: fc.constant(type),
          transform: fc.constant(transform),
          values: fc.array(fc.option(anyPrimitiveValueOf(type), { freq: 6 }), { maxLength: 20 }),
        }),
      )
    fc.assert(
      fc.property(anyColumn, ({ type, transform, values }) => {
        const key = sortKeyColumn(transform, type, columnOf(type, values))
        const read = columnReader(key.type, key.data)
        const keys = values.map((_, row) => read(row))
        expect(keys).toEqual(values.map(sortKeyFunction(transform, type)))
      }),
      runs(300),
    )
  })

  it('always agree with the transform of one value', () => {
    const nearUnit = fc
      .tuple(
        fc.bigInt({ min: -106_751_991n, max: 106_751_990n }),
        fc.constantFrom(day, hour),
        fc.constantFrom(-1n, 0n, 1n),
      )
      .map(([count, unit, micros]) => count * unit + micros)
    const anyColumn = fc.oneof(
      fc.record({
        type: fc.constant<PrimitiveType>({ kind: 'timestamp' }),
        kind: fc.constantFrom('year' as const, 'month' as const, 'day' as const, 'hour' as const),
        values: fc.array(fc.option(fc.oneof(anyMicros, nearUnit), { freq: 6 }), { maxLength: 20 }),
      }),
      fc.record({
        type: fc.constant<PrimitiveType>({ kind: 'date' }),
        kind: fc.constantFrom('year' as const, 'month' as const, 'day' as const),
        values: fc.array(fc.option(anyInt, { freq: 6 }), { maxLength: 20 }),
      }),
    )
    fc.assert(
      fc.property(anyColumn, fc.nat(9), ({ type, kind, values }, skip) => {
        const isCountable = (value: PrimitiveValue | null): boolean =>
          kind !== 'hour' || typeof value !== 'bigint' || isInt32(hourFromMicros(value))
        const countable = values.filter(isCountable)
        const start = Math.min(skip, countable.length)
        expect(transformed({ kind }, type, countable, start)).toEqual(
          countable.slice(start).map(transformFunction({ kind }, type)),
        )
      }),
      runs(300),
    )
  })
})
