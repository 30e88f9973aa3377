import { util } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnReader } from '../../../../src/formats/arrow/columns.ts'
import { constantColumn } from '../../../../src/formats/arrow/constant-column.ts'
import { arrowTypeOf } from '../../../../src/formats/arrow/schema.ts'
import { anyTypeOfDepth } from '../../../support/arbitraries/types.ts'
import { anyValueOf } from '../../../support/arbitraries/values.ts'
import { runs } from '../../../support/runs.ts'

describe('a column of one value', () => {
  it('always has it in every row, laid out as other columns of its type', () => {
    const anyCase = anyTypeOfDepth(2).chain((type) =>
      fc.record({ type: fc.constant(type), value: anyValueOf(type), length: fc.nat(20) }),
    )
    fc.assert(
      fc.property(anyCase, ({ type, value, length }) => {
        const column = constantColumn(type, value)(length)
        const read = columnReader(type, column)
        expect(util.compareTypes(column.type, arrowTypeOf(type))).toBe(true)
        expect(Array.from({ length: column.length }, (_, row) => read(row))).toEqual(
          Array.from({ length }, () => value),
        )
      }),
      runs(100),
    )
  })

  it('has buffers of its own each time', () => {
    const columnOf = constantColumn({ kind: 'long' }, 7n)
    expect(columnOf(2).values).not.toBe(columnOf(2).values)
  })
})
