import { inspect } from 'node:util'

import { S3Client } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'

import { isKind } from '../../../src/base/errors.ts'
import type { IcebergError } from '../../../src/base/errors.ts'
import type { ObjectStore } from '../../../src/io/object-store.ts'
import { createS3Store } from '../../../src/io/s3-store.ts'
import type { S3StoreOptions } from '../../../src/io/s3-store.ts'
import { movingEnvironment } from '../../support/moving-environment.ts'
import { describeObjectStore } from '../../support/object-store-contract.ts'
import { startS3Server } from '../../support/s3-server.ts'
import type { S3Fault, S3Server, ServedRequest } from '../../support/s3-server.ts'
import { collect, text, textOf } from '../../support/streams.ts'

const SECRET = 's3cr3t-V4lue'
const KEYS = { accessKeyId: 'key', secretAccessKey: SECRET, sessionToken: `${SECRET}-token` }
const MIB = 1024 * 1024

describeObjectStore('S3', async () => ({
  store: await opened(await startS3Server()),
  root: 's3://lake/root',
}))

describe('a create in S3 whose answer does not come', () => {
  it('has been made when the object is its own', async () => {
    const { store, server } = await open()
    failOnce(server, isCreate, { kind: 'answer-is-lost' })
    expect(await store.put('s3://lake/v1', text('mine'), 'create')).toBe(4)
    expect(textOf(await store.get('s3://lake/v1'))).toBe('mine')
    expect(server.requests.filter(isCreate)).toHaveLength(1)
  })

  it('is sent again when there is no object', async () => {
    const { store, server } = await open()
    failOnce(server, isCreate, { kind: 'request-is-lost' })
    await store.put('s3://lake/v1', text('mine'), 'create')
    expect(textOf(await store.get('s3://lake/v1'))).toBe('mine')
    expect(server.requests.filter(isCreate)).toHaveLength(2)
  })

  it('has lost when the object is another’s, even with the same bytes', async () => {
    const { store, server } = await open()
    server.objects.set('v1', { bytes: Buffer.from('mine'), metadata: {} })
    failOnce(server, isCreate, { kind: 'request-is-lost' })
    await expect(store.put('s3://lake/v1', text('mine'), 'create')).rejects.toMatchObject({
      kind: 'conflict',
    })
  })

  it('may have been made when nobody can say', async () => {
    const { store, server } = await open()
    server.fault = (request) =>
      isCreate(request) || request.method === 'HEAD' ? { kind: 'answer-is-lost' } : undefined
    await expect(store.put('s3://lake/v1', text('mine'), 'create')).rejects.toMatchObject({
      kind: 'unavailable',
      message: 'the object may or may not have been written',
    })
  })

  it('stays in doubt when who is asked is refused to look', async () => {
    const { store, server } = await open()
    server.fault = (request) => {
      if (isCreate(request)) return { kind: 'request-is-lost' }
      return request.method === 'HEAD' ? { kind: 'answers', status: 403 } : undefined
    }
    await expect(store.put('s3://lake/v1', text('mine'), 'create')).rejects.toMatchObject({
      kind: 'unavailable',
    })
  })

  it('stays in doubt when a later attempt is refused for another reason', async () => {
    const { store, server } = await open()
    let creates = 0
    server.fault = (request) => {
      if (!isCreate(request)) return undefined
      creates += 1
      return creates === 1 ? { kind: 'request-is-lost' } : { kind: 'answers', status: 403 }
    }
    await expect(store.put('s3://lake/v1', text('mine'), 'create')).rejects.toMatchObject({
      kind: 'unavailable',
    })
  })

  it('is no conflict when the SDK sent it twice', async () => {
    const server = await startS3Server()
    const client = new S3Client({
      endpoint: server.url,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: KEYS,
      maxAttempts: 3,
    })
    const store = await opened(server, { client })
    failOnce(server, isCreate, { kind: 'answer-is-lost' })
    await store.put('s3://lake/v1', text('mine'), 'create')
    expect(server.requests.filter(isCreate)).toHaveLength(2)
  })
})

