import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { IcebergError } from '../../../../src/base/errors.ts'
import { formatType } from '../../../../src/types/type.ts'
import { applyFunction, boundFunction } from '../../../support/jobs/functions.ts'
import type { Outcome } from '../../../support/jobs/functions.ts'
import { engineForTests } from '../../../support/sql/engine.ts'
import type { ValueRow } from '../../../support/sql/engine.ts'
import { runs } from '../../../support/runs.ts'

const engine = engineForTests()

function faultOf(text: string): string[] {
  try {
    boundFunction(text)
  } catch (error) {
    const { problems = [] } = error as { problems?: { message: string }[] }
    return problems.map(({ message }) => message)
  }
  return []
}

function applied(text: string, columns: string, rows: readonly ValueRow[]): Promise<Outcome> {
  return applyFunction(engine, text, { columns, rows })
}

async function rowsAfter(
  text: string,
  columns: string,
  rows: readonly ValueRow[],
): Promise<readonly ValueRow[]> {
  return (await applied(text, columns, rows)).rows
}

async function namesAfter(text: string, columns: string): Promise<readonly string[]> {
  const { schema } = await applied(text, columns, [])
  return schema.fields.map(({ name }) => name)
}

async function typesAfter(text: string, columns: string): Promise<readonly string[]> {
  const { schema } = await applied(text, columns, [])
  return schema.fields.map(({ name, type }) => `${name} ${formatType(type)}`)
}

describe('functions of names', () => {
  it.each([
    ['{name: change_column_case, case: upper}', ['ORDER ID', 'B']],
    ['{name: change_column_case, case: lower}', ['order id', 'b']],
    ['{name: cleanse_column_names}', ['order_id', 'b']],
    ['{name: snake_case}', ['order_id', 'b']],
    ["{name: columns_replace, sedExpression: 's/^Order /o_/'}", ['o_Id', 'B']],
    ['{name: rename, column: order id, asColumn: id}', ['id', 'B']],
    ['{name: rename_all, columns: {Order Id: B, B: Order Id}}', ['B', 'Order Id']],
    ['{name: select, columns: [B, Order Id]}', ['B', 'Order Id']],
    ['{name: select, columns: [B]}', ['B']],
    ['{name: drop, columns: [b]}', ['Order Id']],
  ])('%s', async (text, names) => {
    expect(await namesAfter(text, '"Order Id" int, "B" string')).toEqual(names)
  })

  it('never leave two columns of one name, or none', async () => {
    const columns = 'a int, b int'
    await expect(namesAfter('{name: rename, column: a, asColumn: B}', columns)).rejects.toThrow(
      'two columns would have one name',
    )
    await expect(
      namesAfter("{name: columns_replace, sedExpression: 's/.//'}", columns),
    ).rejects.toThrow('a column would have no name')
  })

  it('say which column there is not, and which may be meant', async () => {
    await expect(namesAfter('{name: drop, columns: [price]}', 'prize int')).rejects.toMatchObject({
      kind: 'invalid',
      message: 'there is no such column, did you mean prize?',
      context: { column: 'price' },
    })
  })
})

