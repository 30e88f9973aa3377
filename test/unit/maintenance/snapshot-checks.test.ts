import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { noTotals } from '../../../src/maintenance/doctor/manifest-digest.ts'
import type { ManifestDigest } from '../../../src/maintenance/doctor/manifest-digest.ts'
import { checkListed, repeatedPaths } from '../../../src/maintenance/doctor/snapshot-checks.ts'
import { runs } from '../../support/runs.ts'

interface Range {
  readonly start: bigint
  readonly end: bigint
}

function digest(parts: Partial<ManifestDigest>): ManifestDigest {
  return {
    totals: noTotals,
    paths: new Float64Array(),
    rowIdStarts: new BigInt64Array(),
    rowIdEnds: new BigInt64Array(),
    partitions: new Map(),
    deletes: [],
    ...parts,
  }
}

function checksOf(digests: readonly ManifestDigest[]): readonly string[] {
  const snapshot = {
    snapshotId: 1n,
    parentId: null,
    sequenceNumber: 9n,
    timestampMs: 0,
    manifestList: 'list',
    operation: 'append' as const,
    summary: new Map<string, string>(),
    schemaId: null,
  }
  const sequenceNumberOf = (): undefined => undefined
  const listed = {
    snapshot,
    manifests: [],
    digests,
    nextRowId: 50n,
    sequenceNumberOf,
    path: 'list',
  }
  return checkListed(listed).map(({ check }) => check)
}

const anyRange: fc.Arbitrary<Range> = fc
  .tuple(fc.nat({ max: 40 }), fc.nat({ max: 6 }))
  .map(([start, rows]) => ({ start: BigInt(start), end: BigInt(start + rows) }))

describe('row ids of the files of a snapshot (spec: Row Lineage)', () => {
  it('are always told to be given twice when two files have one', () => {
    fc.assert(
      fc.property(fc.array(fc.array(anyRange, { maxLength: 4 }), { maxLength: 4 }), (manifests) => {
        const ids = manifests.flat().flatMap(({ start, end }) => {
          return Array.from({ length: Number(end - start) }, (_, index) => start + BigInt(index))
        })
        const digests = manifests.map((ranges) =>
          digest({
            rowIdStarts: BigInt64Array.from(ranges, ({ start }) => start),
            rowIdEnds: BigInt64Array.from(ranges, ({ end }) => end),
          }),
        )
        const isTwice = new Set(ids).size < ids.length
        expect(checksOf(digests)).toEqual(isTwice ? ['row-id-overlap'] : [])
      }),
      runs(500),
    )
  })
})

describe('paths of a snapshot', () => {
  it('are always found exactly when they are repeated', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.nat({ max: 30 }), { maxLength: 5 }), { maxLength: 5 }),
        (manifests) => {
          const all = manifests.flat()
          const repeated = all.filter((path, index) => all.indexOf(path) !== index)
          const digests = manifests.map((paths) => digest({ paths: Float64Array.from(paths) }))
          expect(repeatedPaths(digests)).toEqual(new Set(repeated))
        },
      ),
      runs(300),
    )
  })
})

describe('deletes of a snapshot (spec: Scan Planning)', () => {
  const equality = {
    path: 'deletes',
    isEquality: true,
    isVector: false,
    partition: '0:s4:Oslo',
    dataSequenceNumber: 3n,
    referencedDataFile: null,
  }
  const dataOf = (partition: string, number: bigint): ManifestDigest =>
    digest({ partitions: new Map([[partition, number]]) })

  it.each([
    ['an older file of its partition', dataOf('0:s4:Oslo', 2n), []],
    ['a file of its own age', dataOf('0:s4:Oslo', 3n), ['dangling-delete']],
    ['an older file of another partition', dataOf('0:s4:Moss', 2n), ['dangling-delete']],
  ])('by equality are of use to %s', (_, data, expected) => {
    expect(checksOf([data, digest({ deletes: [equality] })])).toEqual(expected)
  })

  it('by position are of use to a file of their own age, and of the whole table by equality to any', () => {
    const data = dataOf('0:s4:Oslo', 3n)
    const byPosition = { ...equality, isEquality: false }
    expect(checksOf([data, digest({ deletes: [byPosition] })])).toEqual([])
    const ofAll = { ...equality, partition: null, dataSequenceNumber: 4n }
    expect(checksOf([data, digest({ deletes: [ofAll] })])).toEqual([])
    expect(checksOf([digest({ deletes: [ofAll] })])).toEqual(['dangling-delete'])
  })
})
