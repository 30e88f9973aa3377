import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { assignFirstRowIds, inheritRowIds } from '../../../src/metadata/first-row-ids.ts'
import type { ManifestFile } from '../../../src/metadata/manifest-file.ts'
import { anyDataFileOf, anyEntryOf, anyManifestFileOf } from '../../support/arbitraries/metadata.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

const anyLines = fc.array(anyManifestFileOf(3), { maxLength: 6 })

function rowsOf(line: ManifestFile): bigint {
  return (line.addedRows ?? 0n) + (line.existingRows ?? 0n)
}

describe('first row ids of manifests (spec: First Row ID Assignment)', () => {
  it('never gives two manifests the same rows, and never changes one that has an id', () => {
    fc.assert(
      fc.property(anyLines, fc.bigInt({ min: 0n, max: 1n << 60n }), (lines, firstRowId) => {
        const { manifests, nextRowId } = assignFirstRowIds(lines, firstRowId)
        let free = firstRowId
        for (const [index, line] of lines.entries()) {
          if (line.content === 'deletes' || line.firstRowId !== undefined) {
            expect(manifests[index]).toBe(line)
            continue
          }
          expect(manifests[index]).toEqual({ ...line, firstRowId: free })
          free += rowsOf(line)
        }
        expect(nextRowId).toBe(free)
      }),
      runs(200),
    )
  })

  it('always changes nothing a second time', () => {
    fc.assert(
      fc.property(anyLines, fc.bigInt({ min: 0n, max: 1n << 60n }), (lines, firstRowId) => {
        const { manifests, nextRowId } = assignFirstRowIds(lines, firstRowId)
        expect(assignFirstRowIds(manifests, nextRowId)).toEqual({ manifests, nextRowId })
      }),
      runs(100),
    )
  })

  it('refuses to guess the rows of a manifest that does not count them', () => {
    const [line] = fc.sample(anyManifestFileOf(1), { numRuns: 1, seed: 1 })
    if (line === undefined) throw new Error('one was asked for')
    const lines = [{ ...line, addedRows: null }]
    expect(thrownBy(() => assignFirstRowIds(lines, 0n))).toMatchObject({
      kind: 'unsupported',
      context: { manifest: line.path },
    })
  })
})

describe('first row ids of files (spec: First Row ID Inheritance)', () => {
  const unpartitioned = { specId: 0, fields: [] }
  const empty = { schemaId: 0, fields: [], identifierFieldIds: [] }
  const anyEntries = fc.array(anyEntryOf(anyDataFileOf(unpartitioned, empty, 'data', 3), 3), {
    maxLength: 8,
  })
  const anyLine = anyManifestFileOf(3).filter(({ content }) => content === 'data')

  it('always follow each other for live files without one, and deleted files take none', () => {
    fc.assert(
      fc.property(anyLine, anyEntries, fc.nat(), (line, entries, first) => {
        const inherited = entries.map(inheritRowIds({ ...line, firstRowId: BigInt(first) }))
        let free = BigInt(first)
        for (const [index, { status, file }] of entries.entries()) {
          const isGiven = status !== 'deleted' && file.firstRowId === undefined
          expect(inherited[index]?.file.firstRowId).toBe(isGiven ? free : file.firstRowId)
          if (isGiven) free += file.recordCount
        }
      }),
      runs(200),
    )
  })
})
