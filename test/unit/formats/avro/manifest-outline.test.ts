import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { IcebergError } from '../../../../src/base/errors.ts'
import { wantedPartition } from '../../../../src/formats/avro/entry-views.ts'
import { ManifestEncoder, decodeManifest } from '../../../../src/formats/avro/manifest-codec.ts'
import { createOutlineReader } from '../../../../src/formats/avro/manifest-outline.ts'
import type { EntryOutline } from '../../../../src/formats/avro/manifest-outline.ts'
import type { PartitionSpec } from '../../../../src/layout/partition-spec.ts'
import type { ManifestFile } from '../../../../src/metadata/manifest-file.ts'
import { newTableMetadata } from '../../../../src/metadata/table-metadata.ts'
import type { FormatVersion, TableMetadata } from '../../../../src/metadata/table-metadata.ts'
import {
  anyDataFileOf,
  anyEntryOf,
  anyManifestFileOf,
} from '../../../support/arbitraries/metadata.ts'
import { anySchema } from '../../../support/arbitraries/schemas.ts'
import { anySpecOf } from '../../../support/arbitraries/specs.ts'
import { runs } from '../../../support/runs.ts'

interface Written {
  readonly metadata: TableMetadata
  readonly spec: PartitionSpec
  readonly line: ManifestFile
  readonly bytes: Uint8Array
}

/** Manifests that were made in two pieces. */
const anyWritten: fc.Arbitrary<Written> = fc
  .record({
    schema: anySchema(),
    formatVersion: fc.constantFrom<FormatVersion>(1, 2, 3),
    hasDeletes: fc.boolean(),
  })
  .chain(({ schema, formatVersion, hasDeletes }) =>
    anySpecOf(schema, { opaque: false }).chain((spec) => {
      const content = hasDeletes && formatVersion > 1 ? 'deletes' : 'data'
      const anyFile = anyDataFileOf(spec, schema, content, formatVersion)
      const anyEntries = fc.array(anyEntryOf(anyFile, formatVersion), { maxLength: 4 })
      return fc
        .tuple(anyEntries, anyEntries, anyManifestFileOf(formatVersion))
        .map(([first, second, line]) => {
          const metadata = {
            ...newTableMetadata({
              uuid: 'u',
              location: '/t',
              schema: { ...schema, fields: [] },
              spec: { specId: 0, fields: [] },
              sortOrder: { orderId: 0, fields: [] },
              properties: new Map(),
              nowMs: 0,
            }),
            formatVersion,
            schemas: [schema],
            currentSchemaId: schema.schemaId,
            specs: [spec],
            defaultSpecId: spec.specId,
          }
          const encoder = new ManifestEncoder({ metadata, spec, content })
          encoder.add(first)
          encoder.add(second)
          const bytes = encoder.finish()
          expect(encoder.sizeBytes).toBe(bytes.length)
          return { metadata, spec, bytes, line: { ...line, specId: spec.specId, content } }
        })
    }),
  )

async function outlinesOf({ metadata, spec, line, bytes }: Written): Promise<EntryOutline[]> {
  const entries: EntryOutline[] = []
  const read = createOutlineReader(wantedPartition(metadata, spec))
  await read(bytes, line, (entry) => entries.push(entry))
  return entries
}

describe('the outline of a manifest', () => {
  it('always is what decoding all of it tells', async () => {
    await fc.assert(
      fc.asyncProperty(anyWritten, async (written) => {
        const { bytes, line, metadata } = written
        expect(await outlinesOf(written)).toEqual(
          decodeManifest(bytes, line, metadata).map(({ status, snapshotId, file }) => ({
            status,
            snapshotId,
            content: file.content,
            isDeletionVector: file.format === 'puffin',
            partition: file.partition,
            recordCount: file.recordCount,
            fileSizeBytes: file.fileSizeBytes,
          })),
        )
      }),
      runs(60),
    )
  })

  it('never fails with anything but a typed error, however the bytes are damaged', async () => {
    await fc.assert(
      fc.asyncProperty(anyWritten, fc.nat(), fc.nat(255), async (written, place, byte) => {
        const bytes = written.bytes.slice()
        bytes[place % bytes.length] = byte
        try {
          await outlinesOf({ ...written, bytes })
        } catch (error) {
          expect(error).toBeInstanceOf(IcebergError)
        }
      }),
      runs(60),
    )
  })
})
