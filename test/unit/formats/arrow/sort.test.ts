import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchFromValues } from '../../../../src/formats/arrow/builders.ts'
import { byteRanks } from '../../../../src/formats/arrow/byte-ranks.ts'
import { columnsOf } from '../../../../src/formats/arrow/column-data.ts'
import { sortByWords } from '../../../../src/formats/arrow/radix.ts'
import { rowsOf } from '../../../../src/formats/arrow/rows.ts'
import { sortBatches } from '../../../../src/formats/arrow/sort.ts'
import { sliceBatch } from '../../../../src/formats/arrow/take.ts'
import { rowComparator } from '../../../../src/layout/row-order.ts'
import type { NullOrder, SortDirection, SortOrder } from '../../../../src/layout/sort-order.ts'
import type { Transform } from '../../../../src/layout/transform.ts'
import { comparatorOf } from '../../../../src/types/compare.ts'
import type { Schema } from '../../../../src/types/schema.ts'
import type { PrimitiveType } from '../../../../src/types/type.ts'
import type { PrimitiveValue } from '../../../../src/types/value.ts'
import { anyBatchOf } from '../../../support/arbitraries/batches.ts'
import { anySchema } from '../../../support/arbitraries/schemas.ts'
import { anySortOrderOf } from '../../../support/arbitraries/specs.ts'
import { anyBytes, anyString } from '../../../support/arbitraries/values.ts'
import { runs } from '../../../support/runs.ts'

function orderBy(
  direction: SortDirection,
  nullOrder: NullOrder,
  transform: Transform = { kind: 'identity' },
): SortOrder {
  return { orderId: 1, fields: [{ sourceId: 1, transform, direction, nullOrder }] }
}

function sorted(
  type: PrimitiveType,
  values: readonly (PrimitiveValue | null)[],
  order: SortOrder = orderBy('asc', 'nulls-first'),
): unknown[] {
  const schema: Schema = {
    schemaId: 0,
    identifierFieldIds: [],
    fields: [{ id: 1, name: 'c', required: false, type }],
  }
  const batch = batchFromValues(
    schema,
    values.map((value) => [value]),
  )
  return [...sortBatches([batch], order, schema)].flatMap((part) =>
    [...rowsOf(part, schema)].map(([value]) => value),
  )
}

