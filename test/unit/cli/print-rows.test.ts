import { Readable, Writable } from 'node:stream'

import type { RecordBatch } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { csvRows } from '../../../src/formats/text/csv-rows.ts'
import { ndjsonBatches } from '../../../src/formats/text/ndjson-batches.ts'
import { rowBatches } from '../../../src/formats/text/row-batches.ts'
import { rowsOf } from '../../../src/formats/arrow/rows.ts'
import { printRows } from '../../../src/cli/print-rows.ts'
import type { ValueRow } from '../../../src/cli/print-rows.ts'
import type { Format } from '../../../src/cli/format.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import type { Schema } from '../../../src/types/schema.ts'
import { isPrimitive } from '../../../src/types/type.ts'
import { anySchema } from '../../support/arbitraries/schemas.ts'
import { anyRowOf } from '../../support/arbitraries/values.ts'
import { runs } from '../../support/runs.ts'
import { collect } from '../../support/streams.ts'
import { recordedTerminal } from '../../support/terminal.ts'

async function* batchesOf(
  ...batches: readonly (readonly ValueRow[])[]
): AsyncGenerator<Iterable<ValueRow>> {
  yield* batches
}

async function printed(format: Format, schema: Schema, rows: readonly ValueRow[]): Promise<string> {
  const terminal = recordedTerminal()
  await printRows(terminal, format, schema.fields, batchesOf(rows))
  return terminal.printed()
}

const anyRows = (schema: Schema): fc.Arbitrary<[Schema, ValueRow[]]> =>
  fc.tuple(fc.constant(schema), fc.array(anyRowOf(schema), { maxLength: 5 }))

const anyTable = anySchema().chain(anyRows)
const anyFlatTable = anySchema()
  .map((schema) => ({ ...schema, fields: schema.fields.filter(({ type }) => isPrimitive(type)) }))
  .filter(({ fields }) => fields.length > 0)
  .chain(anyRows)

const csvBatches = (schema: Schema, bytes: Readable): AsyncGenerator<RecordBatch> =>
  rowBatches(schema, csvRows(schema, bytes))

describe('printed rows', () => {
  it.each([
    ['ndjson', anyTable, ndjsonBatches],
    ['csv', anyFlatTable, csvBatches],
  ] as const)('are always read back from %s as they were', async (format, any, read) => {
    await fc.assert(
      fc.asyncProperty(any, async ([schema, rows]) => {
        const bytes = Readable.from([Buffer.from(await printed(format, schema, rows))])
        const back = await collect(read(schema, bytes))
        expect(back.flatMap((batch) => Array.from(rowsOf(batch, schema)))).toEqual(rows)
      }),
      runs(100),
    )
  })

  it('keep a carriage return at the end of a line of CSV', async () => {
    const text = await printed('csv', parseSchemaText('a string'), [['x\r'], ['y']])
    expect(text).toBe('a\n"x\r"\ny\n')
  })

  it('name the line that each begins on, whatever lines its texts have', async () => {
    const schema = parseSchemaText('a string, b string')
    const bytes = Readable.from([Buffer.from('b,a\n"x\ny",\n,"\r\n"\n,\n')])
    expect(await collect(csvRows(schema, bytes))).toMatchObject([
      { row: { b: 'x\ny', a: null }, line: 2 },
      { row: { b: null, a: '\r\n' }, line: 4 },
      { row: { b: null, a: null }, line: 6 },
    ])
  })

  it('are drawn as tables of a thousand rows, so that none is held whole', async () => {
    const schema = parseSchemaText('id int')
    const rows = Array.from({ length: 2500 }, (_, index) => [index])
    const text = await printed('table', schema, rows)
    expect(text.match(/│ id/g)).toHaveLength(3)
    expect(text).toContain('│ 2499 │')
    expect((await printed('table', schema, [])).match(/│ id/g)).toHaveLength(1)
  })

  it('are asked for no faster than their reader takes them', async () => {
    let asked = 0
    const rows = function* (): Generator<ValueRow> {
      for (; asked < 100_000; asked += 1) yield ['x'.repeat(1000)]
    }
    const batches = async function* (): AsyncGenerator<Iterable<ValueRow>> {
      yield rows()
    }
    const waiting: (() => void)[] = []
    const out = new Writable({ write: (_chunk, _encoding, done) => void waiting.push(done) })
    const { fields } = parseSchemaText('text string')
    const printing = printRows({ ...recordedTerminal(), out }, 'ndjson', fields, batches())
    await new Promise((resolve) => setImmediate(resolve))
    expect(asked).toBeLessThan(200)
    asked = 100_000
    for (const done of waiting) done()
    await printing
  })
})