describe('a create in S3 that meets another', () => {
  it('is tried again while S3 cannot say who won', async () => {
    const { store, server } = await open()
    let left = 3
    server.fault = (request) =>
      isCreate(request) && (left -= 1) >= 0 ? refusal(409, 'ConditionalRequestConflict') : undefined
    await store.put('s3://lake/v1', text('mine'), 'create')
    expect(textOf(await store.get('s3://lake/v1'))).toBe('mine')
  })

  it('has lost when S3 never says who won', async () => {
    const { store, server } = await open()
    server.fault = (request) =>
      isCreate(request) ? refusal(409, 'ConditionalRequestConflict') : undefined
    await expect(store.put('s3://lake/v1', text('mine'), 'create')).rejects.toMatchObject({
      kind: 'conflict',
    })
  })
})

describe('a create in S3 whose folder goes as it comes', () => {
  const NO_ROOM = refusal(409, 'ExistingObjectIsDirectory')

  it('is tried again', async () => {
    const { store, server } = await open()
    failOnce(server, isCreate, NO_ROOM)
    await store.put('s3://lake/t/v1', text('mine'), 'create')
    expect(server.requests.filter(isCreate)).toHaveLength(2)
    expect(textOf(await store.get('s3://lake/t/v1'))).toBe('mine')
  })

  it('has lost when another came meanwhile', async () => {
    const { store, server } = await open()
    server.fault = (request) => {
      if (!isCreate(request)) return undefined
      server.objects.set('t/v1', { bytes: Buffer.from('another'), metadata: {} })
      return NO_ROOM
    }
    await expect(store.put('s3://lake/t/v1', text('mine'), 'create')).rejects.toMatchObject({
      kind: 'conflict',
    })
  })

  it('is refused, and not in doubt, where a folder has its name for good', async () => {
    const { store, server } = await open({ maxAttempts: 3 })
    server.fault = (request) => (isCreate(request) ? NO_ROOM : undefined)
    await expect(store.put('s3://lake/t/v1', text('mine'), 'create')).rejects.toMatchObject({
      kind: 'invalid',
      message: 'a folder and a file want the same name',
    })
    expect(server.requests.filter(isCreate)).toHaveLength(3)
  })

  it('stays in doubt when an answer to it was lost before', async () => {
    const { store, server } = await open({ maxAttempts: 3 })
    let creates = 0
    server.fault = (request) => {
      if (!isCreate(request)) return undefined
      creates += 1
      return creates === 1 ? { kind: 'request-is-lost' } : NO_ROOM
    }
    await expect(store.put('s3://lake/t/v1', text('mine'), 'create')).rejects.toMatchObject({
      kind: 'unavailable',
      message: 'the object may or may not have been written',
    })
  })

  it('says nothing of whether a server creates exclusively', async () => {
    const { store, server } = await open()
    failOnce(server, isProbe, NO_ROOM)
    await store.put('s3://lake/t/v1', text('mine'), 'create')
    const probes = server.requests.filter(isProbe).map(({ key }) => key)
    expect(new Set(probes).size).toBe(2)
    expect([...server.objects.keys()]).toEqual(['t/v1'])
  })

  it('may be tried later where that never ends for the names of a probe', async () => {
    const { store, server } = await open({ maxAttempts: 2 })
    server.fault = (request) => (isProbe(request) ? NO_ROOM : undefined)
    await expect(store.put('s3://lake/t/v1', text('mine'), 'create')).rejects.toMatchObject({
      kind: 'unavailable',
      context: { code: 'ExistingObjectIsDirectory' },
    })
  })
})