describe('functions of columns', () => {
  it.each([
    ['{name: add_column, column: n, value: 8, type: int}', 'n int', 8],
    [
      '{name: add_column, column: n, value: "9007199254740993", type: long}',
      'n long',
      9_007_199_254_740_993n,
    ],
    ['{name: add_column, column: n, value: x, type: string}', 'n string', 'x'],
    ['{name: add_column, column: n, value: 1.25, type: "decimal(5, 2)"}', 'n decimal(5, 2)', 125n],
    ['{name: add_column, column: n, value: true, type: boolean}', 'n boolean', true],
    ["{name: set_column, column: n, value: it's}", 'n string', "it's"],
    ['{name: copy, fromColumn: a, toColumn: n}', 'n int', 1],
    ['{name: set_variable, column: n, expression: a + 1}', 'n int', 2],
    ['{name: increment_variable, column: n}', 'n long', 1n],
  ])('%s', async (text, column, value) => {
    const { schema, rows } = await applied(text, 'a int', [[1]])
    expect(schema.fields.map(({ name, type }) => `${name} ${formatType(type)}`)).toEqual([
      'a int',
      column,
    ])
    expect(rows).toEqual([[1, value]])
  })

  it('take the place of a column of that name', async () => {
    expect(
      await rowsAfter('{name: set_column, column: A, value: x}', 'a int, b int', [[1, 2]]),
    ).toEqual([['x', 2]])
  })

  it('swap values, and leave names', async () => {
    const { schema, rows } = await applied(
      '{name: swap, columnA: a, columnB: c}',
      'a int, b int, c string',
      [[1, 2, 'x']],
    )
    expect(schema.fields.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
    expect(rows).toEqual([['x', 2, 1]])
  })

  it('cast in place', async () => {
    const text = '{name: set_type, columns: {a: long, b: timestamp, c: float}}'
    expect(await typesAfter(text, 'a int, b string, c double, d date')).toEqual([
      'a long',
      'b timestamptz',
      'c float',
      'd date',
    ])
    expect(
      await rowsAfter(text, 'a int, b string, c double, d date', [
        [1, '2026-01-31 12:00:00', 0.5, 1],
      ]),
    ).toEqual([[1n, 1_769_860_800_000_000n, 0.5, 1]])
  })

  it('never cast what is no such value', async () => {
    const text = '{name: set_type, columns: {a: int}}'
    await expect(rowsAfter(text, 'a string', [['x']])).rejects.toMatchObject({
      kind: expect.stringMatching(/invalid|unsupported/) as string,
    })
  })

  it.each(['null', '"null"', '~'])('cast to null what is no such value: %s', async (word) => {
    const text = `{name: set_type, columns: {a: int}, onCastError: ${word}}`
    expect(await rowsAfter(text, 'a string', [['7'], ['x'], [''], [null]])).toEqual([
      [7],
      [null],
      [null],
      [null],
    ])
  })

  it.each([
    ['int', 'string', '99999999999', null],
    ['int', 'long', 99_999_999_999n, null],
    ['decimal(3, 1)', 'string', '123.4', null],
    ['decimal(3, 1)', 'string', '12.34', 123n],
    ['double', 'string', '1,5', null],
    ['boolean', 'string', 'maybe', null],
    ['boolean', 'string', 'Yes', true],
    ['date', 'string', '31.01.2026', null],
    ['date', 'string', '2026-02-30', null],
    ['date', 'string', '1970-1-2', 1],
    ['timestamp', 'string', 'unknown', null],
    ['timestamp', 'string', '2026-01-32 00:00:00', null],
    ['timestamp', 'string', '1970-01-01 00:00:01', 1_000_000n],
  ])('cast, or give null, to %s of %s %s', async (to, from, value, result) => {
    const text = `{name: set_type, columns: {a: "${to}"}, onCastError: null}`
    expect(await rowsAfter(text, `a ${from}`, [[value]])).toEqual([[result]])
  })

  it.each([
    ['int', '1.5'],
    ['double', 'NaN'],
    ['decimal(9, 2)', '1e3'],
    ['boolean', 'true\t'],
    ['date', '2026'],
    ['date', '12026-01-01'],
    ['timestamp', '2026-01-01 5:00'],
    ['timestamp', 'now'],
  ])('never have null for what some Spark has a value for: as %s, %j', async (type, value) => {
    const text = `{name: set_type, columns: {a: "${type}"}, onCastError: null}`
    await expect(rowsAfter(text, 'a string', [[value]])).rejects.toMatchObject({
      kind: 'unsupported',
      message: expect.stringContaining('a text such as this is refused') as string,
    })
  })

  it('always have the value of a cast where there is one, and else null or a refusal', async () => {
    const anyText = fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.stringMatching(/^\s?[+-]?\d{0,5}(\.\d{0,3})?(e\d)?$/),
      fc.stringMatching(/^\d{3,5}-\d{1,2}(-\d{1,2}([ T]\d{2}:\d{2}:\d{2})?)?$/),
      fc.constantFrom('true', 'F', ' no ', 'NaN', 'now'),
    )
    const anyType = fc.constantFrom(
      'int',
      'double',
      '"decimal(6, 2)"',
      'boolean',
      'date',
      'timestamp',
    )
    await fc.assert(
      fc.asyncProperty(anyType, anyText, async (type, value) => {
        const cast = async (more: string): Promise<unknown> => {
          try {
            const text = `{name: set_type, columns: {a: ${type}}${more}}`
            return await rowsAfter(text, 'a string', [[value]])
          } catch (error) {
            return error instanceof IcebergError ? error.kind : error
          }
        }
        const [strict, lenient] = [await cast(''), await cast(', onCastError: null')]
        if (typeof strict !== 'string') expect(lenient).toEqual(strict)
        else expect([[[null]], 'unsupported']).toContainEqual(lenient)
      }),
      runs(40),
    )
  })

  it('merge columns as text, without those that are null', async () => {
    const text = '{name: merge, columns: [a, b, c], separator: __, asColumn: m}'
    expect(await rowsAfter(text, 'a string, b int, c string', [['x', 1, null]])).toEqual([
      ['x', 1, null, 'x__1'],
    ])
  })

  it('give every record an id of its own', async () => {
    const rows = await rowsAfter('{name: generate_uuid, asColumn: u}', 'a int', [[1], [2], [3]])
    expect(new Set(rows.map(([, uuid]) => uuid)).size).toBe(3)
    expect(rows[0]?.[1]).toMatch(/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/)
  })
})

