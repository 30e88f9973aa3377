import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { manifestBins } from '../../../src/metadata/manifest-bins.ts'
import type { MergePolicy } from '../../../src/metadata/manifest-bins.ts'
import type { ManifestFile } from '../../../src/metadata/manifest-file.ts'
import { runs } from '../../support/runs.ts'

function manifestOf(path: string, parts: Partial<ManifestFile>): ManifestFile {
  return {
    path,
    lengthBytes: 10n,
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
    ...parts,
  }
}

function policyOf(targetBytes: bigint, minCount: number): MergePolicy {
  return { targetBytes, minCount, canRewrite: ({ keyMetadata }) => keyMetadata === null }
}

/** Names of manifests of these sizes, newest first, bin by bin. */
function binsOf(sizes: Record<string, number>, minCount: number): string[] {
  const manifests = Object.entries(sizes).map(([path, size]) =>
    manifestOf(path, { lengthBytes: BigInt(size) }),
  )
  return namesOf(manifestBins(manifests, policyOf(100n, minCount)))
}

function namesOf(bins: readonly (readonly ManifestFile[])[]): string[] {
  return bins.map((bin) => bin.map(({ path }) => path).join(''))
}

describe('bins of manifests', () => {
  it('are filled from the oldest on, up to the target', () => {
    expect(binsOf({ e: 40, d: 40, c: 40, b: 40, a: 40 }, 1)).toEqual(['e', 'dc', 'ba'])
    expect(binsOf({ c: 40, b: 60, a: 100 }, 1)).toEqual(['cb', 'a'])
    expect(binsOf({ c: 1, b: 101, a: 1 }, 1)).toEqual(['c', 'b', 'a'])
  })

  it('wait for enough only where the newest manifest is', () => {
    const sizes = { d: 40, c: 40, b: 40, a: 40 }
    expect(binsOf(sizes, 3)).toEqual(['d', 'c', 'ba'])
    expect(binsOf(sizes, 2)).toEqual(['dc', 'ba'])
  })

  it('hold one spec and one content, and nothing that cannot be written anew', () => {
    const parts: Record<string, Partial<ManifestFile>> = {
      g: {},
      f: { specId: 1 },
      e: { content: 'deletes' },
      d: {},
      c: { keyMetadata: Uint8Array.of(1) },
      b: { content: 'deletes' },
      a: {},
    }
    const manifests = Object.entries(parts).map(([path, part]) => manifestOf(path, part))
    expect(namesOf(manifestBins(manifests, policyOf(100n, 2)))).toEqual(['gd', 'c', 'a', 'f', 'eb'])
  })

  it('always hold each manifest once, in order, and are merged only as the policy allows', () => {
    fc.assert(
      fc.property(anyManifests, fc.bigInt(1n, 60n), fc.nat(5), (manifests, target, minCount) => {
        const policy = policyOf(target, minCount)
        const bins = manifestBins(manifests, policy)
        for (const [content, specId] of groups) {
          const isOf = (one: ManifestFile): boolean =>
            one.content === content && one.specId === specId
          expect(bins.flat().filter(isOf)).toEqual(manifests.filter(isOf))
        }
        expect(bins.flat()).toHaveLength(manifests.length)
        for (const bin of bins.filter(({ length }) => length > 1)) {
          expect(new Set(bin.map((one) => `${one.content} ${one.specId}`)).size).toBe(1)
          expect(bin.every(policy.canRewrite)).toBe(true)
          expect(bytesOf(bin) <= target).toBe(true)
          const newest = manifests.find((one) => one.content === bin[0]?.content)
          if (bin.some((one) => one === newest)) expect(bin.length).toBeGreaterThanOrEqual(minCount)
        }
      }),
      runs(300),
    )
  })

  it('always leave no room in an older bin that the next newer manifest would fit into', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt(0n, 60n)), fc.bigInt(1n, 100n), (sizes, target) => {
        const manifests = sizes.map((lengthBytes, index) =>
          manifestOf(String(index), { lengthBytes }),
        )
        const bins = manifestBins(manifests, policyOf(target, 0)).toReversed()
        for (const [index, bin] of bins.entries()) {
          const next = bins[index + 1]?.at(-1)
          if (next !== undefined) expect(bytesOf(bin) + next.lengthBytes > target).toBe(true)
        }
      }),
      runs(200),
    )
  })

  it('always let commits that are all alike rewrite little, and leave few manifests', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 10 }),
        fc.integer({ min: 5, max: 40 }),
        (count, full) => {
          // A manifest is a header of 10 bytes, and 1 for each of its files.
          const policy = policyOf(BigInt(10 * full), count)
          let manifests: readonly ManifestFile[] = []
          let written = 0
          const commits = 300
          for (let commit = 0; commit < commits; commit += 1) {
            const added = manifestOf(`m${commit}`, { lengthBytes: 11n })
            manifests = manifestBins([added, ...manifests], policy).map((bin, index) => {
              if (bin.length === 1) return bin[0] ?? added
              const files = bytesOf(bin) - 10n * BigInt(bin.length)
              written += Number(files)
              return manifestOf(`${commit}-${index}`, { lengthBytes: 10n + files })
            })
          }
          expect(written).toBeLessThan(2 * commits * ((10 * full) / (count - 1) + full))
          expect(manifests.length).toBeLessThan(
            count + Math.ceil((2 * commits) / (10 * full - 21)) + 1,
          )
        },
      ),
      runs(100),
    )
  })
})

const groups = [
  ['data', 0],
  ['data', 1],
  ['deletes', 0],
  ['deletes', 1],
] as const

const anyManifests = fc
  .array(
    fc.record({
      lengthBytes: fc.bigInt(0n, 40n),
      specId: fc.nat(1),
      content: fc.constantFrom('data' as const, 'deletes' as const),
      keyMetadata: fc.constantFrom(null, null, null, Uint8Array.of(1)),
    }),
    { maxLength: 20 },
  )
  .map((parts) => parts.map((part, index) => manifestOf(String(index), part)))

function bytesOf(bin: readonly ManifestFile[]): bigint {
  return bin.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0n)
}
