import { describe, expect, it } from 'vitest'

import { withFieldIds } from '../../../src/formats/parquet/field-ids.ts'
import { footerOf } from '../../../src/formats/parquet/footer.ts'
import type { ParquetFooter, RowGroup } from '../../../src/formats/parquet/footer.ts'
import { columnFacts, metricsOf, splitOffsetsOf } from '../../../src/maintenance/import-facts.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import { findFieldByPath } from '../../../src/types/schema.ts'
import type { Schema } from '../../../src/types/schema.ts'
import { foreignParquet } from '../../support/foreign-parquet.ts'
import type { ModelRows } from '../../support/parquet-files.ts'

const SCHEMA = parseSchemaText('id long, x double, s string')

/** The footer of a file with a row group for each row. */
function footerOfRows(rows: ModelRows, schema: Schema = SCHEMA): ParquetFooter {
  const footer = footerOf(foreignParquet(schema, rows, { rowGroupRows: 1 }))
  return withFieldIds(footer, (path) => findFieldByPath(schema, path)?.field.id ?? null)
}

/** A row group that says nothing of bounds and nulls. */
function silent(group: RowGroup): RowGroup {
  const nothing = { min: null, max: null, isMinExact: false, isMaxExact: false }
  const statistics = { ...nothing, nullCount: null, nanCount: null }
  return { ...group, chunks: group.chunks.map((chunk) => ({ ...chunk, statistics })) }
}

describe('what footers say of columns', () => {
  it('is put together over row groups, of which those of nulls tell no bounds', () => {
    const facts = columnFacts(
      footerOfRows([
        [3n, 1.5, null],
        [null, -1, null],
        [-7n, null, null],
      ]),
      SCHEMA,
    )
    expect(facts.get(1)).toMatchObject({ valueCount: 3n, nullCount: 1n, lower: -7n, upper: 3n })
    expect(facts.get(2)).toMatchObject({ nullCount: 1n, lower: -1, upper: 1.5 })
    expect(facts.get(3)).toMatchObject({ nullCount: 3n, lower: null, upper: null })
  })

  it('is nothing once one row group is silent', () => {
    const footer = footerOfRows([
      [3n, 1.5, 'a'],
      [4n, 2.5, 'b'],
    ])
    const [first, second] = footer.rowGroups
    if (first === undefined || second === undefined) throw new Error('two row groups')
    for (const rowGroups of [
      [silent(first), second],
      [first, silent(second)],
    ]) {
      for (const facts of columnFacts({ ...footer, rowGroups }, SCHEMA).values()) {
        expect(facts).toMatchObject({ valueCount: 2n, nullCount: null, lower: null, upper: null })
      }
    }
  })

  it('never tells of NaN what nobody counted', () => {
    const facts = columnFacts(footerOfRows([[1n, 2, 'a']]), SCHEMA)
    expect(facts.get(1)?.nanCount).toBe(0n)
    expect(facts.get(2)?.nanCount).toBeNull()
    const nulls = columnFacts(footerOfRows([[1n, null, 'a']]), SCHEMA)
    expect(nulls.get(2)?.nanCount).toBe(0n)
  })

  it('makes no bounds of floats that were compared by an early writer', () => {
    const footer = footerOfRows([[1n, 2, 'a']])
    const rowGroups = footer.rowGroups.map((group) => ({
      ...group,
      chunks: group.chunks.map((chunk) => ({ ...chunk, metadata: new Map() })),
    }))
    const facts = columnFacts({ ...footer, rowGroups }, SCHEMA)
    expect(facts.get(2)).toMatchObject({ lower: null, upper: null })
    expect(facts.get(1)).toMatchObject({ lower: 1n, upper: 1n })
  })

  it('is recorded as modes say', () => {
    const footer = footerOfRows([[1n, 2, 'Bergen']])
    const facts = columnFacts(footer, SCHEMA)
    const metrics = metricsOf(
      footer,
      facts,
      new Map([
        [1, { kind: 'counts' }],
        [3, { kind: 'truncate', length: 2 }],
      ]),
    )
    expect([...metrics.valueCounts.keys()]).toEqual([1, 3])
    expect(metrics.lowerBounds.get(3)).toEqual(new TextEncoder().encode('Be'))
    expect(metrics.upperBounds.get(3)).toEqual(new TextEncoder().encode('Bf'))
    expect([...metrics.columnSizes.keys()]).toEqual([1, 2, 3])
  })

  it('has row groups where they begin, unless these are in disorder', () => {
    const footer = footerOfRows([
      [1n, 2, 'a'],
      [1n, 2, 'a'],
    ])
    expect(splitOffsetsOf(footer)).toHaveLength(2)
    expect(splitOffsetsOf({ ...footer, rowGroups: footer.rowGroups.toReversed() })).toBeNull()
  })
})
