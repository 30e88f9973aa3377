import { describe, expect, it } from 'vitest'

import {
  debeziumJsonDecoder,
  rowOfJsonChange,
} from '../../../../../src/jobs/sources/kafka/debezium.ts'
import { schema, t } from '../../../../../src/types/define.ts'

const Ride = schema({ id: t.long(), city: t.string().optional() })
const decoder = debeziumJsonDecoder(Ride.fields)

function decoded(json: unknown): unknown {
  const bytes = Buffer.from(JSON.stringify(json))
  return decoder.decode({ bytes, start: 0, end: bytes.length })
}

const before = { id: 1, city: 'Oslo' }
const after = { id: 1, city: 'Bergen' }
const source = { ts_ms: 1_769_900_000_000, db: 'rides' }
const ts = { ts_ms: 1_769_900_000_123, source }
const times = [1_769_900_000_123n, 1_769_900_000_000n]

describe('a change that Debezium writes', () => {
  it.each([
    ['c', { op: 'c', before: null, after, ...ts }, [1n, 'Bergen', 'c', ...times]],
    ['r', { op: 'r', after, ...ts }, [1n, 'Bergen', 'r', ...times]],
    ['u', { op: 'u', before, after, ...ts }, [1n, 'Bergen', 'u', ...times]],
    ['d', { op: 'd', before, after: null, ...ts }, [1n, 'Oslo', 'd', ...times]],
  ])('is a row: %s', (_, change, row) => {
    expect(decoded(change)).toEqual(row)
    expect(decoded({ schema: { type: 'struct' }, payload: change })).toEqual(row)
    expect(rowOfJsonChange({ schema: {}, payload: change })).toEqual(change.after ?? change.before)
  })

  it('has decimals that are numbers to their last digit', () => {
    const decimals = debeziumJsonDecoder(schema({ fare: t.decimal(38, 10) }).fields)
    const json = '{"op":"c","after":{"fare":1234567890123456789012345678.0123456789},"ts_ms":1}'
    const bytes = Buffer.from(json)
    expect(decimals.decode({ bytes, start: 0, end: bytes.length })).toEqual([
      12345678901234567890123456780123456789n,
      'c',
      1n,
      null,
    ])
  })

  it('of a deleted row may say no more than its key', () => {
    expect(decoded({ op: 'd', before: { id: 1 }, after: null })).toEqual([
      1n,
      null,
      'd',
      null,
      null,
    ])
  })

  it('has the columns of the row, of which any may be missing, and those of the change', () => {
    expect(decoder.fields.map(({ name, required }) => [name, required])).toEqual([
      ['id', false],
      ['city', false],
      ['_op', true],
      ['_ts_ms', false],
      ['_source_ts_ms', false],
    ])
  })

  it.each([
    ['a table that is emptied', { op: 't', before: null, after: null }],
    ['a message of its own', { op: 'm', message: {} }],
    ['what is no change', { id: 1, city: 'Oslo' }],
    ['a row that is not there', { op: 'u', before, after: null }],
    ['what is no object', 7],
  ])('is none for %s', (_, json) => {
    expect(() => decoded(json)).toThrow(expect.objectContaining({ kind: 'invalid' }))
  })
})
