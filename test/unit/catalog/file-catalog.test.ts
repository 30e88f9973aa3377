import { describe, expect, it } from 'vitest'

import { encodeMetadata } from '../../../src/catalog/metadata-file.ts'
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
})
