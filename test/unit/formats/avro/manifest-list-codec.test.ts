import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { openContainer, writeContainer } from '../../../../src/formats/avro/container.ts'
import { createEncoder } from '../../../../src/formats/avro/encoding.ts'
import {
  decodeManifestList,
  encodeManifestList,
} from '../../../../src/formats/avro/manifest-list-codec.ts'
import type { ManifestListContent } from '../../../../src/formats/avro/manifest-list-codec.ts'
import { assignFirstRowIds } from '../../../../src/metadata/first-row-ids.ts'
import type { FormatVersion } from '../../../../src/metadata/table-metadata.ts'
import { anyManifestFile, anyManifestFileOf } from '../../../support/arbitraries/metadata.ts'
import { anyLong } from '../../../support/arbitraries/values.ts'
import { runs } from '../../../support/runs.ts'
import { thrownBy } from '../../../support/thrown.ts'

const EMPTY: ManifestListContent = {
  formatVersion: 2,
  snapshotId: 2n,
  parentId: null,
  sequenceNumber: 1n,
  manifests: [],
}

describe('manifest lists (spec: Manifest Lists)', () => {
  it('says in the header which snapshot it is for', () => {
    const header = openContainer(encodeManifestList({ ...EMPTY, parentId: 1n }))
    expect(header.property('snapshot-id')).toBe('2')
    expect(header.property('parent-snapshot-id')).toBe('1')
    expect(header.property('sequence-number')).toBe('1')
    expect(header.property('format-version')).toBe('2')
  })

  it('may be empty', () => {
    const bytes = encodeManifestList(EMPTY)
    expect(openContainer(bytes).property('parent-snapshot-id')).toBe('null')
    expect(decodeManifestList(bytes)).toEqual([])
  })

  it('completes what lists of version 1 do not say', () => {
    const schema = {
      type: 'record',
      name: 'manifest_file',
      fields: [
        { name: 'manifest_path', type: 'string', 'field-id': 500 },
        { name: 'manifest_length', type: 'long', 'field-id': 501 },
        { name: 'partition_spec_id', type: 'int', 'field-id': 502 },
        { name: 'added_snapshot_id', type: ['null', 'long'], 'field-id': 503 },
        { name: 'added_data_files_count', type: ['null', 'int'], 'field-id': 504 },
      ],
    }
    const line = {
      manifest_path: 'm.avro',
      manifest_length: 10n,
      partition_spec_id: 0,
      added_snapshot_id: 5n,
      added_data_files_count: 3,
    }
    const bytes = writeContainer({
      schema,
      properties: new Map(),
      encoder: createEncoder(schema),
      values: [line],
    })
    expect(decodeManifestList(bytes)).toEqual([
      {
        path: 'm.avro',
        lengthBytes: 10n,
        specId: 0,
        content: 'data',
        sequenceNumber: 0n,
        minSequenceNumber: 0n,
        addedSnapshotId: 5n,
        addedFiles: 3,
        existingFiles: null,
        deletedFiles: null,
        addedRows: null,
        existingRows: null,
        deletedRows: null,
        partitions: null,
        keyMetadata: null,
      },
    ])
  })

  it('always reads what it wrote, of version 1 and 2', () => {
    fc.assert(
      fc.property(anyListOf(1, 2), anyLong, fc.option(anyLong), (list, snapshotId, parentId) => {
        const bytes = encodeManifestList({ ...EMPTY, ...list, snapshotId, parentId })
        expect(decodeManifestList(bytes)).toEqual(list.manifests)
      }),
      runs(200),
    )
  })

  it('always gives manifests of version 3 their row ids (spec: First Row ID Assignment)', () => {
    fc.assert(
      fc.property(anyListOf(3), fc.bigInt({ min: 0n, max: 1000n }), (list, firstRowId) => {
        const manifests = list.manifests.map((line) => ({
          ...line,
          addedRows: (line.addedRows ?? 0n) % 1000n,
          existingRows: (line.existingRows ?? 0n) % 1000n,
        }))
        const bytes = encodeManifestList({ ...EMPTY, ...list, manifests, firstRowId })
        expect(openContainer(bytes).property('first-row-id')).toBe(String(firstRowId))
        expect(decodeManifestList(bytes)).toEqual(
          assignFirstRowIds(manifests, firstRowId).manifests,
        )
      }),
      runs(100),
    )
  })

  it('says of a list of version 1 no more than that version has', () => {
    const header = openContainer(encodeManifestList({ ...EMPTY, formatVersion: 1 }))
    expect(header.property('sequence-number')).toBeUndefined()
    expect(header.property('format-version')).toBe('1')
    expect(header.property('avro.schema')).not.toMatch(/sequence_number|"content"|first_row_id/)
  })

  it('never writes a manifest whose counts are unknown', () => {
    fc.assert(
      fc.property(anyManifestFile, (manifest) => {
        const manifests = [{ ...manifest, existingRows: null }]
        expect(thrownBy(() => encodeManifestList({ ...EMPTY, manifests })).kind).toBe('unsupported')
      }),
      runs(20),
    )
  })
})

function anyListOf(
  ...versions: FormatVersion[]
): fc.Arbitrary<Pick<ManifestListContent, 'formatVersion' | 'manifests'>> {
  return fc.constantFrom(...versions).chain((formatVersion) =>
    fc.record({
      formatVersion: fc.constant(formatVersion),
      manifests: fc.array(anyManifestFileOf(formatVersion), { maxLength: 4 }),
    }),
  )
}
