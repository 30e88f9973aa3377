import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { dataFileLocation, metadataFileLocation } from '../../../src/table/locations.ts'
import type { TableMetadata } from '../../../src/metadata/table-metadata.ts'
import { runs } from '../../support/runs.ts'
import { smallTable } from '../../support/small-table.ts'

function tableWith(properties: Readonly<Record<string, string>>): TableMetadata {
  return { ...smallTable(), properties: new Map(Object.entries(properties)) }
}

describe('where files go', () => {
  it('is below the table', () => {
    expect(dataFileLocation(smallTable(), '', 'a.parquet')).toBe('s3://bucket/t/data/a.parquet')
    expect(dataFileLocation(smallTable(), 'x=1/y=2', 'a.parquet')).toBe(
      's3://bucket/t/data/x=1/y=2/a.parquet',
    )
    expect(metadataFileLocation(smallTable(), 'a.avro')).toBe('s3://bucket/t/metadata/a.avro')
  })

  it('is where the table says', () => {
    const table = tableWith({
      'write.data.path': 's3://other/rows/',
      'write.metadata.path': 's3://other/meta',
    })
    expect(dataFileLocation(table, '', 'a.parquet')).toBe('s3://other/rows/a.parquet')
    expect(metadataFileLocation(table, 'a.avro')).toBe('s3://other/meta/a.avro')
  })

  it('heeds the former name of the property', () => {
    const table = tableWith({ 'write.folder-storage.path': 's3://old' })
    expect(dataFileLocation(table, '', 'a.parquet')).toBe('s3://old/a.parquet')
  })

  it('is below the table where a path is relative (spec: Path Construction)', () => {
    const table = tableWith({ 'write.data.path': 'rows', 'write.metadata.path': 'meta/data' })
    expect(dataFileLocation(table, '', 'a.parquet')).toBe('s3://bucket/t/rows/a.parquet')
    expect(metadataFileLocation(table, 'a.avro')).toBe('s3://bucket/t/meta/data/a.avro')
  })
})

describe('where files go that are spread by a hash', () => {
  const ON = { 'write.object-storage.enabled': 'true' }

  // What Iceberg Java's own tests expect of these names.
  it.each([
    ['a', '0101/0110/1001/10110010'],
    ['b', '1110/0111/1110/00000011'],
    ['c', '0010/1101/0110/01011111'],
    ['d', '1001/0001/0100/01110011'],
  ])('is where Iceberg Java puts %s', (name, folders) => {
    expect(dataFileLocation(tableWith(ON), '', name)).toBe(`s3://bucket/t/data/${folders}/${name}`)
  })

  it('leaves the partition out when told', () => {
    const table = tableWith({ ...ON, 'write.object-storage.partitioned-paths': 'false' })
    expect(dataFileLocation(table, 'x=val', 'test.parquet')).toBe(
      's3://bucket/t/data/0110/1010/0011/11101000-test.parquet',
    )
  })

  it('tells whose files they are where they are not below the table', () => {
    const table = tableWith({ ...ON, 'write.data.path': 's3://other' })
    expect(dataFileLocation(table, 'x=1', 'a')).toMatch(
      /^s3:\/\/other\/[01]{4}\/[01]{4}\/[01]{4}\/[01]{8}\/bucket\/t\/x=1\/a$/,
    )
    const beside = tableWith({ ...ON, 'write.data.path': 's3://bucket/t2' })
    expect(dataFileLocation(beside, '', 'a')).toMatch(/\/bucket\/t\/a$/)
  })

  it('heeds former names, the newest first', () => {
    const former = { ...ON, 'write.folder-storage.path': 's3://bucket/t/old' }
    const newer = { ...former, 'write.object-storage.path': 's3://bucket/t/newer' }
    const newest = { ...newer, 'write.data.path': 's3://bucket/t/newest' }
    const folderOf = (properties: Readonly<Record<string, string>>): string | undefined =>
      dataFileLocation(tableWith(properties), '', 'a').split('/')[4]
    expect([former, newer, newest].map(folderOf)).toEqual(['old', 'newer', 'newest'])
  })

  it('always keeps a name below the root, behind folders that it alone decides', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9-]{1,40}$/), (name) => {
        const location = dataFileLocation(tableWith(ON), 'x=1', name)
        expect(location).toMatch(
          new RegExp(`^s3://bucket/t/data/[01]{4}/[01]{4}/[01]{4}/[01]{8}/x=1/${name}$`),
        )
        expect(dataFileLocation(tableWith(ON), 'x=1', name)).toBe(location)
      }),
      runs(50),
    )
  })
})
