import { describe, expect, it } from 'vitest'

import { parseIdentifier } from '../../../src/catalog/identifier.ts'
import { createMemoryCatalog } from '../../../src/catalog/memory-catalog.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import { describeCatalog } from '../../support/catalog-contract.ts'
import type { OpenedCatalog } from '../../support/catalog-contract.ts'
import { fixedEnvironment } from '../../support/fixed-environment.ts'
import { newTable, setting } from '../../support/new-table.ts'
import { collect } from '../../support/streams.ts'

async function open(): Promise<OpenedCatalog> {
  const store = createMemoryStore()
  const warehouse = 'memory:/warehouse'
  const catalog = createMemoryCatalog({ store, environment: fixedEnvironment(), warehouse })
  return { catalog, store, warehouse }
}

describeCatalog('memory', open)

describe('memory catalog', () => {
  it('puts a table where its metadata says', async () => {
    const { catalog } = await open()
    const table = await catalog.createTable(
      parseIdentifier('city.rides'),
      newTable('memory:/elsewhere/rides'),
    )
    expect(table.metadataLocation).toMatch(
      /^memory:\/elsewhere\/rides\/metadata\/00000-[0-9a-f-]{36}\.metadata\.json$/,
    )
  })

  it('leaves no file of a commit that lost', async () => {
    const { catalog, store, warehouse } = await open()
    const identifier = parseIdentifier('city.rides')
    const table = await catalog.createTable(
      identifier,
      newTable(catalog.defaultLocation(identifier)),
    )
    await Promise.all(
      ['1', '2', '3'].map((value) => catalog.commitTable(table, setting({ a: value }))),
    )
    expect(await collect(store.list(warehouse))).toHaveLength(2)
  })

  it('deletes what the log does not name any more, when the table asks for it', async () => {
    const { catalog, store, warehouse } = await open()
    const identifier = parseIdentifier('city.rides')
    const properties = {
      'write.metadata.delete-after-commit.enabled': 'true',
      'write.metadata.previous-versions-max': '2',
    }
    await catalog.createTable(identifier, newTable(catalog.defaultLocation(identifier), properties))
    for (const value of ['1', '2', '3', '4']) {
      await catalog.commitTable(await catalog.loadTable(identifier), setting({ a: value }))
    }
    const { metadata, metadataLocation } = await catalog.loadTable(identifier)
    const named = [
      ...metadata.metadataLog.map(({ metadataFile }) => metadataFile),
      metadataLocation,
    ]
    const found = (await collect(store.list(warehouse))).map(({ location }) => location)
    expect(new Set(found)).toEqual(new Set(named))
  })
})
