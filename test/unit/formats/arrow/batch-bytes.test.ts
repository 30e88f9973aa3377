import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchBytes } from '../../../../src/formats/arrow/batch-bytes.ts'
import { batchFromValues } from '../../../../src/formats/arrow/builders.ts'
import { sliceBatch, takeRows } from '../../../../src/formats/arrow/take.ts'
import { anyBatch } from '../../../support/arbitraries/batches.ts'
import { runs } from '../../../support/runs.ts'

describe('bytes of a batch', () => {
  it('are those of its own rows when it is a slice', () => {
    const schema = {
      fields: [{ id: 1, name: 's', required: true, type: { kind: 'string' } }],
    } as const
    const batch = batchFromValues(schema, [['a'.repeat(1000)], ['bc']])
    expect(batchBytes(sliceBatch(batch, 1, 2))).toBe(2 + 8 + 1)
  })

  it('always are what a copy of the rows takes', () => {
    fc.assert(
      fc.property(anyBatch, ({ batch }) => {
        const backwards = Uint32Array.from(
          { length: batch.numRows },
          (_, row) => batch.numRows - 1 - row,
        )
        const copy = takeRows(batch, backwards)
        expect(batchBytes(copy)).toBe(batchBytes(batch))
      }),
      runs(60),
    )
  })
})
