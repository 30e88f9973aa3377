import { describe, expect, it } from 'vitest'

import { createMemoryStore } from '../../../src/io/memory-store.ts'
import { describeObjectStore } from '../../support/object-store-contract.ts'
import { text, textOf } from '../../support/streams.ts'

describeObjectStore('memory', async () => ({ store: createMemoryStore(), root: 'memory:/root' }))

describe('memory store', () => {
  it('takes one place for one however it is spelled', async () => {
    const store = createMemoryStore()
    await store.put('memory:a/b', text('x'), 'create')
    expect(textOf(await store.get('memory:/a//b'))).toBe('x')
  })

  it('tells time by the clock it was given', async () => {
    const store = createMemoryStore({ clock: () => 42 })
    await store.put('memory:/a', text('x'), 'create')
    expect((await store.head('memory:/a')).modifiedMs).toBe(42)
  })

  it('shares nothing with another', async () => {
    await createMemoryStore().put('memory:/a', text('x'), 'create')
    await expect(createMemoryStore().get('memory:/a')).rejects.toMatchObject({ kind: 'not-found' })
  })
})
