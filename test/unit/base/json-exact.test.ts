import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  JsonNumber,
  MAX_JSON_DEPTH,
  parseJson,
  stringifyJson,
} from '../../../src/base/json-exact.ts'
import { anyLong, anyString } from '../../support/arbitraries/values.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

const anyTextOfMarks = fc.oneof(
  anyString,
  fc.string({ unit: fc.constantFrom('#', '"', '\\', '1', '-', 'u', '0', '2', '3', ':', ' ', '{') }),
  anyLong.map(String),
  anyLong.map((integer) => `#${integer}`),
)

/** JSON whose integers are of any size, with strings that look like what the scanner writes. */
const anyJson: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, false),
    anyLong.map(asParsed),
    fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }).map(asParsed),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !isLongInteger(number)),
    anyTextOfMarks,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(anyTextOfMarks, fc.constant('__proto__')), tie('value'), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  ),
})).value

function asParsed(integer: bigint): unknown {
  const number = Number(integer)
  return Number.isSafeInteger(number) ? number : integer
}

/** A double without a fraction is spelled as bare digits below 10^21, and would come back as a bigint. */
function isLongInteger(number: number): boolean {
  return Number.isInteger(number) && !Number.isSafeInteger(number) && Math.abs(number) < 1e21
}

/** What is left of exact integers when they are made doubles. */
function rounded(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(rounded)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rounded(item)]))
}

