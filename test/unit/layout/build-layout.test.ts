import { describe, expect, it } from 'vitest'
import { buildSortOrder, buildSpec } from '../../../src/layout/build-layout.ts'
import { parsePartitionFields, parseSortFields } from '../../../src/layout/layout-text.ts'
import { equivalentSpecs, partitionTypes } from '../../../src/layout/partition-spec.ts'
import type { PartitionSpec } from '../../../src/layout/partition-spec.ts'
import { unsortedOrder } from '../../../src/layout/sort-order.ts'
import type { SortOrder } from '../../../src/layout/sort-order.ts'
import type { Schema } from '../../../src/types/schema.ts'
import { thrownBy } from '../../support/thrown.ts'

const schema: Schema = {
  schemaId: 0,
  fields: [
    { id: 1, name: 'id', required: true, type: { kind: 'long' } },
    { id: 2, name: 'ts', required: true, type: { kind: 'timestamptz' } },
    { id: 3, name: 'city', required: false, type: { kind: 'string' } },
    {
      id: 4,
      name: 'driver',
      required: false,
      type: {
        kind: 'struct',
        fields: [{ id: 5, name: 'born', required: false, type: { kind: 'date' } }],
      },
    },
    {
      id: 6,
      name: 'tags',
      required: false,
      type: { kind: 'list', elementId: 7, elementRequired: true, element: { kind: 'string' } },
    },
    { id: 8, name: 'hour', required: false, type: { kind: 'int' } },
  ],
  identifierFieldIds: [],
}

function spec(text: string): PartitionSpec {
  return buildSpec(schema, parsePartitionFields(text), { specId: 3, lastPartitionId: 1004 })
}

function order(text: string): SortOrder {
  return buildSortOrder(schema, parseSortFields(text), 2)
}

describe('building a partition spec', () => {
  it('names fields after columns and transforms, and numbers them on', () => {
    expect(spec('day(ts), city, month(driver.born)')).toEqual({
      specId: 3,
      fields: [
        { sourceId: 2, fieldId: 1005, name: 'ts_day', transform: { kind: 'day' } },
        { sourceId: 3, fieldId: 1006, name: 'city', transform: { kind: 'identity' } },
        { sourceId: 5, fieldId: 1007, name: 'driver.born_month', transform: { kind: 'month' } },
      ],
    })
  })

  it('takes a name', () => {
    expect(spec('day(ts) as day_partition').fields).toMatchObject([{ name: 'day_partition' }])
  })

  it('is without fields for no terms', () => {
    expect(buildSpec(schema, [], { specId: 0, lastPartitionId: 999 })).toEqual({
      specId: 0,
      fields: [],
    })
  })

  it('refuses what cannot be', () => {
    for (const [text, message] of [
      ['town', 'no such column'],
      ['day(city)', 'transform does not take the type of this column'],
      ['hour(driver.born)', 'transform does not take the type of this column'],
      ['driver', 'transform does not take the type of this column'],
      ['tags.element', 'column lies in a list or a map'],
      ['hour(ts) as hour', 'partition field has the name of a column: give it another'],
      ['day(ts) as ts', 'partition field has the name of a column: give it another'],
      ['city as id', 'partition field has the name of a column: give it another'],
      ['day(ts) as "driver.born"', 'partition field has the name of a column: give it another'],
      ['city, void(id) as city', 'partition field has the name of a column: give it another'],
      ['day(ts) as p, city as p', 'two partition fields have one name'],
      ['day(ts), hour(ts)', 'partition fields are redundant: keep the finer one'],
      ['city, city as town', 'partition fields are redundant: keep the finer one'],
      ['day(ts) as ""', 'partition field needs a name'],
    ] as const) {
      expect(
        thrownBy(() => spec(text)),
        text,
      ).toMatchObject({ kind: 'invalid', message })
    }
  })

  it('refuses to write by a transform that we do not know', () => {
    const term = { column: ['city'], transform: { kind: 'unknown', name: 'foo[3]' } } as const
    expect(
      thrownBy(() => buildSpec(schema, [term], { specId: 0, lastPartitionId: 999 })),
    ).toMatchObject({ kind: 'unsupported', context: { transform: 'foo[3]' } })
  })
})

describe('building a sort order', () => {
  it('holds direction and nulls', () => {
    expect(order('ts desc, month(driver.born)')).toEqual({
      orderId: 2,
      fields: [
        {
          sourceId: 2,
          transform: { kind: 'identity' },
          direction: 'desc',
          nullOrder: 'nulls-last',
        },
        { sourceId: 5, transform: { kind: 'month' }, direction: 'asc', nullOrder: 'nulls-first' },
      ],
    })
  })

  it('is the unsorted order for no terms', () => {
    expect(buildSortOrder(schema, [], 2)).toBe(unsortedOrder)
  })

  it('refuses what has no order', () => {
    expect(thrownBy(() => order('void(city)'))).toMatchObject({ message: 'transform has no order' })
    expect(thrownBy(() => order('driver'))).toMatchObject({ kind: 'invalid' })
  })
})

describe('partition specs', () => {
  it('have types where values can be read', () => {
    const opaque: PartitionSpec = {
      specId: 0,
      fields: [
        ...spec('day(ts), city, year(driver.born)').fields,
        { sourceId: 99, fieldId: 1100, name: 'gone', transform: { kind: 'identity' } },
        { sourceId: 1, fieldId: 1101, name: 'odd', transform: { kind: 'unknown', name: 'foo' } },
        { sourceId: 3, fieldId: 1102, name: 'misfit', transform: { kind: 'day' } },
      ],
    }
    expect(partitionTypes(opaque, schema)).toEqual([
      { kind: 'date' },
      { kind: 'string' },
      { kind: 'int' },
      null,
      null,
      null,
    ])
  })

  it('are equivalent whatever their ids are', () => {
    const other = buildSpec(schema, parsePartitionFields('day(ts), city'), {
      specId: 9,
      lastPartitionId: 2000,
    })
    expect(equivalentSpecs(spec('day(ts), city'), other)).toBe(true)
    expect(equivalentSpecs(spec('city, day(ts)'), other)).toBe(false)
    expect(equivalentSpecs(spec('day(ts)'), other)).toBe(false)
    expect(equivalentSpecs(spec('day(ts) as d, city'), other)).toBe(false)
  })
})
