import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { checkDialect, csvDialect, STANDARD_CSV } from '../../../../src/formats/text/csv-dialect.ts'
import type { CsvDialect } from '../../../../src/formats/text/csv-dialect.ts'
import { csvNames, csvRows } from '../../../../src/formats/text/csv-rows.ts'
import { csvHeader, csvPrinter } from '../../../../src/formats/text/csv-text.ts'
import { parseSchemaText } from '../../../../src/types/schema-text.ts'
import { collect } from '../../../support/streams.ts'
import { runs } from '../../../support/runs.ts'

const schema = parseSchemaText('a string, b string')

const anySign = fc.constantFrom(',', ';', '\t', '|', '"', "'", 'x', 'é', ' ')

const anyDialect: fc.Arbitrary<CsvDialect> = fc
  .record({
    header: fc.boolean(),
    delimiter: anySign,
    quote: anySign,
    nullText: fc.constantFrom('', 'NULL', '\\N', 'a', ' '),
  })
  .filter((dialect) => isWhole(dialect))

function isWhole(dialect: CsvDialect): boolean {
  try {
    checkDialect(dialect)
    return true
  } catch {
    return false
  }
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text)
}

describe('lines of separated values', () => {
  it('are always read back as they were, whatever signs tell them apart', async () => {
    const anyText = fc.option(
      fc.oneof(
        fc.string({ unit: 'grapheme' }),
        fc.constantFrom('', 'NULL', '\\N', ' ', '\r', 'a\nb', 'x;"\',|'),
      ),
    )
    await fc.assert(
      fc.asyncProperty(anyDialect, fc.array(fc.tuple(anyText, anyText)), async (dialect, rows) => {
        const lineOf = csvPrinter(schema.fields, dialect)
        const lines = rows.map((row) => `${lineOf(row)}\n`)
        const head = dialect.header ? `${csvHeader(schema.fields, dialect)}\n` : ''
        const text = head + lines.join('')
        const back = await collect(csvRows(schema, bytesOf(text), { dialect }))
        expect(back.map(({ row }) => Object.values(row))).toEqual(rows)
        if (dialect.header) {
          expect(await csvNames(bytesOf(text), dialect)).toEqual(['a', 'b'])
        }
      }),
      runs(300),
    )
  })

  it('have no names without a line', async () => {
    expect(await csvNames(bytesOf(''), STANDARD_CSV)).toBeNull()
  })

  it.each(Object.keys(STANDARD_CSV))('are written as ever where %s is undefined', (name) => {
    // As programs give it that were compiled without exactOptionalPropertyTypes.
    const given = { [name]: undefined } as object
    expect(csvDialect(given)).toEqual(STANDARD_CSV)
    expect(csvDialect({ delimiter: ';', nullText: 'NA' })).toEqual({
      ...STANDARD_CSV,
      delimiter: ';',
      nullText: 'NA',
    })
  })

  it.each([
    [{ delimiter: '' }, 'the delimiter must be one character, and no line end'],
    [{ delimiter: '\n' }, 'the delimiter must be one character, and no line end'],
    [{ quote: '""' }, 'the quote must be one character, and no line end'],
    [{ delimiter: '"' }, 'delimiter and quote must differ'],
    [{ nullText: 'a,b' }, 'the null text must have no delimiter, quote or line end in it'],
  ])('are not told apart by %j', (signs, message) => {
    expect(() => checkDialect({ ...STANDARD_CSV, ...signs })).toThrow(
      expect.objectContaining({ kind: 'invalid', message }),
    )
  })
})