describe('functions of texts', () => {
  it.each([
    ['{name: change_case, column: a, case: upper}', 'straße', 'STRASSE'],
    ['{name: change_case, column: a, case: lower}', 'ÉTÉ', 'été'],
    ['{name: change_case, column: a, case: title}', 'new york', 'New York'],
    [
      '{name: cut_character, column: a, asColumn: a, startIndex: 1, endIndex: 4}',
      '2019-02-17',
      '2019',
    ],
    ['{name: cut_character, column: a, asColumn: a, startIndex: 3, endIndex: 9}', 'abc', 'c'],
    ['{name: fill_null_or_empty, columns: {a: none}}', '', 'none'],
    ['{name: fill_null_or_empty, columns: {a: none}}', null, 'none'],
    ['{name: fill_null_or_empty, columns: {a: none}}', ' ', ' '],
    ["{name: find_and_replace, column: a, sedExpression: 's/o/0/g'}", 'foo', 'f00'],
    ['{name: mask_number, column: a, pattern: "XXX-XX-####"}', '999-65-3251', 'XXX-XX-3251'],
    ['{name: trim, column: a, method: trim}', '  x\t ', 'x\t'],
    ['{name: trim, column: a, method: ltrim}', ' x ', 'x '],
    ['{name: trim, column: a, method: rtrim}', ' x ', ' x'],
    ['{name: encode, column: a, asColumn: a, algo: base32}', '21244', 'GIYTENBU'],
    ['{name: decode, column: a, asColumn: a, algo: base64}', 'w6k=', 'é'],
    ['{name: hash, column: a, algo: MD5}', 'abc', '900150983cd24fb0d6963f7d28e17f72'],
    ['{name: hash, column: a, algo: sha-512}', '', expect.stringMatching(/^cf83e1357eefb8bd/)],
  ])('%s of %j', async (text, value, result) => {
    expect(await rowsAfter(text, 'a string', [[value]])).toEqual([[result]])
  })

  it('split an address of mail, or give null', async () => {
    const { schema, rows } = await applied('{name: split_email, column: Mail}', 'mail string', [
      ['iamgroot@gmail.com'],
      ['nobody'],
      [null],
    ])
    expect(schema.fields.map(({ name }) => name)).toEqual(['mail', 'mail_account', 'mail_domain'])
    expect(rows).toEqual([
      ['iamgroot@gmail.com', 'iamgroot', 'gmail.com'],
      ['nobody', null, null],
      [null, null, null],
    ])
  })

  it('split a URL, and refuse what is none', async () => {
    const text = '{name: split_url, column: u}'
    expect(await rowsAfter(text, 'u string', [['https://a.b:1/c?d'], [null]])).toEqual([
      ['https://a.b:1/c?d', 'https', 'a.b:1', 'a.b', 1, '/c', '/c?d', 'd'],
      [null, null, null, null, null, null, null, null],
    ])
    await expect(rowsAfter(text, 'u string', [['www.spiderman.com']])).rejects.toMatchObject({
      kind: 'invalid',
      context: { detail: expect.stringContaining('text is no URL') as string },
    })
    expect(await namesAfter('{name: split_url, column: x}', 'u string')).toContain('x_host')
  })

  it('never change a column of another type', async () => {
    await expect(
      namesAfter('{name: change_case, column: a, case: upper}', 'a int'),
    ).rejects.toMatchObject({
      message: 'the column must be of type string',
      context: { type: 'int' },
    })
  })

  it('always decode what they encode', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('base32', 'base64', 'hex'),
        fc.array(fc.option(fc.string({ unit: 'binary' })), { maxLength: 20 }),
        async (algo, texts) => {
          const encoded = await rowsAfter(
            `{name: encode, column: a, asColumn: a, algo: ${algo}}`,
            'a string',
            texts.map((text) => [text]),
          )
          const decoded = await rowsAfter(
            `{name: decode, column: a, asColumn: a, algo: ${algo}}`,
            'a string',
            encoded,
          )
          expect(decoded.map(([text]) => text)).toEqual(texts)
        },
      ),
      runs(10),
    )
  })
})

