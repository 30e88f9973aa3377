import { isUtf8 } from 'node:buffer'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { IcebergError } from '../../../../src/base/errors.ts'
import { rowsOf } from '../../../../src/formats/arrow/rows.ts'
import type { BadRow } from '../../../../src/formats/text/bad-row.ts'
import { createJsonBatchBuilder } from '../../../../src/formats/text/json-batches.ts'
import { jsonRowReader } from '../../../../src/formats/text/json-row.ts'
import { ndjsonBatches } from '../../../../src/formats/text/ndjson-batches.ts'
import type { ReadNames } from '../../../../src/formats/text/placed-row.ts'
import { linePrinter } from '../../../../src/types/ndjson.ts'
import { parseSchemaText } from '../../../../src/types/schema-text.ts'
import type { Schema } from '../../../../src/types/schema.ts'
import { anySchema } from '../../../support/arbitraries/schemas.ts'
import { anyRowOf } from '../../../support/arbitraries/values.ts'
import { runs } from '../../../support/runs.ts'
import { slowNdjsonRows } from '../../../support/slow-ndjson.ts'
import { collect, streamOf, text } from '../../../support/streams.ts'

/** Rows, and what is said of lines that are none, by their numbers. */
interface Outcome {
  readonly rows: unknown[]
  readonly faults: unknown[]
}

async function fastOutcome(
  schema: Schema,
  bytes: readonly Uint8Array[],
  names: ReadNames = {},
): Promise<Outcome> {
  const faults: unknown[] = []
  const onBad = ({ line, error }: BadRow): void => void faults.push(faultOf(line, error))
  const batches = await collect(ndjsonBatches(schema, streamOf(bytes), { ...names, onBad }))
  return { rows: batches.flatMap((batch) => Array.from(rowsOf(batch, schema))), faults }
}

/** Each line by itself. */
async function slowOutcome(
  schema: Schema,
  content: string,
  names: ReadNames = {},
): Promise<Outcome> {
  const rows: unknown[] = []
  const faults: unknown[] = []
  for (const [index, line] of content.split('\n').entries()) {
    try {
      rows.push(...(await collect(slowNdjsonRows(schema, streamOf([text(`${line}\n`)]), names))))
    } catch (error) {
      faults.push(faultOf(index + 1, error))
    }
  }
  return { rows, faults }
}

function faultOf(line: number, error: unknown): unknown {
  if (!(error instanceof IcebergError)) throw error
  const { kind, message, context } = error
  return { line, kind, message, path: context['path'], nearest: context['nearest'] }
}

const every = parseSchemaText(
  'b boolean, i int, l long, f float, d double, n decimal(18,3), w decimal(38,10), da date, ' +
    'ti time, ts timestamp, tz timestamptz, s string, u uuid, x binary, ' +
    'st struct<a: int, b: list<string>>, li list<double>, ma map<string, long>',
)

/** Parts of JSON, and what might be taken for one. */
const SCRAPS = [
  [' ', '\t', '\r', ',', ':', '"', '{', '}', '[', ']', '\\', '\\n', '\\u0041', '\\"', '\u0001'],
  ['0', '1', '-', '.', '.0', 'e2', 'E-1', '9007199254740993', 'null', 'true', 'false', 'nul'],
  [
    '\n',
    ',\n',
    'é',
    '💧',
    '\u00a0',
    ',"i":1',
    '"s":"x",',
    ',"other":[1,{"a":"]"}]',
    '{}',
    '[]',
    'Z',
    '+01:00',
  ],
]
const anyScrap = fc.constantFrom(...SCRAPS.flat())

/** A line with some scraps put in, and some signs left out. */
function anyEdited(line: string): fc.Arbitrary<string> {
  const anyEdit = fc.record({ at: fc.nat(), removed: fc.nat({ max: 3 }), put: anyScrap })
  return fc.array(anyEdit, { maxLength: 3 }).map((edits) =>
    edits.reduce((edited, { at, removed, put }) => {
      const start = at % (edited.length + 1)
      return edited.slice(0, start) + put + edited.slice(start + removed)
    }, line),
  )
}

