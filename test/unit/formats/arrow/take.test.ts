import { FixedSizeBinary, Float64, Int32, makeData } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchFromValues } from '../../../../src/formats/arrow/builders.ts'
import { makeBatch, makeColumn, valueBytes } from '../../../../src/formats/arrow/column-data.ts'
import { rowsOf } from '../../../../src/formats/arrow/rows.ts'
import { arrowSchemaOf } from '../../../../src/formats/arrow/schema.ts'
import {
  concatBatches,
  sliceBatch,
  takeColumn,
  takeRows,
} from '../../../../src/formats/arrow/take.ts'
import { anyBatch, anyBatchOf, throughStream } from '../../../support/arbitraries/batches.ts'
import { anySchema } from '../../../support/arbitraries/schemas.ts'
import { runs } from '../../../support/runs.ts'

const schema = { fields: [{ id: 1, name: 'n', required: true, type: { kind: 'int' } }] } as const
const batch = batchFromValues(schema, [[10], [11], [12], [13]])

describe('rows taken from a batch', () => {
  it('come in the order that is asked for, as often as asked for', () => {
    expect([...rowsOf(takeRows(batch, Uint32Array.of(3, 0, 0)), schema)]).toEqual([
      [13],
      [10],
      [10],
    ])
  })

  it('are not copied when they are consecutive and half of the batch', () => {
    const taken = takeRows(batch, Int32Array.of(1, 2))
    expect(taken.data.children[0]?.values.buffer).toBe(batch.data.children[0]?.values.buffer)
    expect([...rowsOf(taken, schema)]).toEqual([[11], [12]])
  })

  it('are copied when they are few, so that keeping them does not keep the batch', () => {
    const taken = takeRows(batch, Int32Array.of(1))
    expect(taken.data.children[0]?.values.buffer).not.toBe(batch.data.children[0]?.values.buffer)
  })

  it('lie inside the batch, or the fault is ours', () => {
    expect(() => takeRows(batch, Uint32Array.of(4, 0))).toThrow('rows taken lie inside the batch')
    expect(() => sliceBatch(batch, 2, 5)).toThrow('slice lies inside the batch')
  })

  it('keep the bits of a NaN', () => {
    const bits = BigUint64Array.of(0xfff4_0000_dead_beefn, 0x7ff0_0000_0000_0001n, 1n << 63n)
    const data = new Float64Array(bits.buffer)
    const column = makeData({ type: new Float64(), length: 3, data })
    const { values } = takeColumn(column, Uint32Array.of(2, 0, 1, 0))
    const taken = new BigUint64Array(values.buffer, values.byteOffset, 4)
    expect([...taken]).toEqual([bits[2], bits[0], bits[1], bits[0]])
  })

  it('may lie at any byte of a buffer', () => {
    const bytes = Uint8Array.from({ length: 3 + 3 * 8 }, (_, index) => index)
    const values = bytes.subarray(3)
    const column = makeColumn(new FixedSizeBinary(8), 3, { validity: null, values })
    const taken = valueBytes(takeColumn(column, Uint32Array.of(2, 1)))
    expect(taken).toEqual(Uint8Array.of(...bytes.subarray(19), ...bytes.subarray(11, 19)))
  })

  it('are always the rows of the model', () => {
    fc.assert(
      fc.property(anyBatch, fc.array(fc.nat(), { maxLength: 30 }), (input, picks) => {
        const { rows } = input
        const indices = rows.length === 0 ? [] : picks.map((pick) => pick % rows.length)
        const taken = takeRows(input.batch, Uint32Array.from(indices))
        const expected = indices.map((index) => rows[index])
        expect([...rowsOf(taken, input.schema)]).toEqual(expected)
        expect([...rowsOf(throughStream(taken), input.schema)]).toEqual(expected)
      }),
      runs(150),
    )
  })

  it('always keep the schema, field ids included', () => {
    fc.assert(
      fc.property(anyBatch, (input) => {
        const taken = takeRows(input.batch, new Uint32Array(0))
        expect(taken.schema.toString()).toBe(arrowSchemaOf(input.schema).toString())
      }),
      runs(20),
    )
  })
})

describe('batches joined', () => {
  it('keep the rows of each in order', () => {
    const joined = concatBatches([sliceBatch(batch, 1, 2), sliceBatch(batch, 0, 0), batch])
    expect([...rowsOf(joined, schema)]).toEqual([[11], [10], [11], [12], [13]])
  })

  it('are always the rows of all', () => {
    const anyBatches = anySchema({ maxFields: 4 }).chain((shared) =>
      fc.array(anyBatchOf(shared, { maxLength: 12 }), { minLength: 1, maxLength: 4 }),
    )
    fc.assert(
      fc.property(anyBatches, (inputs) => {
        const joined = concatBatches(inputs.map((input) => input.batch))
        const expected = inputs.flatMap((input) => input.rows)
        const [first] = inputs
        expect(first && [...rowsOf(joined, first.schema)]).toEqual(expected)
      }),
      runs(150),
    )
  })

  it('split and joined are always what they were', () => {
    fc.assert(
      fc.property(anyBatch, fc.nat(), (input, cut) => {
        const at = input.rows.length === 0 ? 0 : cut % input.rows.length
        const parts = [
          sliceBatch(input.batch, 0, at),
          sliceBatch(input.batch, at, input.rows.length),
        ]
        expect([...rowsOf(concatBatches(parts), input.schema)]).toEqual(input.rows)
      }),
      runs(80),
    )
  })
})

describe('a batch of columns', () => {
  it('is refused when they differ in length, because Arrow would pad them with nulls', () => {
    const short = makeData({ type: new Int32(), data: Int32Array.of(1) })
    expect(() => makeBatch(arrowSchemaOf(schema), [short], 2)).toThrow('differ in length')
  })
})
