import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { ManifestEntry } from '../../../src/metadata/manifest-entry.ts'
import { currentSpec } from '../../../src/metadata/table-metadata.ts'
import { readManifest } from '../../../src/table/manifest-io.ts'
import { noMetrics } from '../../../src/types/metrics.ts'
import { RollingManifests } from '../../../src/write/rolling-manifests.ts'
import { createWriteContext } from '../../../src/write/write-context.ts'
import { newRides } from '../../support/rides.ts'
import { runs } from '../../support/runs.ts'

/** An entry of a file whose name takes so many characters, which do not compress. */
function entryOf(index: number, city: string, nameLength: number): ManifestEntry {
  const name = Array.from({ length: nameLength }, (_, at) =>
    String.fromCodePoint(97 + ((index * 7919 + at * at * 31) % 26)),
  ).join('')
  return {
    status: 'existing',
    snapshotId: 1n,
    dataSequenceNumber: BigInt(1 + (index % 3)),
    fileSequenceNumber: 1n,
    file: {
      content: 'data',
      path: `memory:/${index}/${name}`,
      format: 'parquet',
      specId: 0,
      partition: [city],
      recordCount: 2n,
      fileSizeBytes: 10n,
      metrics: { ...noMetrics, valueCounts: new Map([[1, 2n]]) },
      splitOffsets: null,
      equalityIds: null,
      sortOrderId: null,
      keyMetadata: null,
    },
  }
}

const anyEntries = fc
  .array(
    fc.record({
      partition: fc.integer({ min: 0, max: 8 }),
      nameLength: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 3000 })),
    }),
    { minLength: 1, maxLength: 120 },
  )
  .map((all) =>
    all
      .toSorted((left, right) => left.partition - right.partition)
      .map(({ partition, nameLength }, index) => entryOf(index, `city ${partition}`, nameLength)),
  )

describe('manifests that are rolled over', () => {
  it('always list all entries in order, in files of a good size but for the last', async () => {
    const rides = await newRides({ partitionBy: ['city'] })
    const { state } = rides
    await fc.assert(
      fc.asyncProperty(
        anyEntries,
        fc.integer({ min: 5_000, max: 30_000 }),
        async (entries, targetBytes) => {
          const goodBytes = targetBytes * 0.75
          const roller = new RollingManifests(createWriteContext(state), {
            spec: currentSpec(state.metadata),
            content: 'data',
            snapshotId: 9n,
            sequenceNumber: 9n,
            targetBytes,
            goodBytes,
          })
          let last: unknown = entries[0]?.file.partition[0]
          for (const entry of entries) {
            const [city] = entry.file.partition
            await roller.add(entry, city !== last)
            last = city
          }
          const lines = await roller.close()
          const read = await Promise.all(lines.map((line) => readManifest(state, line)))
          expect(read.flat()).toEqual(entries)
          for (const [index, line] of lines.entries()) {
            const own = read[index] ?? []
            expect(line).toMatchObject({
              existingFiles: own.length,
              existingRows: BigInt(own.length * 2),
              addedFiles: 0,
              deletedFiles: 0,
              addedSnapshotId: 9n,
            })
            expect(own.length).toBeGreaterThan(0)
            if (index < lines.length - 1)
              expect(Number(line.lengthBytes)).toBeGreaterThanOrEqual(goodBytes)
          }
        },
      ),
      runs(40),
    )
  })

  it('are none for no entries', async () => {
    const { state } = await newRides({ partitionBy: ['city'] })
    const target = { content: 'data', snapshotId: 9n, sequenceNumber: 9n } as const
    const sizes = { targetBytes: 1000, goodBytes: 750 }
    const spec = currentSpec(state.metadata)
    const roller = new RollingManifests(createWriteContext(state), { ...target, ...sizes, spec })
    expect(await roller.close()).toEqual([])
  })
})
