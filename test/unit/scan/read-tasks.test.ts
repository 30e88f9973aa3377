import { describe, expect, it } from 'vitest'

import { openWarehouse } from '../../../src/client/warehouse.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import type { ObjectStore } from '../../../src/io/object-store.ts'
import { schema, t } from '../../../src/types/define.ts'

const Row = schema({ id: t.long() })
const FILES = 10

/** A table of ten files of a row each, in a store that counts reads of data files that are under way. */
async function tenFiles() {
  const inner = createMemoryStore()
  const reads = { now: 0, most: 0, files: new Set<string>() }
  const get: ObjectStore['get'] = async (location, range, options) => {
    if (!location.endsWith('.parquet')) return inner.get(location, range, options)
    reads.files.add(location)
    reads.now += 1
    reads.most = Math.max(reads.most, reads.now)
    await new Promise((resolve) => setTimeout(resolve, 2))
    reads.now -= 1
    return inner.get(location, range, options)
  }
  const store = new Proxy(inner, {
    get: (target, name) => (name === 'get' ? get : bound(target, name)),
  })
  const warehouse = await openWarehouse('memory:', { store })
  const table = await warehouse.createTable('a.rows', { schema: Row })
  for (let id = 0; id < FILES; id += 1) await table.append([{ id }])
  return { table, store: inner, reads }
}

function bound(target: ObjectStore, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name)
  return typeof value === 'function' ? value.bind(target) : value
}

describe('reading several files', () => {
  it('reads some at once, and gives their rows one file after the other', async () => {
    const { table, reads } = await tenFiles()
    const { tasks } = await table.scan().plan()
    const inOrder: bigint[] = []
    for (const { file } of tasks) {
      const rows = await table.scan().where(`_file = '${file.path}'`).toArray()
      inOrder.push(...rows.map(({ id }) => id))
    }
    reads.most = 0
    expect((await table.scan().toArray()).map(({ id }) => id)).toEqual(inOrder)
    expect(reads.most).toBe(4)
  })

  it('reads no file that a limit does not need', async () => {
    const { table, reads } = await tenFiles()
    expect(await table.scan().limit(2).toArray()).toHaveLength(2)
    expect(reads.files.size).toBe(2)
  })

  it('gives the rows of the files before the one that fails', async () => {
    const { table, store } = await tenFiles()
    const { tasks } = await table.scan().plan()
    const path = tasks[5]?.file.path ?? ''
    await store.put(path, new Uint8Array(Number(tasks[5]?.file.fileSizeBytes)), 'overwrite')
    let rows = 0
    const reading = async (): Promise<void> => {
      for await (const _ of table.scan()) rows += 1
    }
    await expect(reading()).rejects.toMatchObject({ kind: 'corrupt', context: { path } })
    expect(rows).toBe(5)
  })

  it('begins no more files when it is stopped', async () => {
    const { table, reads } = await tenFiles()
    for await (const _ of table.scan()) break
    expect(reads.now).toBe(0)
    expect(reads.files.size).toBeLessThan(FILES)
  })
})
