import { describe, expect, it } from 'vitest'

import { dataFileLocation, metadataFileLocation } from '../../../src/table/locations.ts'
import type { TableMetadata } from '../../../src/metadata/table-metadata.ts'
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
})
