import { describe, expect, it } from 'vitest'

import {
  isMetadataName,
  judgeUnnamed,
  tableFolderOf,
} from '../../../src/maintenance/plan-orphans.ts'
import type { OrphanRules } from '../../../src/maintenance/plan-orphans.ts'

const RULES: OrphanRules = {
  folder: '/lake/_t',
  metadataFolders: new Set(['/lake/_t/metadata']),
  otherTables: ['/lake/_t/inner'],
  partitionNames: ['_day', 'city'],
}

describe('an old object that nothing names', () => {
  it.each([
    ['data/a.parquet', 'orphan'],
    ['metadata/snap-1.avro', 'orphan'],
    ['metadata/1f.tmp', 'orphan'],
    ['data/_SUCCESS', 'hidden'],
    ['_delta_log/0.json', 'hidden'],
    ['data/.a.parquet.crc', 'hidden'],
    ['data/_day=1/a.parquet', 'orphan'],
    ['data/_daily=1/a.parquet', 'hidden'],
    ['metadata/v3.metadata.json', 'catalog'],
    ['metadata/v3.gz.metadata.json', 'catalog'],
    ['metadata/00003-1f.metadata.json', 'catalog'],
    ['metadata/version-hint.text', 'catalog'],
    ['data/version-hint.text', 'orphan'],
    ['inner/a.parquet', 'other-table'],
    ['inner/metadata/v1.metadata.json', 'other-table'],
    ['inner2/a.parquet', 'orphan'],
    ['inner', 'orphan'],
  ])('%s: %s', (name, verdict) => {
    expect(judgeUnnamed(`/lake/_t/${name}`, RULES)).toBe(verdict)
  })

  it('is not judged by the names of folders around the table', () => {
    expect(judgeUnnamed('/_x/t/a', { ...RULES, folder: '/_x/t', otherTables: [] })).toBe('orphan')
    expect(judgeUnnamed('/a', { ...RULES, folder: '/', otherTables: ['/'] })).toBe('other-table')
  })
})

describe('a metadata file', () => {
  it('is told by its name', () => {
    const names = [
      'v0.metadata.json',
      'v7.metadata.json.gz',
      '00001-1f.gz.metadata.json',
      'version-hint.text',
    ]
    for (const name of names) expect(isMetadataName(name)).toBe(true)
    for (const name of ['metadata.json', 'snap-1.avro', 'v1.json', 'a.parquet']) {
      expect(isMetadataName(name)).toBe(false)
    }
  })

  it('is in the folder of its table', () => {
    expect(tableFolderOf('/lake/t/metadata/v1.metadata.json')).toBe('/lake/t')
    expect(tableFolderOf('/lake/t/meta/v1.metadata.json')).toBe('/lake/t/meta')
  })
})
