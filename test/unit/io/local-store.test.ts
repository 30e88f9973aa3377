import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { IcebergError } from '../../../src/base/errors.ts'
import { abortableStore } from '../../../src/io/abortable-store.ts'
import type { NewFile } from '../../../src/io/local-files.ts'
import { createLocalStore, readError, writeError } from '../../../src/io/local-store.ts'
import { createMeteredStore } from '../../../src/io/metered-store.ts'
import { neverLands, realLocationIn } from '../../../src/io/object-store.ts'
import { createReadOnlyStore } from '../../../src/io/read-only-store.ts'
import { realLocation } from '../../../src/io/real-location.ts'
import { createRoutingStore } from '../../../src/io/routing-store.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { describeObjectStore } from '../../support/object-store-contract.ts'
import { runs } from '../../support/runs.ts'
import { collect, text, textOf } from '../../support/streams.ts'

describeObjectStore('local files', async () => ({
  store: createLocalStore(),
  root: temporaryFolder(),
}))

describeObjectStore('local files by URI', async () => ({
  store: createLocalStore(),
  root: `file://${temporaryFolder()}`,
}))

describe('local store', () => {
  it('writes plain files, with the permissions of this process', async () => {
    const root = temporaryFolder()
    await createLocalStore().put(`file:${root}/a/b`, text('hello'), 'create')
    expect(readFileSync(join(root, 'a/b'), 'utf8')).toBe('hello')
    expect(statSync(join(root, 'a/b')).mode & 0o777).toBe(0o666 & ~process.umask())
  })

  it('refuses to write below a link that leads nowhere', async () => {
    const root = temporaryFolder()
    symlinkSync(join(root, 'gone'), join(root, 'disk'))
    const put = createLocalStore().put(join(root, 'disk/a/b'), text('x'), 'create')
    await expect(put).rejects.toMatchObject({ kind: 'unavailable', context: { code: 'ENOENT' } })
  })

  it('is certain that nothing lands of a file that could not be begun', async () => {
    const root = temporaryFolder()
    const location = join(root, 'v1.metadata.json')
    // Something is in the place of the unfinished file, so that opening it fails.
    mkdirSync(join(root, 'taken.tmp'))
    const put = createLocalStore({ uuid: () => 'taken' }).put(location, text('x'), 'create')
    const failure = await put.catch((error: unknown) => error)
    expect(failure).toMatchObject({ kind: 'unavailable', context: { location, code: 'EEXIST' } })
    expect(neverLands(failure)).toBe(true)
  })

  it('is not certain of a file that was whole and could not be named', async () => {
    const root = temporaryFolder()
    async function* body(): AsyncGenerator<Uint8Array> {
      yield text('x')
      for (const name of readdirSync(root).filter((each) => each.endsWith('.tmp'))) {
        rmSync(join(root, name))
      }
    }
    const put = createLocalStore().put(join(root, 'v1'), body(), 'create')
    const failure = await put.catch((error: unknown) => error)
    expect(failure).toMatchObject({ kind: 'unavailable' })
    expect(neverLands(failure)).toBe(false)
  })

  it('keeps a file under a private name until it is whole', async () => {
    const root = temporaryFolder()
    const seen: { name: string; mode: number }[] = []
    async function* body(): AsyncGenerator<Uint8Array> {
      yield text('he')
      for (const name of readdirSync(root)) {
        seen.push({ name, mode: statSync(join(root, name)).mode & 0o777 })
      }
      yield text('llo')
    }
    await createLocalStore().put(join(root, 'v1.metadata.json'), body(), 'create')
    expect(seen).toEqual([{ name: expect.stringMatching(/^[0-9a-f-]{36}\.tmp$/), mode: 0o600 }])
    expect(readdirSync(root)).toEqual(['v1.metadata.json'])
  })

  it('does not write through a link that stands where the unfinished file would', async () => {
    const root = temporaryFolder()
    const target = join(temporaryFolder(), 'target')
    symlinkSync(target, join(root, 'guessed.tmp'))
    const store = createLocalStore({ uuid: () => 'guessed' })
    await expect(store.put(join(root, 'a'), text('x'), 'create')).rejects.toMatchObject({
      kind: 'unavailable',
    })
    expect(existsSync(target)).toBe(false)
  })

  it('leaves the unfinished file of another writer alone', async () => {
    const root = temporaryFolder()
    writeFileSync(join(root, 'same.tmp'), 'another’s')
    const store = createLocalStore({ uuid: () => 'same' })
    await expect(store.put(join(root, 'a'), text('x'), 'create')).rejects.toMatchObject({
      kind: 'unavailable',
    })
    expect(readFileSync(join(root, 'same.tmp'), 'utf8')).toBe('another’s')
  })

  it('writes to a folder that was removed since the last write', async () => {
    const root = temporaryFolder()
    const store = createLocalStore()
    await store.put(join(root, 'a/b/c'), text('x'), 'create')
    rmSync(join(root, 'a'), { recursive: true })
    await store.put(join(root, 'a/b/c'), text('y'), 'create')
    expect(textOf(await store.get(join(root, 'a/b/c')))).toBe('y')
  })

  it('removes the checksum that Hadoop keeps of a file, when the file changes or goes', async () => {
    const root = temporaryFolder()
    const store = createLocalStore()
    const [file, checksum] = [join(root, 'hint'), join(root, '.hint.crc')]
    for (const change of [
      () => store.put(file, text('new'), 'overwrite'),
      () => store.delete(file),
      () => store.put(file, text('newer'), 'create'),
    ]) {
      writeFileSync(checksum, 'stale')
      await change()
      expect(existsSync(checksum)).toBe(false)
    }
  })

  it.skipIf(!existsSync('/proc/self/fd'))(
    'lets go of each file that it has read, and of what is none',
    async () => {
      const root = temporaryFolder()
      const store = createLocalStore()
      await store.put(join(root, 'x'), text('x'), 'create')
      const before = readdirSync('/proc/self/fd').length
      for (let read = 0; read < 50; read += 1) {
        await store.get(join(root, 'x'))
        await expect(store.get(root)).rejects.toMatchObject({ kind: 'not-found' })
      }
      // Other things of this process come and go.
      expect(readdirSync('/proc/self/fd').length).toBeLessThan(before + 25)
    },
  )

  it('always removes the checksums of all files that go at once, and no others, however many names there are beside them', async () => {
    const name = fc.stringMatching(/^[a-z][a-z.é]{0,3}$/)
    const folder = fc.uniqueArray(
      fc.record({ name, goes: fc.boolean(), hasFile: fc.boolean(), hasChecksum: fc.boolean() }),
      { selector: (file) => file.name, maxLength: 12 },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(folder, { maxLength: 3 }), async (folders) => {
        const root = temporaryFolder()
        const files = folders.flatMap((names, at) =>
          names.map((file) => ({ ...file, folder: join(root, String(at)) })),
        )
        for (const { folder: place, name: file, hasFile, hasChecksum } of files) {
          mkdirSync(place, { recursive: true })
          if (hasFile) writeFileSync(join(place, file), '')
          if (hasChecksum) writeFileSync(join(place, `.${file}.crc`), '')
        }
        const going = files.filter(({ goes }) => goes)
        const left = await createLocalStore().deleteAll(
          going.map(({ folder: place, name: file }) => join(place, file)),
        )
        expect(left).toEqual([])
        for (const { folder: place, name: file, goes, hasFile, hasChecksum } of files) {
          expect(existsSync(join(place, file))).toBe(hasFile && !goes)
          expect(existsSync(join(place, `.${file}.crc`))).toBe(hasChecksum && !goes)
        }
      }),
      runs(60),
    )
  })

  it('reads the same file by its path and by its URI, percent signs as they are', async () => {
    const root = temporaryFolder()
    const store = createLocalStore()
    await store.put(`${root}/day=a%2Fb/x`, text('hello'), 'create')
    for (const spelling of [`file:${root}`, `file://${root}`, `${root}/`]) {
      expect(textOf(await store.get(`${spelling}/day=a%2Fb/x`))).toBe('hello')
    }
    expect(existsSync(join(root, 'day=a%2Fb/x'))).toBe(true)
  })

  it('refuses the files of another machine', async () => {
    await expect(createLocalStore().get('file://host/x')).rejects.toMatchObject({ kind: 'invalid' })
  })

  it('lists what is here and not what links lead to', async () => {
    const [root, elsewhere] = [temporaryFolder(), temporaryFolder()]
    writeFileSync(join(elsewhere, 'x'), 'x')
    writeFileSync(join(root, 'here'), 'x')
    symlinkSync(elsewhere, join(root, 'folder'))
    symlinkSync(join(elsewhere, 'x'), join(root, 'link'))
    symlinkSync('nowhere', join(root, 'dangling'))
    const store = createLocalStore()
    const locations = (await collect(store.list(root))).map((object) => object.location)
    expect(locations).toEqual([join(root, 'here')])
    expect(await collect(store.listNames(root))).toEqual([{ name: 'here', isFolder: false }])
  })

  it('lists files by whatever names they have, and tells of those that cannot be listed', async () => {
    const root = temporaryFolder()
    const names = ['two\nlines', '\uFFFD', '[x]', ' ', '.hidden', 'a\\b', '%41', "'", '\u{1F600}']
    mkdirSync(join(root, 'deep/folder'), { recursive: true })
    const listed = names.flatMap((name) => [join(root, name), join(root, 'deep/folder', name)])
    for (const path of listed) writeFileSync(path, 'x')
    symlinkSync(join(root, '[x]'), join(root, 'deep/link'))
    const latin = Buffer.concat([Buffer.from(`${root}/caf`), Buffer.from([0xe9])])
    mkdirSync(latin)
    writeFileSync(Buffer.concat([latin, Buffer.from('/x')]), 'x')
    writeFileSync(Buffer.concat([latin, Buffer.from('.json')]), 'x')
    const told: string[] = []
    const onNoObject = (location: string): void => void told.push(location)
    const found = await collect(createLocalStore().list(root, { onNoObject }))
    expect(found.map(({ location }) => location).toSorted()).toEqual(listed.toSorted())
    expect(told.toSorted()).toEqual(
      ['caf\uFFFD', 'caf\uFFFD.json', 'deep/link'].map((name) => join(root, name)),
    )
  })

  it('lists what stays in a folder while other files of it come and go', async () => {
    const root = temporaryFolder()
    const store = createLocalStore()
    const staying = Array.from({ length: 50 }, (_, n) => `${root}/folder/${n}`)
    for (const location of staying) await store.put(location, text('here'), 'create')
    const over = new AbortController()
    const comeAndGo = async (): Promise<void> => {
      for (let n = 0; !over.signal.aborted; n += 1) {
        await store.put(`${root}/folder/passing`, text(String(n)), 'overwrite')
        await store.delete(`${root}/folder/passing`)
      }
    }
    const others = [comeAndGo(), comeAndGo(), comeAndGo()]
    for (let listing = 0; listing < 100; listing += 1) {
      const found = new Set((await collect(store.list(root))).map(({ location }) => location))
      expect(staying.filter((location) => !found.has(location))).toEqual([])
    }
    over.abort()
    await Promise.all(others)
  })

  it('lists below a folder whose name is a pattern', async () => {
    const root = join(temporaryFolder(), '[a]*{b,c}(d)!')
    const store = createLocalStore()
    await store.put(join(root, 'x'), text('x'), 'create')
    const locations = (await collect(store.list(root))).map((object) => object.location)
    expect(locations).toEqual([join(root, 'x')])
  })

  it('does not wait for a pipe under the name of a file', async () => {
    const root = temporaryFolder()
    execFileSync('mkfifo', [join(root, 'pipe')])
    await expect(createLocalStore().get(join(root, 'pipe'))).rejects.toMatchObject({
      kind: 'not-found',
    })
  })

  it('says that a folder is in the way of a file, and a file in the way of a folder', async () => {
    const root = temporaryFolder()
    const store = createLocalStore()
    mkdirSync(join(root, 'folder'))
    writeFileSync(join(root, 'file'), 'x')
    const overwrite = store.put(join(root, 'folder'), text('x'), 'overwrite')
    await expect(overwrite).rejects.toMatchObject({ kind: 'invalid' })
    const below = store.put(join(root, 'file/below'), text('x'), 'create')
    await expect(below).rejects.toMatchObject({ kind: 'invalid' })
    expect(readdirSync(root).sort()).toEqual(['file', 'folder'])
  })

  it('says that a name is too long', async () => {
    const location = join(temporaryFolder(), 'x'.repeat(300))
    await expect(createLocalStore().put(location, text('x'), 'create')).rejects.toMatchObject({
      kind: 'invalid',
      context: { location, code: 'ENAMETOOLONG' },
    })
  })

  it.skipIf(process.getuid?.() === 0)('says that it may not read or write', async () => {
    const root = temporaryFolder()
    writeFileSync(join(root, 'secret'), 'x', { mode: 0o000 })
    chmodSync(root, 0o500)
    const store = createLocalStore()
    await expect(store.get(join(root, 'secret'))).rejects.toMatchObject({ kind: 'unavailable' })
    const put = store.put(join(root, 'x'), text('x'), 'create')
    await expect(put).rejects.toMatchObject({ kind: 'unavailable' })
    chmodSync(root, 0o700)
  })
})

