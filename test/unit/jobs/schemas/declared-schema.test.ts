import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { IcebergError } from '../../../../src/base/errors.ts'
import { stringifyJson } from '../../../../src/base/json-exact.ts'
import { parseDeclaredSchema } from '../../../../src/jobs/schemas/declared-schema.ts'
import { formatType } from '../../../../src/types/type.ts'
import type { Type } from '../../../../src/types/type.ts'
import { runs } from '../../../support/runs.ts'

/** `name type` for each column, with a `!` behind those that are required. */
function columnsOf(text: string, language?: 'avro' | 'spark'): readonly string[] {
  return parseDeclaredSchema(text, language).fields.map(
    ({ name, type, required }) => `${name} ${formatType(type)}${required ? '!' : ''}`,
  )
}

function record(...fields: readonly unknown[]): string {
  return stringifyJson({ type: 'record', name: 'call', fields })
}

function faultOf(text: string, language?: 'avro' | 'spark'): IcebergError {
  try {
    parseDeclaredSchema(text, language)
  } catch (error) {
    if (error instanceof IcebergError) return error
    throw error
  }
  throw new Error('the schema has no faults')
}

describe("a schema in Spark's DDL", () => {
  it('has columns as tables have them, numbered from 1', () => {
    const schema = parseDeclaredSchema(
      "id BIGINT NOT NULL COMMENT 'the call''s', `at port`: STRING, lines ARRAY<STRUCT<sku: STRING, qty INT NOT NULL>>",
    )
    expect(schema.fields).toEqual([
      { id: 1, name: 'id', required: true, type: { kind: 'long' }, doc: "the call's" },
      { id: 2, name: 'at port', required: false, type: { kind: 'string' } },
      {
        id: 3,
        name: 'lines',
        required: false,
        type: {
          kind: 'list',
          elementId: 4,
          elementRequired: false,
          element: {
            kind: 'struct',
            fields: [
              { id: 5, name: 'sku', required: false, type: { kind: 'string' } },
              { id: 6, name: 'qty', required: true, type: { kind: 'int' } },
            ],
          },
        },
      },
    ])
  })

  it.each([
    ['boolean', 'boolean'],
    ['TINYINT', 'int'],
    ['byte', 'int'],
    ['smallint', 'int'],
    ['short', 'int'],
    ['int', 'int'],
    ['integer', 'int'],
    ['long', 'long'],
    ['BigInt', 'long'],
    ['float', 'float'],
    ['real', 'float'],
    ['double', 'double'],
    ['decimal', 'decimal(10, 0)'],
    ['dec(5)', 'decimal(5, 0)'],
    ['numeric(38, 38)', 'decimal(38, 38)'],
    ['date', 'date'],
    ['timestamp', 'timestamptz'],
    ['timestamp_ltz', 'timestamptz'],
    ['timestamp_ntz', 'timestamp'],
    ['string', 'string'],
    ['varchar(10)', 'string'],
    ['char(1)', 'string'],
    ['binary', 'binary'],
  ])('takes %s for %s', (spark, type) => {
    const [column] = columnsOf(`a ${spark}`)
    expect(column).toBe(`a ${type}`)
  })

  it('may be written as the struct that it is', () => {
    expect(columnsOf('struct<a: int, b: map<string, array<long>>>')).toHaveLength(2)
    expect(columnsOf('struct int')).toEqual(['struct int'])
  })

  it.each([
    ['a', 'invalid', 'expected a type', 1],
    ['a integers', 'invalid', 'Spark has no such type', 2],
    ['a int b int', 'invalid', 'expected the end of the schema', 6],
    ['a array int', 'invalid', 'expected <', 8],
    ['a map<string>', 'invalid', 'expected ,', 12],
    ['a int not', 'invalid', 'expected null', 9],
    ['a int comment b', 'invalid', 'expected a text', 14],
    ['a decimal(x)', 'invalid', 'expected a number', 10],
    [
      'a decimal(39)',
      'invalid',
      'a decimal has up to 38 digits, up to as many of them after its point',
      undefined,
    ],
    [
      'a decimal(5, 6)',
      'invalid',
      'a decimal has up to 38 digits, up to as many of them after its point',
      undefined,
    ],
    ['a varchar', 'invalid', 'the type takes a length', undefined],
    ['a int(5)', 'invalid', 'the type takes no parameters', undefined],
    ['a interval', 'unsupported', 'a column of type interval', undefined],
    ['', 'invalid', 'expected the name of a column', 0],
    [
      `a ${'array<'.repeat(200)}int${'>'.repeat(200)}`,
      'invalid',
      'the schema is nested too deep',
      expect.any(Number),
    ],
  ])('cannot be %j', (text, kind, message, offset) => {
    const { context, ...fault } = faultOf(text, 'spark')
    expect({ kind: fault.kind, message: faultOf(text, 'spark').message }).toEqual({ kind, message })
    expect(context['offset']).toEqual(offset)
  })

  it('has columns of different names', () => {
    expect(faultOf('a int, a long')).toMatchObject({
      kind: 'invalid',
      problems: [{ path: 'a', message: 'two fields have this name' }],
    })
  })
})