describe('sorting batches (spec: Sorting)', () => {
  it('puts -0 before 0 and NaN above all, and turns round when descending', () => {
    const values = [Number.NaN, 1, -0, Infinity, 0, -Infinity, -1]
    const ascending = [-Infinity, -1, -0, 0, 1, Infinity, Number.NaN]
    expect(sorted({ kind: 'double' }, values)).toEqual(ascending)
    expect(sorted({ kind: 'float' }, values)).toEqual(ascending)
    const order = orderBy('desc', 'nulls-last')
    expect(sorted({ kind: 'double' }, values, order)).toEqual(ascending.toReversed())
  })

  it('tells hours apart that 32 bits do not count', () => {
    const hour = 3_600_000_000n
    const far = (1n << 31n) * hour
    const values = [far + 1n, far, 0n, far - 1n, -(1n << 63n), -far - 1n, -far]
    expect(
      sorted({ kind: 'timestamp' }, values, orderBy('asc', 'nulls-first', { kind: 'hour' })),
    ).toEqual([-(1n << 63n), -far - 1n, -far, 0n, far - 1n, far + 1n, far])
  })

  it('puts nulls where the key says, whatever the direction', () => {
    const values = [2, null, 1]
    expect(sorted({ kind: 'int' }, values, orderBy('asc', 'nulls-last'))).toEqual([1, 2, null])
    expect(sorted({ kind: 'int' }, values, orderBy('desc', 'nulls-first'))).toEqual([null, 2, 1])
  })

  it('orders strings by code points, a prefix first', () => {
    const texts = ['\u{10000}', '\uffff', 'ab', 'a\0', 'a', '', 'abcdefgh\0', 'abcdefgh']
    expect(sorted({ kind: 'string' }, texts)).toEqual([
      '',
      'a',
      'a\0',
      'ab',
      'abcdefgh',
      'abcdefgh\0',
      '\uffff',
      '\u{10000}',
    ])
  })

  it('orders negative longs and decimals before positive ones', () => {
    const longs = [1n << 40n, -1n, 0n, -(1n << 63n), 1n]
    expect(sorted({ kind: 'long' }, longs)).toEqual([-(1n << 63n), -1n, 0n, 1n, 1n << 40n])
    const decimals = [1n << 100n, -(1n << 100n), -1n, 1n << 64n]
    expect(sorted({ kind: 'decimal', precision: 38, scale: 0 }, decimals)).toEqual([
      -(1n << 100n),
      -1n,
      1n << 64n,
      1n << 100n,
    ])
  })

  it('orders what differs in low bits alone', () => {
    const epsilon = Number.EPSILON
    const doubles = [1 + epsilon, 1, -1, -1 - epsilon, -1 + epsilon]
    expect(sorted({ kind: 'double' }, doubles)).toEqual([
      -1 - epsilon,
      -1,
      -1 + epsilon,
      1,
      1 + epsilon,
    ])
    const longs = [1n << 31n, 1n, -1n, -(1n << 31n), (1n << 31n) - 1n]
    expect(sorted({ kind: 'long' }, longs)).toEqual([
      -(1n << 31n),
      -1n,
      1n,
      (1n << 31n) - 1n,
      1n << 31n,
    ])
    expect(sorted({ kind: 'decimal', precision: 20, scale: 0 }, longs)).toEqual([
      -(1n << 31n),
      -1n,
      1n,
      (1n << 31n) - 1n,
      1n << 31n,
    ])
  })

  it('keeps the order of rows with one transformed value', () => {
    const day = 86_400_000_000n
    const values = [day + 5n, 7n, day + 1n, 3n, -1n]
    expect(
      sorted({ kind: 'timestamp' }, values, orderBy('asc', 'nulls-first', { kind: 'day' })),
    ).toEqual([-1n, 7n, 3n, day + 5n, day + 1n])
  })

  it('refuses a key that cannot be computed', () => {
    const order = orderBy('asc', 'nulls-first', { kind: 'unknown', name: 'zorder' })
    expect(() => sorted({ kind: 'int' }, [1], order)).toThrow(
      expect.objectContaining({ kind: 'unsupported' }),
    )
  })

  it('shares the buffers of what is in order already', () => {
    const schema: Schema = {
      schemaId: 0,
      identifierFieldIds: [],
      fields: [{ id: 1, name: 'c', required: true, type: { kind: 'int' } }],
    }
    const batch = batchFromValues(schema, [[1], [2], [2]])
    const [result] = sortBatches([batch], orderBy('asc', 'nulls-first'), schema)
    expect(result).toBe(batch)
    expect([...sortBatches([], orderBy('asc', 'nulls-first'), schema)]).toEqual([])
  })

  it('gives batches of at most 65,536 rows', () => {
    const schema: Schema = {
      schemaId: 0,
      identifierFieldIds: [],
      fields: [{ id: 1, name: 'c', required: true, type: { kind: 'int' } }],
    }
    const rows = Array.from({ length: 70_000 }, (_, row) => [70_000 - row])
    const batches = [batchFromValues(schema, rows)]
    const parts = [...sortBatches(batches, orderBy('asc', 'nulls-first'), schema)]
    expect(parts.map((part) => part.numRows)).toEqual([65_536, 4464])
    const values = parts.flatMap((part) => [...rowsOf(part, schema)])
    expect(values).toEqual(rows.toReversed())
  })

  it('always agrees with comparing rows, and never changes the order of equal ones', () => {
    const anySort = anySchema({ maxFields: 3 }).chain((schema) =>
      fc.record({ input: anyBatchOf(schema, { maxLength: 40 }), order: anySortOrderOf(schema) }),
    )
    fc.assert(
      fc.property(anySort, fc.nat(), ({ input, order }, cut) => {
        const { schema, rows, batch } = input
        const at = rows.length === 0 ? 0 : cut % rows.length
        const parts = [sliceBatch(batch, 0, at), sliceBatch(batch, at, rows.length)]
        const result = [...sortBatches(parts, order, schema)].flatMap((part) => [
          ...rowsOf(part, schema),
        ])
        expect(result).toEqual(rows.toSorted(rowComparator(schema, order)))
      }),
      runs(300),
    )
  })
})