describe('errors of the file system', () => {
  const systemError = (code: string): Error => Object.assign(new Error(code), { code })

  it.each([
    ['ENOENT', 'not-found'],
    ['ENOTDIR', 'not-found'],
    ['EACCES', 'unavailable'],
    ['EIO', 'unavailable'],
    ['EMFILE', 'unavailable'],
  ])('reading: %s is %s', (code, kind) => {
    const cause = systemError(code)
    expect(readError(cause, '/x')).toMatchObject({ kind, cause, context: { location: '/x' } })
  })

  it.each([
    ['ENOSPC', 'unavailable'],
    ['EDQUOT', 'unavailable'],
    ['EROFS', 'unavailable'],
    ['EIO', 'unavailable'],
    ['ENOENT', 'unavailable'],
    ['EISDIR', 'invalid'],
  ])('writing: %s is %s', (code, kind) => {
    const cause = systemError(code)
    expect(writeError(cause, '/x')).toMatchObject({ kind, cause, context: { location: '/x' } })
  })

  it('leaves errors of others as they are', () => {
    const aborted = new DOMException('stop', 'AbortError')
    expect(writeError(aborted, '/x')).toBe(aborted)
    const own = new IcebergError('conflict', 'object exists')
    expect(writeError(own, '/x')).toMatchObject({ kind: 'conflict' })
  })
})

