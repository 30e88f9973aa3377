import { describe, expect, it } from 'vitest'

import { createMemoryStore } from '../../../src/io/memory-store.ts'
import { createMeteredStore } from '../../../src/io/metered-store.ts'
import { describeObjectStore } from '../../support/object-store-contract.ts'
import { collect, text } from '../../support/streams.ts'

describeObjectStore('metered', async () => ({
  store: createMeteredStore(createMemoryStore()),
  root: 'memory:/root',
}))

describe('metered store', () => {
  it('counts what was asked and what went through', async () => {
    const store = createMeteredStore(createMemoryStore())
    await store.put('memory:/a', text('hello'), 'create')
    await store.get('memory:/a', { start: 1, end: 3 })
    await store.head('memory:/a')
    await collect(store.list('memory:'))
    await collect(store.listNames('memory:'))
    await store.delete('memory:/a')
    expect(store.usage()).toEqual({
      puts: 1,
      gets: 1,
      heads: 1,
      lists: 2,
      deletes: 1,
      readBytes: 2,
      writtenBytes: 5,
    })
  })

  it('counts a request that fails, but no bytes of it', async () => {
    const store = createMeteredStore(createMemoryStore())
    await store.put('memory:/a', text('hello'), 'create')
    const before = store.usage()
    await expect(store.put('memory:/a', text('other'), 'create')).rejects.toThrow()
    await expect(store.get('memory:/b')).rejects.toThrow()
    expect(store.usage()).toEqual({ ...before, puts: 2, gets: 1 })
  })
})
