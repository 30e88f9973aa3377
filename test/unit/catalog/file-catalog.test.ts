import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { encodeMetadata, readMetadataFile } from '../../../src/catalog/metadata-file.ts'
import type { Catalog, LoadedTable } from '../../../src/catalog/catalog.ts'
import { createFileCatalog } from '../../../src/catalog/file-catalog.ts'
import { parseIdentifier } from '../../../src/catalog/identifier.ts'
import { createLocalStore } from '../../../src/io/local-store.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import { createMeteredStore } from '../../../src/io/metered-store.ts'
import type { ObjectStore } from '../../../src/io/object-store.ts'
import { describeCatalog } from '../../support/catalog-contract.ts'
import { createFaultyStore } from '../../support/faulty-store.ts'
import { fixedEnvironment } from '../../support/fixed-environment.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { newTable, setting } from '../../support/new-table.ts'
import { collect, text, textOf } from '../../support/streams.ts'

describeCatalog('files in memory', async () => {
  const store = createMemoryStore()
  const warehouse = 'memory:/warehouse'
  return { catalog: open(store, warehouse), store, warehouse }
})

describeCatalog('local files', async () => {
  const store = createLocalStore()
  const warehouse = temporaryFolder()
  return { catalog: open(store, warehouse), store, warehouse }
})

const rides = parseIdentifier('city.rides')
const folder = 'memory:/city/rides'
const OTHER_UUID = '5d7f48c6-6631-444f-af8b-b50c9d5a1e7b'

function open(
  store: ObjectStore,
  warehouse = 'memory:',
  onWarning: (message: string) => void = () => undefined,
): Catalog {
  return createFileCatalog({ store, environment: fixedEnvironment(), warehouse, onWarning })
}

function create(catalog: Catalog): Promise<LoadedTable> {
  return catalog.createTable(rides, newTable(catalog.defaultLocation(rides)))
}

async function commit(
  catalog: Catalog,
  properties: Readonly<Record<string, string>> = { a: 'b' },
): Promise<LoadedTable> {
  const outcome = await catalog.commitTable(await catalog.loadTable(rides), setting(properties))
  if (outcome.kind !== 'committed') throw new Error(`commit ended as ${outcome.kind}`)
  return outcome.table
}

async function metadataNames(store: ObjectStore): Promise<string[]> {
  const entries = await collect(store.listNames(`${folder}/metadata`))
  return entries.map((entry) => entry.name).sort()
}

