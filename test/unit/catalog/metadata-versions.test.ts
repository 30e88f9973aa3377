import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { atCurrentVersion, versionOf } from '../../../src/catalog/metadata-versions.ts'
import type { MetadataFolder } from '../../../src/catalog/metadata-versions.ts'
import { lastName } from '../../../src/io/location.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import { createMeteredStore } from '../../../src/io/metered-store.ts'
import type { MeteredStore } from '../../../src/io/metered-store.ts'
import { runs } from '../../support/runs.ts'
import { text } from '../../support/streams.ts'

interface TestFolder extends MetadataFolder {
  readonly store: MeteredStore
  readonly warnings: string[]
}

const root = 'memory:/t/metadata'

async function folderWith(files: Readonly<Record<string, string>>): Promise<TestFolder> {
  const inner = createMemoryStore()
  for (const [name, content] of Object.entries(files)) {
    await inner.put(`${root}/${name}`, text(content), 'create')
  }
  const warnings: string[] = []
  const onWarning = (message: string): void => void warnings.push(message)
  return { store: createMeteredStore(inner), location: root, onWarning, warnings }
}

/** The name of the current version's file. */
async function currentName(folder: MetadataFolder): Promise<string | null> {
  return atCurrentVersion(folder, async ({ location }) => {
    await folder.store.head(location)
    return lastName(location)
  })
}

const plain = (...versions: readonly number[]): Record<string, string> =>
  Object.fromEntries(versions.map((version) => [`v${version}.metadata.json`, '{}']))

