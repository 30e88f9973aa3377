import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Catalog, LoadedTable } from '../../src/catalog/catalog.ts'
import { readMetadataFile } from '../../src/catalog/metadata-file.ts'
import type { TableIdentifier } from '../../src/catalog/identifier.ts'
import { parseIdentifier } from '../../src/catalog/identifier.ts'
import { joinLocation, nameBelow } from '../../src/io/location.ts'
import type { ObjectStore } from '../../src/io/object-store.ts'
import { newTable, setting } from './new-table.ts'
import { runs } from './runs.ts'
import { text, textOf } from './streams.ts'

export interface OpenedCatalog {
  readonly catalog: Catalog
  readonly store: ObjectStore
  readonly warehouse: string
}

const rides = parseIdentifier('city.rides')

/** What table code relies on from every backend. Each backend's test file calls this once. Its clock must stand still. */
export function describeCatalog(backend: string, open: () => Promise<OpenedCatalog>): void {
  const create = (
    catalog: Catalog,
    identifier: TableIdentifier = rides,
    properties: Readonly<Record<string, string>> = {},
  ): Promise<LoadedTable> =>
    catalog.createTable(identifier, newTable(catalog.defaultLocation(identifier), properties))

  const committed = async (
    catalog: Catalog,
    base: LoadedTable,
    properties: Readonly<Record<string, string>>,
  ): Promise<LoadedTable> => {
    const outcome = await catalog.commitTable(base, setting(properties))
    if (outcome.kind !== 'committed') throw new Error(`commit ended as ${outcome.kind}`)
    return outcome.table
  }

  describe(`catalog: ${backend}`, () => {
    it('puts tables below the warehouse', async () => {
      const { catalog, warehouse } = await open()
      const location = catalog.defaultLocation(parseIdentifier('eu.city.rides'))
      expect(nameBelow(warehouse, location)).toBe('eu/city/rides')
    })

    it('loads what was created', async () => {
      const { catalog, store } = await open()
      const created = await create(catalog)
      expect(await catalog.loadTable(rides)).toEqual(created)
      expect(created.identifier).toEqual(rides)
      expect(await readMetadataFile(store, created.metadataLocation)).toEqual(created.metadata)
    })

    it('knows no table before it is created', async () => {
      const { catalog } = await open()
      expect(await catalog.tableExists(rides)).toBe(false)
      await expect(catalog.loadTable(rides)).rejects.toMatchObject({
        kind: 'not-found',
        context: { table: 'city.rides' },
      })
      await expect(catalog.dropTable(rides)).rejects.toMatchObject({ kind: 'not-found' })
    })

    it('looks at nothing for who has aborted', async () => {
      const { catalog } = await open()
      await create(catalog)
      const reason = new Error('enough')
      const aborted = { signal: AbortSignal.abort(reason) }
      for (const look of [
        () => catalog.loadTable(rides, aborted),
        () => catalog.tableExists(rides, aborted),
        () => catalog.listTables(rides.namespace, aborted),
        () => catalog.listNamespaces([], aborted),
      ]) {
        await expect(look()).rejects.toBe(reason)
      }
    })

    it('lands nothing of a commit whose settings it cannot read', async () => {
      const { catalog } = await open()
      const created = await create(catalog)
      const updates = new Map([['write.metadata.delete-after-commit.enabled', 'yes']])
      await expect(
        catalog.commitTable(created, {
          requirements: [],
          updates: [{ action: 'set-properties', updates }],
        }),
      ).rejects.toMatchObject({ kind: 'invalid' })
      expect((await catalog.loadTable(rides)).metadataLocation).toBe(created.metadataLocation)
    })

    it('refuses to create a table that exists, and leaves it as it was', async () => {
      const { catalog } = await open()
      const created = await create(catalog)
      await committed(catalog, created, { a: '1' })
      await expect(create(catalog)).rejects.toMatchObject({ kind: 'conflict' })
      const { metadata } = await catalog.loadTable(rides)
      expect(metadata.tableUuid).toBe(created.metadata.tableUuid)
      expect(metadata.properties.get('a')).toBe('1')
    })

    it('lets exactly one of many racing creators win', async () => {
      const { catalog } = await open()
      const race = await Promise.allSettled(Array.from({ length: 8 }, () => create(catalog)))
      const winners = race.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
      expect(winners).toHaveLength(1)
      expect(await catalog.loadTable(rides)).toEqual(winners[0])
      for (const end of race) {
        if (end.status === 'rejected') expect(end.reason).toMatchObject({ kind: 'conflict' })
      }
    })

    it('commits updates in one step, and remembers where the table was', async () => {
      const { catalog } = await open()
      const created = await create(catalog)
      const table = await committed(catalog, created, { a: '1', b: '2' })
      expect(table).toEqual(await catalog.loadTable(rides))
      expect([...table.metadata.properties]).toEqual([
        ['a', '1'],
        ['b', '2'],
      ])
      expect(table.metadataLocation).not.toBe(created.metadataLocation)
      expect(table.metadata.metadataLog).toEqual([
        {
          metadataFile: created.metadataLocation,
          timestampMs: created.metadata.lastUpdatedMs,
        },
      ])
    })

    it('keeps former versions readable', async () => {
      const { catalog, store } = await open()
      const created = await create(catalog)
      await committed(catalog, created, { a: '1' })
      expect(await readMetadataFile(store, created.metadataLocation)).toEqual(created.metadata)
    })

    it('says conflict to who builds on an old version, even for the same change at the same time', async () => {
      const { catalog } = await open()
      const created = await create(catalog)
      const table = await committed(catalog, created, { a: '1' })
      expect(await catalog.commitTable(created, setting({ a: '1' }))).toEqual({
        kind: 'conflict',
        reason: expect.any(String),
      })
      expect(await catalog.loadTable(rides)).toEqual(table)
    })

    it('lets exactly one of many racing commits on one version win', async () => {
      const { catalog } = await open()
      const created = await create(catalog)
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, () => catalog.commitTable(created, setting({ a: '1' }))),
      )
      const winners = outcomes.filter((outcome) => outcome.kind === 'committed')
      expect(winners).toHaveLength(1)
      expect(outcomes.filter((outcome) => outcome.kind === 'conflict')).toHaveLength(7)
      expect(await catalog.loadTable(rides)).toEqual(winners[0]?.table)
    })

    it('says of all versions that it made that they may be written', async () => {
      const { catalog } = await open()
      const created = await create(catalog)
      expect(() => catalog.checkWritable(created)).not.toThrow()
      const table = await committed(catalog, created, { a: '1' })
      expect(() => catalog.checkWritable(table)).not.toThrow()
    })

    it('commits nothing when a requirement does not hold', async () => {
      const { catalog } = await open()
      const created = await create(catalog)
      const outcome = await catalog.commitTable(created, {
        ...setting({ a: '1' }),
        requirements: [{ type: 'assert-current-schema-id', schemaId: 7 }],
      })
      expect(outcome).toMatchObject({ kind: 'conflict', reason: 'current schema is 0, not 7' })
      expect(await catalog.loadTable(rides)).toEqual(created)
    })

    it('rejects updates that contradict the table, and stays as it is', async () => {
      const { catalog } = await open()
      const created = await create(catalog)
      const commit = catalog.commitTable(created, {
        requirements: [],
        updates: [{ action: 'set-current-schema', schemaId: 7 }],
      })
      await expect(commit).rejects.toMatchObject({ kind: 'invalid' })
      expect(await catalog.loadTable(rides)).toEqual(created)
    })

    it('publishes the newest version, and says which that is', async () => {
      const { catalog } = await open()
      await expect(catalog.publishLatest(rides)).rejects.toMatchObject({ kind: 'not-found' })
      const table = await committed(catalog, await create(catalog), { a: '1' })
      expect(await catalog.publishLatest(rides)).toEqual(table)
      expect(await catalog.loadTable(rides)).toEqual(table)
    })

    it('commits to compressed metadata and back', async () => {
      const { catalog, store } = await open()
      let table = await create(catalog)
      for (const codec of ['gzip', 'gzip', 'none', 'none']) {
        table = await committed(catalog, table, { 'write.metadata.compression-codec': codec })
        expect(await catalog.loadTable(rides)).toEqual(table)
        expect(await readMetadataFile(store, table.metadataLocation)).toEqual(table.metadata)
      }
    })

    it('forgets a table that is dropped, but not its data', async () => {
      const { catalog, store } = await open()
      const created = await create(catalog)
      const table = await committed(catalog, created, { a: '1' })
      const data = joinLocation(table.metadata.location, 'data/x.parquet')
      await store.put(data, text('rows'), 'create')
      await catalog.dropTable(rides)
      expect(await catalog.tableExists(rides)).toBe(false)
      await expect(catalog.loadTable(rides)).rejects.toMatchObject({ kind: 'not-found' })
      await expect(catalog.dropTable(rides)).rejects.toMatchObject({ kind: 'not-found' })
      expect(await catalog.listTables(['city'])).toEqual([])
      expect(textOf(await store.get(data))).toBe('rows')
    })

    it.each([0, 1])(
      'does not commit to a table that was dropped, %d versions later',
      async (age) => {
        const { catalog } = await open()
        const created = await create(catalog)
        if (age > 0) await committed(catalog, created, { b: '1' })
        await catalog.dropTable(rides)
        const late = catalog.commitTable(created, setting({ a: '1' }))
        await expect(late).rejects.toMatchObject({ kind: 'not-found' })
        expect(await catalog.tableExists(rides)).toBe(false)
      },
    )

    it.each([0, 1, 2])(
      'does not commit to a table that was dropped and made again, %d commits later',
      async (commits) => {
        const { catalog } = await open()
        const old = await create(catalog)
        await catalog.dropTable(rides)
        let table = await create(catalog)
        for (let commit = 0; commit < commits; commit += 1) {
          table = await committed(catalog, table, { commit: String(commit) })
        }
        const late = catalog.commitTable(old, setting({ a: '1' }))
        await expect(late).rejects.toMatchObject({ kind: 'not-found' })
        expect(await catalog.loadTable(rides)).toEqual(table)
      },
    )

    it('lists the tables of a namespace, sorted, and no others', async () => {
      const { catalog } = await open()
      for (const name of ['city.rides', 'city.Cabs', 'city.areas', 'country.rides', 'city.x.y']) {
        await create(catalog, parseIdentifier(name))
      }
      const tables = await catalog.listTables(['city'])
      expect(tables).toEqual(['city.Cabs', 'city.areas', 'city.rides'].map(parseIdentifier))
      expect(await catalog.listTables(['city', 'x'])).toEqual([parseIdentifier('city.x.y')])
      expect(await catalog.listTables(['nowhere'])).toEqual([])
      expect(await catalog.listTables([])).toEqual([])
    })

    it('lists namespaces level by level', async () => {
      const { catalog } = await open()
      for (const name of ['b.rides', 'a.x.rides', 'a.rides', 'a.w.rides']) {
        await create(catalog, parseIdentifier(name))
      }
      expect(await catalog.listNamespaces([])).toEqual([['a'], ['b']])
      expect(await catalog.listNamespaces(['a'])).toEqual([
        ['a', 'w'],
        ['a', 'x'],
      ])
      expect(await catalog.listNamespaces(['a', 'w'])).toEqual([])
      expect(await catalog.listNamespaces(['nowhere'])).toEqual([])
    })

    it('takes no table for a namespace, also when it was dropped', async () => {
      const { catalog } = await open()
      await create(catalog, parseIdentifier('city.rides'))
      await create(catalog, parseIdentifier('city.cabs'))
      await catalog.dropTable(rides)
      expect(await catalog.listNamespaces(['city'])).toEqual([])
    })

    it.each([
      { namespace: [], name: 'rides' },
      { namespace: ['..'], name: 'rides' },
      { namespace: ['city'], name: '../rides' },
      { namespace: ['city'], name: '*' },
      { namespace: ['city'], name: '' },
    ])('refuses the name $namespace $name everywhere', async (identifier) => {
      const { catalog } = await open()
      const refused = { kind: 'invalid' }
      expect(() => catalog.defaultLocation(identifier)).toThrow(expect.objectContaining(refused))
      await expect(catalog.loadTable(identifier)).rejects.toMatchObject(refused)
      await expect(catalog.tableExists(identifier)).rejects.toMatchObject(refused)
      await expect(catalog.dropTable(identifier)).rejects.toMatchObject(refused)
      const metadata = newTable(catalog.defaultLocation(rides))
      await expect(catalog.createTable(identifier, metadata)).rejects.toMatchObject(refused)
    })

    it('always shows what the model shows', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyStep, { maxLength: 20 }), async (steps) => {
          const { catalog } = await open()
          const model: Model = new Map()
          for (const step of steps) await takeStep(step, catalog, model, create)
          for (const name of NAMES) {
            const identifier = parseIdentifier(name)
            const expected = model.get(name)?.at(-1)
            expect(await catalog.tableExists(identifier)).toBe(expected !== undefined)
            if (expected !== undefined)
              expect(await catalog.loadTable(identifier)).toEqual(expected)
          }
        }),
        runs(30),
      )
    })
  })
}