describe('file catalog (spec: File System Tables)', () => {
  it('numbers versions from 1, and hints at the last', async () => {
    const store = createMemoryStore()
    const catalog = open(store)
    const created = await create(catalog)
    expect(created.metadataLocation).toBe(`${folder}/metadata/v1.metadata.json`)
    await commit(catalog)
    await commit(catalog)
    expect(await metadataNames(store)).toEqual([
      'v1.metadata.json',
      'v2.metadata.json',
      'v3.metadata.json',
      'version-hint.text',
    ])
    expect(textOf(await store.get(`${folder}/metadata/version-hint.text`))).toBe('3')
  })

  it('names a version by the compression that the one before asks for', async () => {
    const store = createMemoryStore()
    const catalog = open(store)
    const gzip = { 'write.metadata.compression-codec': 'gzip' }
    await catalog.createTable(rides, newTable(folder, gzip))
    await commit(catalog)
    await commit(catalog, { 'write.metadata.compression-codec': 'none' })
    await commit(catalog)
    expect(await metadataNames(store)).toEqual([
      'v1.metadata.json',
      'v2.gz.metadata.json',
      'v3.gz.metadata.json',
      'v4.metadata.json',
      'version-hint.text',
    ])
  })

  it('lets two writers compete for one name while one of them changes the compression', async () => {
    const catalog = open(createMemoryStore())
    const base = await create(catalog)
    const outcomes = await Promise.all([
      catalog.commitTable(base, setting({ 'write.metadata.compression-codec': 'gzip' })),
      catalog.commitTable(base, setting({ a: '1' })),
    ])
    expect(outcomes.map((outcome) => outcome.kind).sort()).toEqual(['committed', 'conflict'])
  })

  it('loads with a hint, two looks ahead and the metadata itself', async () => {
    const store = createMeteredStore(createMemoryStore())
    const catalog = open(store)
    const { metadata } = await create(catalog)
    const before = store.usage()
    expect((await catalog.loadTable(rides)).metadata).toEqual(metadata)
    const after = store.usage()
    expect(after.gets - before.gets).toBe(2)
    expect(after.heads - before.heads).toBe(2)
    expect(after.lists - before.lists).toBe(0)
  })

  it('gives back the version at hand while the table is that one, and decodes nothing', async () => {
    const catalog = open(createMemoryStore())
    const created = await create(catalog)
    expect(await catalog.loadTable(rides, { known: created })).toBe(created)
    const next = await commit(catalog)
    expect(await catalog.loadTable(rides, { known: created })).toEqual(next)
    expect(await catalog.loadTable(rides, { known: next })).toBe(next)
    const loaded = await catalog.loadTable(rides)
    expect(loaded).not.toBe(next)
    expect(await catalog.loadTable(rides, { known: loaded })).toBe(loaded)
  })

  it('does not take a table for the known one that was made anew under all its names', async () => {
    const store = createMemoryStore()
    const known = await create(open(store))
    await store.deleteAll((await collect(store.list(folder))).map(({ location }) => location))
    await open(store).createTable(rides, { ...newTable(folder), tableUuid: OTHER_UUID })
    const { metadata, metadataLocation } = await open(store).loadTable(rides, { known })
    expect(metadataLocation).toBe(known.metadataLocation)
    expect(metadata.tableUuid).toBe(OTHER_UUID)
  })

  it('commits with one look, one exclusive create and a hint', async () => {
    const store = createFaultyStore(createMemoryStore())
    const catalog = open(store)
    const base = await create(catalog)
    store.requests.length = 0
    await catalog.commitTable(base, setting({ a: '1' }))
    expect(store.requests).toEqual([
      `head ${folder}/metadata/v2.gz.metadata.json`,
      `put ${folder}/metadata/v2.metadata.json`,
      `put ${folder}/metadata/version-hint.text`,
    ])
  })

  it('says conflict to who builds on a version that another engine followed under the other name', async () => {
    const store = createMemoryStore()
    const catalog = open(store)
    const base = await create(catalog)
    const bytes = await encodeMetadata(base.metadata, { codec: 'gzip', commitId: 'theirs' })
    await store.put(`${folder}/metadata/v2.gz.metadata.json`, bytes, 'create')
    expect((await catalog.commitTable(base, setting({ a: '1' }))).kind).toBe('conflict')
    expect(await metadataNames(store)).not.toContain('v2.metadata.json')
  })

  it('has committed even if the hint cannot be written', async () => {
    const store = createFaultyStore(createMemoryStore())
    const warnings: string[] = []
    const catalog = open(store, 'memory:', (message) => warnings.push(message))
    const base = await create(catalog)
    store.faults.set(store.requests.length + 3, 'fails')
    const outcome = await catalog.commitTable(base, setting({ a: '1' }))
    expect(outcome.kind).toBe('committed')
    expect(warnings).toEqual(['version hint could not be written'])
    expect((await catalog.loadTable(rides)).metadata.properties.get('a')).toBe('1')
  })

  it('publishes a version whose hint got lost', async () => {
    const store = createMemoryStore()
    const catalog = open(store)
    await create(catalog)
    const table = await commit(catalog)
    const hint = `${folder}/metadata/version-hint.text`
    await store.put(hint, text('1'), 'overwrite')
    expect(await catalog.publishLatest(rides)).toEqual(table)
    expect(textOf(await store.get(hint))).toBe('2')
  })

  it('does not say that a version is published whose hint could not be written', async () => {
    const store = createFaultyStore(createMemoryStore())
    const catalog = open(store)
    await create(catalog)
    store.faults.set(store.requests.length + 5, 'fails')
    await expect(catalog.publishLatest(rides)).rejects.toMatchObject({ kind: 'unavailable' })
    expect(store.requests.at(-1)).toBe(`put ${folder}/metadata/version-hint.text`)
  })

  it('sees no table in a folder that was only begun', async () => {
    const store = createMemoryStore()
    const catalog = open(store)
    await store.put(`${folder}/metadata/0b5f7a5e.tmp`, text('{'), 'create')
    await store.put(`${folder}/metadata/version-hint.text`, text('3'), 'create')
    await store.put(`${folder}/data/x.parquet`, text('rows'), 'create')
    expect(await catalog.tableExists(rides)).toBe(false)
    expect(await catalog.listTables(['city'])).toEqual([])
    expect(await catalog.listNamespaces(['city'])).toEqual([])
    await create(catalog)
    expect(await catalog.listTables(['city'])).toEqual([rides])
  })

  it('does not make a table again whose first versions were cleaned away', async () => {
    const store = createMemoryStore()
    const catalog = open(store)
    const first = await create(catalog)
    await commit(catalog)
    await store.delete(first.metadataLocation)
    await expect(create(catalog)).rejects.toMatchObject({ kind: 'conflict' })
  })

  it('knows a table by name alone, also one that is damaged', async () => {
    const store = createMemoryStore()
    const catalog = open(store)
    await store.put(`${folder}/metadata/v1.metadata.json`, text('{'), 'create')
    expect(await catalog.tableExists(rides)).toBe(true)
    expect(await catalog.listTables(['city'])).toEqual([rides])
    await expect(catalog.loadTable(rides)).rejects.toMatchObject({ kind: 'corrupt' })
    await expect(create(catalog)).rejects.toMatchObject({ kind: 'conflict' })
    await expect(catalog.dropTable(rides)).rejects.toMatchObject({ kind: 'corrupt' })
  })

  it('passes over folders and files that no table of ours can be', async () => {
    const store = createMemoryStore()
    const catalog = open(store)
    await create(catalog)
    for (const name of ['.trash/x', 'a b/metadata/v1.metadata.json', 'file', 'tmp.1/x']) {
      await store.put(`memory:/${name}`, text('x'), 'create')
      await store.put(`memory:/city/${name}`, text('x'), 'create')
    }
    expect(await catalog.listNamespaces([])).toEqual([['city']])
    expect(await catalog.listTables(['city'])).toEqual([rides])
  })

  it('makes no table that says it is somewhere else', async () => {
    const catalog = open(createMemoryStore())
    const elsewhere = catalog.createTable(rides, newTable('memory:/elsewhere'))
    await expect(elsewhere).rejects.toMatchObject({ kind: 'unsupported' })
    expect(await catalog.tableExists(rides)).toBe(false)
  })

  it.each(['memory:/original/rides', 'warehouse/rides'])(
    'reads a copy of a table at %s, but commits nothing to it',
    async (location) => {
      const store = createMemoryStore()
      const catalog = open(store)
      const metadata = newTable(location)
      const bytes = await encodeMetadata(metadata, { codec: 'none', commitId: '' })
      await store.put(`${folder}/metadata/v1.metadata.json`, bytes, 'create')
      const copy = await catalog.loadTable(rides)
      expect(copy.metadata).toEqual(metadata)
      const change = catalog.commitTable(copy, setting({ a: '1' }))
      await expect(change).rejects.toMatchObject({ kind: 'unsupported' })
      expect(await metadataNames(store)).toEqual(['v1.metadata.json'])
    },
  )

  it('does not build on a version of another folder', async () => {
    const store = createMemoryStore()
    const base = await create(open(store))
    const moved = { ...base, metadataLocation: 'memory:/elsewhere/metadata/v1.metadata.json' }
    const change = open(store).commitTable(moved, setting({ a: '1' }))
    await expect(change).rejects.toMatchObject({ kind: 'invalid' })
  })

  it('continues a table of another engine, whatever its file was called', async () => {
    const store = createMemoryStore()
    const catalog = open(store)
    const gzip = { 'write.metadata.compression-codec': 'gzip' }
    const options = { codec: 'gzip', commitId: '' } as const
    const bytes = await encodeMetadata(newTable(folder, gzip), options)
    await store.put(`${folder}/metadata/v7.metadata.json.gz`, bytes, 'create')
    const table = await commit(catalog)
    expect(table.metadataLocation).toBe(`${folder}/metadata/v8.gz.metadata.json`)
    expect(await catalog.loadTable(rides)).toEqual(table)
  })

  it('drops a table by a version that says so, and begins anew after it', async () => {
    const store = createMemoryStore()
    const catalog = open(store)
    const old = await create(catalog)
    await commit(catalog)
    await catalog.dropTable(rides)
    expect(await metadataNames(store)).toEqual([
      'v1.metadata.json',
      'v2.metadata.json',
      'v3.metadata.json',
      'version-hint.text',
    ])
    const created = await create(catalog)
    expect(created.metadataLocation).toBe(`${folder}/metadata/v4.metadata.json`)
    const late = catalog.commitTable(old, setting({ a: '1' }))
    await expect(late).rejects.toMatchObject({ kind: 'not-found' })
  })

  it('knows that a table was dropped with and without a hint', async () => {
    const store = createMemoryStore()
    const catalog = open(store)
    await create(catalog)
    await catalog.dropTable(rides)
    for (const hint of ['1', '2', 'x', null]) {
      const location = `${folder}/metadata/version-hint.text`
      if (hint === null) await store.delete(location)
      else await store.put(location, text(hint), 'overwrite')
      expect(await catalog.tableExists(rides)).toBe(false)
      await expect(catalog.loadTable(rides)).rejects.toMatchObject({ kind: 'not-found' })
    }
  })

  it('drops a compressed table under the one name of its next version', async () => {
    const store = createMemoryStore()
    const catalog = open(store)
    const gzip = { 'write.metadata.compression-codec': 'gzip' }
    const base = await catalog.createTable(rides, newTable(folder, gzip))
    await catalog.dropTable(rides)
    expect(await metadataNames(store)).toContain('v2.gz.metadata.json')
    const late = catalog.commitTable(base, setting({ a: '1' }))
    await expect(late).rejects.toMatchObject({ kind: 'not-found' })
    const created = await create(catalog)
    expect(created.metadataLocation).toBe(`${folder}/metadata/v3.metadata.json`)
  })

  it('drops a table after the commits that are faster', async () => {
    const store = createFaultyStore(createMemoryStore())
    const catalog = open(store)
    const base = await create(catalog)
    let faster: unknown
    store.beforeRequest = async (request) => {
      if (!request.startsWith('put')) return
      store.beforeRequest = () => Promise.resolve()
      faster = await catalog.commitTable(base, setting({ a: '1' }))
    }
    await catalog.dropTable(rides)
    expect(faster).toMatchObject({ kind: 'committed' })
    expect(await catalog.tableExists(rides)).toBe(false)
    expect(await metadataNames(store)).toContain('v3.metadata.json')
  })

  it('lets exactly one of two drops win', async () => {
    const catalog = open(createMemoryStore())
    await create(catalog)
    const drops = await Promise.allSettled([catalog.dropTable(rides), catalog.dropTable(rides)])
    expect(drops.map((drop) => drop.status).sort()).toEqual(['fulfilled', 'rejected'])
    const reason = drops.find((drop) => drop.status === 'rejected')?.reason as unknown
    expect(reason).toMatchObject({ kind: 'not-found' })
  })

  it('says when it cannot tell whether the table is dropped', async () => {
    const store = createFaultyStore(createMemoryStore())
    const catalog = open(store)
    await create(catalog)
    store.beforeRequest = async (request) => {
      if (request.startsWith('put')) store.faults.set(store.requests.length + 1, 'fails')
    }
    store.faults.set(store.requests.length + 6, 'fails')
    await expect(catalog.dropTable(rides)).rejects.toMatchObject({ kind: 'commit-unknown' })
  })

  it('leaves no doubt about a commit whose file could not even be begun', async () => {
    const warehouse = temporaryFolder()
    const base = await create(open(createLocalStore(), warehouse))
    // Something is in the place of the unfinished file, so that opening it fails.
    mkdirSync(join(warehouse, 'city/rides/metadata/taken.tmp'))
    const catalog = open(createLocalStore({ uuid: () => 'taken' }), warehouse)
    const noDoubt = { kind: 'unavailable', context: { code: 'EEXIST' } }
    await expect(catalog.commitTable(base, setting({ a: 'b' }))).rejects.toMatchObject(noDoubt)
    await expect(catalog.dropTable(rides)).rejects.toMatchObject(noDoubt)
    expect(await catalog.loadTable(rides)).toMatchObject({
      metadataLocation: base.metadataLocation,
    })
  })
})

