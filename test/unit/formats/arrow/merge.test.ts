import type { RecordBatch } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { batchFromValues } from '../../../../src/formats/arrow/builders.ts'
import { KeyedRows, mergeRuns, mergeStep } from '../../../../src/formats/arrow/merge.ts'
import type { RunHead } from '../../../../src/formats/arrow/merge.ts'
import { allCopies } from '../../../../src/formats/arrow/ordered-rows.ts'
import { rowsOf } from '../../../../src/formats/arrow/rows.ts'
import { sortBatches, sortKeysOf } from '../../../../src/formats/arrow/sort.ts'
import { sliceBatch } from '../../../../src/formats/arrow/take.ts'
import type { RowValues } from '../../../../src/layout/column-value.ts'
import { rowComparator } from '../../../../src/layout/row-order.ts'
import type { SortField, SortOrder } from '../../../../src/layout/sort-order.ts'
import { canTransform } from '../../../../src/layout/transform.ts'
import { highestFieldId } from '../../../../src/types/schema.ts'
import type { Schema } from '../../../../src/types/schema.ts'
import type { PrimitiveType } from '../../../../src/types/type.ts'
import { anyBatchOf } from '../../../support/arbitraries/batches.ts'
import { anySchema } from '../../../support/arbitraries/schemas.ts'
import { KNOWN_TRANSFORMS, anySortOrderOf } from '../../../support/arbitraries/specs.ts'
import { anyPrimitiveTypeOf } from '../../../support/arbitraries/types.ts'
import { anyValueOf } from '../../../support/arbitraries/values.ts'
import { runs } from '../../../support/runs.ts'
import { collect, streamOf } from '../../../support/streams.ts'

/** A key, and what tells apart the rows that have one key. */
function keyed(type: PrimitiveType): Schema {
  return {
    schemaId: 0,
    identifierFieldIds: [],
    fields: [
      { id: 1, name: 'key', required: false, type },
      { id: 2, name: 'row', required: true, type: { kind: 'int' } },
    ],
  }
}

const INTS = keyed({ kind: 'int' })

function orderBy(field: Partial<SortField> = {}): SortOrder {
  const plain = {
    sourceId: 1,
    transform: { kind: 'identity' },
    direction: 'asc',
    nullOrder: 'nulls-first',
  } as const
  return { orderId: 1, fields: [{ ...plain, ...field }] }
}

/** The run that rows make, cut into batches of `size`. */
function runOf(rows: RecordBatch, order: SortOrder, schema: Schema, size: number): RecordBatch[] {
  return [...sortBatches([rows], order, schema)].flatMap((sorted) =>
    Array.from({ length: Math.ceil(sorted.numRows / size) }, (_, index) =>
      sliceBatch(sorted, index * size, Math.min(sorted.numRows, (index + 1) * size)),
    ),
  )
}

async function merged(
  parts: readonly RecordBatch[],
  order: SortOrder,
  schema: Schema,
  sizes: readonly number[],
): Promise<RowValues[]> {
  const sorted = parts.map((part, index) => runOf(part, order, schema, sizes[index] ?? 1))
  const batches = await collect(allCopies(mergeRuns(sorted.map(streamOf), order, schema)))
  return batches.flatMap((batch) => [...rowsOf(batch, schema)])
}

function ints(...rows: readonly (readonly [number | null, number])[]): RecordBatch {
  return batchFromValues(INTS, rows)
}

function headOf(...keys: readonly (number | null)[]): RunHead {
  const batch = ints(...keys.map((key, row) => [key, row] as const))
  return {
    rows: new KeyedRows(batch, sortKeysOf(INTS, orderBy())),
    start: 0,
    end: batch.numRows,
  }
}

describe('a step of a merge', () => {
  it('gives what comes before the first of the last rows', () => {
    expect(mergeStep([headOf(1, 5, 9), headOf(2, 4), headOf(null, 8)])).toEqual([1, 2, 1])
  })

  it('gives rows equal to the mark from earlier runs, and lets those of later ones wait', () => {
    expect(mergeStep([headOf(3, 3, 4), headOf(3, 3), headOf(3, 5)])).toEqual([2, 2, 0])
  })

  it('takes the earliest of runs that end alike', () => {
    expect(mergeStep([headOf(7), headOf(7)])).toEqual([1, 0])
  })
})

