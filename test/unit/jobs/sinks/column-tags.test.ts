import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  columnTagsOf,
  declaredTags,
  formatTags,
  tagsProperty,
} from '../../../../src/jobs/sinks/column-tags.ts'
import { writeOutput } from '../../../../src/jobs/sinks/write-output.ts'
import type { ColumnTags } from '../../../../src/jobs/workflow/model.ts'
import { parseDatasetAddress } from '../../../../src/jobs/address.ts'
import { parseSchemaText } from '../../../../src/types/schema-text.ts'
import { labLake, rowsAs, tableOutput } from '../../../support/jobs/sinks.ts'
import { runs } from '../../../support/runs.ts'

const SCHEMA = 'zip string, city_name string, city_code int, place struct<lat double>'
const schema = parseSchemaText(SCHEMA)

const named = (names: readonly string[], ...tags: readonly string[]): ColumnTags => ({
  columns: { names },
  tags,
})
const matching = (pattern: string, ...tags: readonly string[]): ColumnTags => ({
  columns: { pattern },
  tags,
})

/** What readers find when a job has said this. */
function told(entries: readonly ColumnTags[]): Record<string, readonly string[]> {
  const text = formatTags(declaredTags(schema, entries).tags)
  return Object.fromEntries(columnTagsOf(schema, new Map([[tagsProperty('j'), text]])))
}

describe('tags of columns', () => {
  it('are of the columns that are named, inside of others too, and of those that a pattern begins', () => {
    expect(told([named(['zip', 'place.lat'], 'PII'), matching('city_', 'b', 'a')])).toEqual({
      zip: ['PII'],
      'place.lat': ['PII'],
      city_name: ['a', 'b'],
      city_code: ['a', 'b'],
    })
    expect(told([matching('city_*', 'x')])).toEqual(told([matching('city', 'x')]))
    expect(told([matching('name', 'x')])).toEqual({})
  })

  it('add up, each once and with its case', () => {
    expect(told([named(['zip'], 'a', 'A'), matching('z', 'a', 'b')])).toEqual({
      zip: ['A', 'a', 'b'],
    })
  })

  it('warn of a pattern without a column, and refuse a name without one', () => {
    expect(declaredTags(schema, [matching('nothing', 'x')]).warnings).toEqual([
      'columnTags: no column matches nothing',
    ])
    expect(() => declaredTags(schema, [named(['nothing'], 'x')])).toThrow(
      expect.objectContaining({ kind: 'invalid', context: { column: 'nothing' } }),
    )
    expect(() => declaredTags(schema, [matching('(', 'x')])).toThrow(
      expect.objectContaining({ kind: 'invalid', context: { columnRegex: '(' } }),
    )
  })

  it('are always kept in the same text, whatever order they came in', () => {
    const anyEntry = fc.record({
      columns: fc.record({ names: fc.subarray(['zip', 'city_name', 'place'], { minLength: 1 }) }),
      tags: fc.array(fc.string(), { minLength: 1 }),
    })
    fc.assert(
      fc.property(fc.array(anyEntry), (entries) => {
        const textOf = (list: readonly ColumnTags[]): string =>
          formatTags(declaredTags(schema, list).tags)
        expect(textOf(entries.toReversed())).toBe(textOf(entries))
        expect(textOf([...entries, ...entries])).toBe(textOf(entries))
      }),
      runs(100),
    )
  })

  it('stay with a renamed column, go when their job no longer says them, and leave those of others', async () => {
    const lake = labLake()
    const address = parseDatasetAddress('dataos://lake:city/rides')
    const write = (jobId: string, columnTags: readonly ColumnTags[]): Promise<unknown> =>
      writeOutput(tableOutput({ columnTags }), rowsAs(SCHEMA), { lake, jobId })
    const tags = async (): Promise<Record<string, readonly string[]>> => {
      const table = await lake.loadTable(address)
      return Object.fromEntries(columnTagsOf(table.schema, table.properties))
    }
    await write('a', [named(['zip'], 'PII'), named(['city_name'], 'x')])
    await write('b', [named(['zip'], 'postal')])
    expect(await tags()).toEqual({ zip: ['PII', 'postal'], city_name: ['x'] })
    const table = await lake.loadTable(address)
    const { metadataLocation } = table
    await write('b', [named(['zip'], 'postal')])
    expect((await lake.loadTable(address)).metadataLocation).toBe(metadataLocation)
    await table.transaction((tx) => tx.updateSchema((change) => change.rename('city_name', 'town')))
    expect(await tags()).toEqual({ zip: ['PII', 'postal'], town: ['x'] })
    await table.refresh()
    await table.transaction((tx) => tx.updateSchema((change) => change.rename('town', 'city_name')))
    await write('a', [])
    expect(await tags()).toEqual({ zip: ['postal'] })
  })
})
