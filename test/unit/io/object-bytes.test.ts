import { describe, expect, it } from 'vitest'

import { createMemoryStore } from '../../../src/io/memory-store.ts'
import { objectBytes } from '../../../src/io/object-bytes.ts'
import { collect } from '../../support/streams.ts'

const PLACE = 'memory:a'

describe('the bytes of an object', () => {
  it('come in pieces, all of them', async () => {
    const store = createMemoryStore()
    const bytes = new Uint8Array(9_000_000).map((_, index) => index % 251)
    await store.put(PLACE, bytes, 'create')
    const pieces = await collect(objectBytes(store, await store.head(PLACE)))
    expect(pieces.map(({ length }) => length)).toEqual([4_194_304, 4_194_304, 611_392])
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true)
  })

  it.each([
    ['shorter', 1],
    ['as long', 3],
    ['longer', 5],
  ])('are not of two objects, where another is put in its place that is %s', async (_, size) => {
    const clock = { now: 1 }
    const store = createMemoryStore({ clock: () => clock.now })
    await store.put(PLACE, new Uint8Array(3), 'create')
    const object = await store.head(PLACE)
    clock.now = 2
    await store.put(PLACE, new Uint8Array(size), 'overwrite')
    await expect(collect(objectBytes(store, object))).rejects.toMatchObject({
      kind: 'conflict',
      context: { location: PLACE },
    })
  })
})
