import { describe, expect, it } from 'vitest'

import { createLocalStore } from '../../../src/io/local-store.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import { createRoutingStore } from '../../../src/io/routing-store.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { describeObjectStore } from '../../support/object-store-contract.ts'
import { collect, text, textOf } from '../../support/streams.ts'

describeObjectStore('routes to memory', async () => ({
  store: createRoutingStore({ memory: async () => createMemoryStore() }),
  root: 'memory:/root',
}))

describe('routing store', () => {
  it('sends each location to the store of its scheme', async () => {
    const folder = temporaryFolder()
    const store = createRoutingStore({ memory: createMemoryStore, file: createLocalStore })
    await store.put('memory:/a', text('in memory'), 'create')
    await store.put(`${folder}/a`, text('in a file'), 'create')
    expect(textOf(await store.get('memory:/a'))).toBe('in memory')
    expect(textOf(await store.get(`file:${folder}/a`))).toBe('in a file')
    expect(await collect(store.list(folder))).toHaveLength(1)
    expect(await store.deleteAll(['memory:/a', `${folder}/a`])).toEqual([])
    expect(await collect(store.list(folder))).toEqual([])
    expect(await collect(store.list('memory:'))).toEqual([])
  })

  it('opens a store once, and only when it is asked for', async () => {
    const opened: string[] = []
    const store = createRoutingStore({
      memory: () => {
        opened.push('memory')
        return createMemoryStore()
      },
      s3: () => {
        throw new Error('nobody asked')
      },
    })
    expect(opened).toEqual([])
    const puts = ['a', 'b'].map((name) => store.put(`memory:/${name}`, text('x'), 'create'))
    await Promise.all(puts)
    expect(opened).toEqual(['memory'])
    expect((await store.head('memory:/a')).sizeBytes).toBe(1)
  })

  it('says why a store cannot be opened to each who asks', async () => {
    const store = createRoutingStore({
      s3: () => {
        throw new Error('not installed')
      },
    })
    await expect(store.get('s3://bucket/a')).rejects.toThrow('not installed')
    await expect(collect(store.list('s3a://bucket/a'))).rejects.toThrow('not installed')
  })

  it('knows the files of those of its stores that have any', async () => {
    const store = createRoutingStore({
      file: () => createLocalStore(),
      memory: () => createMemoryStore(),
    })
    expect(await store.localFiles?.pathOf('file:/data/a')).toBe('/data/a')
    expect(await store.localFiles?.pathOf('memory:a')).toBeNull()
    await expect(store.localFiles?.newFile('memory:a')).rejects.toMatchObject({ kind: 'invalid' })
    expect(await store.localFiles?.isThere('file:/')).toBe(true)
    expect(await store.localFiles?.isThere('memory:a')).toBeNull()
  })

  it('refuses schemes that it has no store for', async () => {
    const store = createRoutingStore({ memory: createMemoryStore })
    await expect(store.get('gs://bucket/a')).rejects.toMatchObject({
      kind: 'invalid',
      context: { scheme: 'gs' },
    })
  })
})
