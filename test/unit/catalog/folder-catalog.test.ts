import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createFolderCatalog, folderIdentifier } from '../../../src/catalog/folder-catalog.ts'
import { formatIdentifier, parseIdentifier } from '../../../src/catalog/identifier.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import { fixedEnvironment } from '../../support/fixed-environment.ts'
import { newTable, setting } from '../../support/new-table.ts'

const location = 'memory:/tmp.Ab12/my table'

function open(): ReturnType<typeof createFolderCatalog> {
  return createFolderCatalog({
    store: createMemoryStore(),
    environment: fixedEnvironment(),
    location,
  })
}

describe('folder catalog', () => {
  it('is a catalog of one table, called after its folder', async () => {
    const catalog = open()
    const identifier = folderIdentifier(location)
    expect(identifier).toEqual({ namespace: ['tmp_Ab12'], name: 'my_table' })
    expect(catalog.defaultLocation(identifier)).toBe(location)
    expect(await catalog.tableExists(identifier)).toBe(false)
    expect(await catalog.listTables(identifier.namespace)).toEqual([])
    const created = await catalog.createTable(identifier, newTable(location))
    expect(created.metadataLocation).toBe(`${location}/metadata/v1.metadata.json`)
    expect(await catalog.listNamespaces([])).toEqual([identifier.namespace])
    expect(await catalog.listTables(identifier.namespace)).toEqual([identifier])
    const outcome = await catalog.commitTable(created, setting({ a: '1' }))
    expect(outcome).toMatchObject({
      kind: 'committed',
      table: { metadataLocation: `${location}/metadata/v2.metadata.json` },
    })
    await catalog.dropTable(identifier)
    expect(await catalog.tableExists(identifier)).toBe(false)
  })

  it.each(['/warehouse/t/', 'file:///warehouse/t', 's3://bucket/warehouse/t'])(
    'calls the table of %s the same',
    (folder) => {
      expect(folderIdentifier(folder)).toEqual({ namespace: ['warehouse'], name: 't' })
    },
  )

  it.each([
    ['/t', '_.t'],
    ['/.cache/-x', '_cache._-x'],
    ['/metadata/a/', '_metadata.a'],
    ['/a\u0308/[b]*', 'ä._b__'],
    [`/a/${'x'.repeat(300)}`, 'a._'],
  ])('finds a name that can be parsed for %s', (folder, name) => {
    const identifier = folderIdentifier(folder)
    expect(formatIdentifier(identifier)).toBe(name)
    expect(parseIdentifier(name)).toEqual(identifier)
  })

  it('always has a name that can be parsed', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        (around, folder) => {
          const identifier = folderIdentifier(`/${around}/${folder}`)
          expect(parseIdentifier(formatIdentifier(identifier))).toEqual(identifier)
        },
      ),
    )
  })

  it('has no other table', async () => {
    const catalog = open()
    const other = { namespace: ['tmp_Ab12'], name: 'other' }
    expect(await catalog.tableExists(other)).toBe(false)
    await expect(catalog.loadTable(other)).rejects.toMatchObject({ kind: 'not-found' })
    await expect(catalog.createTable(other, newTable(location))).rejects.toMatchObject({
      kind: 'not-found',
    })
    expect(await catalog.listTables(['elsewhere'])).toEqual([])
    expect(await catalog.listNamespaces(['tmp_Ab12'])).toEqual([])
  })
})
