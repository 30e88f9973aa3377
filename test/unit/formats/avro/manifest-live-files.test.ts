import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { IcebergError } from '../../../../src/base/errors.ts'
import { decodeManifest, encodeManifest } from '../../../../src/formats/avro/manifest-codec.ts'
import { createLiveFileReader } from '../../../../src/formats/avro/manifest-live-files.ts'
import type { LiveFile, LiveFileReader } from '../../../../src/formats/avro/manifest-live-files.ts'
import type { ManifestEntry } from '../../../../src/metadata/manifest-entry.ts'
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
  readonly line: ManifestFile
  readonly bytes: Uint8Array
}

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
      const anyEntries = fc.array(anyEntryOf(anyFile, formatVersion), { maxLength: 6 })
      return fc.tuple(anyEntries, anyManifestFileOf(formatVersion)).map(([entries, line]) => {
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
        const bytes = encodeManifest({ metadata, spec, content, entries })
        return { metadata, bytes, line: { ...line, specId: spec.specId, content } }
      })
    }),
  )

async function liveFiles(
  read: LiveFileReader,
  { bytes, line }: Pick<Written, 'bytes' | 'line'>,
): Promise<readonly LiveFile[]> {
  const files: LiveFile[] = []
  await read(bytes, line, (file) => files.push(file))
  return files
}

/** What is wrong with an entry that is not new lies with who reads its numbers. */
function decoded({ bytes, line, metadata }: Written): readonly ManifestEntry[] {
  return decodeManifest(bytes, { ...line, sequenceNumber: 0n }, metadata)
}

describe('the live files of a manifest', () => {
  it('are always those of its entries, whoever reads them after which other manifests', async () => {
    const read = createLiveFileReader()
    await fc.assert(
      fc.asyncProperty(anyWritten, async (written) => {
        const expected = decoded(written)
          .filter(({ status }) => status !== 'deleted')
          .map(({ file }) => [file.path, file.content, file.format, file.fileSizeBytes])
        const files = await liveFiles(read, written)
        expect(
          files.map(({ path, content, format, sizeBytes }) => [
            path,
            content,
            format.toLowerCase(),
            sizeBytes,
          ]),
        ).toEqual(expected)
      }),
      runs(100),
    )
  })

  it('are never fewer because the manifest is damaged', async () => {
    const read = createLiveFileReader()
    await fc.assert(
      fc.asyncProperty(anyWritten, fc.nat(), async (written, cut) => {
        const whole = await liveFiles(read, written)
        const bytes = written.bytes.slice(0, -1 - (cut % (written.bytes.length - 1)))
        const files = await liveFiles(read, { ...written, bytes }).catch((error: unknown) => {
          expect(error).toBeInstanceOf(IcebergError)
          return null
        })
        // Cut off between two blocks it is a sound file: that it is shorter than listed is for who reads it to see.
        if (files !== null && whole.length > 0) expect(files).toEqual([])
      }),
      runs(100),
    )
  })

  it('are not those of another partition spec', async () => {
    const [written] = fc.sample(anyWritten, 1)
    if (written === undefined) throw new Error('one was asked for')
    const line = { ...written.line, specId: written.line.specId + 1 }
    await expect(liveFiles(createLiveFileReader(), { ...written, line })).rejects.toMatchObject({
      kind: 'corrupt',
    })
  })
})