describe('JSON in texts', () => {
  const text =
    "{name: parse_as_json, column: a, asColumn: j, sparkSchema: 'id BIGINT, price DECIMAL(20, 2), tags ARRAY<STRING>, by MAP<STRING, INT>, at TIMESTAMP, f DOUBLE'}"

  async function parsed(json: string | null): Promise<unknown> {
    const [row] = await rowsAfter(text, 'a string', [[json]])
    return row?.[1]
  }

  it('becomes a struct, exactly', async () => {
    const json =
      '{"id": 9007199254740993, "price": "123456789012345678.90", "tags": ["x", null, 1], "by": {"k": 1, "l": "x"}, "at": "2026-01-31T12:00:00.000001+02:00", "f": "NaN", "other": 1}'
    expect(await parsed(json)).toEqual([
      9_007_199_254_740_993n,
      12_345_678_901_234_567_890n,
      ['x', null, '1'],
      [
        ['k', 1],
        ['l', null],
      ],
      1_769_853_600_000_001n,
      Number.NaN,
    ])
  })

  it.each(['{bad', '[]', '1', '', null])('is null for %j', async (json) => {
    expect(await parsed(json)).toBeNull()
  })

  it('has null for what is not of its type', async () => {
    expect(
      await parsed('{"id": "1", "price": 1.234, "tags": {}, "by": [], "at": "noon", "f": "1"}'),
    ).toEqual([null, null, null, null, null, null])
  })

  it('never rounds a decimal', async () => {
    await expect(parsed('{"price": 123456789012345678.90}')).rejects.toMatchObject({
      context: { detail: expect.stringContaining('spell it as text') as string },
    })
    expect(await parsed('{"price": 12.5}')).toMatchObject({ 1: 1250n })
  })

  it('may be declared as a struct of Spark or a record of Avro', async () => {
    const avro = '{"type": "record", "name": "r", "fields": [{"name": "id", "type": "long"}]}'
    expect(
      await typesAfter(
        `{name: parse_as_json, column: a, asColumn: j, avroSchema: '${avro}'}`,
        'a string',
      ),
    ).toEqual(['a string', 'j struct<3: id: optional long>'])
  })

  it('never has types that JSON cannot say', () => {
    expect(
      faultOf('{name: parse_as_json, column: a, asColumn: j, sparkSchema: "b BINARY"}'),
    ).toEqual(['JSON of type binary is not supported yet'])
  })
})

