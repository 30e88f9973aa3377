import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { avroDefaults, NO_DEFAULTS } from '../../../../src/formats/confluent/avro-defaults.ts'
import { avroRowReader } from '../../../../src/formats/confluent/avro-reader.ts'
import { inlineTypes } from '../../../../src/formats/confluent/avro-references.ts'
import { parseAvroSchema } from '../../../../src/formats/confluent/avro-schema.ts'
import { schemaIdOf } from '../../../../src/formats/confluent/framing.ts'
import { avroFieldsFromJson } from '../../../../src/jobs/schemas/avro-schema.ts'
import { schema, t } from '../../../../src/types/define.ts'
import type { Schema } from '../../../../src/types/schema.ts'
import type { Value } from '../../../../src/types/value.ts'
import { avroEncoder, confluentEncoder } from '../../../support/confluent-messages.ts'
import { runs } from '../../../support/runs.ts'

type Json = Readonly<Record<string, unknown>>

const record = (...fields: readonly Json[]): Json => ({ type: 'record', name: 'Row', fields })
const field = (name: string, type: unknown, rest: Json = {}): Json => ({ name, type, ...rest })

/** Writes a value by one schema and reads it into the columns of another. */
function through(
  writer: Json,
  value: unknown,
  columns: Pick<Schema, 'fields'>,
): readonly unknown[] {
  return avroRowReader(
    parseAvroSchema(writer),
    columns.fields,
    NO_DEFAULTS,
  )(avroEncoder(writer)(value))
}

const long = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n })

