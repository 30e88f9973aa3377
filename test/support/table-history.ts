import { expect } from 'vitest'

import { isDropMarker } from '../../src/catalog/drop-marker.ts'
import { readMetadataFile } from '../../src/catalog/metadata-file.ts'
import { versionOf } from '../../src/catalog/metadata-versions.ts'
import { joinLocation } from '../../src/io/location.ts'
import type { ObjectStore } from '../../src/io/object-store.ts'
import { collect } from './streams.ts'

/** The property by which commits of tests sign. */
export const WRITER = 'writer'

export type HistoryEntry =
  | { readonly kind: 'created'; readonly tableUuid: string | null }
  | { readonly kind: 'committed'; readonly tableUuid: string | null; readonly writer: string }
  | { readonly kind: 'dropped' }

/**
 * What the versions of a folder say was done. Expects that they are 1, 2, 3 and so on, one file each, that all can be
 * read, and that no two tables are mixed.
 */
export async function tableHistory(store: ObjectStore, table: string): Promise<HistoryEntry[]> {
  const history: HistoryEntry[] = []
  let current: string | null = null
  for (const location of await versionFiles(store, joinLocation(table, 'metadata'))) {
    if (isDropMarker(await store.get(location))) {
      expect(current).not.toBeNull()
      current = null
      history.push({ kind: 'dropped' })
      continue
    }
    const { tableUuid, properties } = await readMetadataFile(store, location)
    expect(tableUuid).toBe(current ?? tableUuid)
    const writer = properties.get(WRITER)
    expect(writer === undefined).toBe(current === null)
    if (writer === undefined) history.push({ kind: 'created', tableUuid })
    else history.push({ kind: 'committed', tableUuid, writer })
    current = tableUuid
  }
  return history
}

async function versionFiles(store: ObjectStore, folder: string): Promise<readonly string[]> {
  const names = (await collect(store.listNames(folder))).map((entry) => entry.name)
  const files = names
    .map((name) => ({ version: versionOf(name), location: joinLocation(folder, name) }))
    .filter((file) => file.version !== null)
    .sort((left, right) => (left.version ?? 0) - (right.version ?? 0))
  expect(files.map((file) => file.version)).toEqual(files.map((_, index) => index + 1))
  return files.map((file) => file.location)
}
