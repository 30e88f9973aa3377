import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  decodeDeletionVector,
  encodeDeletionVector,
} from '../../../../src/formats/puffin/deletion-vector.ts'
import { positionSet } from '../../../../src/formats/puffin/roaring.ts'
import { runs } from '../../../support/runs.ts'
import { thrownBy } from '../../../support/thrown.ts'

const anyPositions = fc.uniqueArray(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), { maxLength: 40 })

describe('deletion vectors (spec: Deletion Vectors)', () => {
  it('always delete the rows that they were written for', () => {
    fc.assert(
      fc.property(anyPositions, (positions) => {
        const vector = decodeDeletionVector(encodeDeletionVector(positionSet(positions)))
        expect(vector.cardinality).toBe(BigInt(positions.length))
        for (const position of positions) expect(vector.has(position)).toBe(true)
      }),
      runs(100),
    )
  })

  it('are never read when a byte of them has changed', () => {
    fc.assert(
      fc.property(
        anyPositions,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (positions, place, flip) => {
          const blob = encodeDeletionVector(positionSet(positions))
          const at = place % blob.length
          blob[at] = (blob[at] ?? 0) ^ flip
          expect(thrownBy(() => decodeDeletionVector(blob))).toMatchObject({ kind: 'corrupt' })
        },
      ),
      runs(100),
    )
  })

  it('are never read when they are cut off', () => {
    const blob = encodeDeletionVector(positionSet([1n, 5n]))
    for (let length = 0; length < blob.length; length += 1) {
      const cut = (): unknown => decodeDeletionVector(blob.subarray(0, length))
      expect(thrownBy(cut)).toMatchObject({ kind: 'corrupt' })
    }
  })
})

const folder = fileURLToPath(new URL('../../../../../shared/conformance/', import.meta.url))

/** What Iceberg Java and its tests wrote, byte for byte. */
const FOREIGN: readonly (readonly [name: string, positions: readonly bigint[]])[] = [
  ['roaring/empty-position-index.bin', []],
  ['roaring/small-alternating-values-position-index.bin', [1n, 3n, 5n, 7n, 9n]],
  [
    'roaring/small-and-large-values-position-index.bin',
    [100n, 101n, 2_147_483_747n, 2_147_483_748n],
  ],
]

describe.skipIf(!existsSync(folder))('deletion vectors that others wrote', () => {
  it.each(FOREIGN)('%s', (name, positions) => {
    const blob = new Uint8Array(readFileSync(folder + name))
    expect([...decodeDeletionVector(blob).positions()]).toEqual(positions)
    expect(encodeDeletionVector(positionSet(positions))).toEqual(blob)
  })

  it('of all kinds of containers are written anew byte for byte', () => {
    const path = `${folder}roaring/all-container-types-position-index.bin`
    const blob = new Uint8Array(readFileSync(path))
    const vector = decodeDeletionVector(blob)
    expect(vector.cardinality).toBeGreaterThan(0n)
    expect(encodeDeletionVector(vector)).toEqual(blob)
  })
})