/** The string with every unit escaped, as a writer may spell it. */
function escapeAll(text: string): string {
  const units = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index))
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`
}

describe('reading JSON', () => {
  it('keeps an id beyond 2^53', () => {
    expect(parseJson('{"snapshot-id": 3051729675574597004}')).toEqual({
      'snapshot-id': 3051729675574597004n,
    })
  })

  it.each([
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['-9007199254740991', -9007199254740991],
    ['-9007199254740993', -9007199254740993n],
    ['9223372036854775807', 9223372036854775807n],
    ['[1,12345678901234567890]', [1, 12345678901234567890n]],
    ['1515100955770', 1515100955770],
    ['0', 0],
  ])('reads %s', (text, value) => {
    expect(parseJson(text)).toEqual(value)
  })

  it.each([
    '1234567890123456789.5',
    '1234567890123456789e0',
    '0.1234567890123456789',
    '1e1234567890123456',
  ])('takes %s for a number, because it is spelled as one', (text) => {
    expect(parseJson(text)).toBe(Number(text))
  })

  it.each([
    ['"3051729675574597004"', '3051729675574597004'],
    ['"a 3051729675574597004 b"', 'a 3051729675574597004 b'],
    [String.raw`"\" 3051729675574597004"`, '" 3051729675574597004'],
    [String.raw`"\\"`, '\\'],
    ['"#3051729675574597004"', '#3051729675574597004'],
    ['"#"', '#'],
    ['"##1"', '##1'],
    [String.raw`"\u00233051729675574597004"`, '#3051729675574597004'],
  ])('leaves the string %s alone', (text, value) => {
    expect(parseJson(text)).toBe(value)
    expect(parseJson(`[${text}, 3051729675574597004]`)).toEqual([value, 3051729675574597004n])
  })

  it.each(['#1', '##', '3051729675574597004'])('leaves the key %s alone', (key) => {
    expect(parseJson(`{"${key}" : 3051729675574597004}`)).toEqual({ [key]: 3051729675574597004n })
  })

  it('keeps a key named __proto__ as an own property that changes nothing', () => {
    const value = parseJson('{"__proto__": {"polluted": 3051729675574597004}}') as object
    expect(Object.getOwnPropertyNames(value)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(stringifyJson(value)).toBe('{"__proto__":{"polluted":3051729675574597004}}')
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it.each([
    '',
    '{',
    '[1,]',
    '"open',
    '01234567890123456789',
    '-',
    '--1234567890123456789',
    '1234567890123456789x',
    '1234567890123456-1',
    '{1234567890123456789: 1}',
    '{1234567890123456789 : 1}',
    '1234567890123456789 1',
    "{'a': 1}",
    'NaN',
  ])('refuses %s as no JSON', (text) => {
    expect(thrownBy(() => parseJson(text))).toMatchObject({ kind: 'corrupt' })
  })

  it('says where the text stops being JSON, and does not quote it', () => {
    const error = thrownBy(() => parseJson('{"id": 3051729675574597004, secret}'))
    expect(error).toMatchObject({
      kind: 'corrupt',
      message: 'text is not JSON',
      context: { offset: 28 },
    })
    expect(error.cause).toBeUndefined()
  })

  it('refuses nesting beyond its limit before anything overflows', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
    expect(parseJson(nested(MAX_JSON_DEPTH))).toBeInstanceOf(Array)
    expect(thrownBy(() => parseJson(nested(MAX_JSON_DEPTH + 1))).kind).toBe('limit')
    expect(thrownBy(() => parseJson('{"a":'.repeat(1_000_000))).kind).toBe('limit')
    expect(parseJson(`"${'['.repeat(5_000)}"`)).toBe('['.repeat(5_000))
    expect(parseJson(`[${'[],{},'.repeat(5_000)}1]`)).toHaveLength(10_001)
  })

  it('refuses an integer that would take long to read', () => {
    expect(thrownBy(() => parseJson('9'.repeat(1_001))).kind).toBe('limit')
    expect(parseJson('9'.repeat(1_000))).toBe(BigInt('9'.repeat(1_000)))
  })

  it('always reads what was written', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(parseJson(stringifyJson(value))).toStrictEqual(value)
      }),
      runs(300),
    )
  })

  it('always agrees with JSON.parse but for the digits of long integers', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(rounded(parseJson(text))).toStrictEqual(JSON.parse(text))
      }),
      runs(200),
    )
  })

  it('always has fractions as they were written, where they are to be exact, and all else as ever', () => {
    const anyFraction = fc
      .tuple(
        fc.constantFrom('', '-'),
        fc.bigInt({ min: 0n, max: 10n ** 40n }).map(String),
        fc.constantFrom('.0', '.10', '.123456789012345678901', '', '.00'),
        fc.constantFrom('', 'e5', 'E-40', 'e+400'),
      )
      .map((parts) => parts.join(''))
      .filter((text) => /[.eE]/.test(text))
    fc.assert(
      fc.property(anyFraction, anyTextOfMarks, anyLong, (fraction, string, integer) => {
        const quoted = JSON.stringify(string)
        const text = `{"a":[${fraction},${quoted},${integer}],${quoted}: ${fraction} }`
        const same = parseJson(String(integer))
        expect(parseJson(text, 'exact')).toEqual({
          a: [new JsonNumber(fraction), string, same],
          [string]: new JsonNumber(fraction),
        })
        expect(parseJson(text)).toEqual({
          a: [Number(fraction), string, same],
          [string]: Number(fraction),
        })
      }),
      runs(300),
    )
  })

  it.each(['01.5', '-.5', '.5', '1.', '1.e5', '+1.5', '1.5e', '1.5e+', '1.5.1', '-01e1', '1.5: 1'])(
    'refuses a number that is spelled %s',
    (text) => {
      for (const fractions of ['double', 'exact'] as const) {
        expect(thrownBy(() => parseJson(text, fractions)).kind).toBe('corrupt')
      }
    },
  )

  it('always refuses what JSON.parse refuses', () => {
    const anySoup = fc.string({
      unit: fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        '"',
        ':',
        ',',
        '#',
        '\\',
        '1234567890123456789',
        '-',
        '.',
        ' ',
        'e1',
        '0',
      ),
      maxLength: 12,
    })
    fc.assert(
      fc.property(anySoup, (text) => {
        let isJson = true
        try {
          JSON.parse(text)
        } catch {
          isJson = false
        }
        for (const fractions of ['double', 'exact'] as const) {
          if (isJson) expect(() => parseJson(text, fractions)).not.toThrow()
          else expect(thrownBy(() => parseJson(text, fractions)).kind).toBe('corrupt')
        }
      }),
      runs(300),
    )
  })

  it('never mistakes a string for a mark, however it is escaped', () => {
    fc.assert(
      fc.property(anyTextOfMarks, anyLong, (text, integer) => {
        const document = `{${escapeAll(text)}:[${escapeAll(text)},${integer}]}`
        expect(parseJson(document)).toStrictEqual(
          Object.fromEntries([[text, [text, asParsed(integer)]]]),
        )
      }),
      runs(300),
    )
  })
})

describe('writing JSON', () => {
  it('writes a bigint as bare digits, and a map as an object in its order', () => {
    const value = new Map<string, unknown>([
      ['b', 3051729675574597004n],
      ['1', null],
      ['__proto__', 'x'],
    ])
    expect(stringifyJson(value)).toBe('{"b":3051729675574597004,"1":null,"__proto__":"x"}')
  })

  it('leaves out fields that are undefined', () => {
    expect(stringifyJson({ a: undefined, b: 1, c: undefined })).toBe('{"b":1}')
    expect(stringifyJson(new Map([['a', undefined]]))).toBe('{}')
  })

  it('keeps the sign of minus zero', () => {
    expect(stringifyJson([-0, 0])).toBe('[-0.0,0]')
    expect(parseJson('-0.0')).toBe(-0)
  })

  it.each([
    ['NaN', Number.NaN],
    ['an infinity', Infinity],
    ['undefined in an array', [undefined]],
    ['a function', () => 1],
    ['a date', new Date(0)],
    ['bytes', new Uint8Array(1)],
    ['a set', new Set()],
    ['a map with a number as key', new Map([[1, 1]])],
    ['undefined alone', undefined],
  ])('refuses %s', (_name, value) => {
    expect(thrownBy(() => stringifyJson(value)).kind).toBe('invalid')
  })

  it('refuses a value that holds itself', () => {
    const loop: unknown[] = []
    loop.push(loop)
    expect(thrownBy(() => stringifyJson(loop)).kind).toBe('limit')
  })

  it('always writes strings as JSON.stringify does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(stringifyJson(text)).toBe(JSON.stringify(text))
      }),
      runs(300),
    )
  })
})
