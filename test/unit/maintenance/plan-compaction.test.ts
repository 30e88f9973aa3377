import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { checkPolicy, planGroups } from '../../../src/maintenance/plan-compaction.ts'
import type {
  CompactionCandidate,
  CompactionPolicy,
  FileGroup,
  LeftAlone,
} from '../../../src/maintenance/plan-compaction.ts'
import type { ManifestEntry } from '../../../src/metadata/manifest-entry.ts'
import { noMetrics } from '../../../src/types/metrics.ts'
import { runs } from '../../support/runs.ts'

const TARGET = 1_000

const POLICY: CompactionPolicy = {
  targetBytes: TARGET,
  minFileBytes: 750,
  maxFileBytes: 1_800,
  minInputFiles: 5,
  rewriteAll: false,
  maxGroupBytes: 1_000_000,
  maxFiles: Infinity,
  outputSpecId: 0,
}

interface FileLike {
  readonly bytes: number
  readonly partition?: string
  readonly specId?: number
  readonly rows?: number
  readonly leftAlone?: LeftAlone | null
}

function candidateOf(
  { bytes, partition = 'Oslo', specId = 0, rows = bytes, leftAlone = null }: FileLike,
  index: number,
): CompactionCandidate {
  const entry: ManifestEntry = {
    status: 'added',
    snapshotId: 1n,
    dataSequenceNumber: 1n,
    fileSequenceNumber: 1n,
    file: {
      content: 'data',
      path: `memory:/${index}.parquet`,
      format: 'parquet',
      specId,
      partition: [partition],
      recordCount: BigInt(rows),
      fileSizeBytes: BigInt(bytes),
      metrics: noMetrics,
      splitOffsets: null,
      equalityIds: null,
      sortOrderId: null,
      keyMetadata: null,
    },
  }
  return { entry, partitionKey: partition, leftAlone }
}

function plan(
  files: readonly FileLike[],
  policy: Partial<CompactionPolicy> = {},
): readonly FileGroup[] {
  return planGroups(files.map(candidateOf), { ...POLICY, ...policy }).groups
}

/** `[sizes of inputs, number of outputs]` of each group. */
function shapes(groups: readonly FileGroup[]): readonly (readonly [readonly number[], number])[] {
  return groups.map(({ inputs, outputFiles }) => [
    inputs.map(({ file }) => Number(file.fileSizeBytes)),
    outputFiles,
  ])
}

function small(count: number, bytes = 100): readonly FileLike[] {
  return Array.from({ length: count }, () => ({ bytes }))
}

describe('groups of files to compact', () => {
  it('are of five small files, or of fewer that are more than a file together', () => {
    expect(plan(small(4))).toEqual([])
    expect(shapes(plan(small(5)))).toEqual([[[100, 100, 100, 100, 100], 1]])
    expect(shapes(plan(small(2, 600)))).toEqual([[[600, 600], 1]])
    expect(plan([{ bytes: 700 }])).toEqual([])
  })

  it('leave files of a good size as they are, and cut those that are too large', () => {
    expect(plan([{ bytes: 750 }, { bytes: 1_800 }])).toEqual([])
    expect(shapes(plan([{ bytes: 1_801 }]))).toEqual([[[1_801], 2]])
    expect(shapes(plan([{ bytes: 10_000 }]))).toEqual([[[10_000], 10]])
    expect(plan([{ bytes: 10_000, rows: 1 }])).toEqual([])
  })

  it('take files of any size where all are to be rewritten', () => {
    expect(shapes(plan([{ bytes: 1_000 }], { rewriteAll: true }))).toEqual([[[1_000], 1]])
  })

  it('are of one partition each', () => {
    const files = [...small(5), ...small(4).map((file) => ({ ...file, partition: 'Rome' }))]
    expect(shapes(plan(files))).toEqual([[[100, 100, 100, 100, 100], 1]])
  })

  it('are of all partitions where files are of another spec', () => {
    const files = small(5).map((file, index) => ({ ...file, specId: 1, partition: `${index}` }))
    const [group, ...others] = plan(files)
    expect(others).toEqual([])
    expect(group).toMatchObject({ partition: null, bytes: 500n, rows: 500n })
  })

  it('are without files that have row-level deletes, which are counted', () => {
    const files = [...small(5), { bytes: 100, leftAlone: 'row-level deletes' as const }]
    const { groups, leftAlone } = planGroups(files.map(candidateOf), POLICY)
    expect(shapes(groups)).toEqual([[[100, 100, 100, 100, 100], 1]])
    expect([...leftAlone]).toEqual([['row-level deletes', 1]])
  })

  it('are whole, and as many as there may be files', () => {
    const files = ['Oslo', 'Rome', 'Bodø'].flatMap((partition) =>
      small(partition === 'Rome' ? 9 : 5).map((file) => ({ ...file, partition })),
    )
    const groups = plan(files, { maxFiles: 10 })
    expect(groups.map(({ partition }) => partition)).toEqual([['Oslo'], ['Bodø']])
  })

  it('are cut where no run could rewrite one whole, so that each does its part', () => {
    for (const files of [small(11), small(25), small(1_000)]) {
      const [group, ...others] = plan(files, { maxFiles: 10 })
      expect(group?.inputs).toHaveLength(10)
      expect(others).toEqual([])
    }
    expect(plan(small(11), { maxFiles: 4 })).toEqual([])
    expect(plan(small(11), { maxFiles: 0 })).toEqual([])
  })

  it('are refused where they would be rewritten over and over', () => {
    for (const wrong of [
      { maxGroupBytes: 1_999 },
      { minFileBytes: 1_000 },
      { maxFileBytes: 1_000 },
      { minFileBytes: 950, maxFileBytes: 1_850 },
      { minInputFiles: 0 },
      { targetBytes: 0.5 },
      { maxFiles: -1 },
    ]) {
      expect(() => checkPolicy({ ...POLICY, ...wrong })).toThrow(
        expect.objectContaining({ kind: 'invalid' }),
      )
    }
    expect(() => checkPolicy(POLICY)).not.toThrow()
  })
})