describe('a server that does not create exclusively', () => {
  it.each(['ignores', 'looks-before-it-writes'] as const)(
    'is refused when it %s, before anything is created',
    async (conditions) => {
      const { store, server } = await open()
      server.conditions = conditions
      const refused = { kind: 'unsupported', context: { bucket: 'lake' } }
      await expect(store.put('s3://lake/v1', text('x'), 'create')).rejects.toMatchObject(refused)
      const before = server.requests.length
      await expect(store.put('s3://lake/v2', text('x'), 'create')).rejects.toMatchObject(refused)
      expect(server.requests).toHaveLength(before)
      expect([...server.objects.keys()]).toEqual([])
    },
  )

  it('is refused when it forgets after a while what there is', async () => {
    const { store, server } = await open()
    let racers = 0
    server.fault = ({ method }) => {
      racers += method === 'PUT' ? 1 : 0
      if (racers > 8) server.conditions = 'ignores'
      return undefined
    }
    await expect(store.put('s3://lake/v1', text('x'), 'create')).rejects.toMatchObject({
      kind: 'unsupported',
    })
  })

  it('can be read, and overwritten', async () => {
    const { store, server } = await open()
    server.conditions = 'ignores'
    await store.put('s3://lake/hint', text('1'), 'overwrite')
    expect(textOf(await store.get('s3://lake/hint'))).toBe('1')
  })

  it('is taken by who says that it is unsafe', async () => {
    const { store, server } = await open({ unsafe: true })
    server.conditions = 'ignores'
    await store.put('s3://lake/v1', text('x'), 'create')
    expect(server.requests).toHaveLength(1)
  })

  it('is looked for once in each bucket, in the folder of the first object', async () => {
    const { store, server } = await open()
    await Promise.all(
      ['a', 'b', 'c'].map((name) => store.put(`s3://lake/t/${name}`, text('x'), 'create')),
    )
    const probes = server.requests.filter(isProbe)
    expect(new Set(probes.map(({ key }) => key)).size).toBe(1)
    expect(probes[0]?.key).toMatch(/^t\/frazil-probe-[-0-9a-f]{36}\.tmp$/)
    expect([...server.objects.keys()].sort()).toEqual(['t/a', 't/b', 't/c'])
  })

  it('is looked for again when the first look failed', async () => {
    const { store, server } = await open({ maxAttempts: 2 })
    server.fault = () => ({ kind: 'answers', status: 503 })
    const create = (): Promise<number> => store.put('s3://lake/v1', text('x'), 'create')
    await expect(create()).rejects.toMatchObject({ kind: 'unavailable' })
    server.fault = () => undefined
    await create()
  })
})

describe('a body in parts', () => {
  it('is a single request when it is small', async () => {
    const { store, server } = await open()
    await store.put('s3://lake/a', pieces(2, 100), 'overwrite')
    expect(server.requests.map(({ method }) => method)).toEqual(['PUT'])
  })

  it('is sent as it comes, three parts at a time', async () => {
    const { store, server } = await open()
    let sent = 0
    let most = 0
    async function* body(): AsyncGenerator<Uint8Array> {
      for (let piece = 0; piece < 40; piece += 1) {
        yield new Uint8Array(MIB).fill(piece)
        sent += MIB
        const arrived = [...server.uploads.values()].flatMap((upload) => [...upload.values()])
        most = Math.max(most, sent - arrived.reduce((sum, part) => sum + part.length, 0))
      }
    }
    expect(await store.put('s3://lake/a', body(), 'create')).toBe(40 * MIB)
    expect(most).toBeLessThanOrEqual(4 * 8 * MIB)
    expect(server.uploads.size).toBe(0)
    const expected = Array.from({ length: 40 }, (_, piece) => Buffer.alloc(MIB, piece))
    expect(Buffer.concat(expected).equals(await store.get('s3://lake/a'))).toBe(true)
  })

  it('is whole when the answer to its completion is lost', async () => {
    const { store, server } = await open()
    failOnce(server, isCompletion, { kind: 'answer-is-lost' })
    expect(await store.put('s3://lake/a', pieces(9, MIB), 'create')).toBe(9 * MIB)
    expect(await store.put('s3://lake/b', pieces(9, MIB), 'overwrite')).toBe(9 * MIB)
  })

  it('replaces an object also when the answer to its completion is lost', async () => {
    const { store, server } = await open()
    await store.put('s3://lake/a', text('old'), 'create')
    failOnce(server, isCompletion, { kind: 'request-is-lost' })
    await store.put('s3://lake/a', pieces(9, MIB), 'overwrite')
    expect((await store.head('s3://lake/a')).sizeBytes).toBe(9 * MIB)
  })

  it.each<[string, (request: ServedRequest) => boolean, S3Fault]>([
    ['a part', ({ query }) => query.get('partNumber') === '2', { kind: 'answers', status: 403 }],
    ['the completion', isCompletion, { kind: 'answers', status: 400 }],
  ])('leaves no upload open when %s fails', async (_what, when, fault) => {
    const { store, server } = await open()
    server.fault = (request) => (when(request) ? fault : undefined)
    const put = store.put('s3://lake/a', pieces(20, MIB), 'create')
    await expect(put).rejects.toMatchObject({ kind: 'invalid' })
    expect(server.uploads.size).toBe(0)
    expect([...server.objects.keys()]).toEqual([])
  })

  it('leaves no upload open when it is aborted, and stops at once', async () => {
    const { store, server } = await open()
    const controller = new AbortController()
    server.fault = ({ query }) => {
      if (query.get('partNumber') !== '1') return undefined
      controller.abort(new Error('enough'))
      return { kind: 'hangs' }
    }
    const { signal } = controller
    const put = store.put('s3://lake/a', pieces(20, MIB), 'create', { signal })
    await expect(put).rejects.toThrow('enough')
    expect(server.uploads.size).toBe(0)
  })
})