describe('functions of dates', () => {
  it('find dates and times in texts', async () => {
    expect(
      await rowsAfter('{name: any_date, column: a, asColumn: d}', 'a string', [
        ['2020-03-01T05:07:38Z'],
        ['never'],
        [null],
      ]),
    ).toEqual([
      ['2020-03-01T05:07:38Z', 18_322],
      ['never', null],
      [null, null],
    ])
    const zoned = '{name: any_timestamp, column: a, asColumn: t, timezone: Asia/Kolkata}'
    expect(await typesAfter(zoned, 'a string')).toEqual(['a string', 't timestamp'])
    const [row] = await rowsAfter(zoned, 'a string', [['2020-03-01T05:07:38Z']])
    expect(row?.[1]).toBe(BigInt(Date.parse('2020-03-01T10:37:38Z')) * 1000n)
  })

  it('count days', async () => {
    const text = '{name: diff_date, columnA: a, columnB: b, asColumn: d}'
    expect(await rowsAfter(text, 'a date, b date', [[20, 5]])).toEqual([[20, 5, 15]])
  })

  it('know seconds since 1970', async () => {
    const text = '{name: epoch_to_timestamp, column: a, asColumn: t}'
    expect(await rowsAfter(text, 'a string', [['1709541360'], ['-1.5']])).toEqual([
      ['1709541360', 1_709_541_360_000_000n],
      ['-1.5', -1_500_000n],
    ])
    expect(await rowsAfter(text, 'a long', [[253_402_300_799n]])).toEqual([
      [253_402_300_799n, 253_402_300_799_000_000n],
    ])
    expect(
      await rowsAfter(
        `{name: format_unix_date, column: a, format: "yyyy-MM-dd'T'HH:mm:ss"}`,
        'a long',
        [[178_976_646n]],
      ),
    ).toEqual([['1975-09-03T11:44:06']])
  })

  it('format', async () => {
    const text = '{name: format_date, column: a, format: "yyyy/MM/dd"}'
    expect(await rowsAfter(text, 'a date', [[18_322]])).toEqual([['2020/03/01']])
  })
})

describe('functions of rows', () => {
  it('keep one row of each key, always the same', async () => {
    const text = '{name: drop_duplicates, columns: [a]}'
    const rows = [
      ['x', 2],
      ['y', 1],
      ['x', 1],
      [null, 3],
      [null, 1],
    ]
    const kept = await rowsAfter(text, 'a string, b int', rows)
    expect(kept).toHaveLength(3)
    expect(kept).toEqual(await rowsAfter(text, 'a string, b int', rows.toReversed()))
    expect(kept).toContainEqual(['x', 1])
  })

  it('flatten lists', async () => {
    const rows = [
      [1, ['x', null]],
      [2, []],
      [3, null],
    ]
    const columns = 'id int, tags list<string>'
    const flat = await rowsAfter('{name: flatten, column: tags, asColumn: tag}', columns, rows)
    expect(flat.map(([id, , tag]) => [id, tag])).toEqual([
      [1, 'x'],
      [1, null],
    ])
    const outer = await rowsAfter(
      '{name: flatten_outer, column: tags, asColumn: tag}',
      columns,
      rows,
    )
    expect(outer.map(([id, , tag]) => [id, tag])).toEqual(
      expect.arrayContaining([
        [1, 'x'],
        [1, null],
        [2, null],
        [3, null],
      ]),
    )
    expect(outer).toHaveLength(4)
  })

  it('unfurl lists and structs', async () => {
    expect(await namesAfter('{name: unfurl, expression: explode(l)}', 'l list<int>')).toEqual([
      'l',
      'col',
    ])
    expect(await namesAfter('{name: unfurl, expression: explode(l) as x}', 'l list<int>')).toEqual([
      'l',
      'x',
    ])
    expect(
      await rowsAfter('{name: unfurl, expression: s.*}', 's struct<a int, b: string>', [
        [[1, 'x']],
        [null],
      ]),
    ).toEqual([
      [[1, 'x'], 1, 'x'],
      [null, null, null],
    ])
  })

  const SALES = 'product string, country string, amount int'
  const SOLD = [
    ['tea', 'USA', 1],
    ['tea', 'USA', 2],
    ['tea', 'India', 4],
    ['rum', null, 8],
  ]

  it('pivot by values that are given', async () => {
    const text =
      '{name: pivot, groupBy: [product], column: country, values: [USA, Mexico], aggregateExpression: sum(amount) as amount}'
    const { schema, rows } = await applied(text, SALES, SOLD)
    expect(schema.fields.map(({ name }) => name)).toEqual(['product', 'USA', 'Mexico'])
    expect(rows.toSorted(([left], [right]) => (String(left) < String(right) ? -1 : 1))).toEqual([
      ['rum', null, null],
      ['tea', 3n, null],
    ])
  })

  it('pivot by the values that there are', async () => {
    const text =
      '{name: pivot, groupBy: [product], column: country, aggregateExpression: sum(amount) as amount, approach: two-phase}'
    const { schema, rows } = await applied(text, SALES, SOLD)
    expect(schema.fields.map(({ name }) => name)).toEqual(['product', 'null', 'India', 'USA'])
    expect(rows.toSorted(([left], [right]) => (String(left) < String(right) ? -1 : 1))).toEqual([
      ['rum', 8n, null, null],
      ['tea', null, 4n, 3n],
    ])
  })

  it('unpivot', async () => {
    const columns = 'product string, usa int, india int'
    for (const lists of [
      'columns: [product], pivotColumns: ["*"]',
      'columns: ["*"], pivotColumns: [usa, india]',
    ]) {
      const text = `{name: unpivot, ${lists}, keyColumnName: country, valueColumnName: amount}`
      const { schema, rows } = await applied(text, columns, [['tea', 1, null]])
      expect(schema.fields.map(({ name }) => name)).toEqual(['product', 'country', 'amount'])
      expect(rows).toEqual([
        ['tea', 'usa', 1],
        ['tea', 'india', null],
      ])
    }
  })

  it('never unpivot columns of different types', async () => {
    const text =
      '{name: unpivot, columns: [a], pivotColumns: [b, c], keyColumnName: k, valueColumnName: v}'
    await expect(namesAfter(text, 'a int, b int, c string')).rejects.toThrow(
      'columns that become one must be of one type',
    )
  })
})

