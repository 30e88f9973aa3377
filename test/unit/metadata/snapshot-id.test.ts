import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { newSnapshotId } from '../../../src/metadata/snapshot-id.ts'
import { fixedEnvironment } from '../../support/fixed-environment.ts'
import { runs } from '../../support/runs.ts'

function idOf(bytes: Uint8Array): bigint {
  return newSnapshotId({ ...fixedEnvironment(), randomBytes: () => bytes })
}

describe('a snapshot id', () => {
  it('folds the halves of sixteen bytes into each other', () => {
    const bytes = Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 3])
    expect(idOf(bytes)).toBe(6n)
  })

  it('is never zero or negative', () => {
    expect(idOf(new Uint8Array(16))).toBe(1n)
    expect(idOf(Uint8Array.from([0x80, ...Array<number>(15).fill(0)]))).toBe(1n)
  })

  it('always is a positive number of 63 bits, wherever the bytes lie', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const id = idOf(bytes)
        expect(id > 0n && id < 1n << 63n).toBe(true)
        const within = new Uint8Array(24)
        within.set(bytes, 5)
        expect(idOf(within.subarray(5, 21))).toBe(id)
      }),
      runs(200),
    )
  })
})
