import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson, stringifyJson } from '../../../src/base/json-exact.ts'
import {
  sortOrderFromJson,
  sortOrderToJson,
  specFieldsFromJson,
  specFromJson,
  specToJson,
} from '../../../src/layout/layout-json.ts'
import { equivalentSpecs } from '../../../src/layout/partition-spec.ts'
import { anySchema } from '../../support/arbitraries/schemas.ts'
import { anySortOrderOf, anySpecOf } from '../../support/arbitraries/specs.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

function throughText(json: unknown): unknown {
  return parseJson(stringifyJson(json))
}

describe('partition specs as JSON (spec: Partition Specs)', () => {
  it('keep transforms that we do not know', () => {
    const json = {
      'spec-id': 0,
      fields: [
        { 'source-id': 4, 'field-id': 1000, name: 'ts_day', transform: 'day' },
        { 'source-id': 1, 'field-id': 1001, name: 'id_bucket', transform: 'bucket[16]' },
        { 'source-id': 1, 'field-id': 1002, name: 'id_odd', transform: 'zorder[3]' },
      ],
    }
    const spec = specFromJson(json, 'partition-specs[0]')
    expect(spec.fields.map(({ transform }) => transform)).toEqual([
      { kind: 'day' },
      { kind: 'bucket', numBuckets: 16 },
      { kind: 'unknown', name: 'zorder[3]' },
    ])
    expect(specToJson(spec)).toEqual(json)
  })

  it('keep transforms of several columns, which are none that we know', () => {
    const json = {
      'spec-id': 0,
      fields: [
        { 'source-ids': [4, 5], 'field-id': 1000, name: 'both', transform: 'bucket[16]' },
        { 'source-ids': [4], 'field-id': 1001, name: 'one', transform: 'bucket[16]' },
      ],
    }
    const spec = specFromJson(json, '')
    expect(spec.fields).toMatchObject([
      { sourceId: 4, sourceIds: [4, 5], transform: { kind: 'unknown', name: 'bucket[16]' } },
      { sourceId: 4, transform: { kind: 'bucket', numBuckets: 16 } },
    ])
    const [both, one] = json.fields
    expect(specToJson(spec)).toEqual({
      'spec-id': 0,
      fields: [both, { 'source-id': 4, 'field-id': 1001, name: 'one', transform: 'bucket[16]' }],
    })
    expect(equivalentSpecs(spec, specFromJson(specToJson(spec), ''))).toBe(true)
    const swapped = { ...json, fields: [{ ...both, 'source-ids': [5, 4] }, one] }
    expect(equivalentSpecs(spec, specFromJson(swapped, ''))).toBe(false)
    const order = {
      'order-id': 1,
      fields: [
        { transform: 'zip', 'source-ids': [4, 5], direction: 'asc', 'null-order': 'nulls-first' },
      ],
    }
    expect(sortOrderToJson(sortOrderFromJson(order, ''))).toEqual(order)
  })

  it('get the ids that version 1 implied', () => {
    const fields = specFieldsFromJson(
      [
        { 'source-id': 4, name: 'a', transform: 'identity' },
        { 'source-id': 5, name: 'b', transform: 'identity' },
      ],
      'partition-spec',
    )
    expect(fields.map(({ fieldId }) => fieldId)).toEqual([1000, 1001])
  })

  it('say where they are wrong', () => {
    const json = { 'spec-id': 0, fields: [{ 'source-id': 'x', name: 'a', transform: 'day' }] }
    expect(thrownBy(() => specFromJson(json, 'partition-specs[2]'))).toMatchObject({
      kind: 'corrupt',
      context: { path: 'partition-specs[2].fields[0].source-id' },
    })
  })

  it('always come back from JSON', () => {
    const anySpec = anySchema().chain((schema) => anySpecOf(schema))
    fc.assert(
      fc.property(anySpec, (spec) => {
        expect(specFromJson(throughText(specToJson(spec)), '')).toEqual(spec)
      }),
      runs(100),
    )
  })
})

describe('sort orders as JSON (spec: Sort Orders)', () => {
  it('say where they are wrong', () => {
    const field = { transform: 'identity', 'source-id': 2, direction: 'asc', 'null-order': 'last' }
    expect(
      thrownBy(() => sortOrderFromJson({ 'order-id': 1, fields: [field] }, 'sort-orders[0]')),
    ).toMatchObject({ kind: 'corrupt', context: { path: 'sort-orders[0].fields[0].null-order' } })
  })

  it('always come back from JSON', () => {
    const anyOrder = anySchema().chain((schema) => anySortOrderOf(schema))
    fc.assert(
      fc.property(anyOrder, (order) => {
        expect(sortOrderFromJson(throughText(sortOrderToJson(order)), '')).toEqual(order)
      }),
      runs(100),
    )
  })
})
