import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isInt32 } from '../../../../src/base/integers.ts'
import { batchFromValues } from '../../../../src/formats/arrow/builders.ts'
import { columnsOf } from '../../../../src/formats/arrow/column-data.ts'
import { columnReader } from '../../../../src/formats/arrow/columns.ts'
import { sliceBatch } from '../../../../src/formats/arrow/take.ts'
import { transformColumn } from '../../../../src/formats/arrow/transform-column.ts'
import { transformFunction } from '../../../../src/layout/apply-transform.ts'
import { hourFromMicros } from '../../../../src/layout/temporal.ts'
import { resultType } from '../../../../src/layout/transform.ts'
import type { Transform } from '../../../../src/layout/transform.ts'
import type { PrimitiveType } from '../../../../src/types/type.ts'
import type { PrimitiveValue, Value } from '../../../../src/types/value.ts'
import { anyInt, anyMicros } from '../../../support/arbitraries/values.ts'
import { runs } from '../../../support/runs.ts'

function transformed(
  transform: Transform,
  type: PrimitiveType,
  values: readonly (PrimitiveValue | null)[],
  skip = 0,
): (Value | null)[] {
  const schema = { fields: [{ id: 1, name: 'c', required: false, type }] }
  const batch = batchFromValues(
    schema,
    values.map((value) => [value]),
  )
  const [column] = columnsOf(sliceBatch(batch, skip, values.length))
  if (column === undefined) throw new Error('no column')
  const result = transformColumn(transform, type, column)
  const read = columnReader(resultType(transform, type) ?? type, result)
  return Array.from({ length: result.length }, (_, row) => read(row))
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