describe('messages in Avro', () => {
  it('always are the rows that were written', () => {
    const writer = record(
      field('flag', 'boolean'),
      field('small', 'int'),
      field('id', 'long'),
      field('ratio', 'double'),
      field('name', 'string'),
      field('raw', 'bytes'),
      field('digest', { type: 'fixed', name: 'Digest', size: 4 }),
      field('size', { type: 'enum', name: 'Size', symbols: ['S', 'M', 'L'] }),
      field('maybe', ['null', 'long']),
      field('tags', { type: 'array', items: 'string' }),
      field('counts', { type: 'map', values: 'long' }),
      field('inner', { type: 'record', name: 'Inner', fields: [field('x', ['null', 'string'])] }),
    )
    const rows = fc.record({
      flag: fc.boolean(),
      small: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      id: long,
      ratio: fc.double({ noNaN: true }),
      name: fc.string(),
      raw: fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
      digest: fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
      size: fc.constantFrom('S', 'M', 'L'),
      maybe: fc.option(long),
      tags: fc.array(fc.string(), { maxLength: 5 }),
      counts: fc.dictionary(fc.string(), long, { maxKeys: 5, noNullPrototype: true }),
      inner: fc.record({ x: fc.option(fc.string()) }),
    })
    const fields = avroFieldsFromJson(writer)
    const read = avroRowReader(parseAvroSchema(writer), fields, NO_DEFAULTS)
    fc.assert(
      fc.property(rows, (row) => {
        const values = read(avroEncoder(writer)(row))
        expect(
          Object.fromEntries(fields.map(({ name }, index) => [name, plain(values[index])])),
        ).toEqual({
          ...row,
          raw: [...row.raw],
          digest: [...row.digest],
          counts: Object.entries(row.counts),
          inner: [row.inner.x],
        })
      }),
      runs(100),
    )
  })

  it('always keep instants whole, in the parts of a second that columns have', () => {
    const writer = record(
      field('millis', { type: 'long', logicalType: 'timestamp-millis' }),
      field('micros', { type: 'long', logicalType: 'timestamp-micros' }),
      field('local', { type: 'long', logicalType: 'local-timestamp-micros' }),
      field('time', { type: 'int', logicalType: 'time-millis' }),
      field('day', { type: 'int', logicalType: 'date' }),
    )
    const columns = schema({
      millis: t.timestamptz(),
      micros: t.timestamptz(),
      local: t.timestamp(),
      time: t.time(),
      day: t.date(),
    })
    const instant = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n })
    const day = fc.integer({ min: -700_000, max: 700_000 })
    fc.assert(
      fc.property(
        instant,
        instant,
        fc.nat({ max: 86_399_999 }),
        day,
        (millis, micros, time, date) => {
          expect(
            through(writer, { millis, micros, local: micros, time, day: date }, columns),
          ).toEqual([millis * 1_000n, micros, micros, BigInt(time) * 1_000n, date])
        },
      ),
      runs(100),
    )
  })

  it('keep decimals digit for digit', () => {
    const decimal = { type: 'bytes', logicalType: 'decimal', precision: 20, scale: 2 }
    const writer = record(field('fare', decimal))
    const plainWriter = record(field('fare', 'bytes'))
    const read = avroRowReader(
      parseAvroSchema(writer),
      schema({ fare: t.decimal(30, 4) }).fields,
      NO_DEFAULTS,
    )
    const unscaled = fc.bigInt({ min: -(10n ** 20n) + 1n, max: 10n ** 20n - 1n })
    fc.assert(
      fc.property(unscaled, (value) => {
        const bytes = Buffer.alloc(16)
        bytes.writeBigInt64BE(value >> 64n, 0)
        bytes.writeBigUInt64BE(BigInt.asUintN(64, value), 8)
        expect(read(avroEncoder(plainWriter)({ fare: bytes }))).toEqual([value * 100n])
      }),
      runs(100),
    )
  })

  it('take no number for an instant that says nothing of it', () => {
    const writer = record(field('at', 'long'))
    expect(() => through(writer, { at: 5n }, schema({ at: t.timestamptz() }))).toThrow(
      expect.objectContaining({ kind: 'invalid', context: { path: 'at' } }),
    )
  })

  it('pass over what has no column, and are null where the writer knows less', () => {
    const writer = record(
      field('old', { type: 'map', values: { type: 'array', items: ['null', 'double'] } }),
      field('id', 'int'),
    )
    const columns = schema({ id: t.long(), later: t.string().optional() })
    expect(through(writer, { old: { a: [null, 1.5] }, id: 7 }, columns)).toEqual([7n, null])
    expect(() => through(writer, { old: {}, id: 7 }, schema({ later: t.string() }))).toThrow(
      expect.objectContaining({ kind: 'invalid', context: { path: 'later' } }),
    )
  })

  it('have the defaults of the schema that they are read by', () => {
    const newer = record(
      field('id', 'long'),
      field('city', 'string', { default: 'Oslo' }),
      field('seats', ['int', 'null'], { default: 4 }),
      field('tags', { type: 'array', items: 'string' }, { default: ['new'] }),
      field(
        'inner',
        { type: 'record', name: 'Inner', fields: [field('x', 'int', { default: 3 })] },
        { default: {} },
      ),
    )
    const fields = avroFieldsFromJson(newer)
    const defaults = avroDefaults(parseAvroSchema(newer), fields)
    const older = record(field('id', 'long'))
    const read = avroRowReader(parseAvroSchema(older), fields, defaults)
    expect(read(avroEncoder(older)({ id: 1n }))).toEqual([1n, 'Oslo', 4, ['new'], [3]])
  })

  it('are no rows when they end early or go on', () => {
    const writer = record(field('name', 'string'))
    const read = avroRowReader(
      parseAvroSchema(writer),
      schema({ name: t.string() }).fields,
      NO_DEFAULTS,
    )
    const bytes = avroEncoder(writer)({ name: 'Ada' })
    for (const wrong of [bytes.subarray(0, 2), Buffer.concat([bytes, Buffer.alloc(1)])]) {
      expect(() => read(wrong)).toThrow(expect.objectContaining({ kind: 'corrupt' }))
    }
  })

  it('name the schema that they were written with', () => {
    const message = confluentEncoder(70_000, record(field('id', 'int')))({ id: 1 })
    expect(schemaIdOf(message, 0, message.length)).toBe(70_000)
    expect(() => schemaIdOf(Buffer.from('{"id": 1}'), 0, 9)).toThrow(
      expect.objectContaining({ kind: 'invalid' }),
    )
  })
})

describe('a schema that others are part of', () => {
  it('stands by itself once they are in it', () => {
    const city = {
      type: 'record',
      name: 'City',
      namespace: 'geo',
      fields: [field('name', 'string')],
    }
    const json = inlineTypes(
      record(field('from', 'geo.City'), field('to', ['null', 'geo.City'])),
      new Map([['geo.City', city]]),
    )
    const from = { name: 'Oslo' }
    expect(avroFieldsFromJson(json).map(({ name }) => name)).toEqual(['from', 'to'])
    const read = avroRowReader(parseAvroSchema(json), avroFieldsFromJson(json), NO_DEFAULTS)
    expect(read(avroEncoder(json)({ from, to: from }))).toEqual([['Oslo'], ['Oslo']])
  })
})

/** Bytes as lists, which compare by what is in them. */
function plain(value: Value | null | undefined): unknown {
  return value instanceof Uint8Array ? [...value] : value
}
