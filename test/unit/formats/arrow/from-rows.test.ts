import type { RecordBatch } from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { batchesFromRows, createBatchBuilder } from '../../../../src/formats/arrow/from-rows.ts'
import { rowsOf } from '../../../../src/formats/arrow/rows.ts'
import type { Field } from '../../../../src/types/type.ts'

const driver: Field = {
  id: 2,
  name: 'driver',
  required: false,
  type: {
    kind: 'struct',
    fields: [{ id: 3, name: 'name', required: true, type: { kind: 'string' } }],
  },
}
const schema = {
  fields: [{ id: 1, name: 'id', required: true, type: { kind: 'long' } } satisfies Field, driver],
}

async function collect(batches: AsyncIterable<RecordBatch>): Promise<RecordBatch[]> {
  const all: RecordBatch[] = []
  for await (const batch of batches) all.push(batch)
  return all
}

describe('batches from rows', () => {
  it('hold what the rows say', async () => {
    const rows = [{ id: 1n, driver: { name: 'Ola' } }, { id: 2 }, { id: 3n, driver: null }]
    const [batch, ...rest] = await collect(batchesFromRows(schema, rows))
    expect(rest).toEqual([])
    expect(batch && [...rowsOf(batch, schema)]).toEqual([
      [1n, ['Ola']],
      [2n, null],
      [3n, null],
    ])
  })

  it('are cut at a number of rows, and none is empty', async () => {
    const rows = [1, 2, 3, 4].map((id) => ({ id }))
    const batches = await collect(batchesFromRows(schema, rows, { batchRows: 2 }))
    expect(batches.map((batch) => batch.numRows)).toEqual([2, 2])
    expect(await collect(batchesFromRows(schema, []))).toEqual([])
  })

  it('are cut when large rows would fill the memory', async () => {
    const name = 'x'.repeat(40 << 20)
    const rows = [1, 2, 3].map((id) => ({ id, driver: { name } }))
    const batches = await collect(batchesFromRows(schema, rows))
    expect(batches.map((batch) => batch.numRows)).toEqual([2, 1])
  })

  it('come from streams as well', async () => {
    async function* stream(): AsyncGenerator<object> {
      yield { id: 7n }
      yield { id: 8n }
    }
    const [batch] = await collect(batchesFromRows(schema, stream()))
    expect(batch && [...rowsOf(batch, schema)]).toEqual([
      [7n, null],
      [8n, null],
    ])
  })

  it('name the row and the field of a fault, counted over all batches', async () => {
    const rows = Array.from({ length: 18 }, (_, id) => ({
      id,
      driver: { name: id < 17 ? 'a' : 5 },
    }))
    await expect(collect(batchesFromRows(schema, rows, { batchRows: 4 }))).rejects.toMatchObject({
      kind: 'invalid',
      context: { path: 'rows[17].driver.name' },
    })
  })

  it('refuse names that the schema does not have', async () => {
    await expect(collect(batchesFromRows(schema, [{ id: 1, Id: 2 }]))).rejects.toMatchObject({
      kind: 'invalid',
      context: { path: 'rows[0].Id' },
    })
  })
})

describe('a batch builder', () => {
  it('adds nothing of a row that it refuses', () => {
    const builder = createBatchBuilder(schema)
    builder.append({ id: 1 })
    expect(() => builder.append({ id: 2, driver: {} })).toThrow('required')
    builder.append({ id: 3 })
    expect(builder.rowCount).toBe(2)
    expect([...rowsOf(builder.finish(), schema)]).toEqual([
      [1n, null],
      [3n, null],
    ])
  })

  it('begins anew after each batch and leaves the last one alone', () => {
    const builder = createBatchBuilder(schema)
    builder.append({ id: 1, driver: { name: 'long enough to leave traces' } })
    const first = builder.finish()
    builder.append({ id: 2 })
    const second = builder.finish()
    expect([...rowsOf(first, schema)]).toEqual([[1n, ['long enough to leave traces']]])
    expect([...rowsOf(second, schema)]).toEqual([[2n, null]])
    expect(builder.finish().numRows).toBe(0)
  })
})
