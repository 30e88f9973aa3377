import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { batchFromValues } from '../../../src/formats/arrow/builders.ts'
import { columnsOf } from '../../../src/formats/arrow/column-data.ts'
import { allCopies } from '../../../src/formats/arrow/ordered-rows.ts'
import { rowsOf } from '../../../src/formats/arrow/rows.ts'
import { sliceBatch } from '../../../src/formats/arrow/take.ts'
import { interleave, orderedWords, zorderColumns } from '../../../src/maintenance/zorder.ts'
import type { OrderedWords } from '../../../src/maintenance/zorder.ts'
import { zorderedRows } from '../../../src/maintenance/zordered-rows.ts'
import { comparatorOf } from '../../../src/types/compare.ts'
import { schema, t } from '../../../src/types/define.ts'
import type { Schema } from '../../../src/types/schema.ts'
import type { PrimitiveType } from '../../../src/types/type.ts'
import type { PrimitiveValue } from '../../../src/types/value.ts'
import { anyPrimitiveTypeOf } from '../../support/arbitraries/types.ts'
import { anyPrimitiveValueOf } from '../../support/arbitraries/values.ts'
import { runs } from '../../support/runs.ts'
import { collect, streamOf } from '../../support/streams.ts'

/** The 64 bits of each value. */
function bitsOf(
  type: PrimitiveType,
  values: readonly (PrimitiveValue | null)[],
  skipped = 0,
): readonly bigint[] {
  const table: Schema = {
    schemaId: 0,
    identifierFieldIds: [],
    fields: [{ id: 1, name: 'c', required: false, type }],
  }
  const rows = values.map((value) => [value])
  const batch = sliceBatch(batchFromValues(table, rows), skipped, rows.length)
  const [data] = columnsOf(batch)
  if (data === undefined) return []
  const { high, low } = orderedWords(type, data)
  return Array.from(high, (word, row) => (BigInt(word) << 32n) | BigInt(low[row] ?? 0))
}

/** The bits of columns taken in turn, one after the other. */
function slowlyInterleaved(columns: readonly bigint[]): string {
  let bits = ''
  for (let place = 63n; place >= 0n; place -= 1n) {
    for (const column of columns) bits += String((column >> place) & 1n)
  }
  return bits
}

function wordsOf(values: readonly bigint[]): OrderedWords {
  return {
    high: Uint32Array.from(values, (value) => Number(value >> 32n)),
    low: Uint32Array.from(values, (value) => Number(value & 0xffffffffn)),
  }
}

describe('the bits of a value', () => {
  it('are those of its number, with the sign turned round', () => {
    const top = 1n << 63n
    expect(bitsOf({ kind: 'int' }, [0, 1, -1, null])).toEqual([top, top + 1n, top - 1n, 0n])
    expect(bitsOf({ kind: 'long' }, [0n, 1n, -1n])).toEqual([top, top + 1n, top - 1n])
    expect(bitsOf({ kind: 'boolean' }, [false, true])).toEqual([0n, top])
  })

  it('put minus zero before zero, and all NaN above all others', () => {
    const values = [-Infinity, -1, -0, 0, 1, Infinity, Number.NaN]
    const bits = bitsOf({ kind: 'double' }, values)
    expect(new Set(bits).size).toBe(values.length)
    expect(bits).toEqual(bits.toSorted((left, right) => (left < right ? -1 : 1)))
    expect(bitsOf({ kind: 'float' }, values)).toEqual(bits)
  })

  it('are the first eight bytes of a text', () => {
    expect(bitsOf({ kind: 'string' }, ['', 'a', 'abcdefgh', 'abcdefghi', '\u{10000}'])).toEqual([
      0n,
      0x6100000000000000n,
      0x6162636465666768n,
      0x6162636465666768n,
      0xf090808000000000n,
    ])
  })

  it('always are in the order of the values of any type, as far as they tell them apart', () => {
    const anyCase = anyPrimitiveTypeOf(3)
      .filter(({ kind }) => kind !== 'geometry' && kind !== 'geography' && kind !== 'unknown')
      .chain((type) =>
        fc.record({
          type: fc.constant(type),
          values: fc.array(fc.option(anyPrimitiveValueOf(type)), { minLength: 2, maxLength: 9 }),
          skipped: fc.constantFrom(0, 1),
        }),
      )
    fc.assert(
      fc.property(anyCase, ({ type, values, skipped }) => {
        const compare = comparatorOf(type)
        const kept = values.slice(skipped)
        const bits = bitsOf(type, values, skipped)
        for (const [index, left] of kept.entries()) {
          for (const [other, right] of kept.entries()) {
            const isAbove = (bits[index] ?? 0n) > (bits[other] ?? 0n)
            if (isAbove) expect(left === null).toBe(false)
            if (isAbove && left !== null && right !== null) {
              expect(compare(left, right)).toBeGreaterThan(0)
            }
          }
        }
      }),
      runs(300),
    )
  })
})

describe('places on the curve', () => {
  it('always have the bits of the columns in turn', () => {
    const anyBits = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })
    const anyRows = fc
      .integer({ min: 1, max: 5 })
      .chain((count) => fc.array(fc.array(anyBits, { minLength: count, maxLength: count })))
    fc.assert(
      fc.property(anyRows, (rows) => {
        const count = rows[0]?.length ?? 1
        const columns = Array.from({ length: count }, (_, column) =>
          wordsOf(rows.map((row) => row[column] ?? 0n)),
        )
        const keys = interleave(columns, rows.length)
        for (const [index, row] of rows.entries()) {
          const key = keys.subarray(index * count * 8, (index + 1) * count * 8)
          const bits = Array.from(key, (byte) => byte.toString(2).padStart(8, '0')).join('')
          expect(bits).toBe(slowlyInterleaved(row))
        }
      }),
      runs(100),
    )
  })

  const Point = schema({ x: t.int(), y: t.int(), at: t.struct({ z: t.int() }).optional() })

  it('put rows near each other that are near in both columns, and are not among the columns', async () => {
    const rows = [0, 1, 2, 3].flatMap((x) => [0, 1, 2, 3].map((y) => [x, y, null]))
    const columns = zorderColumns(Point, [['x'], ['y']])
    const unordered = streamOf([batchFromValues(Point, rows)])
    const batches = await collect(allCopies(zorderedRows(unordered, { schema: Point, columns })))
    const found = batches.flatMap((batch) => {
      expect(batch.schema.fields.map(({ name }) => name)).toEqual(['x', 'y', 'at'])
      return [...rowsOf(batch, Point)].map(([x, y]) => `${String(x)}${String(y)}`)
    })
    expect(found.join(' ')).toBe('00 01 10 11 02 03 12 13 20 21 30 31 22 23 32 33')
  })

  it('are of columns that are there, hold one value, and are named once', () => {
    expect(zorderColumns(Point, [['at.z']])).toMatchObject([{ positions: [2, 0] }])
    for (const paths of [[], [['w']], [['at']], [['x'], ['x']]]) {
      expect(() => zorderColumns(Point, paths)).toThrow(
        expect.objectContaining({ kind: 'invalid' }),
      )
    }
  })
})
