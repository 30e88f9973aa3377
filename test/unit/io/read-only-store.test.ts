import { describe, expect, it } from 'vitest'

import { createMemoryStore } from '../../../src/io/memory-store.ts'
import { createReadOnlyStore } from '../../../src/io/read-only-store.ts'
import { collect, text } from '../../support/streams.ts'

describe('a store that can only be read', () => {
  it('reads and lists what is there, and says why it takes nothing', async () => {
    const inner = createMemoryStore()
    await inner.put('memory:/t/a', text('abc'), 'create')
    const store = createReadOnlyStore(inner, 'only to be looked at')
    expect(await store.get('memory:/t/a', { start: 1, end: 2 })).toEqual(text('b'))
    expect(await store.head('memory:/t/a')).toMatchObject({ sizeBytes: 3 })
    expect(await collect(store.list('memory:/t'))).toHaveLength(1)
    expect(await collect(store.listNames('memory:/t'))).toHaveLength(1)

    const refusal = {
      kind: 'unsupported',
      message: 'only to be looked at',
      context: { location: 'memory:/t/a' },
    }
    await expect(store.put('memory:/t/a', text(''), 'overwrite')).rejects.toMatchObject(refusal)
    await expect(store.delete('memory:/t/a')).rejects.toMatchObject(refusal)
    expect(await inner.get('memory:/t/a')).toEqual(text('abc'))
  })
})
