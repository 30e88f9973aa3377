/** The store over real servers: what every backend promises, and what only S3 has. */
import { inspect } from 'node:util'

import { expect, it } from 'vitest'

import type { ObjectStore } from '../../../src/io/object-store.ts'
import { describeObjectStore } from '../../support/object-store-contract.ts'
import { collect, text, textOf } from '../../support/streams.ts'
import { useS3 } from '../support/s3.ts'
import { describeWithServers } from '../support/servers.ts'
import type { S3Kind } from '../support/servers.ts'

const MIB = 1024 * 1024

describeWithServers('S3', () => {
  describeServer('versitygw')
  describeServer('moto')
})

function describeServer(kind: S3Kind): void {
  const { store: open, newFolder } = useS3(kind)
  let shared: ObjectStore | undefined
  describeObjectStore(`S3 (${kind})`, async () => {
    shared ??= open()
    return { store: shared, root: newFolder() }
  })

  it(`${kind}: is the same place under the names of three clients`, async () => {
    const store = open()
    const root = newFolder()
    await store.put(`${root}/a`, text('hello'), 'create')
    for (const scheme of ['s3a', 's3n', 'S3']) {
      const location = `${scheme}${root.slice(2)}/a`
      expect(textOf(await store.get(location))).toBe('hello')
      expect((await store.head(location)).location).toBe(location)
    }
  })

  it.each(['create', 'overwrite'] as const)(
    `${kind}: writes a stream in parts, and reads it back (%s)`,
    async (mode) => {
      const store = open()
      const location = `${newFolder()}/large`
      const bytes = patterned(20 * MIB + 7)
      async function* body(): AsyncGenerator<Uint8Array> {
        for (let at = 0; at < bytes.length; at += 3 * MIB) yield bytes.subarray(at, at + 3 * MIB)
      }
      expect(await store.put(location, body(), mode)).toBe(bytes.length)
      expect((await store.head(location)).sizeBytes).toBe(bytes.length)
      expect(Buffer.compare(await store.get(location), bytes)).toBe(0)
      const range = { start: 8 * MIB - 3, end: 8 * MIB + 3 }
      expect(await store.get(location, range)).toEqual(bytes.slice(range.start, range.end))
    },
  )

  it(`${kind}: does not replace an object by a stream that creates`, async () => {
    const store = open()
    const location = `${newFolder()}/large`
    await store.put(location, text('first'), 'create')
    await expect(store.put(location, filled(9 * MIB, 1), 'create')).rejects.toMatchObject({
      kind: 'conflict',
    })
    expect(textOf(await store.get(location))).toBe('first')
  })

  it(`${kind}: leaves nothing of a stream that fails after its first part`, async () => {
    const store = open()
    const root = newFolder()
    async function* body(): AsyncGenerator<Uint8Array> {
      yield patterned(17 * MIB)
      throw new Error('the rows ran out')
    }
    await expect(store.put(`${root}/a`, body(), 'create')).rejects.toThrow('the rows ran out')
    expect(await collect(store.list(root))).toEqual([])
  })

  it(`${kind}: lists and deletes more than a page`, async () => {
    const store = open()
    const root = newFolder()
    const names = Array.from({ length: 1_050 }, (_, index) => `${root}/f/${index}`)
    await Promise.all(names.map((name) => store.put(name, text('x'), 'overwrite')))
    const listed = await collect(store.list(root))
    expect(listed.map(({ location }) => location).sort()).toEqual([...names].sort())
    expect(await collect(store.listNames(`${root}/f`))).toHaveLength(names.length)
    expect(await store.deleteAll([...names, `${root}/never-was`])).toEqual([])
    expect(await collect(store.list(root))).toEqual([])
  })

  it(`${kind}: says that a bucket does not exist, not that there is no object`, async () => {
    const store = open()
    const refused = { kind: 'invalid', message: 'bucket does not exist' }
    await expect(store.get('s3://no-such-bucket/a')).rejects.toMatchObject(refused)
    await expect(store.put('s3://no-such-bucket/a', text('x'), 'create')).rejects.toMatchObject(
      refused,
    )
    await expect(collect(store.list('s3://no-such-bucket/a'))).rejects.toMatchObject(refused)
  })

  it.runIf(kind === 'versitygw')('says when credentials are refused, and no secret', async () => {
    const store = open({ credentials: { accessKeyId: 'test', secretAccessKey: 'not-it' } })
    const error: unknown = await store
      .put(`${newFolder()}/a`, text('x'), 'create')
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({ kind: 'invalid', context: { status: 403 } })
    expect(inspect(error, { depth: null, showHidden: true })).not.toMatch(/not-it/)
  })
}

function patterned(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 0xff)
}

async function* filled(length: number, value: number): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(length).fill(value)
}
