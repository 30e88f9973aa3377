import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { systemEnvironment } from '../../../src/base/environment.ts'
import { parseDatasetAddress } from '../../../src/jobs/address.ts'
import { parseConfig } from '../../../src/jobs/config.ts'
import { openLake } from '../../../src/jobs/lake.ts'
import type { JobTable, Lake } from '../../../src/jobs/lake.ts'
import { publishVersion } from '../../../src/jobs/publish.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { labLake } from '../../support/jobs/sinks.ts'
import { collect } from '../../support/streams.ts'

const dataset = parseDatasetAddress('dataos://lake:city/rides?acl=rw')

function publish(lake: Lake, value: string): ReturnType<typeof publishVersion> {
  return publishVersion(lake, { dataset, action: { name: 'set_version', value } })
}

/** A table in a folder: version 1 is empty, 2 and 3 have a row more each. */
async function rides(): Promise<{
  readonly lake: Lake
  readonly table: JobTable
  readonly metadata: string
}> {
  const folder = temporaryFolder()
  const config = parseConfig(
    'catalogs: {disk: {type: file, warehouse: .}}\ndepots: {lake: {catalog: disk}}',
    { folder, variables: {} },
  )
  const lake = openLake(config, { environment: systemEnvironment })
  const { warehouse, name } = await lake.locate(dataset)
  await warehouse.createTable(name, { schema: parseSchemaText('id long') })
  const table = await warehouse.loadTable(name)
  for (const id of [1n, 2n]) await table.append([{ id }])
  return { lake, table, metadata: join(folder, 'city/rides/metadata') }
}

async function ids(lake: Lake): Promise<readonly number[]> {
  const rows = await collect((await lake.loadTable(dataset)).scan())
  return rows.map(({ id }) => Number(id)).toSorted((left, right) => left - right)
}

describe('set_version', () => {
  it('to latest lets readers find the newest version that is whole, whatever the hint says', async () => {
    const { lake, metadata } = await rides()
    await writeFile(join(metadata, 'version-hint.text'), '1')
    expect(await publish(lake, 'latest')).toEqual({
      target: 'city.rides',
      metadataLocation: join(metadata, 'v3.metadata.json'),
    })
    expect(await readFile(join(metadata, 'version-hint.text'), 'utf8')).toBe('3')
    await rm(join(metadata, 'version-hint.text'))
    await publish(lake, 'latest')
    expect(await readFile(join(metadata, 'version-hint.text'), 'utf8')).toBe('3')
  })

  it('to a former version brings its rows back by a new one, and columns stay', async () => {
    const { lake, table, metadata } = await rides()
    await table.transaction((tx) => tx.updateSchema((change) => change.rename('id', 'number')))
    await table.transaction((tx) => tx.updateSchema((change) => change.rename('number', 'id')))
    expect(await publish(lake, 'v2.metadata.json')).toMatchObject({
      metadataLocation: join(metadata, 'v6.metadata.json'),
    })
    expect(await ids(lake)).toEqual([1])
    expect(await readFile(join(metadata, 'version-hint.text'), 'utf8')).toBe('6')
    const back = await lake.loadTable(dataset)
    expect(back.snapshots).toHaveLength(2)
    await back.append([{ id: 3n }])
    expect(await ids(lake)).toEqual([1, 3])
  })

  it('to a version of the rows that are there commits nothing', async () => {
    const { lake, metadata } = await rides()
    expect(await publish(lake, 'v3.metadata.json')).toMatchObject({
      metadataLocation: join(metadata, 'v3.metadata.json'),
    })
    await publish(lake, 'v2.metadata.json')
    await publish(lake, 'v2.metadata.json')
    expect((await lake.loadTable(dataset)).metadataLocation).toBe(
      join(metadata, 'v4.metadata.json'),
    )
    await publish(lake, 'v3.metadata.json')
    expect(await ids(lake)).toEqual([1, 2])
  })

  it.each([
    ['v9.metadata.json', 'not-found', 'the table has no such version'],
    ['v2.gz.metadata.json', 'not-found', 'the table has no such version'],
    ['v1.metadata.json', 'invalid', 'the version is from before the first rows of the table'],
  ])('to %s is refused', async (value, kind, message) => {
    const { lake, table } = await rides()
    await expect(publish(lake, value)).rejects.toMatchObject({
      kind,
      message,
      context: { table: 'city.rides', version: value },
    })
    expect((await lake.loadTable(dataset)).metadataLocation).toBe(table.metadataLocation)
  })

  it('to a version of another table of that name is refused', async () => {
    const { lake } = await rides()
    const { warehouse, name } = await lake.locate(dataset)
    await warehouse.dropTable(name)
    await warehouse.createTable(name, { schema: parseSchemaText('id long') })
    await expect(publish(lake, 'v3.metadata.json')).rejects.toMatchObject({
      kind: 'invalid',
      message: 'the version is one of another table',
    })
  })

  it('of a table that is not there says so', async () => {
    await expect(publish(labLake(), 'latest')).rejects.toMatchObject({ kind: 'not-found' })
  })

  it('to latest has nothing to do where all readers ask the catalog', async () => {
    const lake = labLake()
    const { warehouse, name } = await lake.locate(dataset)
    const { metadataLocation } = await warehouse.createTable(name, {
      schema: parseSchemaText('id long'),
    })
    expect(await publish(lake, 'latest')).toEqual({ target: 'city.rides', metadataLocation })
  })
})
