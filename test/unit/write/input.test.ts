import { getEventListeners } from 'node:events'

import { Table as ArrowTable } from 'apache-arrow'
import type { RecordBatch } from 'apache-arrow'
import { describe, expect, it } from 'vitest'

import { batchFromValues } from '../../../src/formats/arrow/builders.ts'
import { rowsOf } from '../../../src/formats/arrow/rows.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import { inputBatches } from '../../../src/write/input.ts'
import type { WriteInput } from '../../../src/write/input.ts'
import { collect } from '../../support/streams.ts'

const schema = parseSchemaText('id long not null, city string')

function batchOf(...ids: bigint[]): RecordBatch {
  return batchFromValues(
    schema,
    ids.map((id) => [id, null]),
  )
}

async function idsOf(input: WriteInput<object>): Promise<unknown[]> {
  const batches = await collect(inputBatches(schema, input))
  expect(batches.every((batch) => batch.numRows > 0)).toBe(true)
  return batches.flatMap((batch) => [...rowsOf(batch, schema)].map(([id]) => id))
}

async function* stream<Item>(...items: Item[]): AsyncGenerator<Item> {
  yield* items
}

describe('rows to write', () => {
  it('come as objects, in an array, a set or a stream', async () => {
    const rows = [{ id: 1 }, { id: 2n, city: 'Oslo' }]
    expect(await idsOf(rows)).toEqual([1n, 2n])
    expect(await idsOf(new Set(rows))).toEqual([1n, 2n])
    expect(await idsOf(stream(...rows))).toEqual([1n, 2n])
  })

  it('come as Arrow batches, alone, in a table, in an array or a stream', async () => {
    const batches = [batchOf(1n), batchOf(), batchOf(2n, 3n)]
    expect(await idsOf(batchOf(1n, 2n))).toEqual([1n, 2n])
    expect(await idsOf(new ArrowTable(batches))).toEqual([1n, 2n, 3n])
    expect(await idsOf(batches)).toEqual([1n, 2n, 3n])
    expect(await idsOf(stream(...batches))).toEqual([1n, 2n, 3n])
  })

  it('may be none', async () => {
    for (const nothing of [[], stream<object>(), batchOf(), new ArrowTable([batchOf()])]) {
      expect(await idsOf(nothing)).toEqual([])
    }
  })

  it('come out in batches of at most 65,536 rows', async () => {
    const ids = Array.from({ length: 70_000 }, (_, index) => BigInt(index))
    const batches = await collect(inputBatches(schema, batchOf(...ids)))
    expect(batches.map((batch) => batch.numRows)).toEqual([65_536, 4_464])
  })

  it('are refused with the number of the row in the whole input', async () => {
    const other = parseSchemaText('id long, city string')
    const bad = batchFromValues(other, [
      [3n, null],
      [null, null],
    ])
    const context = { row: 3, field: 'id' }
    const good = batchFromValues(other, [
      [1n, null],
      [2n, null],
    ])
    for (const input of [new ArrowTable([good, bad]), [good, bad], stream(good, bad)]) {
      await expect(idsOf(input)).rejects.toMatchObject({ kind: 'invalid', context })
    }
    await expect(idsOf([{ id: 1 }, { id: 'x' }])).rejects.toMatchObject({
      kind: 'invalid',
      context: { path: 'rows[1].id' },
    })
  })

  it('are refused when batches and objects are mixed', async () => {
    const mixed: object[] = [batchOf(1n), { id: 2 }]
    await expect(idsOf(mixed)).rejects.toMatchObject({ kind: 'invalid' })
    await expect(idsOf(mixed.toReversed())).rejects.toMatchObject({ kind: 'invalid' })
  })

  it('are refused whole where the table has a column whose values are not written, by its name', async () => {
    const table = parseSchemaText('id long, place struct<name string, shape geometry>')
    const batches = collect(inputBatches(table, [{ id: 1n }]))
    await expect(batches).rejects.toMatchObject({
      kind: 'unsupported',
      context: { column: 'place.shape' },
    })
  })

  it('are refused when they are one row by itself', async () => {
    const row: object = { id: 1 }
    await expect(idsOf(row as Iterable<object>)).rejects.toMatchObject({ kind: 'invalid' })
  })

  it('never leave a listener at a signal when their source ends or fails by itself', async () => {
    const { signal } = new AbortController()
    const failing = async function* (): AsyncGenerator<never> {
      await Promise.reject(new Error('no rows'))
      yield* []
    }
    const sources: readonly AsyncIterable<RecordBatch>[] = [
      stream(),
      stream(batchOf(1n)),
      failing(),
    ]
    for (const source of sources) {
      await collect(inputBatches(schema, source, signal)).catch(() => undefined)
    }
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('are read no further once the signal is aborted, and their source is told', async () => {
    const abort = new AbortController()
    let closed = false
    async function* source(): AsyncGenerator<RecordBatch> {
      try {
        for (let id = 0n; ; id += 1n) yield batchOf(id)
      } finally {
        closed = true
      }
    }
    const reason = new Error('enough')
    const read = async (): Promise<void> => {
      for await (const batch of inputBatches(schema, source(), abort.signal)) {
        if (batch.numRows > 0) abort.abort(reason)
      }
    }
    await expect(read()).rejects.toBe(reason)
    expect(closed).toBe(true)
  })

  it('tell their source when a row is refused', async () => {
    let closed = false
    function* source(): Generator<object> {
      try {
        yield { id: 1 }
        yield { id: 'x' }
      } finally {
        closed = true
      }
    }
    await expect(idsOf(source())).rejects.toMatchObject({ kind: 'invalid' })
    expect(closed).toBe(true)
  })
})