const anyFile = fc.record({
  bytes: fc.oneof(
    fc.integer({ min: 1, max: 2_500 }),
    fc.constantFrom(1, 749, 750, 751, 1_800, 1_801, 2_000, 2_001, 20_000),
  ),
  partition: fc.constantFrom('Oslo', 'Rome', 'Bodø'),
  specId: fc.constantFrom(0, 0, 0, 1),
  leftAlone: fc.constantFrom<(LeftAlone | null)[]>(null, null, null, 'row-level deletes'),
})

const anyFiles = fc.array(anyFile, { maxLength: 40 })

const anyPolicy = fc.record({
  minInputFiles: fc.integer({ min: 1, max: 6 }),
  maxGroupBytes: fc.constantFrom(2_000, 2_500, 7_000, 1_000_000),
  maxFiles: fc.constantFrom(Infinity, Infinity, 7),
  rewriteAll: fc.constantFrom(false, false, true),
})

describe('a plan', () => {
  it('never has a file twice, one that is to stay, or a group that is too large', () => {
    fc.assert(
      fc.property(anyFiles, anyPolicy, (files, policy) => {
        const candidates = files.map(candidateOf)
        const { groups } = planGroups(candidates, { ...POLICY, ...policy })
        const inputs = groups.flatMap((group) => group.inputs)
        expect(new Set(inputs).size).toBe(inputs.length)
        expect(inputs.length).toBeLessThanOrEqual(policy.maxFiles)
        const byEntry = new Map(candidates.map((candidate) => [candidate.entry, candidate]))
        for (const { inputs: ofGroup, bytes, rows, partition } of groups) {
          const known = ofGroup.flatMap((entry) => byEntry.get(entry) ?? [])
          expect(known.every(({ leftAlone }) => leftAlone === null)).toBe(true)
          expect(ofGroup.length === 1 || bytes <= BigInt(policy.maxGroupBytes)).toBe(true)
          const size = ofGroup.reduce((sum, { file }) => sum + file.fileSizeBytes, 0n)
          expect([bytes, rows]).toEqual([size, size])
          const keys = new Set(known.map(({ partitionKey }) => partitionKey))
          if (partition !== null) expect([...keys]).toEqual(partition)
          const specs = new Set(ofGroup.map(({ file }) => file.specId))
          expect([...specs]).toEqual([partition === null ? 1 : 0])
        }
      }),
      runs(300),
    )
  })

  it('always cuts what is enough for a file into files of a good size', () => {
    fc.assert(
      fc.property(anyFiles, (files) => {
        for (const { bytes, outputFiles, partition } of plan(files)) {
          const each = Number(bytes) / outputFiles
          if (partition === null || bytes < 800n) continue
          expect(each).toBeGreaterThanOrEqual(750 * 1.03)
          expect(each).toBeLessThanOrEqual(1_800 * 0.97)
        }
      }),
      runs(300),
    )
  })

  it('always has nothing to do for what a run leaves, though files come out a little larger or smaller', () => {
    const anyDrift = fc.double({ min: 0.97, max: 1.03, noNaN: true })
    fc.assert(
      fc.property(anyFiles, anyPolicy, anyDrift, (files, policy, drift) => {
        const own = files.map((file) => ({ ...file, specId: 0 }))
        const given = { ...POLICY, ...policy, maxFiles: Infinity, rewriteAll: false }
        const { groups } = planGroups(own.map(candidateOf), given)
        const gone = new Set(groups.flatMap(({ inputs }) => inputs.map(({ file }) => file.path)))
        const stays = own.filter((_, index) => !gone.has(`memory:/${index}.parquet`))
        const comes = groups.flatMap(({ bytes, outputFiles, partitionKey }) =>
          Array.from({ length: outputFiles }, () => ({
            bytes: Math.round((Number(bytes) / outputFiles) * drift),
            partition: partitionKey,
          })),
        )
        expect(shapes(planGroups([...stays, ...comes].map(candidateOf), given).groups)).toEqual([])
      }),
      runs(500),
    )
  })
})
