import { describe, expect, it } from 'vitest'

import type { EntryStatus, ManifestEntry } from '../../../src/metadata/manifest-entry.ts'
import { currentSpec } from '../../../src/metadata/table-metadata.ts'
import { readManifest } from '../../../src/table/manifest-io.ts'
import { noMetrics } from '../../../src/types/metrics.ts'
import { writeManifests } from '../../../src/write/manifest-writer.ts'
import { createWriteContext } from '../../../src/write/write-context.ts'
import { newRides } from '../../support/rides.ts'

function entry(
  status: EntryStatus,
  city: string | null,
  parts: { readonly rows?: bigint; readonly sequence?: bigint | null } = {},
): ManifestEntry {
  const { rows = 1n, sequence = null } = parts
  return {
    status,
    snapshotId: 7n,
    dataSequenceNumber: sequence,
    fileSequenceNumber: sequence,
    file: {
      content: 'data',
      path: `memory:/data/${city}.parquet`,
      format: 'parquet',
      specId: 0,
      partition: [city],
      recordCount: rows,
      fileSizeBytes: 10n,
      metrics: noMetrics,
      splitOffsets: null,
      equalityIds: null,
      sortOrderId: null,
      keyMetadata: null,
    },
  }
}

describe('manifests of a write', () => {
  it('are counted, summed up and numbered in their line of the list', async () => {
    const { state } = await newRides({ partitionBy: ['city'] })
    const [line] = await writeManifests(createWriteContext(state), {
      spec: currentSpec(state.metadata),
      entries: [
        entry('added', 'b', { rows: 2n }),
        entry('existing', 'a', { rows: 3n, sequence: 4n }),
        entry('deleted', null, { rows: 5n, sequence: 1n }),
      ],
      snapshotId: 7n,
      sequenceNumber: 9n,
    })
    expect(line).toMatchObject({
      content: 'data',
      specId: 0,
      sequenceNumber: 9n,
      minSequenceNumber: 4n,
      addedSnapshotId: 7n,
      addedFiles: 1,
      existingFiles: 1,
      deletedFiles: 1,
      addedRows: 2n,
      existingRows: 3n,
      deletedRows: 5n,
      partitions: [{ containsNull: true, containsNan: false }],
    })
    if (line === undefined) return
    const entries = await readManifest(state, line)
    expect(entries.map(({ dataSequenceNumber }) => dataSequenceNumber)).toEqual([9n, 4n, 1n])
    const stored = await state.services.store.head(line.path)
    expect(stored.sizeBytes).toBe(Number(line.lengthBytes))
  })

  it('are several when there are many entries, each under a name of its own', async () => {
    const { state } = await newRides({
      partitionBy: ['city'],
      properties: { 'commit.manifest.target-size-bytes': '4200' },
    })
    const entries = Array.from({ length: 21 }, (_, index) => entry('added', String(index)))
    const lines = await writeManifests(createWriteContext(state), {
      spec: currentSpec(state.metadata),
      entries,
      snapshotId: 7n,
      sequenceNumber: 1n,
    })
    expect(lines.map(({ addedFiles }) => addedFiles)).toEqual([10, 10, 1])
    expect(new Set(lines.map(({ path }) => path)).size).toBe(3)
  })

  it('are none without entries', async () => {
    const { state } = await newRides()
    const context = createWriteContext(state)
    const spec = currentSpec(state.metadata)
    const none = await writeManifests(context, {
      spec,
      entries: [],
      snapshotId: 7n,
      sequenceNumber: 1n,
    })
    expect(none).toEqual([])
  })
})