describe('a schema in the JSON of Spark', () => {
  it('has columns as tables have them', () => {
    const text = stringifyJson({
      type: 'struct',
      fields: [
        { name: 'id', type: 'long', nullable: false, metadata: { comment: 'of the call' } },
        { name: 'fee', type: 'decimal(9,2)', nullable: true, metadata: {} },
        { name: 'at', type: 'timestamp_ntz' },
        { name: 'tags', type: { type: 'array', elementType: 'string', containsNull: false } },
        {
          name: 'by_port',
          type: {
            type: 'map',
            keyType: 'string',
            valueType: { type: 'struct', fields: [{ name: 'n', type: 'integer' }] },
            valueContainsNull: true,
          },
        },
      ],
    })
    expect(columnsOf(text)).toEqual([
      'id long!',
      'fee decimal(9, 2)',
      'at timestamp',
      expect.stringMatching(/^tags list/),
      expect.stringMatching(/^by_port map/),
    ])
    expect(parseDeclaredSchema(text).fields[0]?.doc).toBe('of the call')
    expect(parseDeclaredSchema(text).fields[3]?.type).toMatchObject({ elementRequired: true })
  })

  it.each([
    [{ type: 'struct' }, 'invalid', 'required field is missing', 'fields'],
    [{ type: 'struct', fields: [{ name: 'a' }] }, 'invalid', expect.any(String), 'fields[0].type'],
    [
      { type: 'struct', fields: [{ name: 'a', type: 'int!' }] },
      'invalid',
      'Spark has no such type',
      'fields[0].type',
    ],
    [
      { type: 'struct', fields: [{ name: 'a', type: { type: 'udt' } }] },
      'unsupported',
      'a type that Spark makes of classes',
      'fields[0].type.type',
    ],
    [{ type: 'array', elementType: 'string' }, 'invalid', 'a schema is a struct', undefined],
  ])('cannot be %j', (json, kind, message, path) => {
    const fault = faultOf(stringifyJson(json), 'spark')
    expect({ kind: fault.kind, message: fault.message }).toEqual({ kind, message })
    expect(fault.context['path']).toBe(path)
  })

  it('is JSON', () => {
    expect(faultOf('{"type": "struct"')).toMatchObject({ kind: 'invalid' })
  })
})

describe('a schema of an Avro record', () => {
  it.each<[unknown, string]>([
    ['boolean', 'boolean!'],
    ['int', 'int!'],
    ['long', 'long!'],
    ['float', 'float!'],
    ['double', 'double!'],
    ['bytes', 'binary!'],
    ['string', 'string!'],
    [['null', 'string'], 'string'],
    [['string', 'null'], 'string'],
    [['string'], 'string!'],
    [['int', 'long', 'null'], 'long'],
    [['double', 'float'], 'double!'],
    [{ type: 'string' }, 'string!'],
    [{ type: 'string', logicalType: 'uuid' }, 'string!'],
    [{ type: 'int', logicalType: 'date' }, 'date!'],
    [{ type: 'int', logicalType: 'time-millis' }, 'time!'],
    [{ type: 'long', logicalType: 'time-micros' }, 'time!'],
    [{ type: 'long', logicalType: 'timestamp-millis' }, 'timestamptz!'],
    [{ type: 'long', logicalType: 'timestamp-micros' }, 'timestamptz!'],
    [{ type: 'long', logicalType: 'local-timestamp-micros' }, 'timestamp!'],
    [{ type: 'long', logicalType: 'mine' }, 'long!'],
    [{ type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 }, 'decimal(9, 2)!'],
    [{ type: 'fixed', name: 'f', size: 4 }, 'fixed[4]!'],
    [{ type: 'fixed', name: 'f', size: 16, logicalType: 'uuid' }, 'uuid!'],
    [{ type: 'fixed', name: 'f', size: 4, logicalType: 'decimal', precision: 9 }, 'decimal(9, 0)!'],
    [{ type: 'enum', name: 'e', symbols: ['A'] }, 'string!'],
  ])('takes %j for %s', (type, column) => {
    expect(columnsOf(record({ name: 'a', type }))).toEqual([`a ${column}`])
  })

  it('has nested types, and names for types that come again', () => {
    const port = {
      type: 'record',
      name: 'port',
      namespace: 'harbour',
      fields: [{ name: 'code', type: 'string' }],
    }
    const schema = parseDeclaredSchema(
      record(
        { name: 'from', type: port, doc: 'where it was' },
        { name: 'to', type: ['null', 'harbour.port'] },
        { name: 'via', type: { type: 'array', items: ['null', 'harbour.port'] } },
        { name: 'by', type: { type: 'map', values: 'long' } },
      ),
    )
    expect(schema.fields).toMatchObject([
      { name: 'from', required: true, doc: 'where it was', type: { kind: 'struct' } },
      { name: 'to', required: false, type: { kind: 'struct', fields: [{ name: 'code' }] } },
      { name: 'via', type: { kind: 'list', elementRequired: false, element: { kind: 'struct' } } },
      {
        name: 'by',
        type: {
          kind: 'map',
          key: { kind: 'string' },
          valueRequired: true,
          value: { kind: 'long' },
        },
      },
    ])
    expect(new Set(idsIn(schema.fields.map((field) => field.type))).size).toBe(6)
  })

  it.each<[unknown, string, string, string]>([
    [{ name: 'a', type: 'text' }, 'invalid', 'no type of this name comes before', 'fields[0].type'],
    [
      { name: 'a', type: ['int', 'string'] },
      'unsupported',
      'a union of several types',
      'fields[0].type',
    ],
    [{ name: 'a', type: ['null'] }, 'unsupported', 'a union of several types', 'fields[0].type'],
    [{ name: 'a', type: 'call' }, 'unsupported', 'a record that holds itself', 'fields[0].type'],
    [{ type: 'int' }, 'invalid', 'required field is missing', 'fields[0].name'],
    [
      { name: 'a', type: { type: 'fixed', name: 'f', size: 0 } },
      'invalid',
      'a size is above zero',
      'fields[0].type.size',
    ],
    [
      { name: 'a', type: { type: 'fixed', name: 'f', size: 12, logicalType: 'duration' } },
      'unsupported',
      'a column of durations',
      'fields[0].type.logicalType',
    ],
    [
      { name: 'a', type: { type: 'bytes', logicalType: 'decimal', precision: 39 } },
      'invalid',
      'a decimal has up to 38 digits',
      'fields[0].type.precision',
    ],
  ])('cannot have %j', (field, kind, message, path) => {
    const fault = faultOf(record(field), 'avro')
    expect({ kind: fault.kind, message: fault.message, path: fault.context['path'] }).toEqual({
      kind,
      message,
      path,
    })
  })

  it('is refused when its names multiply', () => {
    const doubling = Array.from({ length: 40 }, (_, level) => ({
      name: `f${level}`,
      type: {
        type: 'record',
        name: `r${level}`,
        fields: ['a', 'b'].map((name) => ({ name, type: level === 0 ? 'int' : `r${level - 1}` })),
      },
    }))
    expect(faultOf(record(...doubling))).toMatchObject({
      kind: 'invalid',
      message: 'the schema has too many types',
    })
  })
})