describe('merging sorted runs (spec: Sorting)', () => {
  it('keeps the order of runs where rows are equal, over many batches', async () => {
    const parts = [
      ints([1, 0], [1, 1], [1, 2], [2, 3]),
      ints([1, 4], [1, 5], [2, 6]),
      ints([0, 7], [1, 8], [1, 9]),
    ]
    const rows = await merged(parts, orderBy(), INTS, [1, 2, 3])
    expect(rows.map(([, row]) => row)).toEqual([7, 0, 1, 2, 4, 5, 8, 9, 3, 6])
  })

  it('passes over runs and batches without rows', async () => {
    const none = ints()
    const streams = [
      streamOf([none, none]),
      streamOf([none, ints([1, 1])]),
      streamOf<RecordBatch>([]),
    ]
    const batches = await collect(allCopies(mergeRuns(streams, orderBy(), INTS)))
    expect(batches.map((batch) => batch.numRows)).toEqual([1])
    expect(await collect(mergeRuns([], orderBy(), INTS))).toEqual([])
  })

  it('ends all runs when the reader stops, and when one fails', async () => {
    const ended: string[] = []
    async function* run(name: string, failure?: Error): AsyncGenerator<RecordBatch> {
      try {
        yield ints([1, 1])
        if (failure !== undefined) throw failure
        yield ints([2, 2])
      } finally {
        ended.push(name)
      }
    }
    for await (const _ of mergeRuns([run('a'), run('b')], orderBy(), INTS)) break
    expect(ended.toSorted()).toEqual(['a', 'b'])
    const failure = new Error('disk')
    await expect(collect(mergeRuns([run('c', failure), run('d')], orderBy(), INTS))).rejects.toBe(
      failure,
    )
    expect(ended.toSorted()).toEqual(['a', 'b', 'c', 'd'])
  })

  it('always equals a stable sort of all, of every type and under every transform', async () => {
    const anyKey = anyPrimitiveTypeOf(3).chain((type) =>
      fc.record({
        type: fc.constant(type),
        pool: fc.array(fc.option(anyValueOf(type), { freq: 5 }), { minLength: 1, maxLength: 12 }),
        transform: fc.constantFrom(
          { kind: 'identity' } as const,
          ...KNOWN_TRANSFORMS.filter((transform) => canTransform(transform, type)),
        ),
      }),
    )
    const anyPlace = fc.record({
      direction: fc.constantFrom('asc' as const, 'desc' as const),
      nullOrder: fc.constantFrom('nulls-first' as const, 'nulls-last' as const),
    })
    const anyParts = fc.array(
      fc.record({
        picks: fc.array(fc.nat(), { maxLength: 12 }),
        size: fc.integer({ min: 1, max: 5 }),
      }),
      { maxLength: 5 },
    )
    await fc.assert(
      fc.asyncProperty(
        anyKey,
        anyPlace,
        anyParts,
        async ({ type, pool, transform }, place, given) => {
          const schema = keyed(type)
          const order = orderBy({ transform, ...place })
          let row = 0
          const parts = given.map(({ picks }) =>
            picks.map((pick) => [pool[pick % pool.length] ?? null, row++] as const),
          )
          const found = await merged(
            parts.map((rows) => batchFromValues(schema, rows)),
            order,
            schema,
            given.map(({ size }) => size),
          )
          expect(found).toEqual(parts.flat().toSorted(rowComparator(schema, order)))
        },
      ),
      runs(300),
    )
  })

  it('always equals sorting all at once, by many keys, inside structs, whatever lies in the buffers', async () => {
    const anyCase = anySchema({ maxFields: 3 }).chain((columns) => {
      const rowNumber = { id: highestFieldId(columns) + 1, name: '#', required: false } as const
      const schema = {
        ...columns,
        fields: [...columns.fields, { ...rowNumber, type: { kind: 'int' } } as const],
      }
      return fc.record({
        schema: fc.constant(schema),
        parts: fc.array(anyBatchOf(schema, { maxLength: 12 }), { minLength: 1, maxLength: 4 }),
        order: anySortOrderOf(columns),
        sizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 4, maxLength: 4 }),
      })
    })
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ schema, parts, order, sizes }) => {
        const batches = parts.map(({ batch }) => batch)
        const found = await merged(batches, order, schema, sizes)
        const expected = parts.flatMap(({ rows }) => rows)
        expect(found).toEqual(expected.toSorted(rowComparator(schema, order)))
      }),
      runs(200),
    )
  })
})
