import { describe, expect, it } from 'vitest'

import { abortableStore } from '../../../src/io/abortable-store.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import { describeObjectStore } from '../../support/object-store-contract.ts'
import { collect, text } from '../../support/streams.ts'

describeObjectStore('memory, while nobody aborts', async () => ({
  store: abortableStore(createMemoryStore(), new AbortController().signal),
  root: 'memory:/a',
}))

describe('a store until a signal', () => {
  it('makes no request after it', async () => {
    const inner = createMemoryStore()
    await inner.put('memory:/a/x', text('x'), 'create')
    const reason = new Error('enough')
    const store = abortableStore(inner, AbortSignal.abort(reason))
    for (const request of [
      () => store.put('memory:/a/y', text('y'), 'create'),
      () => store.get('memory:/a/x'),
      () => store.head('memory:/a/x'),
      () => collect(store.list('memory:/a')),
      () => collect(store.listNames('memory:/a')),
      () => store.delete('memory:/a/x'),
      () => store.deleteAll(['memory:/a/x']),
    ]) {
      await expect(request()).rejects.toBe(reason)
    }
    expect(await collect(inner.listNames('memory:/a'))).toEqual([{ name: 'x', isFolder: false }])
  })

  it('is the store itself where there is no signal', () => {
    const inner = createMemoryStore()
    expect(abortableStore(inner, undefined)).toBe(inner)
  })
})
