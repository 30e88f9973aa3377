import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  decodePositions,
  encodePositions,
  positionSet,
} from '../../../../src/formats/puffin/roaring.ts'
import { runs } from '../../../support/runs.ts'
import { thrownBy } from '../../../support/thrown.ts'

const anyPosition = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
  fc.bigInt({ min: 0n, max: 200_000n }),
  fc.constantFrom(0n, 65_535n, 65_536n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 63n - 1n),
)

/** Some here and there, some in a row, and more in one container than are written one by one. */
const anyPositions: fc.Arbitrary<readonly bigint[]> = fc
  .array(
    fc.oneof(
      anyPosition.map((position) => [position]),
      fc
        .tuple(anyPosition, fc.nat({ max: 300 }), fc.constantFrom(1n, 2n, 7n))
        .map(([start, count, step]) =>
          Array.from({ length: count }, (_, index) => start + BigInt(index) * step),
        ),
      fc
        .tuple(fc.nat({ max: 3 }), fc.integer({ min: 4000, max: 4200 }))
        .map(([high, count]) =>
          Array.from({ length: count }, (_, index) => (BigInt(high) << 40n) + BigInt(index) * 13n),
        ),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.flat().filter((position) => position < 2n ** 63n))

function sorted(positions: Iterable<bigint>): readonly bigint[] {
  return [...BigInt64Array.from(new Set(positions)).sort()]
}

describe('bitmaps of row positions (spec: Deletion Vectors)', () => {
  it('spells three rows as one container of single values', () => {
    const bytes = encodePositions(positionSet([3n, 1n, 65_535n]))
    expect(Buffer.from(bytes).toString('hex')).toBe(
      '0100000000000000' + // one bitmap
        '00000000' + // of the lowest positions
        '3a30000001000000' + // without runs, of one container
        '0000' +
        '0200' + // the lowest, of three values
        '10000000' + // which begins here
        '01000300ffff',
    )
  })

  it('spells a hundred thousand rows in a row as two runs', () => {
    const rows = Array.from({ length: 100_000 }, (_, index) => BigInt(index))
    expect(encodePositions(positionSet(rows)).length).toBeLessThan(50)
  })

  it('is always read as it was written', () => {
    fc.assert(
      fc.property(anyPositions, fc.array(anyPosition), (positions, others) => {
        const set = decodePositions(encodePositions(positionSet(positions)))
        expect([...set.positions()]).toEqual(sorted(positions))
        expect(set.cardinality).toBe(BigInt(new Set(positions).size))
        for (const position of [...positions.slice(0, 50), ...others]) {
          expect(set.has(position)).toBe(positions.includes(position))
        }
      }),
      runs(60),
    )
  })

  it('is always the same before it was written', () => {
    fc.assert(
      fc.property(anyPositions, fc.array(anyPosition), (positions, others) => {
        const set = positionSet(positions)
        expect([...set.positions()]).toEqual(sorted(positions))
        for (const position of others) expect(set.has(position)).toBe(positions.includes(position))
      }),
      runs(60),
    )
  })

  it('is never read from damaged bytes by way of another error', () => {
    fc.assert(
      fc.property(anyPositions, fc.nat(), fc.nat({ max: 255 }), (positions, place, byte) => {
        const bytes = encodePositions(positionSet(positions))
        bytes[place % bytes.length] = byte
        try {
          const { positions: read } = decodePositions(bytes)
          const [...all] = read()
          expect(all).toEqual(sorted(all))
        } catch (error) {
          expect(error).toMatchObject({ kind: 'corrupt' })
        }
      }),
      runs(200),
    )
  })

  it('refuses bytes that end early and bytes that are left over', () => {
    const bytes = encodePositions(positionSet([1n, 70_000n, 2n ** 40n]))
    for (let length = 0; length < bytes.length; length += 1) {
      const cut = (): unknown => decodePositions(bytes.subarray(0, length))
      expect(thrownBy(cut)).toMatchObject({ kind: 'corrupt' })
    }
    const longer = (): unknown => decodePositions(Uint8Array.of(...bytes, 0))
    expect(thrownBy(longer)).toMatchObject({ kind: 'corrupt' })
  })
})

const folder = fileURLToPath(new URL('../../../../../shared/conformance/roaring/', import.meta.url))

/** Bitmaps that Iceberg Java and its tests have, with what is in them. Those of deletion vectors have a frame around. */
const FOREIGN: readonly (readonly [name: string, holds: (all: readonly bigint[]) => boolean])[] = [
  ['64map32bitvals.bin', (all) => all.length === 10 && all.every((value) => value < 2n ** 32n)],
  ['64mapempty.bin', (all) => all.length === 0],
  ['64mapspreadvals.bin', (all) => all.length === 100 && all[11] === (1n << 32n) + 1n],
]

describe.skipIf(!existsSync(folder))('bitmaps that others wrote', () => {
  it.each(FOREIGN)('%s', (name, holds) => {
    const bytes = new Uint8Array(readFileSync(folder + name))
    const set = decodePositions(bytes)
    const [...all] = set.positions()
    expect(holds(all), String(all)).toBe(true)
    expect(encodePositions(set).length).toBeLessThanOrEqual(bytes.length)
    expect([...decodePositions(encodePositions(set)).positions()]).toEqual(all)
  })
})