describe('S3 on a bad day', () => {
  it('is asked again, a little later each time', async () => {
    const environment = movingEnvironment()
    const { store, server } = await open({ environment })
    server.objects.set('a', { bytes: Buffer.from('hello'), metadata: {} })
    let left = 3
    server.fault = () => ((left -= 1) >= 0 ? { kind: 'answers', status: 503 } : undefined)
    expect(textOf(await store.get('s3://lake/a'))).toBe('hello')
    expect(environment.sleptMs).toEqual([100, 200, 400])
  })

  it.each<[string, S3Fault]>([
    ['is overloaded', { kind: 'answers', status: 503 }],
    ['answers by a page of a proxy', { kind: 'answers', status: 502, body: '<html>bad</html>' }],
    ['cuts connections', { kind: 'request-is-lost' }],
    ['cuts answers', { kind: 'answer-is-cut' }],
    ['does not answer', { kind: 'hangs' }],
  ])('is unavailable when it %s all the time', async (_what, fault) => {
    const { store, server } = await open({ maxAttempts: 2, idleTimeoutMs: 50 })
    server.objects.set('a', { bytes: Buffer.from('hello'), metadata: {} })
    server.fault = () => fault
    await expect(store.get('s3://lake/a')).rejects.toMatchObject({
      kind: 'unavailable',
      context: { location: 's3://lake/a' },
    })
    expect(server.requests).toHaveLength(2)
  })

  it('is not waited for by who gives up', async () => {
    const { store, server } = await open()
    server.fault = () => ({ kind: 'hangs' })
    for (const call of [
      (signal: AbortSignal) => store.get('s3://lake/a', undefined, { signal }),
      (signal: AbortSignal) => store.put('s3://lake/a', text('x'), 'overwrite', { signal }),
      (signal: AbortSignal) => store.put('s3://lake/a', text('x'), 'create', { signal }),
      (signal: AbortSignal) => collect(store.list('s3://lake/a', { signal })),
      (signal: AbortSignal) => store.deleteAll(['s3://lake/a'], { signal }),
    ]) {
      const controller = new AbortController()
      const pending = call(controller.signal)
      setTimeout(() => controller.abort(new Error('enough')), 20)
      await expect(pending).rejects.toThrow('enough')
    }
  })

  it('is asked no more at once than was said', async () => {
    const { store, server } = await open({ maxRequests: 2, maxAttempts: 1, idleTimeoutMs: 100 })
    server.fault = () => ({ kind: 'hangs' })
    const reads = Array.from({ length: 4 }, () => store.get('s3://lake/a'))
    await Promise.race(reads).catch(() => undefined)
    expect(server.requests.length).toBeLessThanOrEqual(2)
    await Promise.allSettled(reads)
    expect(server.requests).toHaveLength(4)
  })

  it('never shows a secret by its errors', async () => {
    const { store, server } = await open()
    const body = `<Error><Code>SignatureDoesNotMatch</Code><Message>${SECRET}</Message><CanonicalRequest>x-amz-security-token:${SECRET}-token</CanonicalRequest></Error>`
    server.fault = () => ({ kind: 'answers', status: 403, body })
    for (const call of [
      () => store.get('s3://lake/a'),
      () => store.put('s3://lake/a', text('x'), 'create'),
      () => collect(store.list('s3://lake/a')),
    ]) {
      const error: unknown = await call().catch((reason: unknown) => reason)
      expect(error).toMatchObject({ kind: 'invalid', context: { code: 'SignatureDoesNotMatch' } })
      expect(inspect(error, { depth: null, showHidden: true })).not.toContain(SECRET)
    }
  })

  it('is told from a location that names a secret, which is not repeated', async () => {
    const { store } = await open()
    const error: unknown = await store
      .get(`s3://key:${SECRET}@lake/a`)
      .catch((reason: unknown) => reason)
    expect(isKind(error, 'invalid')).toBe(true)
    expect(inspect(error)).not.toContain(SECRET)
  })

  it('is told from a bucket that does not exist', async () => {
    const { store } = await open()
    const refused = { kind: 'invalid', message: 'bucket does not exist' }
    await expect(store.get('s3://pond/a')).rejects.toMatchObject(refused)
    await expect(store.put('s3://pond/a', text('x'), 'create')).rejects.toMatchObject(refused)
    await expect(store.put('s3://pond/a', text('x'), 'overwrite')).rejects.toMatchObject(refused)
  })

  it.each([
    ['CredentialsProviderError', 'none', { code: 'CredentialsProviderError' }],
    ['Error', 'Region is missing', {}],
  ])('says that nothing is configured where nothing is: %s', async (name, message, code) => {
    const { store } = await open({
      credentials: async () => {
        throw Object.assign(new Error(message), { name })
      },
    })
    const error = await store.get('s3://lake/a').catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      kind: 'invalid',
      message: 'S3 is not configured: credentials or region are missing',
    })
    expect((error as IcebergError).context).toEqual({ location: 's3://lake/a', ...code })
  })
})