const anyLines = (schema: Schema): fc.Arbitrary<string[]> => {
  const print = linePrinter(schema.fields)
  const anyLine = anyRowOf(schema).map(print)
  const anySpelled = fc.oneof(
    anyLine,
    anyLine.chain(anyEdited),
    // As other programs write it.
    anyLine.map((line) => line.replaceAll('":', '": ').replaceAll(',"', ', "')),
    anyLine.map((line) => line.replaceAll(/null/g, '1e2')),
  )
  return fc.array(anySpelled, { maxLength: 6 })
}

/** What is read, or what is said of it. */
function attempt(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    return String(error)
  }
}

describe('lines of JSON', () => {
  it.each(['refused', 'passed-over'] as const)(
    'are always read as the long way round reads them, other names being %s',
    async (others) => {
      const anyFile = fc
        .oneof(anySchema({ formatVersion: 3 }), fc.constant(every))
        .chain((schema) => fc.tuple(fc.constant(schema), anyLines(schema)))
      await fc.assert(
        fc.asyncProperty(anyFile, async ([schema, lines]) => {
          const content = lines.join('\n')
          const fast = await fastOutcome(schema, [text(content)], { others })
          expect(fast).toEqual(await slowOutcome(schema, content, { others }))
        }),
        runs(150),
      )
    },
  )

  it('are read alike both ways where they are odd', async () => {
    const odd = [
      '{"i":1,"i":2}',
      '{"st":{"a":1,"a":null}}',
      '{"st":{"z":1}}',
      '{"st":{}}',
      '{"i":1} x',
      '{"i":1}{"i":2}',
      '{"i":1,}',
      '{,"i":1}',
      '{"i":1 "l":2}',
      '{"i":1;"l":2}',
      '{"i" 1}',
      '{"\\u0069":1}',
      '{"i\u0001":1}',
      '{"s":"\t"}',
      '{"s":"\\ud800"}',
      '{"s":"\\x"}',
      '{"s":"a\\"b\\u00e9"}',
      '{"s":"unclosed}',
      '{"b":truest}',
      '{"b":tru}',
      '{"s":nullest}',
      '{"li":[1,]}',
      '{"li":[,1]}',
      '{"li":[1 2]}',
      '{"li":[1,"NaN",null,-0,0.1e1]}',
      '{"li":[1}',
      '{"ma":{"keys":["a"],"values":[9007199254740993]}}',
      '{"x":"00ff","u":"f79c3e09-677c-4bbd-a479-3f349cb785e7","ti":"12:00"}',
      '{"other":[1,{"a":"]}"}],"i":1}',
      '{"other":01,"i":1}',
      '{"other":nul}',
      '{"other":"\\"}',
      ' \t{ "i" : 1 , "l" : 2 } \r',
      '[1]',
      'null',
      '{}',
      '{',
      '\u00a0',
      ...['01', '-01', '00', '-0', '-', '+1', '1.', '.5', '1.0', '1e3', '1E-1', '1e400'].flatMap(
        (token) => ['i', 'l', 'f', 'd'].map((name) => `{"${name}":${token}}`),
      ),
      ...[
        '2147483648',
        '-2147483648',
        '9007199254740993',
        '-9223372036854775808',
        '9223372036854775808',
      ].flatMap((token) => ['i', 'l', 'f', 'd', 'n', 's'].map((name) => `{"${name}":${token}}`)),
      ...[
        '1.2345',
        '1.2300',
        '01.5',
        '-0.000',
        '.5',
        '5.',
        '+1',
        '1e2',
        '999999999999999',
        '1000000000000000.1',
        '-0.001',
        '12345678901234567890123456.1234567890',
        '12345678901234567890123456.12345678901',
        '',
      ].flatMap((token) =>
        ['n', 'w'].flatMap((name) => [`{"${name}":"${token}"}`, `{"${name}":${token}}`]),
      ),
      '{"n":1.5.1}',
      '{"n":"1.5}',
      '{"n":1.5"}',
      '{"st":1.5}',
      '{"st":{"a":1.0,"b":[1.5]}}',
      '{"i":1.0,"l":1e3,"ti":1.5}',
      '1.5',
      ...[
        '2026-02-29',
        '2024-02-29',
        '2026-1-31',
        '0000-01-01',
        '10000-01-01',
        '+10000-01-01',
        '-0044-03-15',
      ].map((token) => `{"da":"${token}"}`),
      ...['Z', 'z', '', '+02:00', '-23:59', '+24:00', '+0200', '+02:00:00', 'Z '].flatMap((zone) =>
        [
          '2026-01-31T12:00',
          '1969-12-31 23:59:59.999999',
          '2026-01-31t12:00:00.1',
          '2026-01-31x12:00',
          '2026-01-31T24:00',
          '2026-02-30T12:00',
          '2026-01-31T12:60',
          '2026-01-31T12:00:60',
          '2026-01-31T12:00:00.',
          '2026-01-31T12:00:00.1234567',
          '9999-12-31T23:59:59.999999',
        ].flatMap((time) => ['ts', 'tz'].map((name) => `{"${name}":"${time}${zone}"}`)),
      ),
    ].join('\n')
    for (const others of ['refused', 'passed-over'] as const) {
      const fast = await fastOutcome(every, [text(odd)], { others })
      expect(fast).toEqual(await slowOutcome(every, odd, { others }))
    }
  })

  it('always have numbers and times that are exactly what they say', async () => {
    const anyDigits = fc.oneof(
      fc.bigInt({ min: 0n, max: 10n ** 22n }).map(String),
      fc.nat({ max: 99 }).map(String),
      fc.constantFrom(
        '00',
        '01',
        '2147483648',
        '9007199254740992',
        '9223372036854775808',
        '999999999999999',
      ),
    )
    const anyNumber = fc
      .tuple(
        fc.constantFrom('', '-', '+'),
        anyDigits,
        fc.option(anyDigits, { nil: null }),
        fc.constantFrom('', '', '', 'e5', 'E-3', 'e+400'),
      )
      .map(
        ([sign, whole, rest, exponent]) =>
          `${sign}${whole}${rest === null ? '' : `.${rest}`}${exponent}`,
      )
    const two = fc.oneof(
      fc.integer({ min: 0, max: 12 }).map((value) => String(value).padStart(2, '0')),
      fc.constantFrom('23', '24', '28', '29', '30', '31', '59', '60', '1', 'x1'),
    )
    const anyYear = fc.constantFrom(
      '1969',
      '1970',
      '2000',
      '2024',
      '1900',
      '0000',
      '0001',
      '9999',
      '2244',
      '1600',
      '-0044',
      '+12026',
    )
    const anyDate = fc.tuple(anyYear, two, two).map((parts) => parts.join('-'))
    const anyTime = fc
      .tuple(
        anyDate,
        fc.constantFrom('T', ' ', 't', 'x'),
        two,
        two,
        fc.option(two, { nil: null }),
        fc.constantFrom('', '.1', '.123', '.123456', '.1234567', '.', '.x'),
        fc.constantFrom('', 'Z', 'z', '+02:00', '-11:30', '+24:00', '+2:00', '+02:00:00'),
      )
      .map(
        ([date, sign, hour, minute, second, fraction, zone]) =>
          `${date}${sign}${hour}:${minute}${second === null ? '' : `:${second}`}${fraction}${zone}`,
      )
    const anyToken = fc.oneof(
      anyNumber,
      anyNumber.map((number) => `"${number}"`),
      fc.oneof(anyDate, anyTime).map((time) => `"${time}"`),
      fc.constantFrom('NaN', '"NaN"', '"Infinity"', 'true', '""', '-', '{}', '[]', '1]'),
    )
    const { fields } = every
    const anyColumn = fc.constantFrom(...fields)
    await fc.assert(
      fc.asyncProperty(
        anyColumn,
        fc.array(anyToken, { minLength: 1, maxLength: 8 }),
        async (field, tokens) => {
          const schema = { ...every, fields: [field] }
          const content = tokens.map((token) => `{"${field.name}":${token}}`).join('\n')
          expect(await fastOutcome(schema, [text(content)])).toEqual(
            await slowOutcome(schema, content),
          )
        },
      ),
      runs(200),
    )
  })

  it('always are the same in whatever pieces they come', async () => {
    const schema = parseSchemaText('s string')
    const anyLine = fc.constantFrom(
      '{"s":"å💧"}',
      '',
      ' ',
      '{"s":"x"}\r',
      '{"s":1}',
      '[]',
      '\ufeff',
      '{',
    )
    const anyFile = fc.record({
      lines: fc.array(anyLine, { maxLength: 8 }),
      hasMark: fc.boolean(),
      cuts: fc.array(fc.nat({ max: 60 }), { maxLength: 6 }),
    })
    await fc.assert(
      fc.asyncProperty(anyFile, async ({ lines, hasMark, cuts }) => {
        const content = `${hasMark ? '\ufeff' : ''}${lines.join('\n')}`
        const bytes = text(content)
        const places = [0, ...cuts.toSorted((left, right) => left - right), bytes.length]
        const pieces = places
          .slice(1)
          .map((end, index) => bytes.subarray(places[index], Math.max(end, places[index] ?? 0)))
        expect(await fastOutcome(schema, pieces)).toEqual(await slowOutcome(schema, content))
      }),
      runs(300),
    )
  })

  it('are told of with the line and the column where they are no JSON', async () => {
    const schema = parseSchemaText('id long')
    const read = (content: string): Promise<unknown> =>
      collect(ndjsonBatches(schema, streamOf([text(content)])))
    await expect(read('{"id":1}\n\n{"id" 2}\n')).rejects.toMatchObject({
      message: 'a line is no JSON',
      context: { line: 3, column: 7 },
    })
    await expect(read('{"id":1}\n{"id":"x"}\n')).rejects.toMatchObject({
      kind: 'invalid',
      context: { line: 2, path: 'id' },
    })
  })

  it('have no value of an earlier batch where a name comes twice', () => {
    const schema = parseSchemaText('a int, b int')
    const builder = createJsonBatchBuilder(schema)
    const batchOf = (line: string): unknown => {
      builder.append(text(line), 0, line.length)
      return Array.from(rowsOf(builder.finish(), schema))
    }
    expect(batchOf('{"a":1,"b":2}')).toEqual([[1, 2]])
    expect(batchOf('{"a":3,"a":4}')).toEqual([[4, null]])
  })

  it('never have what lies behind the end of their bytes', () => {
    const schema = parseSchemaText('v string, n decimal(9,2), d double, t timestamptz')
    const pieces = [
      '{"v":"a',
      'b"}',
      '{"n":1',
      '.5}',
      '{"n":"1.5',
      '"}',
      '{"d":2',
      '5}',
      '{"v":nu',
      'll}',
    ]
    const times = [
      '{"t":"2026-01-31T12:00',
      ':00Z"}',
      '{"t":"2026-01-31T12:00:00Z',
      '"}',
      '{}',
      ' ',
      '{"x',
    ]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces, ...times), { minLength: 1 }), (parts) => {
        const bytes = text(parts.join(''))
        const builder = createJsonBatchBuilder(schema)
        let start = 0
        for (const part of parts) {
          const end = start + part.length
          if (part === '{}') builder.append(bytes, start, end)
          else expect(() => builder.append(bytes, start, end)).toThrow('a line is no JSON')
          start = end
        }
        expect(builder.rowCount).toBe(parts.filter((part) => part === '{}').length)
      }),
      runs(200),
    )
  })

  it('that are no text are put aside in base64, and what is around them is read', async () => {
    const schema = parseSchemaText('s string')
    const bytes = Buffer.concat([
      text('{"s":"a"}\n{"s":"'),
      Uint8Array.of(0xff),
      text('"}\n{"s":"b"}'),
    ])
    const bad: BadRow[] = []
    const onBad = (row: BadRow): void => void bad.push(row)
    const batches = await collect(ndjsonBatches(schema, streamOf([bytes]), { onBad }))
    expect(batches.flatMap((batch) => Array.from(rowsOf(batch, schema)))).toEqual([['a'], ['b']])
    expect(bad).toMatchObject([
      { line: 2, record: Buffer.from('{"s":"\xff"}', 'latin1').toString('base64') },
    ])
    await expect(collect(ndjsonBatches(schema, streamOf([bytes])))).rejects.toMatchObject({
      message: 'a line is no UTF-8',
      context: { line: 2 },
    })
  })

  it('are never taken where they are no UTF-8, wherever in them, and always where they are', () => {
    const names = Array.from({ length: 16 }, (_, index) => `f${index} int`)
    const [few, many] = ['s string, t timestamptz, d decimal(9,2)', '"\ufffd" int, n int']
    const anyLine = fc.constantFrom(
      [few, '{"s":"a text of some length","t":"2026-01-31T12:00:00Z","d":"1.5"}'],
      [few, '{"s":"a"}'],
      [few, '{"x":["y"]}'],
      [few, '{"s":"\\n and then more of it"}'],
      [[...names, many].join(), '{"?":2}'],
    )
    const anyPiece = fc.oneof(
      fc
        .constantFrom('\u00e9', '\u20ac', '\u{1f9ca}', '"', '\\u00e9', ' ')
        .map((piece) => text(piece)),
      fc.uint8Array({ min: 0x80, minLength: 1, maxLength: 4 }),
    )
    fc.assert(
      fc.property(anyLine, fc.nat(), fc.nat({ max: 1 }), anyPiece, (given, place, gone, piece) => {
        const [columns = '', line = ''] = given
        const schema = parseSchemaText(columns)
        const at = place % line.length
        const rest = text(line.slice(at + gone))
        const bytes = Buffer.concat([text(line.slice(0, at)), piece, rest])
        const builder = createJsonBatchBuilder(schema, { others: 'passed-over' })
        const append = (): void => builder.append(bytes, 0, bytes.length)
        if (!isUtf8(bytes)) {
          expect(append).toThrow('a line is no UTF-8')
          expect(builder.rowCount).toBe(0)
          return
        }
        const slow = attempt(() => jsonRowReader(schema, { others: 'passed-over' })(String(bytes)))
        const fast = attempt(() => {
          append()
          return Array.from(rowsOf(builder.finish(), schema))[0]
        })
        expect(fast).toEqual(slow)
      }),
      runs(1000),
    )
  })

  it("come in batches whose memory is nobody else's", () => {
    const schema = parseSchemaText('s string, l list<int>')
    const builder = createJsonBatchBuilder(schema)
    const add = (line: string): void => builder.append(text(line), 0, line.length)
    add('{"s":"first","l":[1,2]}')
    const first = builder.finish()
    add('{"s":"later","l":[3]}')
    expect(() => add('{"s":"wrong","l":["x"]}')).toThrow('expected an integer')
    add('{"l":[],"s":null}')
    const second = builder.finish()
    expect(Array.from(rowsOf(first, schema))).toEqual([['first', [1, 2]]])
    expect(Array.from(rowsOf(second, schema))).toEqual([
      ['later', [3]],
      [null, []],
    ])
    expect(builder.finish().numRows).toBe(0)
  })
})