describe('arguments', () => {
  it.each([
    ['{name: add_column, column: a, value: 1, type: money}', 'invalid datatype money'],
    ['{name: set_type, columns: {a: money}}', 'invalid datatype money'],
    ['{name: set_type, columns: [a]}', 'must be a mapping'],
    ['{name: select, columns: []}', 'must name a column'],
    ['{name: select, columns: [a, A]}', 'the column is named twice'],
    ['{name: rename, column: a}', 'asColumn is missing'],
    ['{name: change_case, column: a, case: camel}', 'must be lower, upper or title'],
    ['{name: hash, column: a, algo: crc}', 'must be MD5, SHA-1, SHA-256, SHA-384 or SHA-512'],
    [
      '{name: cut_character, column: a, asColumn: b, startIndex: 0, endIndex: 1}',
      'characters are counted from 1',
    ],
    [
      '{name: cut_character, column: a, asColumn: b, startIndex: 3, endIndex: 1}',
      'must not be less than startIndex',
    ],
    [
      '{name: find_and_replace, column: a, sedExpression: a/b}',
      'must be of the form s/pattern/replacement/flags',
    ],
    [
      '{name: any_date, column: a, asColumn: b, rules: ["("]}',
      'a rule must be a regular expression',
    ],
    [
      '{name: any_timestamp, column: a, asColumn: b, timezone: Nowhere}',
      'must be a time zone such as UTC',
    ],
    ['{name: unfurl, expression: a}', 'must be explode(column) or column.*'],
    [
      '{name: pivot, groupBy: [a], column: b, aggregateExpression: sum(c)}',
      'must be one aggregate with a name',
    ],
    [
      '{name: unpivot, columns: ["*"], pivotColumns: ["*"], keyColumnName: k, valueColumnName: v}',
      'only one of columns',
    ],
    ['{name: trim, column: a, methd: trim}', 'unknown key methd'],
  ])('%s', (text, message) => {
    expect(faultOf(text)).toEqual([expect.stringContaining(message)])
  })
})
