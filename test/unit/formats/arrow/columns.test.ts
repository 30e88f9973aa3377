import { Data, Utf8, makeData } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchFromValues } from '../../../../src/formats/arrow/builders.ts'
import { columnsOf } from '../../../../src/formats/arrow/column-data.ts'
import { columnReader } from '../../../../src/formats/arrow/columns.ts'
import { rowsOf } from '../../../../src/formats/arrow/rows.ts'
import type { Type } from '../../../../src/types/type.ts'
import type { Value } from '../../../../src/types/value.ts'
import { anyBatch } from '../../../support/arbitraries/batches.ts'
import { runs } from '../../../support/runs.ts'

/** Builds a column of the values and reads it again. */
function throughColumn(type: Type, values: readonly (Value | null)[]): (Value | null)[] {
  const schema = { fields: [{ id: 1, name: 'c', required: false, type }] }
  const batch = batchFromValues(
    schema,
    values.map((value) => [value]),
  )
  return [...rowsOf(batch, schema)].map(([value]) => value ?? null)
}

describe('columns of model values', () => {
  it('keep a timestamp that Date and double cannot hold', () => {
    const micros = [253402300799999999n, -(1n << 63n), (1n << 63n) - 1n, -1n]
    expect(throughColumn({ kind: 'timestamptz' }, micros)).toEqual(micros)
  })

  it('keep a decimal of 38 digits and its sign', () => {
    const unscaled = [10n ** 38n - 1n, -(10n ** 38n) + 1n, -1n, 0n, 1n << 64n, -(1n << 64n)]
    const type = { kind: 'decimal', precision: 38, scale: 10 } as const
    expect(throughColumn(type, unscaled)).toEqual(unscaled)
  })

  it('keep minus zero, NaN, a byte order mark, and U+FFFD itself', () => {
    expect(throughColumn({ kind: 'double' }, [-0, Number.NaN])).toEqual([-0, Number.NaN])
    const texts = ['\ufeffa', '\ufffd', '', '\u{10ffff}']
    expect(throughColumn({ kind: 'string' }, texts)).toEqual(texts)
  })

  it('tell a null list from an empty one', () => {
    const type = {
      kind: 'list',
      elementId: 2,
      elementRequired: false,
      element: { kind: 'int' },
    } as const
    expect(throughColumn(type, [null, [], [null], [1, null]])).toEqual([
      null,
      [],
      [null],
      [1, null],
    ])
  })

  it('refuse bytes that are not UTF-8', () => {
    const data = makeData({
      type: new Utf8(),
      valueOffsets: Int32Array.of(0, 1, 3),
      data: Uint8Array.of(0x61, 0xc3, 0x28),
    })
    const read = columnReader({ kind: 'string' }, data)
    expect(read(0)).toBe('a')
    expect(() => read(1)).toThrow('string is not UTF-8')
  })

  it('read a column without rows whose buffers are missing', () => {
    const data = new Data(new Utf8(), 0, 0)
    expect(() => columnReader({ kind: 'string' }, data)).not.toThrow()
  })

  it('always give back what they were built of, sliced and streamed too', () => {
    fc.assert(
      fc.property(anyBatch, ({ schema, rows, batch }) => {
        expect([...rowsOf(batch, schema)]).toEqual(rows)
      }),
      runs(200),
    )
  })

  it('never count a null where there is a value', () => {
    fc.assert(
      fc.property(anyBatch, ({ rows, batch }) => {
        const nulls = columnsOf(batch).map((column) => column.nullCount)
        expect(nulls).toEqual(
          nulls.map((_, index) => rows.filter((row) => row[index] === null).length),
        )
      }),
      runs(50),
    )
  })
})