describe('ordering rows by words', () => {
  /** Few distinct words, so that rows tie, and more rows than are sorted by comparing. */
  const anyWords = fc.integer({ min: 1, max: 3 }).chain((wordCount) =>
    fc.array(
      fc.array(fc.constantFrom(0, 1, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff), {
        minLength: wordCount,
        maxLength: wordCount,
      }),
      { maxLength: 60 },
    ),
  )

  it('always agrees with a stable sort, few rows or many', () => {
    fc.assert(
      fc.property(anyWords, fc.constantFrom(1, 50), (rows, copies) => {
        const all = Array.from({ length: copies }, () => rows).flat()
        const words = (rows[0] ?? []).map((_, word) =>
          Uint32Array.from(all, (row) => row[word] ?? 0),
        )
        const expected = [...all.keys()].sort((left, right) => {
          for (const word of words) {
            const difference = (word[left] ?? 0) - (word[right] ?? 0)
            if (difference !== 0) return difference
          }
          return left - right
        })
        expect([...sortByWords(words, all.length)]).toEqual(expected)
      }),
      runs(100),
    )
  })
})

describe('ranks of bytes', () => {
  it('always count the distinct values below, nulls apart, few rows or many', () => {
    const anyTexts = fc.array(
      fc.option(fc.oneof(anyString, fc.constant('a'.repeat(20))), { freq: 8 }),
      {
        maxLength: 60,
      },
    )
    const anyAlike = fc.array(
      fc
        .tuple(
          fc.constantFrom('', 'aaaaaaaa', 'aaaaaaaaaaaaaaaa'),
          fc.string({ unit: fc.constantFrom('a', 'b', '\0'), maxLength: 9 }),
        )
        .map(([prefix, rest]) => prefix + rest),
      { minLength: 60, maxLength: 90 },
    )
    const anyBinaries = fc.array(fc.option(anyBytes, { freq: 8 }), { maxLength: 60 })
    const anyColumn = fc.oneof(
      fc.oneof(anyTexts, anyAlike).map((values) => ({ type: { kind: 'string' } as const, values })),
      anyBinaries.map((values) => ({ type: { kind: 'binary' } as const, values })),
    )
    fc.assert(
      fc.property(anyColumn, fc.constantFrom(1, 3), ({ type, values }, copies) => {
        const all: (string | Uint8Array | null)[] = Array.from(
          { length: copies },
          () => values,
        ).flat()
        const compare = comparatorOf(type)
        const schema = { fields: [{ id: 1, name: 'c', required: false, type }] }
        const [column] = columnsOf(
          batchFromValues(
            schema,
            all.map((value) => [value]),
          ),
        )
        const distinct: PrimitiveValue[] = []
        for (const value of all.filter((item) => item !== null).sort(compare)) {
          const last = distinct.at(-1)
          if (last === undefined || compare(last, value) !== 0) distinct.push(value)
        }
        const expected = all.map((value) =>
          value === null ? 0 : distinct.findIndex((other) => compare(other, value) === 0),
        )
        expect(column && [...byteRanks(column)]).toEqual(expected)
      }),
      runs(100),
    )
  })

  it('tell apart any number of values that begin alike, two by two', () => {
    const schema = {
      fields: [{ id: 1, name: 'c', required: true, type: { kind: 'string' } }],
    } as const
    const count = 150_000
    const rows = Array.from({ length: 2 * count }, (_, row) => [
      `${String(row % count).padStart(8, '0')}${row < count ? 'b' : 'a'}`,
    ])
    const [column] = columnsOf(batchFromValues(schema, rows))
    const expected = rows.map((_, row) => 2 * (row % count) + (row < count ? 1 : 0))
    expect(column && [...byteRanks(column)]).toEqual(expected)
  })

  it('take time by the bytes, not by how alike values are', () => {
    const schema = {
      fields: [{ id: 1, name: 'c', required: true, type: { kind: 'string' } }],
    } as const
    const prefix = 'p'.repeat(2000)
    const rows = Array.from({ length: 2000 }, (_, row) => [`${prefix}${row % 7}`])
    const [column] = columnsOf(batchFromValues(schema, rows))
    expect(column && [...byteRanks(column)]).toEqual(rows.map((_, row) => row % 7))
  })
})
