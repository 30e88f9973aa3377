import { describe, expect, it } from 'vitest'

import { describeNewTable } from '../../../src/client/new-table.ts'
import type { NewTableOptions } from '../../../src/client/new-table.ts'
import type { TableMetadata } from '../../../src/metadata/table-metadata.ts'
import { schema, t } from '../../../src/types/define.ts'
import type { Schema } from '../../../src/types/schema.ts'
import { Ride } from '../../support/rides.ts'
import { thrownBy } from '../../support/thrown.ts'

const place = { location: 'memory:/city/rides/', uuid: 'u', nowMs: 1000 }

function described(options: Omit<NewTableOptions<Schema>, 'schema'>): TableMetadata {
  return describeNewTable<Schema>({ schema: Ride, ...options }, place)
}

describe('a new table', () => {
  it('has version 2 and nothing in it', () => {
    expect(described({})).toMatchObject({
      formatVersion: 2,
      location: 'memory:/city/rides',
      tableUuid: 'u',
      lastUpdatedMs: 1000,
      currentSnapshotId: null,
      defaultSpecId: 0,
      specs: [{ specId: 0, fields: [] }],
      sortOrders: [{ orderId: 0, fields: [] }],
    })
  })

  it('is laid out by texts or by objects', () => {
    const texts = described({ partitionBy: ['day(ts) as day', 'city'], sortBy: ['ts desc'] })
    const objects = described({
      partitionBy: [
        { column: ['ts'], transform: { kind: 'day' }, name: 'day' },
        { column: ['city'], transform: { kind: 'identity' } },
      ],
      sortBy: [
        {
          column: ['ts'],
          transform: { kind: 'identity' },
          direction: 'desc',
          nullOrder: 'nulls-last',
        },
      ],
    })
    expect(texts).toEqual(objects)
    expect(texts.specs[0]?.fields.map(({ name, fieldId }) => [name, fieldId])).toEqual([
      ['day', 1000],
      ['city', 1001],
    ])
    expect(texts.defaultSortOrderId).toBe(1)
  })

  it('takes several fields in one text', () => {
    const { specs, sortOrders } = described({
      partitionBy: ['day(ts), city'],
      sortBy: ['ts desc, id'],
    })
    expect(specs[0]?.fields).toHaveLength(2)
    expect(sortOrders[0]?.fields).toHaveLength(2)
  })

  it.each<[string, Omit<NewTableOptions<Schema>, 'schema'>, string]>([
    ['an unknown column', { partitionBy: ['town'] }, 'invalid'],
    ['a transform that does not fit', { partitionBy: ['day(city)'] }, 'invalid'],
    ['a format version that is none', { formatVersion: 4 as never }, 'invalid'],
    ['a format version among the properties', { properties: { 'format-version': '2' } }, 'invalid'],
    ['an order by no column', { sortBy: ['town'] }, 'invalid'],
    ['a malformed property', { properties: { 'commit.retry.num-retries': '-1' } }, 'invalid'],
    [
      'a way of writing not built yet',
      { properties: { 'write.format.default': 'orc' } },
      'unsupported',
    ],
  ])('is refused with %s', (_, options, kind) => {
    expect(thrownBy(() => described(options)).kind).toBe(kind)
  })

  it('is of version 2 unless told, and says where a version belongs', () => {
    expect(described({}).formatVersion).toBe(2)
    expect(described({ formatVersion: 3 })).toMatchObject({ formatVersion: 3, nextRowId: 0n })
    const error = thrownBy(() => described({ properties: { 'format-version': '3' } }))
    expect(error.problems[0]?.message).toContain('create the table with `formatVersion`')
  })

  it('is refused with types that its version does not have', () => {
    const nanos = schema({ ts: t.timestampNs() })
    const at = (formatVersion: 1 | 2 | 3): unknown =>
      describeNewTable({ schema: nanos, formatVersion }, place)
    expect(thrownBy(() => at(1))).toMatchObject({ kind: 'invalid', problems: [{ path: 'ts' }] })
    expect(thrownBy(() => at(2)).kind).toBe('invalid')
    expect(at(3)).toMatchObject({ formatVersion: 3 })
  })

  it('is refused with a schema that no table could have', () => {
    const twice: Schema = { ...Ride, fields: [...Ride.fields, ...Ride.fields] }
    expect(thrownBy(() => describeNewTable({ schema: twice }, place)).kind).toBe('invalid')
  })
})
