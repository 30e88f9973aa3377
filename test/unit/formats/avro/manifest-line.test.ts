import { describe, expect, it } from 'vitest'

import { writeContainer } from '../../../../src/formats/avro/container.ts'
import { createEncoder } from '../../../../src/formats/avro/encoding.ts'
import { encodeManifest } from '../../../../src/formats/avro/manifest-codec.ts'
import { manifestLine } from '../../../../src/formats/avro/manifest-line.ts'
import type { PartitionSpec } from '../../../../src/layout/partition-spec.ts'
import type { EntryStatus, ManifestEntry } from '../../../../src/metadata/manifest-entry.ts'
import { newTableMetadata } from '../../../../src/metadata/table-metadata.ts'
import { noMetrics } from '../../../../src/types/metrics.ts'
import type { Schema } from '../../../../src/types/schema.ts'
import { valueToBytes } from '../../../../src/types/single-value-binary.ts'
import { thrownBy } from '../../../support/thrown.ts'

const schema: Schema = {
  schemaId: 0,
  fields: [{ id: 1, name: 'id', required: false, type: { kind: 'long' } }],
  identifierFieldIds: [],
}
const spec: PartitionSpec = {
  specId: 0,
  fields: [{ sourceId: 1, fieldId: 1000, name: 'id', transform: { kind: 'identity' } }],
}
const metadata = newTableMetadata({
  uuid: 'u',
  location: '/t',
  schema,
  spec,
  sortOrder: { orderId: 0, fields: [] },
  properties: new Map(),
  nowMs: 0,
})
const named = { path: '/t/m.avro', snapshotId: 9n, metadata }

describe('the line of a manifest that no list names (spec: Snapshots)', () => {
  it('counts files and rows, and says what partitions there are', () => {
    const bytes = manifestOf(
      entry('existing', 4n, 10n),
      entry('added', 5n, 20n),
      entry('deleted', 6n, 3n),
    )
    expect(manifestLine(bytes, named)).toEqual({
      path: '/t/m.avro',
      lengthBytes: BigInt(bytes.length),
      specId: 0,
      content: 'data',
      sequenceNumber: 0n,
      minSequenceNumber: 0n,
      addedSnapshotId: 5n,
      addedFiles: 1,
      existingFiles: 1,
      deletedFiles: 1,
      addedRows: 20n,
      existingRows: 10n,
      deletedRows: 3n,
      partitions: [
        {
          containsNull: false,
          containsNan: false,
          lowerBound: valueToBytes({ kind: 'long' }, 4n),
          upperBound: valueToBytes({ kind: 'long' }, 6n),
        },
      ],
      keyMetadata: null,
    })
  })

  it('takes the snapshot that names it for the one that added it, if it adds no file', () => {
    const line = manifestLine(manifestOf(entry('existing', 4n, 10n)), named)
    expect(line.addedSnapshotId).toBe(9n)
  })

  it('refuses a spec that is no id, and one that the table does not have', () => {
    for (const specId of ['one', '7']) {
      const type = { type: 'record', name: 'manifest_entry', fields: [] }
      const bytes = writeContainer({
        schema: type,
        properties: new Map([['partition-spec-id', specId]]),
        encoder: createEncoder(type),
        values: [],
      })
      expect(thrownBy(() => manifestLine(bytes, named))).toMatchObject({ kind: 'corrupt' })
    }
  })
})

function manifestOf(...entries: ManifestEntry[]): Uint8Array {
  return encodeManifest({
    metadata: { ...metadata, formatVersion: 1 },
    spec,
    content: 'data',
    entries,
  })
}

/** A file whose partition is the snapshot's id. */
function entry(status: EntryStatus, snapshotId: bigint, recordCount: bigint): ManifestEntry {
  return {
    status,
    snapshotId,
    dataSequenceNumber: null,
    fileSequenceNumber: null,
    file: {
      content: 'data',
      path: `/t/${snapshotId}.parquet`,
      format: 'parquet',
      specId: 0,
      partition: [snapshotId],
      recordCount,
      fileSizeBytes: 1n,
      metrics: noMetrics,
      splitOffsets: null,
      equalityIds: null,
      sortOrderId: null,
      keyMetadata: null,
    },
  }
}