describe('local files that somebody else writes', () => {
  const newFile = async (location: string): Promise<NewFile> => {
    const { localFiles } = createLocalStore()
    if (localFiles === undefined) throw new Error('local objects are files')
    return localFiles.newFile(location)
  }

  it('are objects once they are published, with the permissions of this process', async () => {
    const root = temporaryFolder()
    const file = await newFile(`file:${root}/a/b`)
    writeFileSync(file.path, 'hello', { mode: 0o600 })
    expect(existsSync(join(root, 'a/b'))).toBe(false)
    expect(await file.publish()).toBe(5)
    expect(readFileSync(join(root, 'a/b'), 'utf8')).toBe('hello')
    expect(statSync(join(root, 'a/b')).mode & 0o777).toBe(0o666 & ~process.umask())
    expect(readdirSync(join(root, 'a'))).toEqual(['b'])
  })

  it('never take the place of an object that is there', async () => {
    const root = temporaryFolder()
    const [first, second] = [await newFile(`${root}/a`), await newFile(`${root}/a`)]
    writeFileSync(first.path, 'first')
    writeFileSync(second.path, 'second')
    await first.publish()
    await expect(second.publish()).rejects.toMatchObject({ kind: 'conflict' })
    expect(readdirSync(root)).toEqual(['a'])
    expect(readFileSync(join(root, 'a'), 'utf8')).toBe('first')
  })

  it('leave nothing when they are discarded, written or not', async () => {
    const root = temporaryFolder()
    const [written, unwritten] = [await newFile(`${root}/a`), await newFile(`${root}/b`)]
    writeFileSync(written.path, 'x')
    await written.discard()
    await unwritten.discard()
    expect(readdirSync(root)).toEqual([])
    await expect(unwritten.publish()).rejects.toMatchObject({ kind: 'unavailable' })
  })

  it('are found by plain paths, and not on other machines', async () => {
    const { localFiles } = createLocalStore()
    expect(await localFiles?.pathOf('file:///data/a%20b')).toBe('/data/a%20b')
    await expect(localFiles?.pathOf('s3://bucket/a')).rejects.toMatchObject({ kind: 'invalid' })
  })

  it('are there as folders too', async () => {
    const root = temporaryFolder()
    writeFileSync(`${root}/a`, '')
    const { localFiles } = createLocalStore()
    const names = [root, `${root}/a`, `${root}/b`]
    const isThere = await Promise.all(names.map(async (name) => localFiles?.isThere(name)))
    expect(isThere).toEqual([true, true, false])
  })
})