describe('what S3 has and other stores have not', () => {
  it('is read by servers that know no ranges', async () => {
    const { store, server } = await open()
    server.ignoresRanges = true
    server.objects.set('a', { bytes: Buffer.from('0123456789'), metadata: {} })
    expect(textOf(await store.get('s3://lake/a', { start: 2, end: 5 }))).toBe('234')
  })

  it('lists no markers of folders, and no names that a location cannot have', async () => {
    const { store, server } = await open()
    for (const key of ['t/', 't/b/', 't/b/c', 't//d', 't/../e', 't/./f', 't/.g']) {
      server.objects.set(key, { bytes: Buffer.from('x'), metadata: {} })
    }
    const listed = await collect(store.list('s3://lake/t'))
    expect(listed.map(({ location }) => location).sort()).toEqual([
      's3://lake/t/.g',
      's3://lake/t//d',
      's3://lake/t/b/c',
    ])
    const names = await collect(store.listNames('s3://lake/t'))
    expect(names.map(({ name }) => name).sort()).toEqual(['.g', 'b'])
  })

  it('has a bucket for a folder, and not for an object', async () => {
    const { store } = await open()
    await store.put('s3://lake/a', text('x'), 'create')
    expect(await collect(store.listNames('s3://lake'))).toEqual([{ name: 'a', isFolder: false }])
    expect((await collect(store.list('s3://lake/'))).map(({ location }) => location)).toEqual([
      's3://lake/a',
    ])
    await expect(store.get('s3://lake')).rejects.toMatchObject({ kind: 'invalid' })
    await expect(store.put('s3://lake/', text('x'), 'create')).rejects.toMatchObject({
      kind: 'invalid',
    })
  })

  it('does not end a listing whose next page is not named', async () => {
    const { store, server } = await open()
    const body = '<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>'
    server.fault = () => ({ kind: 'answers', status: 200, body })
    await expect(collect(store.list('s3://lake/t'))).rejects.toMatchObject({ kind: 'unavailable' })
  })

  it('deletes a thousand at a time, and tells which could not be', async () => {
    const { store, server } = await open()
    const keys = Array.from({ length: 2_001 }, (_, index) => `f/${index}`)
    for (const key of keys) server.objects.set(key, { bytes: Buffer.from('x'), metadata: {} })
    server.locked.add('f/7').add('f/1500')
    const failures = await store.deleteAll(keys.map((key) => `s3://lake/${key}`))
    expect(server.requests).toHaveLength(3)
    expect(failures.map(({ location }) => location)).toEqual(['s3://lake/f/7', 's3://lake/f/1500'])
    expect(failures[0]?.error).toMatchObject({ kind: 'invalid', context: { code: 'AccessDenied' } })
    expect([...server.objects.keys()]).toEqual(['f/7', 'f/1500'])
  })

  it('asks again for what could not be deleted in passing, and for nothing else', async () => {
    const { store, server } = await open()
    for (const key of ['f/1', 'f/2', 'f/3']) {
      server.objects.set(key, { bytes: Buffer.from('x'), metadata: {} })
    }
    server.locked.add('f/3')
    failOnce(server, () => true, undeleted({ 'f/2': 'InternalError', 'f/3': 'AccessDenied' }))
    server.objects.delete('f/1')
    const failures = await store.deleteAll(['f/1', 'f/2', 'f/3'].map((key) => `s3://lake/${key}`))
    expect(failures.map(({ location }) => location)).toEqual(['s3://lake/f/3'])
    expect([...server.objects.keys()]).toEqual(['f/3'])
    expect(server.requests[1]?.body.toString()).not.toMatch(/f\/[13]/)
  })

  it('tells of every spelling of what could not be deleted', async () => {
    const { store, server } = await open()
    server.locked.add('f/1')
    const both = ['s3://lake/f/1', 's3a://lake/f/1']
    expect((await store.deleteAll(both)).map(({ location }) => location)).toEqual(both)
  })

  it('takes for deleted what is gone when its turn comes', async () => {
    const { store, server } = await open()
    server.fault = ({ method }) =>
      method === 'POST' ? undeleted({ 'f/1': 'NoSuchKey' }) : refusal(404, 'NoSuchKey')
    expect(await store.deleteAll(['s3://lake/f/1'])).toEqual([])
    await store.delete('s3://lake/f/1')
    server.fault = () => refusal(404, 'NoSuchBucket')
    await expect(store.delete('s3://lake/f/1')).rejects.toMatchObject({ kind: 'invalid' })
  })

  it.each([
    [400, 'MissingContentMD5'],
    [400, 'InvalidRequest'],
    [501, 'NotImplemented'],
  ])('deletes one by one where no request of many is taken: %s %s', async (status, code) => {
    const { store, server } = await open()
    const keys = Array.from({ length: 40 }, (_, index) => `f/${index}`)
    for (const key of keys) server.objects.set(key, { bytes: Buffer.from('x'), metadata: {} })
    server.fault = ({ method, key }) => {
      if (method === 'POST') return refusal(status, code)
      return key === 'f/7' ? refusal(403, 'AccessDenied') : undefined
    }
    const failures = await store.deleteAll(keys.map((key) => `s3://lake/${key}`))
    expect(failures).toMatchObject([{ location: 's3://lake/f/7', error: { kind: 'invalid' } }])
    expect([...server.objects.keys()]).toEqual(['f/7'])
  })

  it('goes on deleting when one request fails', async () => {
    const { store, server } = await open({ maxAttempts: 1 })
    const keys = Array.from({ length: 1_001 }, (_, index) => `f/${index}`)
    for (const key of keys) server.objects.set(key, { bytes: Buffer.from('x'), metadata: {} })
    failOnce(server, () => true, { kind: 'answers', status: 503 })
    const failures = await store.deleteAll(keys.map((key) => `s3://lake/${key}`))
    expect(failures).toHaveLength(1_000)
    expect(server.objects.size).toBe(1_000)
  })
})

