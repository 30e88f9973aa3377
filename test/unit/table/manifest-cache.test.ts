import { describe, expect, it } from 'vitest'

import { createMeteredStore } from '../../../src/io/metered-store.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import { openWarehouse } from '../../../src/client/warehouse.ts'
import { readManifest, readManifestList } from '../../../src/table/manifest-io.ts'
import { schema, t } from '../../../src/types/define.ts'

async function eventsOn(store: ReturnType<typeof createMeteredStore>) {
  const warehouse = await openWarehouse('memory:', { store })
  return warehouse.createTable('log.events', { schema: schema({ id: t.long() }) })
}

describe('manifests that are known', () => {
  it('are not read again, whatever is asked of them', async () => {
    const store = createMeteredStore(createMemoryStore())
    const events = await eventsOn(store)
    for (const id of [1n, 2n, 3n]) await events.append([{ id }])
    await events.scan().plan()
    const { gets } = store.usage()
    const { tasks } = await events.scan().where('id > 1').plan()
    expect(tasks).toHaveLength(2)
    expect(store.usage().gets).toBe(gets)
  })

  it('are read when a snapshot has new ones, and only those; the list was written here', async () => {
    const store = createMeteredStore(createMemoryStore())
    const events = await eventsOn(store)
    await events.append([{ id: 1n }])
    await events.scan().plan()
    await events.append([{ id: 2n }])
    const { gets } = store.usage()
    expect((await events.scan().plan()).tasks).toHaveLength(2)
    expect(store.usage().gets).toBe(gets + 1)
  })

  it('have the numbers of the line that is asked for', async () => {
    const events = await eventsOn(createMeteredStore(createMemoryStore()))
    await events.append([{ id: 1n }])
    const { state, currentSnapshot } = events
    const [line] = currentSnapshot === null ? [] : await readManifestList(state, currentSnapshot)
    if (line === undefined) throw new Error('no manifest')
    const other = { ...line, sequenceNumber: 7n }
    expect(await readManifest(state, line)).toMatchObject([{ dataSequenceNumber: 1n }])
    expect(await readManifest(state, other)).toMatchObject([{ dataSequenceNumber: 7n }])
  })
})