describe('current version of a table (spec: File System Tables)', () => {
  it('is the one that the hint names', async () => {
    const folder = await folderWith({ ...plain(1, 2, 3), 'version-hint.text': '3' })
    expect(await currentName(folder)).toBe('v3.metadata.json')
    expect(folder.warnings).toEqual([])
  })

  it('is found with four small requests when the hint is right', async () => {
    const folder = await folderWith({ ...plain(1, 2, 3), 'version-hint.text': '3' })
    await currentName(folder)
    expect(folder.store.usage()).toMatchObject({ gets: 1, heads: 3, lists: 0, readBytes: 1 })
  })

  it('is the last after the hint, which may be old', async () => {
    const folder = await folderWith({ ...plain(8, 9, 10, 11), 'version-hint.text': '9' })
    expect(await currentName(folder)).toBe('v11.metadata.json')
    expect(folder.store.usage().lists).toBe(0)
  })

  it('is found after the hint when the version of the hint was cleaned away', async () => {
    const folder = await folderWith({ ...plain(10, 11), 'version-hint.text': '9' })
    expect(await currentName(folder)).toBe('v11.metadata.json')
  })

  it('is not looked for behind a gap', async () => {
    const folder = await folderWith({ ...plain(1, 2, 4), 'version-hint.text': '1' })
    expect(await currentName(folder)).toBe('v2.metadata.json')
  })

  it('is the highest number that is listed without a hint: 10 is more than 9', async () => {
    const folder = await folderWith(plain(1, 2, 9, 10))
    expect(await currentName(folder)).toBe('v10.metadata.json')
    expect(folder.warnings).toEqual([])
  })

  it.each(['', 'x', '1.0', '-1', '0x2', '2 3', '99999999999999999999', '00001-uuid'])(
    'is the highest number, with a warning, when the hint is %j',
    async (hint) => {
      const folder = await folderWith({ ...plain(1, 2), 'version-hint.text': hint })
      expect(await currentName(folder)).toBe('v2.metadata.json')
      expect(folder.warnings).toEqual(['version hint is not a number'])
    },
  )

  it.each(['2\n', ' 2', '2\r\n', '02'])('is found by the hint %j', async (hint) => {
    const folder = await folderWith({ ...plain(1, 2), 'version-hint.text': hint })
    expect(await currentName(folder)).toBe('v2.metadata.json')
    expect(folder.store.usage().lists).toBe(0)
    expect(folder.warnings).toEqual([])
  })

  it('is the highest number, with a warning, when the hint is past the end', async () => {
    const folder = await folderWith({ ...plain(1, 2), 'version-hint.text': '7' })
    expect(await currentName(folder)).toBe('v2.metadata.json')
    expect(folder.warnings).toEqual(['version hint leads nowhere'])
  })

  it('may have any of three names', async () => {
    for (const name of ['v2.metadata.json', 'v2.gz.metadata.json', 'v2.metadata.json.gz']) {
      const files = { ...plain(1), [name]: '' }
      expect(await currentName(await folderWith(files))).toBe(name)
      expect(await currentName(await folderWith({ ...files, 'version-hint.text': '2' }))).toBe(name)
    }
  })

  it('follows a hint across a change of compression', async () => {
    const folder = await folderWith({
      ...plain(1, 4),
      'v2.gz.metadata.json': '',
      'v3.gz.metadata.json': '',
      'version-hint.text': '1',
    })
    expect(await currentName(folder)).toBe('v4.metadata.json')
  })

  it('is the plain one of two names, as for Iceberg Java', async () => {
    const folder = await folderWith({ ...plain(1), 'v1.gz.metadata.json': '' })
    expect(await currentName(folder)).toBe('v1.metadata.json')
  })

  it('is none when there is nothing', async () => {
    expect(await currentName(await folderWith({}))).toBeNull()
    expect(await currentName(await folderWith({ 'version-hint.text': '3' }))).toBeNull()
  })

  it('passes on what goes wrong with a version that is there', async () => {
    const folder = await folderWith({ ...plain(1, 2), 'version-hint.text': '2' })
    const damaged = new Error('damaged')
    const use = (): Promise<never> => Promise.reject(damaged)
    await expect(atCurrentVersion(folder, use)).rejects.toBe(damaged)
  })

  it('is looked for again when it goes away before it is read', async () => {
    const folder = await folderWith(plain(1, 2))
    let asked = 0
    const name = await atCurrentVersion(folder, async ({ location }) => {
      asked += 1
      if (asked === 1) await folder.store.delete(location)
      await folder.store.head(location)
      return lastName(location)
    })
    expect(name).toBe('v1.metadata.json')
  })

  it('is given up when it goes away every time', async () => {
    const folder = await folderWith(plain(1, 2, 3, 4, 5))
    const use = async ({ location }: { location: string }): Promise<unknown> => {
      await folder.store.delete(location)
      return folder.store.head(location)
    }
    await expect(atCurrentVersion(folder, use)).rejects.toMatchObject({ kind: 'unavailable' })
  })

  it.each([
    'v.metadata.json',
    'v1.metadata.json.tmp',
    'v01.metadata.json',
    'v-1.metadata.json',
    'v1x.metadata.json',
    'xv1.metadata.json',
    'v1.metadata.jsonx',
    'v1metadata.json',
    '.v1.metadata.json.crc',
    'v1e3.metadata.json',
    'v1234567890123456.metadata.json',
    '0b5f7a5e-7c39-4b5e-9d49-2c4f5c7d9a10.tmp',
    '00001-0b5f7a5e-7c39-4b5e-9d49-2c4f5c7d9a10.metadata.json',
    'snap-1-1-a.avro',
  ])('is never %s', async (name) => {
    expect(versionOf(name)).toBeNull()
    expect(await currentName(await folderWith({ [name]: '' }))).toBeNull()
  })

  it('always is the last one in a row from an honest hint, and the last of all without', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, async ({ files, last, hint }) => {
        const hinted = hint === null ? files : { ...files, 'version-hint.text': String(hint) }
        const name = await currentName(await folderWith(hinted))
        expect(versionOf(name ?? '')).toBe(last)
      }),
      runs(100),
    )
  })
})

/** Versions without a gap, of any names, of which the oldest may be gone; a hint no newer than the last, or none. */
const anyHistory = fc
  .record({
    first: fc.integer({ min: 1, max: 120 }),
    suffixes: fc.array(fc.constantFrom('.metadata.json', '.gz.metadata.json'), {
      minLength: 1,
      maxLength: 12,
    }),
    behind: fc.option(fc.nat(12)),
  })
  .map(({ first, suffixes, behind }) => {
    const last = first + suffixes.length - 1
    return {
      files: Object.fromEntries(
        suffixes.map((suffix, index) => [`v${first + index}${suffix}`, '']),
      ),
      last,
      // A hint further back than the oldest version that is left would lead nowhere.
      hint: behind === null ? null : Math.max(first - 1, last - behind),
    }
  })