describe('metadata of former versions', () => {
  const letGo = {
    'write.metadata.delete-after-commit.enabled': 'true',
    'write.metadata.previous-versions-max': '2',
  }
  const version = (number: number): string => `${folder}/metadata/v${number}.metadata.json`

  it('stays while the table does not say otherwise', async () => {
    const store = createMemoryStore()
    const catalog = open(store)
    await catalog.createTable(
      rides,
      newTable(folder, { 'write.metadata.previous-versions-max': '1' }),
    )
    for (let commits = 0; commits < 3; commits += 1) await commit(catalog)
    expect((await readMetadataFile(store, version(1))).metadataLog).toEqual([])
  })

  it('is let go of once the log does not name it, and leaves its name behind', async () => {
    const store = createMemoryStore()
    const catalog = open(store)
    await catalog.createTable(rides, newTable(folder, letGo))
    const names: string[] = []
    for (let commits = 0; commits < 5; commits += 1) {
      const { metadata, metadataLocation } = await commit(catalog)
      const readable = [
        ...metadata.metadataLog.map((entry) => entry.metadataFile),
        metadataLocation,
      ]
      for (const location of readable) await readMetadataFile(store, location)
      names.push(metadataLocation)
    }
    for (const number of [1, 2, 3]) {
      expect((await store.head(version(number))).sizeBytes).toBeLessThan(100)
      await expect(readMetadataFile(store, version(number))).rejects.toMatchObject({
        kind: 'not-found',
        context: { metadataLocation: version(number) },
      })
    }
    expect(names).toEqual([2, 3, 4, 5, 6].map(version))
    await store.delete(`${folder}/metadata/version-hint.text`)
    expect((await open(store).loadTable(rides)).metadataLocation).toBe(version(6))
    await store.put(`${folder}/metadata/version-hint.text`, text('1'), 'overwrite')
    expect((await open(store).loadTable(rides)).metadataLocation).toBe(version(6))
  })

  it('costs one read and one write more', async () => {
    const store = createFaultyStore(createMemoryStore())
    const catalog = open(store)
    await catalog.createTable(rides, newTable(folder, letGo))
    await commit(catalog)
    await commit(catalog)
    const base = await catalog.loadTable(rides)
    store.requests.length = 0
    await catalog.commitTable(base, setting({ a: '1' }))
    expect(store.requests.slice(-2)).toEqual([`get ${version(1)}`, `put ${version(1)}`])
    expect(store.requests).toHaveLength(5)
  })

  it('may stay when it cannot be let go of: the commit has landed', async () => {
    const store = createFaultyStore(createMemoryStore())
    const warnings: string[] = []
    const catalog = open(store, 'memory:', (message) => warnings.push(message))
    await catalog.createTable(rides, newTable(folder, letGo))
    for (let commits = 0; commits < 2; commits += 1) await commit(catalog)
    const base = await catalog.loadTable(rides)
    store.faults.set(store.requests.length + 5, 'fails')
    expect((await catalog.commitTable(base, setting({ a: '1' }))).kind).toBe('committed')
    expect(warnings).toEqual(['metadata of a former version could not be let go'])
    await readMetadataFile(store, version(1))
  })

  it('is never let go of elsewhere, under names that are no versions, or of versions to come', async () => {
    const store = createMemoryStore()
    const catalog = open(store)
    const elsewhere = 'memory:/elsewhere/metadata/v1.metadata.json'
    const unnumbered = `${folder}/metadata/00001-a.metadata.json`
    const metadata = {
      ...newTable(folder, letGo),
      metadataLog: [version(4), elsewhere, unnumbered].map((metadataFile) => ({
        timestampMs: 0,
        metadataFile,
      })),
    }
    const options = { codec: 'none', commitId: '' } as const
    for (const location of [elsewhere, unnumbered, version(2)]) {
      await store.put(location, await encodeMetadata(metadata, options), 'create')
    }
    await commit(catalog, { 'write.metadata.previous-versions-max': '4' })
    await commit(catalog, { 'write.metadata.previous-versions-max': '2' })
    expect((await commit(catalog)).metadataLocation).toBe(version(5))
    expect((await readMetadataFile(store, version(4))).metadataLog).toHaveLength(2)
    expect(await readMetadataFile(store, elsewhere)).toEqual(metadata)
    expect(await readMetadataFile(store, unnumbered)).toEqual(metadata)
  })

  it('never lets a writer in who was asleep, whatever was let go of', async () => {
    const store = createMemoryStore()
    const catalog = open(store)
    await catalog.createTable(rides, newTable(folder, letGo))
    const bases: LoadedTable[] = []
    for (let commits = 0; commits < 6; commits += 1) {
      bases.push(await catalog.loadTable(rides))
      await commit(catalog, { commits: String(commits) })
    }
    for (const base of bases) {
      expect((await catalog.commitTable(base, setting({ a: 'late' }))).kind).toBe('conflict')
    }
    expect((await catalog.loadTable(rides)).metadata.properties.get('a')).toBeUndefined()
  })

  it('is known again by who wrote it and lost the answer', async () => {
    const inner = createMemoryStore()
    const rival = open(inner)
    const store = createFaultyStore(inner)
    const catalog = open(store)
    const base = await catalog.createTable(rides, newTable(folder, letGo))
    store.faults.set(store.requests.length + 2, 'applies-then-fails')
    store.beforeRequest = async (request) => {
      if (request !== `get ${version(2)}`) return
      for (let commits = 0; commits < 4; commits += 1) await commit(rival, { theirs: 'b' })
    }
    expect((await catalog.commitTable(base, setting({ ours: 'a' }))).kind).toBe('committed')
    await expect(readMetadataFile(inner, version(2))).rejects.toMatchObject({ kind: 'not-found' })
    const { properties } = (await rival.loadTable(rides)).metadata
    expect([properties.get('ours'), properties.get('theirs')]).toEqual(['a', 'b'])
  })
})
