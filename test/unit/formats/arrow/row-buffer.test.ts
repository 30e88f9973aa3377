import type { RecordBatch } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { batchBytes } from '../../../../src/formats/arrow/batch-bytes.ts'
import { batchFromValues } from '../../../../src/formats/arrow/builders.ts'
import { RowBuffer, RowBuffers } from '../../../../src/formats/arrow/row-buffer.ts'
import { rowsOf } from '../../../../src/formats/arrow/rows.ts'
import { arrowSchemaOf } from '../../../../src/formats/arrow/schema.ts'
import { sliceBatch } from '../../../../src/formats/arrow/take.ts'
import type { RowValues } from '../../../../src/layout/column-value.ts'
import { anyBatchOf, throughStream } from '../../../support/arbitraries/batches.ts'
import { anySchema } from '../../../support/arbitraries/schemas.ts'
import { runs } from '../../../support/runs.ts'

const schema = {
  fields: [{ id: 1, name: 's', required: false, type: { kind: 'string' } }],
} as const
const arrowSchema = arrowSchemaOf(schema)

function texts(...values: readonly (string | null)[]): RecordBatch {
  return batchFromValues(
    schema,
    values.map((value) => [value]),
  )
}

function valuesIn(buffer: RowBuffer): RowValues[] {
  return [...rowsOf(buffer.batch(), schema)]
}

/** Rows at any places of one of two buffers, all rows of a batch, or none for a buffer that is emptied. */
const anyHistory = anySchema({ maxFields: 4 }).chain((shared) => {
  const anyInput = anyBatchOf(shared, { maxLength: 12 })
  const anyPicks = fc.array(fc.nat(), { maxLength: 30 })
  return fc.record({
    shared: fc.constant(shared),
    steps: fc.array(
      fc.oneof(
        fc.record({
          kind: fc.constant('add' as const),
          input: anyInput,
          first: anyPicks,
          second: anyPicks,
        }),
        fc.record({
          kind: fc.constant('add all' as const),
          input: anyInput,
          cut: fc.nat(),
          to: fc.nat(1),
        }),
        fc.record({ kind: fc.constant('clear' as const), which: fc.nat(1) }),
      ),
      { minLength: 1, maxLength: 8 },
    ),
  })
})

describe('a buffer of rows', () => {
  it('has nothing left of what it was emptied of', () => {
    const buffer = new RowBuffer(arrowSchema)
    buffer.addAll(texts('a long text', null, 'another one'))
    buffer.clear()
    buffer.add(texts('b', null), Uint32Array.of(0, 0))
    expect(valuesIn(buffer)).toEqual([['b'], ['b']])
    expect(buffer.batch().data.children[0]?.nullCount).toBe(0)
  })

  it('always has the rows that were added since it was emptied, in their order', () => {
    fc.assert(
      fc.property(anyHistory, ({ shared, steps }) => {
        const buffers = [new RowBuffer(arrowSchemaOf(shared)), new RowBuffer(arrowSchemaOf(shared))]
        const expected: RowValues[][] = [[], []]
        for (const step of steps) {
          if (step.kind === 'clear') {
            buffers[step.which]?.clear()
            expected[step.which] = []
          } else if (step.kind === 'add all') {
            const { rows, batch } = step.input
            const at = rows.length === 0 ? 0 : step.cut % rows.length
            buffers[step.to]?.addAll(sliceBatch(batch, at, rows.length))
            expected[step.to]?.push(...rows.slice(at))
          } else {
            const { rows, batch } = step.input
            const parts = [step.first, step.second].map((picks) =>
              rows.length === 0 ? [] : picks.map((pick) => pick % rows.length),
            )
            RowBuffer.addToEach(
              batch,
              buffers.map((buffer, index) => ({
                buffer,
                rows: Uint32Array.from(parts[index] ?? []),
              })),
            )
            for (const [index, part] of parts.entries()) {
              expected[index]?.push(...part.flatMap((row) => rows.slice(row, row + 1)))
            }
          }
        }
        for (const [index, buffer] of buffers.entries()) {
          const batch = buffer.batch()
          expect([...rowsOf(batch, shared)]).toEqual(expected[index])
          expect([...rowsOf(throughStream(batch), shared)]).toEqual(expected[index])
          expect(buffer.bytes).toBe(batchBytes(batch))
          expect(buffer.rows).toBe(expected[index]?.length)
        }
      }),
      runs(200),
    )
  })
})

describe('buffers of rows', () => {
  it('are used again, empty, as far as they are not too much', () => {
    const buffers = new RowBuffers(arrowSchema, 100)
    const [small, large] = [buffers.take(), buffers.take()]
    small.addAll(texts('a'))
    large.addAll(texts('a'.repeat(1000)))
    buffers.giveBack(large)
    buffers.giveBack(small)
    expect(buffers.take()).toBe(small)
    expect(small.rows).toBe(0)
    expect([small, large]).not.toContain(buffers.take())
  })
})
