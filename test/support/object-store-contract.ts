import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { joinLocation } from '../../src/io/location.ts'
import type { ObjectStore } from '../../src/io/object-store.ts'
import { collect, text, textOf } from './streams.ts'
import { runs } from './runs.ts'

export interface OpenedStore {
  readonly store: ObjectStore
  /** An empty folder of the store. */
  readonly root: string
}

/** What table code relies on from every backend. Each backend's test file calls this once. */
export function describeObjectStore(backend: string, open: () => Promise<OpenedStore>): void {
  describe(`object store: ${backend}`, () => {
    it('gives back what was put', async () => {
      const { store, at } = await opened(open)
      expect(await store.put(at('a/b'), text('hello'), 'create')).toBe(5)
      expect(textOf(await store.get(at('a/b')))).toBe('hello')
    })

    it('holds an empty object', async () => {
      const { store, at } = await opened(open)
      expect(await store.put(at('empty'), text(''), 'create')).toBe(0)
      expect(await store.get(at('empty'))).toHaveLength(0)
      expect((await store.head(at('empty'))).sizeBytes).toBe(0)
    })

    it('joins the chunks of a body', async () => {
      const { store, at } = await opened(open)
      const body = chunks([text('he'), text(''), text('llo')])
      expect(await store.put(at('a'), body, 'create')).toBe(5)
      expect(textOf(await store.get(at('a')))).toBe('hello')
    })

    it('refuses to create what exists, and leaves it as it was', async () => {
      const { store, at } = await opened(open)
      await store.put(at('v1'), text('first'), 'create')
      await expect(store.put(at('v1'), text('second'), 'create')).rejects.toMatchObject({
        kind: 'conflict',
      })
      expect(textOf(await store.get(at('v1')))).toBe('first')
    })

    it('replaces what exists when asked to', async () => {
      const { store, at } = await opened(open)
      await store.put(at('hint'), text('10'), 'overwrite')
      await store.put(at('hint'), text('9'), 'overwrite')
      expect(textOf(await store.get(at('hint')))).toBe('9')
    })

    it('lets exactly one of many racing creates win, whole', async () => {
      const { store, at } = await opened(open)
      const writers = Array.from({ length: 16 }, (_, index) => `writer ${index}`.repeat(100))
      const race = await Promise.allSettled(
        writers.map((writer) => store.put(at('t/v1'), text(writer), 'create')),
      )
      const winners = writers.filter((_, index) => race[index]?.status === 'fulfilled')
      expect(winners).toHaveLength(1)
      expect(textOf(await store.get(at('t/v1')))).toBe(winners[0])
      for (const result of race) {
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ kind: 'conflict' })
      }
    })

    it('shows readers the old object or the new one while it is replaced', async () => {
      const { store, at } = await opened(open)
      const versions = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(10_000))
      await store.put(at('x'), text(versions[0] ?? ''), 'create')
      const writes = (async (): Promise<void> => {
        for (const version of versions) await store.put(at('x'), text(version), 'overwrite')
      })()
      for (let read = 0; read < 20; read += 1) {
        expect(versions).toContain(textOf(await store.get(at('x'))))
      }
      await writes
    })

    it.each(['create', 'overwrite'] as const)(
      'leaves nothing when the body of a %s fails',
      async (mode) => {
        const { store, at, root } = await opened(open)
        const failure = new Error('the rows ran out')
        await expect(store.put(at('a/b'), chunks([text('he')], failure), mode)).rejects.toBe(
          failure,
        )
        expect(await collect(store.list(root))).toEqual([])
      },
    )

    it('keeps the old object when the body that was to replace it fails', async () => {
      const { store, at } = await opened(open)
      await store.put(at('a'), text('old'), 'create')
      const body = chunks([text('ne')], new Error('the rows ran out'))
      await expect(store.put(at('a'), body, 'overwrite')).rejects.toThrow('the rows ran out')
      expect(textOf(await store.get(at('a')))).toBe('old')
    })

    it('ends a write that is aborted half way, and leaves nothing', async () => {
      const { store, at, root } = await opened(open)
      const controller = new AbortController()
      const reason = new Error('enough')
      async function* body(): AsyncGenerator<Uint8Array> {
        yield text('he')
        controller.abort(reason)
        yield text('llo')
      }
      const { signal } = controller
      await expect(store.put(at('a'), body(), 'create', { signal })).rejects.toBe(reason)
      expect(await collect(store.list(root))).toEqual([])
    })

    it('does nothing for who has aborted before', async () => {
      const { store, at, root } = await opened(open)
      const options = { signal: AbortSignal.abort(new Error('enough')) }
      await store.put(at('a'), text('x'), 'create')
      await expect(store.put(at('b'), text('x'), 'create', options)).rejects.toThrow('enough')
      await expect(store.get(at('a'), undefined, options)).rejects.toThrow('enough')
      await expect(store.head(at('a'), options)).rejects.toThrow('enough')
      await expect(store.delete(at('a'), options)).rejects.toThrow('enough')
      await expect(store.deleteAll([at('a')], options)).rejects.toThrow('enough')
      await expect(collect(store.list(root, options))).rejects.toThrow('enough')
      await expect(collect(store.listNames(root, options))).rejects.toThrow('enough')
      expect((await collect(store.list(root))).map((object) => object.location)).toEqual([at('a')])
    })

    it('gives bytes that are the caller’s own, and keeps none of the caller’s', async () => {
      const { store, at } = await opened(open)
      const mine = text('hello')
      await store.put(at('a'), mine, 'create')
      mine.fill(0)
      const first = await store.get(at('a'))
      first.fill(0)
      expect(textOf(await store.get(at('a')))).toBe('hello')
    })

    it('says not-found for what is not there, or is a folder', async () => {
      const { store, at } = await opened(open)
      await store.put(at('folder/object'), text('x'), 'create')
      for (const missing of ['nothing', 'folder', 'folder/object/below']) {
        await expect(store.get(at(missing))).rejects.toMatchObject({ kind: 'not-found' })
        await expect(store.head(at(missing))).rejects.toMatchObject({
          kind: 'not-found',
          context: { location: at(missing) },
        })
      }
    })

    it('reads a range, cut at the end of the object', async () => {
      const { store, at } = await opened(open)
      await store.put(at('a'), text('0123456789'), 'create')
      const read = async (start: number, end: number): Promise<string> =>
        textOf(await store.get(at('a'), { start, end }))
      expect(await read(0, 3)).toBe('012')
      expect(await read(8, 20)).toBe('89')
      expect(await read(4, 4)).toBe('')
      expect(await read(10, 12)).toBe('')
      expect(await read(99, 100)).toBe('')
    })

    it.each([
      { start: 2, end: 1 },
      { start: -1, end: 1 },
      { start: 0, end: 1.5 },
      { start: 0, end: Number.POSITIVE_INFINITY },
    ])('refuses the range [$start, $end)', async (range) => {
      const { store, at } = await opened(open)
      await store.put(at('a'), text('0123456789'), 'create')
      await expect(store.get(at('a'), range)).rejects.toMatchObject({ kind: 'invalid' })
    })

    it('tells size and time of an object', async () => {
      const { store, at } = await opened(open)
      await store.put(at('a'), text('hello'), 'create')
      const info = await store.head(at('a'))
      expect(info).toMatchObject({ location: at('a'), sizeBytes: 5 })
      expect(Number.isSafeInteger(info.modifiedMs)).toBe(true)
    })

    it('forgets what is deleted, also twice', async () => {
      const { store, at } = await opened(open)
      await store.put(at('a/b'), text('x'), 'create')
      await store.delete(at('a/b'))
      await store.delete(at('a/b'))
      await store.delete(at('never/was'))
      await expect(store.get(at('a/b'))).rejects.toMatchObject({ kind: 'not-found' })
      await store.put(at('a/b'), text('y'), 'create')
      expect(textOf(await store.get(at('a/b')))).toBe('y')
    })

    it('deletes many at once, whether they are there or not', async () => {
      const { store, at, root } = await opened(open)
      for (const name of ['a', 'b/c', 'b/d']) await store.put(at(name), text('x'), 'create')
      expect(await store.deleteAll(['a', 'never/was', 'b/c'].map(at))).toEqual([])
      expect((await collect(store.list(root))).map(({ location }) => location)).toEqual([at('b/d')])
      expect(await store.deleteAll([])).toEqual([])
    })

    it('lists nothing where nothing is', async () => {
      const { store, at, root } = await opened(open)
      await store.put(at('object'), text('x'), 'create')
      expect(await collect(store.list(at('nothing')))).toEqual([])
      expect(await collect(store.listNames(at('nothing')))).toEqual([])
      expect(await collect(store.list(at('object')))).toEqual([])
      expect(await collect(store.listNames(at('object')))).toEqual([])
      expect(await collect(store.list(root))).toHaveLength(1)
    })

    it('lists all below a folder, hidden names too, and nothing beside it', async () => {
      const { store, at } = await opened(open)
      const inside = ['t/a', 't/b/c/d', 't/.hidden/e', 't/_f', 't/[g]*?/{h}', 't/ä%20 b']
      for (const name of [...inside, 'tt/x', 't.x', 'u']) {
        await store.put(at(name), text(name), 'create')
      }
      const listed = await collect(store.list(at('t')))
      expect(listed.map((object) => object.location).sort()).toEqual(inside.map(at).sort())
      for (const object of listed) {
        expect(await store.head(object.location)).toEqual(object)
      }
    })

    it('lists those of a folder that are wanted, asked by their names below it', async () => {
      const { store, at } = await opened(open)
      for (const name of ['t/a', 't/b/a', 't/b/c', 't/d']) {
        await store.put(at(name), text(name), 'create')
      }
      const asked: string[] = []
      const isWanted = (name: string): boolean => {
        asked.push(name)
        return name.endsWith('a')
      }
      const listed = await collect(store.list(at('t'), { isWanted }))
      expect(listed.map(({ location }) => location).sort()).toEqual(['t/a', 't/b/a'].map(at))
      expect(asked.sort()).toEqual(['a', 'b/a', 'b/c', 'd'])
    })

    it('lists the same with and without a slash behind the folder', async () => {
      const { store, at } = await opened(open)
      await store.put(at('t/a'), text('x'), 'create')
      const locations = async (prefix: string): Promise<string[]> =>
        (await collect(store.list(prefix))).map((object) => object.location)
      expect(await locations(`${at('t')}/`)).toEqual(await locations(at('t')))
    })

    it('shows one level of a folder', async () => {
      const { store, at } = await opened(open)
      for (const name of ['t/a', 't/b/c', 't/b/d', 't/e/f/g', 'u/h']) {
        await store.put(at(name), text(name), 'create')
      }
      const entries = await collect(store.listNames(at('t')))
      expect(entries.sort((left, right) => (left.name < right.name ? -1 : 1))).toEqual([
        { name: 'a', isFolder: false },
        { name: 'b', isFolder: true },
        { name: 'e', isFolder: true },
      ])
    })

    it.each(['relative/path', 'ftp://elsewhere/x', ''])(
      'refuses %j as not its own',
      async (location) => {
        const { store } = await opened(open)
        await expect(store.get(location)).rejects.toMatchObject({ kind: 'invalid' })
        await expect(store.put(location, text('x'), 'create')).rejects.toMatchObject({
          kind: 'invalid',
        })
        await expect(store.delete(location)).rejects.toMatchObject({ kind: 'invalid' })
        await expect(store.deleteAll([location])).rejects.toMatchObject({ kind: 'invalid' })
      },
    )

    it('refuses to leave its folder', async () => {
      const { store, root } = await opened(open)
      for (const location of [`${root}/../x`, `${root}/a/../../x`, `${root}/./x`, `${root}/a\0b`]) {
        await expect(store.get(location)).rejects.toMatchObject({ kind: 'invalid' })
        await expect(store.put(location, text('x'), 'overwrite')).rejects.toMatchObject({
          kind: 'invalid',
        })
      }
    })

    it('always reads the slice that was asked for', async () => {
      const { store, at } = await opened(open)
      await fc.assert(
        fc.asyncProperty(
          fc.uint8Array({ maxLength: 64 }),
          fc.nat(70),
          fc.nat(70),
          async (bytes, one, other) => {
            const [start, end] = one < other ? [one, other] : [other, one]
            await store.put(at('range'), bytes, 'overwrite')
            const slice = await store.get(at('range'), { start, end })
            expect(Buffer.compare(slice, bytes.slice(start, end))).toBe(0)
          },
        ),
        runs(50),
      )
    })

    it('always does what a map would', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyStep, { maxLength: 25 }), async (steps) => {
          const { store, at, root } = await opened(open)
          const model = new Map<string, string>()
          for (const step of steps) await takeStep(step, store, at, model)
          const listed = (await collect(store.list(root))).map((object) => object.location)
          expect(listed.sort()).toEqual([...model.keys()].map(at).sort())
          for (const [name, value] of model) expect(textOf(await store.get(at(name)))).toBe(value)
        }),
        runs(40),
      )
    })
  })
}

