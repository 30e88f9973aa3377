import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchFromValues } from '../../../../src/formats/arrow/builders.ts'
import { columnsOf } from '../../../../src/formats/arrow/column-data.ts'
import { columnReader } from '../../../../src/formats/arrow/columns.ts'
import { fillNulls } from '../../../../src/formats/arrow/fill-nulls.ts'
import type { Series } from '../../../../src/formats/arrow/fill-nulls.ts'
import type { Field } from '../../../../src/types/type.ts'
import { runs } from '../../../support/runs.ts'

const long: Field = { id: 1, name: 'n', required: false, type: { kind: 'long' } }

function filled(values: readonly (bigint | null)[], series: Series, from = 0): unknown[] {
  const batch = batchFromValues(
    { fields: [long] },
    values.map((value) => [value]),
  )
  const [column] = columnsOf(batch)
  if (column === undefined) throw new Error('no column')
  const result = fillNulls(column.slice(from, values.length - from), series)
  const read = columnReader(long.type, result)
  return Array.from({ length: result.length }, (_, row) => read(row))
}

describe('filling nulls', () => {
  it('counts on over the values that are there', () => {
    expect(filled([null, 9n, null], { first: 100n, step: 1n })).toEqual([100n, 9n, 102n])
    expect(filled([null, 9n, null], { first: 4n, step: 0n })).toEqual([4n, 9n, 4n])
  })

  it('always keeps what is there and never leaves a null, of sliced columns too', () => {
    const anyValues = fc.array(fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), {
      maxLength: 20,
    })
    const anySeries = fc.record({
      first: fc.bigInt({ min: 0n, max: 2n ** 62n }),
      step: fc.constantFrom(0n as const, 1n as const),
    })
    fc.assert(
      fc.property(anyValues, anySeries, fc.nat(5), (values, series, cut) => {
        const from = Math.min(cut, values.length)
        const expected = values
          .slice(from)
          .map((value, row) => value ?? series.first + series.step * BigInt(row))
        expect(filled(values, series, from)).toEqual(expected)
      }),
      runs(100),
    )
  })
})