async function open(
  options: S3StoreOptions = {},
): Promise<{ readonly store: ObjectStore; readonly server: S3Server }> {
  const server = await startS3Server()
  return { store: await opened(server, options), server }
}

/** Waits take no time, unless a test looks at them. */
async function opened(server: S3Server, options: S3StoreOptions = {}): Promise<ObjectStore> {
  let drawn = 0
  const uuid = (): string => `00000000-0000-4000-8000-${String((drawn += 1)).padStart(12, '0')}`
  return createS3Store({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: KEYS,
    environment: { ...movingEnvironment(), uuid },
    ...options,
  })
}

function failOnce(
  server: S3Server,
  when: (request: ServedRequest) => boolean,
  fault: S3Fault,
): void {
  server.fault = (request) => {
    if (!when(request)) return undefined
    server.fault = () => undefined
    return fault
  }
}

function isProbe({ key }: ServedRequest): boolean {
  return key.includes('frazil-probe-')
}

function isCreate(request: ServedRequest): boolean {
  return request.method === 'PUT' && 'if-none-match' in request.headers && !isProbe(request)
}

function isCompletion({ method, query }: ServedRequest): boolean {
  return method === 'POST' && query.has('uploadId')
}

function refusal(status: number, code: string): S3Fault {
  return { kind: 'answers', status, body: `<Error><Code>${code}</Code></Error>` }
}

/** Codes by key. */
function undeleted(codes: Readonly<Record<string, string>>): S3Fault {
  const errors = Object.entries(codes).map(
    ([key, code]) => `<Error><Key>${key}</Key><Code>${code}</Code></Error>`,
  )
  return { kind: 'answers', status: 200, body: `<DeleteResult>${errors.join('')}</DeleteResult>` }
}

async function* pieces(count: number, bytes: number): AsyncGenerator<Uint8Array> {
  for (let piece = 0; piece < count; piece += 1) yield new Uint8Array(bytes)
}
