/** What programs without a compiler, with bugs of their own or in a hurry do to a table: it stays whole and readable. */
import { describe, expect, it, vi } from 'vitest'

import { openWarehouse, schema, t } from '../../src/index.ts'
import type { TableEvent, Warehouse } from '../../src/index.ts'

const Row = schema({ id: t.long(), part: t.int() })

async function newTable(warehouse?: Warehouse) {
  const opened = warehouse ?? (await openWarehouse('memory:'))
  return opened.createTable('a.b', { schema: Row, partitionBy: ['part'] })
}

/** A value that a program without types might pass for another. */
function passedFor(value: unknown): never {
  return value as never
}

describe('careless callers', () => {
  it.each([[42], [null], [true], [{}]])('never leave a property %s in a table', async (value) => {
    const table = await newTable()
    const properties = passedFor({ 'acme.batch': value })
    const rows = [{ id: 1n, part: 1 }]
    await expect(table.transaction((tx) => tx.setProperties(properties))).rejects.toMatchObject({
      kind: 'invalid',
    })
    await expect(
      table.transaction((tx) => tx.setProperties(() => properties)),
    ).rejects.toMatchObject({ kind: 'invalid' })
    await expect(
      table.transaction(async (tx) => {
        await tx.append(rows)
        tx.setSummary(properties)
      }),
    ).rejects.toMatchObject({ kind: 'invalid' })
    await table.refresh()
    expect(await table.scan().count()).toBe(0n)
  })

  it('never pass a promise for the answer of a guard, or for properties', async () => {
    const table = await newTable()
    const guarded = table.transaction(async (tx) => {
      await tx.append([{ id: 1n, part: 1 }])
      tx.guard(passedFor(async () => false))
    })
    await expect(guarded).rejects.toMatchObject({ kind: 'invalid' })
    const promised = table.transaction((tx) =>
      tx.setProperties(passedFor(Promise.resolve({ a: 'x' }))),
    )
    await expect(promised).rejects.toMatchObject({ kind: 'invalid' })
  })

  it('never get every row for a filter that is none, or a weaker isolation for one that is unknown', async () => {
    const table = await newTable()
    await table.append([{ id: 1n, part: 1 }])
    expect(() => table.scan().where(passedFor({}))).toThrow(
      expect.objectContaining({ kind: 'invalid' }),
    )
    const isolation = passedFor('x')
    await expect(
      table.overwritePartitions([{ id: 2n, part: 1 }], { isolation }),
    ).rejects.toMatchObject({ kind: 'invalid' })
  })

  it.each([[null], [undefined], ['abc'], [7]])('are told that %s is no rows', async (rows) => {
    const table = await newTable()
    await expect(table.append(passedFor(rows))).rejects.toMatchObject({ kind: 'invalid' })
  })

  it.each([[0], [1.5], [Number.NaN]])(
    'are told that %s is no size of a batch',
    async (batchRows) => {
      const table = await newTable()
      await table.append([{ id: 1n, part: 1 }])
      await expect(table.scan().toArray({ batchRows })).rejects.toMatchObject({ kind: 'invalid' })
    },
  )

  it('are told that a snapshot id is a bigint', async () => {
    const table = await newTable()
    expect(() => table.scan().snapshot(passedFor(5))).toThrow(
      expect.objectContaining({ kind: 'invalid' }),
    )
  })

  it('are told at once that a kind of storage is not there yet', async () => {
    await expect(openWarehouse('gs://bucket/warehouse')).rejects.toMatchObject({
      kind: 'unsupported',
    })
  })

  it('hear of a commit that landed, though their listener throws', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const onEvent = (event: TableEvent): void => {
      throw new Error(event.kind)
    }
    const table = await newTable(await openWarehouse('memory:', { onEvent }))
    expect((await table.append([{ id: 1n, part: 1 }])).addedRows).toBe(1n)
    expect(warned).toHaveBeenCalled()
    warned.mockRestore()
  })

  it('are let go at once when they abort, though their rows have stopped coming', async () => {
    const table = await newTable()
    const abort = new AbortController()
    const appended = table.append(endlessAfterOne(), { signal: abort.signal })
    abort.abort(new Error('enough'))
    await expect(appended).rejects.toThrow('enough')
  })

  it('write few files for rows that jump between many partitions', async () => {
    const table = await newTable()
    const rows = Array.from({ length: 30_000 }, (_, id) => ({ id: BigInt(id), part: id % 300 }))
    expect((await table.append(rows)).addedFiles).toBe(300)
  })
})

async function* endlessAfterOne(): AsyncGenerator<{ id: bigint; part: number }> {
  yield { id: 1n, part: 1 }
  await new Promise(() => {})
}