describe('where a location of this machine leads', () => {
  it('is past all links, also of what is not there yet', async () => {
    const root = await realLocation(temporaryFolder())
    mkdirSync(`${root}/folder`)
    writeFileSync(`${root}/folder/a`, '')
    symlinkSync(`${root}/folder`, `${root}/linked`)
    symlinkSync(`${root}/linked/a`, `${root}/link`)
    expect(await realLocation(`file://${root}/link`)).toBe(`${root}/folder/a`)
    expect(await realLocation(`${root}/linked/new/b`)).toBe(`${root}/folder/new/b`)
  })

  it('is itself on other machines', async () => {
    for (const location of ['s3://bucket/a', 'file://host/a', 'data/a']) {
      expect(await realLocation(location)).toBe(location)
    }
  })

  it.each([
    ['routing', createRoutingStore({ file: () => createLocalStore() })],
    ['read-only', createReadOnlyStore(createLocalStore(), 'only to be looked at')],
    ['abortable', abortableStore(createLocalStore(), new AbortController().signal)],
    ['metered', createMeteredStore(createLocalStore())],
  ])('is told by a %s store before it', async (_, store) => {
    const root = await realLocation(temporaryFolder())
    symlinkSync(root, `${root}/linked`)
    expect(await realLocationIn(store, `${root}/linked/a`)).toBe(`${root}/a`)
  })
})
