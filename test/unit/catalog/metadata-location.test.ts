import { describe, expect, it } from 'vitest'

import { dropMarker } from '../../../src/catalog/drop-marker.ts'
import { encodeMetadata } from '../../../src/catalog/metadata-file.ts'
import {
  findMetadataFile,
  isMetadataFile,
  readMetadataAt,
} from '../../../src/catalog/metadata-location.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import type { ObjectStore } from '../../../src/io/object-store.ts'
import { newTable } from '../../support/new-table.ts'
import { text } from '../../support/streams.ts'

async function storeWith(...names: readonly string[]): Promise<ObjectStore> {
  const store = createMemoryStore()
  for (const name of names) await store.put(`memory:/t/metadata/${name}`, text('1'), 'create')
  return store
}

const find = async (...names: readonly string[]): Promise<string> =>
  findMetadataFile(await storeWith(...names), 'memory:/t')

describe('the newest metadata file of a folder', () => {
  it('is found by the hint', async () => {
    const found = await find('v1.metadata.json', 'v2.metadata.json', 'version-hint.text')
    expect(found).toBe('memory:/t/metadata/v2.metadata.json')
  })

  it('is that of the highest number where another catalog named the files', async () => {
    const found = await find(
      '00009-aaaa.metadata.json',
      '00010-bbbb.gz.metadata.json',
      '00002-cccc.metadata.json',
      '100-x.avro',
      'snap-99-1-d.avro',
    )
    expect(found).toBe('memory:/t/metadata/00010-bbbb.gz.metadata.json')
  })

  it('is a version rather than a file of another catalog', async () => {
    const found = await find('00009-aaaa.metadata.json', 'v2.metadata.json')
    expect(found).toBe('memory:/t/metadata/v2.metadata.json')
  })

  it('is not guessed when two files have the highest number', async () => {
    const found = find('00002-a.metadata.json', '00002-b.metadata.json', '00001-c.metadata.json')
    await expect(found).rejects.toMatchObject({ kind: 'invalid' })
    const clear = find('00002-a.metadata.json', '00002-b.metadata.json', '00003-c.metadata.json')
    expect(await clear).toBe('memory:/t/metadata/00003-c.metadata.json')
  })

  it('is not there when the table was dropped', async () => {
    const store = await storeWith('v1.metadata.json', '00001-a.metadata.json')
    await store.put('memory:/t/metadata/v2.metadata.json', dropMarker('commit'), 'create')
    await expect(findMetadataFile(store, 'memory:/t')).rejects.toMatchObject({ kind: 'not-found' })
  })

  it('is not there when there is no table', async () => {
    await expect(find('x.json', 'snap-1-1-a.avro')).rejects.toMatchObject({ kind: 'not-found' })
    await expect(find()).rejects.toMatchObject({ kind: 'not-found' })
  })
})

describe('reading a table at a location', () => {
  it('takes a folder or a file', async () => {
    const store = createMemoryStore()
    const metadata = newTable('s3://somewhere/else')
    const file = 'memory:/t/metadata/v1.metadata.json'
    await store.put(file, await encodeMetadata(metadata, { codec: 'none', commitId: '' }), 'create')
    const expected = { metadataLocation: file, metadata }
    expect(await readMetadataAt(store, 'memory:/t')).toEqual(expected)
    expect(await readMetadataAt(store, 'memory:/t/')).toEqual(expected)
    expect(await readMetadataAt(store, file)).toEqual(expected)
  })

  it.each([
    ['/t/metadata/v1.metadata.json', true],
    ['/t/metadata/v1.metadata.json.gz', true],
    ['/copy.json', true],
    ['/t', false],
    ['/t.json/x', false],
  ])('%s is a file: %s', (location, isFile) => {
    expect(isMetadataFile(location)).toBe(isFile)
  })
})
