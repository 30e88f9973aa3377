import { util } from 'apache-arrow'
import type { RecordBatch } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { concatBytes } from '../../../../src/base/bytes.ts'
import { batchFromValues } from '../../../../src/formats/arrow/builders.ts'
import { columnsOf, valueBytes } from '../../../../src/formats/arrow/column-data.ts'
import { rowsOf } from '../../../../src/formats/arrow/rows.ts'
import { arrowSchemaOf } from '../../../../src/formats/arrow/schema.ts'
import { batchOfBytes, partsOfBatch } from '../../../../src/formats/arrow/stored-batch.ts'
import { concatBatches, sliceBatch } from '../../../../src/formats/arrow/take.ts'
import type { Schema } from '../../../../src/types/schema.ts'
import type { Type } from '../../../../src/types/type.ts'
import { anySchema } from '../../../support/arbitraries/schemas.ts'
import { anyRowOf } from '../../../support/arbitraries/values.ts'
import { runs } from '../../../support/runs.ts'

async function bytesOf(batch: RecordBatch): Promise<Uint8Array> {
  return concatBytes(await partsOfBatch(batch))
}

function schemaOf(type: Type): Schema {
  const fields = [{ id: 1, name: 'c', required: false, type }]
  return { schemaId: 0, identifierFieldIds: [], fields }
}

describe('a stored batch', () => {
  it('keeps the bits of a NaN', async () => {
    const schema = schemaOf({ kind: 'double' })
    const batch = batchFromValues(schema, [[Number.NaN], [-0]])
    const words = columnsOf(batch)[0]?.values as Float64Array
    new BigUint64Array(words.buffer, words.byteOffset, 1)[0] = 0xfff8_0000_dead_beefn
    const read = batchOfBytes(await bytesOf(batch), arrowSchemaOf(schema))
    const [column] = columnsOf(read)
    const bytes = column === undefined ? new Uint8Array(0) : valueBytes(column).slice(0, 16)
    expect(new BigUint64Array(bytes.buffer)).toEqual(
      BigUint64Array.of(0xfff8_0000_dead_beefn, 1n << 63n),
    )
  })

  it('keeps columns of nothing but nulls, at every depth', async () => {
    const unknown = { kind: 'unknown' } as const
    const schema = schemaOf({
      kind: 'struct',
      fields: [
        { id: 2, name: 'a', required: false, type: unknown },
        {
          id: 3,
          name: 'b',
          required: false,
          type: { kind: 'list', elementId: 4, elementRequired: false, element: unknown },
        },
      ],
    })
    const rows = [[[null, [null, null]]], [null], [[null, null]]]
    const stored = await bytesOf(batchFromValues(schema, rows))
    const read = batchOfBytes(stored, arrowSchemaOf(schema))
    expect([...rowsOf(sliceBatch(concatBatches([read, read]), 2, 5), schema)]).toEqual([
      rows[2],
      rows[0],
      rows[1],
    ])
  })

  it('always gives the rows that it was made of, in the schema that it had', async () => {
    const anyCase = anySchema({ maxFields: 4, formatVersion: 3 }).chain((schema) =>
      fc.record({
        schema: fc.constant(schema),
        rows: fc.array(anyRowOf(schema), { maxLength: 20 }),
        from: fc.nat(),
        to: fc.nat(),
      }),
    )
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ schema, rows, from, to }) => {
        const batch = batchFromValues(schema, rows)
        const start = from % (rows.length + 1)
        const end = start + (to % (rows.length + 1 - start))
        const arrowSchema = arrowSchemaOf(schema)
        const read = batchOfBytes(await bytesOf(sliceBatch(batch, start, end)), arrowSchema)
        expect([...rowsOf(read, schema)]).toEqual(rows.slice(start, end))
        const whole = batchOfBytes(await bytesOf(batch), arrowSchema)
        const both = concatBatches([read, whole])
        expect(util.compareSchemas(both.schema, arrowSchema)).toBe(true)
        expect([...rowsOf(both, schema)]).toEqual([...rows.slice(start, end), ...rows])
      }),
      runs(300),
    )
  })
})
