import { describe, expect, it } from 'vitest'
import { formsFor, schema, t } from '../../../src/types/define.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import { thrownBy } from '../../support/thrown.ts'

describe('a schema as a program defines it', () => {
  it('is the one that its text describes', () => {
    const defined = schema({
      id: t.long(),
      ok: t.boolean().optional(),
      small: t.int().optional(),
      ratio: t.float().optional(),
      score: t.double().optional(),
      fare: t.decimal(9, 2).optional(),
      day: t.date().optional(),
      clock: t.time().optional(),
      local: t.timestamp().optional(),
      ts: t.timestamptz().optional(),
      city: t.string().optional(),
      key: t.uuid().optional(),
      hash: t.fixed(16).optional(),
      raw: t.binary().optional(),
      items: t.list(t.struct({ sku: t.string(), qty: t.int().optional() })).optional(),
      tags: t.map(t.string(), t.string().optional()).optional(),
    })
    const { fields } = parseSchemaText(
      `id long not null, ok boolean, small int, ratio float, score double, fare decimal(9,2),
       day date, clock time, local timestamp, ts timestamptz, city string, key uuid,
       hash fixed[16], raw binary, items list<struct<sku: string not null, qty: int> not null>,
       tags map<string, string>`,
    )
    expect(defined.fields).toEqual(fields)
    expect(defined).toMatchObject({ schemaId: 0, identifierFieldIds: [] })
  })

  it('keeps comments, also of fields inside', () => {
    const { fields } = schema({
      s: t
        .struct({ a: t.int().doc('inner') })
        .optional()
        .doc('outer'),
    })
    expect(fields).toMatchObject([
      { name: 's', doc: 'outer', required: false, type: { fields: [{ name: 'a', doc: 'inner' }] } },
    ])
  })

  it('leaves a column alone when another is made of it', () => {
    const id = t.long()
    const { fields } = schema({ a: id.optional(), b: id, c: id.doc('x') })
    expect(fields.map(({ required, doc }) => [required, doc])).toEqual([
      [false, undefined],
      [true, undefined],
      [true, 'x'],
    ])
  })

  const Forms = schema({
    id: t.long(),
    n: t.long({ as: 'number' }).optional().doc('kept'),
    s: t.struct({ ts: t.timestamptz({ as: 'date' }), day: t.date() }),
    l: t.list(t.time({ as: 'micros' })),
    m: t.map(t.long({ as: 'number' }), t.date({ as: 'date' })),
  })

  it('knows by id which columns are read in another form', () => {
    expect([...Forms.forms]).toEqual([
      [2, 'number'],
      [6, 'date'],
      [8, 'micros'],
      [9, 'number'],
      [10, 'date'],
    ])
  })

  it('finds those columns by path in a table with other ids', () => {
    const table = {
      schemaId: 4,
      identifierFieldIds: [],
      fields: [
        { id: 21, name: 'n', required: false, type: { kind: 'long' } },
        {
          id: 22,
          name: 's',
          required: true,
          type: {
            kind: 'struct',
            fields: [{ id: 23, name: 'ts', required: true, type: { kind: 'timestamptz' } }],
          },
        },
      ],
    } as const
    expect([...formsFor(table, Forms)]).toEqual([
      [21, 'number'],
      [23, 'date'],
    ])
  })

  it('has the types of version 3', () => {
    const { fields, forms } = schema({
      ts: t.timestampNs(),
      moment: t.timestamptzNs({ as: 'nanos' }).optional(),
      later: t.unknown(),
      any: t.variant().optional(),
      place: t.geometry('EPSG:4326').optional(),
      here: t.geometry('OGC:CRS84').optional(),
      path: t.geography(undefined, 'karney').optional(),
    })
    expect(fields).toEqual(
      parseSchemaText(
        `ts timestamp_ns not null, moment timestamptz_ns, later unknown, any variant,
         place geometry(EPSG:4326), here geometry, path geography(OGC:CRS84, karney)`,
      ).fields,
    )
    expect([...forms]).toEqual([[2, 'nanos']])
  })

  it('has defaults, for rows before and after (spec: Default values)', () => {
    const { fields } = schema({
      n: t.long().default(7),
      day: t.date().optional().default('1970-01-02'),
      p: t.struct({ x: t.int().default(1).doc('kept'), y: t.int().optional() }).default({}),
      l: t.list(t.int()).default([1, 2]).optional(),
    })
    expect(fields).toMatchObject([
      { required: true, initialDefault: 7n, writeDefault: 7n },
      { required: false, initialDefault: 1, writeDefault: 1 },
      {
        required: true,
        initialDefault: [],
        writeDefault: [],
        type: { fields: [{ initialDefault: 1, writeDefault: 1, doc: 'kept' }, { name: 'y' }] },
      },
      { required: false, initialDefault: [1, 2], writeDefault: [1, 2] },
    ])
    expect(Object.keys(schema({ a: t.int() }).fields[0] ?? {})).not.toContain('writeDefault')
  })

  it('refuses a default that no row could have', () => {
    // @ts-expect-error the type does not take it
    expect(thrownBy(() => t.int().default('1')).kind).toBe('invalid')
    expect(thrownBy(() => t.decimal(3, 2).default('10')).kind).toBe('invalid')
    expect(thrownBy(() => t.struct({ x: t.int() }).default({ x: 1 })).kind).toBe('invalid')
    const without = t.struct({ x: t.int() })
    // @ts-expect-error a column in it is required
    const error = thrownBy(() => schema({ s: without.default({}) }))
    expect(error.problems).toEqual([
      { path: 's', message: 'default of a struct leaves a required field null' },
    ])
  })

  it('refuses defaults where there are no fields', () => {
    expect(thrownBy(() => t.list(t.int().optional().default(1))).kind).toBe('invalid')
    expect(thrownBy(() => t.map(t.int(), t.int().optional().default(1))).kind).toBe('invalid')
  })

  it('is refused with every fault named', () => {
    const error = thrownBy(() =>
      schema({ '': t.int(), a: t.decimal(39, 2), b: t.list(t.fixed(0)) }),
    )
    expect(error.kind).toBe('invalid')
    expect(error.problems.map(({ path }) => path)).toEqual(['', 'a', 'b.element'])
  })

  it('refuses to lose a column named __proto__', () => {
    const lost = { __proto__: t.int(), a: t.int() }
    expect(thrownBy(() => schema(lost)).kind).toBe('invalid')
    expect(schema({ ['__proto__']: t.int() }).fields[0]?.name).toBe('__proto__')
  })
})