/** Ids of all fields in types. */
function idsIn(types: readonly Type[]): readonly number[] {
  return [...stringifyJson(types).matchAll(/"(?:id|elementId|keyId|valueId)":(\d+)/g)].map(
    ([, id]) => Number(id),
  )
}

describe('a declared schema', () => {
  const anyText = fc.oneof(
    fc.string(),
    fc
      .array(
        fc.constantFrom(
          'a',
          'int',
          'struct',
          'array',
          'map',
          '<',
          '>',
          '(',
          ')',
          ',',
          ':',
          'not',
          'null',
          '`b c`',
          '9',
          "'x'",
          ' ',
        ),
        { maxLength: 12 },
      )
      .map((parts) => parts.join(' ')),
    fc.json(),
  )

  it('never fails but by saying what is wrong', () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom('avro', 'spark', null), (text, language) => {
        try {
          expect(parseDeclaredSchema(text, language).fields.length).toBeGreaterThan(-1)
        } catch (error) {
          if (!(error instanceof IcebergError)) throw error
          expect(['invalid', 'unsupported', 'limit']).toContain(error.kind)
        }
      }),
      runs(500),
    )
  })

  const anySparkType = fc.letrec<{ type: SparkType; struct: SparkType }>((tie) => ({
    type: fc.oneof(
      { depthSize: 'small' },
      fc
        .constantFrom('long', 'string', 'timestamp_ntz', 'decimal(9,2)', 'boolean')
        .map((name) => ({ ddl: name, json: name })),
      tie('struct'),
      tie('type').map(({ ddl, json }) => ({
        ddl: `array<${ddl}>`,
        json: { type: 'array', elementType: json, containsNull: true },
      })),
      tie('type').map(({ ddl, json }) => ({
        ddl: `map<string, ${ddl}>`,
        json: { type: 'map', keyType: 'string', valueType: json, valueContainsNull: true },
      })),
    ),
    struct: fc
      .uniqueArray(fc.tuple(fc.stringMatching(/^[a-z][a-z ]{0,4}$/), tie('type'), fc.boolean()), {
        minLength: 1,
        maxLength: 4,
        selector: ([name]) => name,
      })
      .map((fields) => ({
        ddl: `struct<${fields.map(([name, type, isRequired]) => `\`${name}\`: ${type.ddl}${isRequired ? ' not null' : ''}`).join(', ')}>`,
        json: {
          type: 'struct',
          fields: fields.map(([name, type, isRequired]) => ({
            name,
            type: type.json,
            nullable: !isRequired,
          })),
        },
      })),
  })).struct

  it("is always the same in Spark's DDL and in its JSON", () => {
    fc.assert(
      fc.property(anySparkType, ({ ddl, json }) => {
        expect(parseDeclaredSchema(ddl)).toEqual(parseDeclaredSchema(stringifyJson(json)))
      }),
      runs(200),
    )
  })
})

interface SparkType {
  readonly ddl: string
  readonly json: unknown
}