interface Step {
  readonly action: 'create' | 'overwrite' | 'delete'
  readonly name: string
  readonly value: string
}

/** Few names, none of which is a folder of another. */
const anyStep: fc.Arbitrary<Step> = fc.record({
  action: fc.constantFrom('create', 'overwrite', 'delete'),
  name: fc.constantFrom('a', 'b/c', 'b/d', 'e/f/g'),
  value: fc.string({ maxLength: 8 }),
})

async function takeStep(
  { action, name, value }: Step,
  store: ObjectStore,
  at: (name: string) => string,
  model: Map<string, string>,
): Promise<void> {
  if (action === 'delete') {
    await store.delete(at(name))
    model.delete(name)
    return
  }
  const put = store.put(at(name), text(value), action)
  if (action === 'create' && model.has(name)) {
    await expect(put).rejects.toMatchObject({ kind: 'conflict' })
    return
  }
  await put
  model.set(name, value)
}

async function opened(
  open: () => Promise<OpenedStore>,
): Promise<OpenedStore & { readonly at: (name: string) => string }> {
  const { store, root } = await open()
  return { store, root, at: (name) => joinLocation(root, name) }
}

async function* chunks(parts: readonly Uint8Array[], failure?: Error): AsyncGenerator<Uint8Array> {
  yield* parts
  if (failure !== undefined) throw failure
}
