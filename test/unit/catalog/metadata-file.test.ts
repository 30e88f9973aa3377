import { gunzipSync, gzipSync } from 'node:zlib'

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { parseJson } from '../../../src/base/json-exact.ts'
import { encodeMetadata, readMetadataFile } from '../../../src/catalog/metadata-file.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import type { TableMetadata } from '../../../src/metadata/table-metadata.ts'
import { newTable } from '../../support/new-table.ts'
import { runs } from '../../support/runs.ts'
import { text, textOf } from '../../support/streams.ts'

const location = 'memory:/t/metadata/v1.metadata.json'

async function read(bytes: Uint8Array, maxBytes?: number): Promise<TableMetadata> {
  const store = createMemoryStore()
  await store.put(location, bytes, 'create')
  return readMetadataFile(store, location, maxBytes === undefined ? undefined : { maxBytes })
}

const encode = (metadata: TableMetadata, codec: 'none' | 'gzip' = 'none'): Promise<Uint8Array> =>
  encodeMetadata(metadata, { codec, commitId: 'commit' })

describe('metadata file (spec: Naming for GZIP compressed Metadata JSON files)', () => {
  it.each(['none', 'gzip'] as const)('reads back what it wrote: %s', async (codec) => {
    const metadata = newTable('memory:/t', { 'a"\u2028': '\u{1F6B2}', ['__proto__']: 'kept' })
    expect(await read(await encode(metadata, codec))).toEqual(metadata)
  })

  it('goes by the first bytes and not by the name', async () => {
    const metadata = newTable('memory:/t')
    const store = createMemoryStore()
    await store.put('memory:/v1.metadata.json.gz', await encode(metadata), 'create')
    await store.put('memory:/v1.metadata.json', await encode(metadata, 'gzip'), 'create')
    expect(await readMetadataFile(store, 'memory:/v1.metadata.json.gz')).toEqual(metadata)
    expect(await readMetadataFile(store, 'memory:/v1.metadata.json')).toEqual(metadata)
  })

  it('begins with the fields that tell whose it is', async () => {
    const metadata = newTable('memory:/t')
    const start = `{"format-version":2,"table-uuid":"${metadata.tableUuid}"`
    expect(textOf(await encode(metadata)).startsWith(start)).toBe(true)
  })

  it('marks the attempt to commit', async () => {
    const metadata = newTable('memory:/t')
    const bytes = await encodeMetadata(metadata, { codec: 'gzip', commitId: 'one' })
    expect(parseJson(textOf(gunzipSync(bytes)))).toMatchObject({ 'frazil-commit-id': 'one' })
    expect(await encodeMetadata(metadata, { codec: 'gzip', commitId: 'two' })).not.toEqual(bytes)
  })

  it('takes a byte order mark, as some editors leave one', async () => {
    const metadata = newTable('memory:/t')
    expect(await read(text(`\uFEFF${textOf(await encode(metadata))}`))).toEqual(metadata)
  })

  it.each([
    ['nothing', text('')],
    ['no JSON', text('{')],
    ['other JSON', text('[]')],
    ['a field missing', text('{"format-version":2}')],
    ['no UTF-8', Uint8Array.of(0x7b, 0xff, 0x7d)],
    ['a gzip header alone', Uint8Array.of(0x1f, 0x8b)],
    ['gzip of nothing', new Uint8Array(gzipSync(''))],
  ])('finds damage: %s', async (_, bytes) => {
    await expect(read(bytes)).rejects.toMatchObject({
      kind: 'corrupt',
      context: { metadataLocation: location },
    })
  })

  it('finds gzip that was cut short', async () => {
    const bytes = await encode(newTable('memory:/t'), 'gzip')
    await expect(read(bytes.slice(0, -9))).rejects.toMatchObject({ kind: 'corrupt' })
  })

  it('refuses a file that is too large without reading all of it', async () => {
    const bytes = await encode(newTable('memory:/t'))
    expect(await read(bytes, bytes.length)).toBeDefined()
    await expect(read(bytes, bytes.length - 1)).rejects.toMatchObject({
      kind: 'limit',
      context: { metadataLocation: location, maxBytes: bytes.length - 1 },
    })
  })

  it('refuses a bomb: a megabyte of blanks in a kilobyte', async () => {
    const bomb = new Uint8Array(gzipSync(' '.repeat(1_000_000)))
    expect(bomb.length).toBeLessThan(1_100)
    await expect(read(bomb, 10_000)).rejects.toMatchObject({ kind: 'limit' })
  })

  it('does not write what contradicts itself', async () => {
    const metadata = { ...newTable('memory:/t'), currentSchemaId: 7 }
    await expect(encode(metadata)).rejects.toMatchObject({ kind: 'internal' })
  })

  it('never says anything but corrupt or limit of bytes that were changed', async () => {
    const bytes = await encode(newTable('memory:/t'), 'gzip')
    await fc.assert(
      fc.asyncProperty(
        fc.nat(bytes.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, flip) => {
          const changed = bytes.slice()
          changed[at] = (changed[at] ?? 0) ^ flip
          const outcome: unknown = await read(changed, 100_000).catch((error: unknown) => error)
          // Bytes of the gzip header, such as its time, may change without changing the content.
          if (outcome instanceof Error) {
            expect(outcome).toMatchObject({ kind: expect.stringMatching(/^(corrupt|limit)$/) })
          }
        },
      ),
      runs(200),
    )
  })
})
