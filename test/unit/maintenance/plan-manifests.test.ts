import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { ManifestFile } from '../../../src/metadata/manifest-file.ts'
import {
  GOOD_SIZE_SHARE,
  outermost,
  partitionOrder,
  planManifests,
} from '../../../src/maintenance/plan-manifests.ts'
import type { ManifestStretch, PlacedManifest } from '../../../src/maintenance/plan-manifests.ts'
import type { PartitionSpec } from '../../../src/layout/partition-spec.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

const SPEC: PartitionSpec = {
  specId: 0,
  fields: [
    { sourceId: 1, fieldId: 1000, name: 'day', transform: { kind: 'identity' } },
    { sourceId: 2, fieldId: 1001, name: 'city', transform: { kind: 'identity' } },
  ],
}
const order = partitionOrder(SPEC, [{ kind: 'int' }, { kind: 'string' }])
const TARGET = 1000

function line(path: string, sizeBytes: number): ManifestFile {
  return {
    path,
    lengthBytes: BigInt(sizeBytes),
    specId: 0,
    content: 'data',
    sequenceNumber: 1n,
    minSequenceNumber: 1n,
    addedSnapshotId: 1n,
    addedFiles: 1,
    existingFiles: 0,
    deletedFiles: 0,
    addedRows: 1n,
    existingRows: 0n,
    deletedRows: 0n,
    partitions: null,
    keyMetadata: null,
  }
}

function placed(path: string, low: number, high: number, sizeBytes = TARGET): PlacedManifest {
  return { manifest: line(path, sizeBytes), low: [low, 'Oslo'], high: [high, 'Oslo'], files: 10 }
}

function plan(manifests: readonly PlacedManifest[]): readonly ManifestStretch[] {
  return planManifests(manifests, { order, targetBytes: TARGET })
}

/** The paths of each stretch, those that change with a star. */
function shown(manifests: readonly PlacedManifest[]): string[] {
  return plan(manifests).map(
    (stretch) =>
      `${stretch.manifests.map(({ manifest }) => manifest.path).join('+')}${stretch.isRewritten ? '*' : ''}`,
  )
}

describe('manifests that are written anew', () => {
  it('are those that share partitions, and those that are small', () => {
    expect(shown([placed('b', 5, 9), placed('a', 1, 4)])).toEqual(['a', 'b'])
    expect(shown([placed('b', 3, 9), placed('a', 1, 4)])).toEqual(['a+b*'])
    expect(shown([placed('a', 1, 2, 10), placed('b', 3, 4, 10), placed('c', 5, 6)])).toEqual([
      'a+b*',
      'c',
    ])
  })

  it('may share the partition in which one ends and the next begins', () => {
    expect(shown([placed('a', 1, 4), placed('b', 4, 4), placed('c', 4, 9)])).toEqual([
      'a',
      'b',
      'c',
    ])
  })

  it('are not a small one between two good ones, which is all that there is', () => {
    expect(shown([placed('a', 1, 2), placed('b', 3, 3, 10), placed('c', 5, 6)])).toEqual([
      'a',
      'b',
      'c',
    ])
  })

  it('are one that is far too large, unless it holds one file', () => {
    expect(shown([placed('a', 1, 2, 5 * TARGET)])).toEqual(['a*'])
    expect(shown([{ ...placed('a', 1, 1, 5 * TARGET), files: 1 }])).toEqual(['a'])
  })
})

describe('the order of partitions', () => {
  it('puts nulls first, and the named fields before all others', () => {
    const byCity = partitionOrder(SPEC, [{ kind: 'int' }, { kind: 'string' }], ['city'])
    const partitions = [
      [2, 'Bergen'],
      [1, null],
      [null, 'Oslo'],
      [1, 'Bergen'],
    ]
    expect(partitions.toSorted(order)).toEqual([
      [null, 'Oslo'],
      [1, null],
      [1, 'Bergen'],
      [2, 'Bergen'],
    ])
    expect(partitions.toSorted(byCity)).toEqual([
      [1, null],
      [1, 'Bergen'],
      [2, 'Bergen'],
      [null, 'Oslo'],
    ])
  })

  it('has no field that the spec does not have', () => {
    expect(thrownBy(() => partitionOrder(SPEC, [], ['month']))).toMatchObject({
      kind: 'invalid',
      context: { field: 'month', fields: 'day, city' },
    })
  })
})

const anyPlaced = fc
  .array(
    fc.record({
      low: fc.integer({ min: 0, max: 30 }),
      width: fc.integer({ min: 0, max: 6 }),
      sizeBytes: fc.integer({ min: 1, max: 1500 }),
    }),
    { maxLength: 20 },
  )
  .map((some) =>
    some.map(({ low, width, sizeBytes }, index) =>
      placed(`m${index}`, low, low + width, sizeBytes),
    ),
  )

/** Stretches as they are once they are written: files in order, a good size each but for the last. */
function written(stretch: ManifestStretch, index: number): readonly PlacedManifest[] {
  if (!stretch.isRewritten) return stretch.manifests
  const ends = stretch.manifests.flatMap(({ low, high }) => [low, high]).toSorted(order)
  const sizeBytes = stretch.manifests.reduce(
    (sum, { manifest }) => sum + Number(manifest.lengthBytes),
    0,
  )
  const goodBytes = TARGET * GOOD_SIZE_SHARE
  const pieces = Math.max(1, Math.ceil(sizeBytes / goodBytes))
  const cuts = Array.from({ length: pieces + 1 }, (_, cut) =>
    Math.round((cut * (ends.length - 1)) / pieces),
  )
  return cuts.slice(1).map((end, piece) => ({
    manifest: line(
      `w${index}.${piece}`,
      piece === pieces - 1 ? sizeBytes - goodBytes * piece : goodBytes,
    ),
    low: ends[cuts[piece] ?? 0] ?? [],
    high: ends[end] ?? [],
    files: 10,
  }))
}

describe('a plan for manifests', () => {
  it('always has each of them once', () => {
    fc.assert(
      fc.property(anyPlaced, (manifests) => {
        const planned = plan(manifests).flatMap((stretch) => stretch.manifests)
        expect(new Set(planned)).toEqual(new Set(manifests))
        expect(planned).toHaveLength(manifests.length)
      }),
      runs(300),
    )
  })

  it('never lets two stretches overlap', () => {
    fc.assert(
      fc.property(anyPlaced, (manifests) => {
        const ends = plan(manifests).map((stretch) =>
          outermost(
            stretch.manifests.flatMap(({ low, high }) => [low, high]),
            order,
          ),
        )
        for (const [index, next] of ends.slice(1).entries()) {
          const before = ends[index]
          expect(order(next?.low ?? [], before?.high ?? [])).toBeGreaterThanOrEqual(0)
        }
      }),
      runs(300),
    )
  })

  it('never keeps two small manifests next to each other', () => {
    fc.assert(
      fc.property(anyPlaced, (manifests) => {
        const sizes = plan(manifests).map(({ isRewritten, manifests: [only] }) =>
          isRewritten ? 'anew' : Number(only?.manifest.lengthBytes) < TARGET * GOOD_SIZE_SHARE,
        )
        for (const [index, isSmall] of sizes.slice(1).entries()) {
          expect(isSmall === true && sizes[index] !== false).toBe(false)
        }
      }),
      runs(300),
    )
  })

  it('never has anything to do once it has been done', () => {
    fc.assert(
      fc.property(anyPlaced, (manifests) => {
        const after = plan(manifests).flatMap(written)
        expect(plan(after).filter(({ isRewritten }) => isRewritten)).toEqual([])
      }),
      runs(300),
    )
  })
})