const NAMES = ['a.t', 'a.u', 'b.t'] as const

/** Every version of the tables that there are. */
type Model = Map<string, LoadedTable[]>

interface Step {
  readonly action: 'create' | 'commit' | 'drop'
  readonly name: (typeof NAMES)[number]
  /** How old a version the writer has in hand. */
  readonly age: number
}

const anyStep: fc.Arbitrary<Step> = fc.record({
  action: fc.constantFrom('create', 'commit', 'commit', 'commit', 'drop'),
  name: fc.constantFrom(...NAMES),
  age: fc.constantFrom(0, 0, 0, 1, 2),
})

async function takeStep(
  { action, name, age }: Step,
  catalog: Catalog,
  model: Model,
  create: (catalog: Catalog, identifier: TableIdentifier) => Promise<LoadedTable>,
): Promise<void> {
  const identifier = parseIdentifier(name)
  const versions = model.get(name)
  if (action === 'create') {
    if (versions === undefined) model.set(name, [await create(catalog, identifier)])
    else await expect(create(catalog, identifier)).rejects.toMatchObject({ kind: 'conflict' })
  } else if (action === 'drop') {
    if (versions === undefined) {
      await expect(catalog.dropTable(identifier)).rejects.toMatchObject({ kind: 'not-found' })
    } else await catalog.dropTable(identifier)
    model.delete(name)
  } else {
    const base = versions?.at(-1 - age)
    if (base === undefined) return
    const outcome = await catalog.commitTable(base, setting({ a: 'b' }))
    expect(outcome.kind).toBe(age === 0 ? 'committed' : 'conflict')
    if (outcome.kind === 'committed') versions?.push(outcome.table)
  }
}
