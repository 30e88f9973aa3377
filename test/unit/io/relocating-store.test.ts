import { describe, expect, it } from 'vitest'

import { createMemoryStore } from '../../../src/io/memory-store.ts'
import type { ObjectStore } from '../../../src/io/object-store.ts'
import { createRelocatingStore } from '../../../src/io/relocating-store.ts'
import { collect, text, textOf } from '../../support/streams.ts'

async function storeWith(...names: readonly string[]): Promise<ObjectStore> {
  const store = createMemoryStore()
  for (const name of names) await store.put(`memory:/${name}`, text(name), 'create')
  return store
}

describe('relocating store', () => {
  it('reads what was copied from elsewhere', async () => {
    const inner = await storeWith('copy/data/x')
    const store = createRelocatingStore(inner, [{ from: 's3://lake/t', to: 'memory:/copy' }])
    expect(textOf(await store.get('s3://lake/t/data/x'))).toBe('copy/data/x')
    expect(await store.head('s3://lake/t/data/x')).toMatchObject({
      location: 's3://lake/t/data/x',
      sizeBytes: 11,
    })
    expect(textOf(await store.get('memory:/copy/data/x'))).toBe('copy/data/x')
  })

  it('lists under the old names', async () => {
    const inner = await storeWith('copy/data/x', 'copy/metadata/y')
    const store = createRelocatingStore(inner, [{ from: 's3://lake/t', to: 'memory:/copy/' }])
    const listed = await collect(store.list('s3://lake/t/data'))
    expect(listed.map((object) => object.location)).toEqual(['s3://lake/t/data/x'])
    const names = await collect(store.listNames('s3://lake/t'))
    expect(names.map((entry) => entry.name).sort()).toEqual(['data', 'metadata'])
  })

  it('ends a prefix at a slash', async () => {
    const inner = await storeWith('copy/x')
    const store = createRelocatingStore(inner, [{ from: 'memory:/t', to: 'memory:/copy' }])
    expect(textOf(await store.get('memory:/t/x'))).toBe('copy/x')
    await expect(store.get('memory:/tt/x')).rejects.toMatchObject({ kind: 'not-found' })
  })

  it('takes the longest prefix that fits', async () => {
    const inner = await storeWith('one/x', 'two/x')
    const store = createRelocatingStore(inner, [
      { from: 's3://lake', to: 'memory:/one' },
      { from: 's3://lake/t', to: 'memory:/two' },
    ])
    expect(textOf(await store.get('s3://lake/x'))).toBe('one/x')
    expect(textOf(await store.get('s3://lake/t/x'))).toBe('two/x')
  })

  it('moves a location once, also where places were swapped', async () => {
    const inner = await storeWith('a/x', 'b/x')
    const store = createRelocatingStore(inner, [
      { from: 'memory:/a', to: 'memory:/b' },
      { from: 'memory:/b', to: 'memory:/a' },
    ])
    expect(textOf(await store.get('memory:/a/x'))).toBe('b/x')
    expect(textOf(await store.get('memory:/b/x'))).toBe('a/x')
  })

  it('finds names that are relative', async () => {
    const inner = await storeWith('copy/x')
    const store = createRelocatingStore(inner, [{ from: 'warehouse/t/', to: 'memory:/copy' }])
    expect(textOf(await store.get('warehouse/t/x'))).toBe('copy/x')
  })

  it('takes local paths and file URIs for the same', async () => {
    const inner = await storeWith('copy/x')
    const byPath = createRelocatingStore(inner, [{ from: '/lake', to: 'memory:/copy' }])
    expect(textOf(await byPath.get('file:///lake/x'))).toBe('copy/x')
    const byUri = createRelocatingStore(inner, [{ from: 'file:///', to: 'memory:/copy' }])
    expect(textOf(await byUri.get('/x'))).toBe('copy/x')
  })

  it('refuses to write, and two places for one', async () => {
    const inner = await storeWith()
    const store = createRelocatingStore(inner, [{ from: 's3://lake', to: 'memory:/copy' }])
    const put = store.put('memory:/x', text('x'), 'create')
    await expect(put).rejects.toMatchObject({ kind: 'unsupported' })
    await expect(store.delete('s3://lake/x')).rejects.toMatchObject({ kind: 'unsupported' })
    const twice = ['/a', 'file:/a/'].map((from) => ({ from, to: 'memory:/x' }))
    expect(() => createRelocatingStore(inner, twice)).toThrow(
      expect.objectContaining({ kind: 'invalid' }),
    )
  })
})
