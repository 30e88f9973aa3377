import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { rowsOf } from '../../../../src/formats/arrow/rows.ts'
import type { BadRow } from '../../../../src/formats/text/bad-row.ts'
import { jsonDocumentBatches } from '../../../../src/formats/text/json-documents.ts'
import { linePrinter } from '../../../../src/types/ndjson.ts'
import { parseSchemaText } from '../../../../src/types/schema-text.ts'
import type { Schema } from '../../../../src/types/schema.ts'
import { anySchema } from '../../../support/arbitraries/schemas.ts'
import { anyRowOf } from '../../../support/arbitraries/values.ts'
import { runs } from '../../../support/runs.ts'
import { collect, streamOf, text } from '../../../support/streams.ts'

async function read(
  schema: Schema,
  pieces: readonly Uint8Array[],
  onBad?: (row: BadRow) => void,
): Promise<unknown[]> {
  const options = onBad === undefined ? {} : { onBad }
  const batches = await collect(jsonDocumentBatches(schema, streamOf(pieces), options))
  return batches.flatMap((batch) => Array.from(rowsOf(batch, schema)))
}

const schema = parseSchemaText('id long, s string')

describe('documents of JSON', () => {
  it.each([
    ['an array', '[{"id":1},\n {"id":2}]', 2],
    ['one object', '{\n  "id": 1,\n  "s": "}"\n}\n', 1],
    ['objects one after the other', '{"id":1}\n{"id":2}{"id":3}', 3],
    ['an array without rows', ' [ ] \n', 0],
    ['nothing', ' \n', 0],
    ['arrays one after the other', '[{"id":1}]\n[{"id":2}]', 2],
    ['an array behind a byte order mark', '\ufeff[{"id":1}]', 1],
  ])('may be %s', async (_, content, count) => {
    const rows = await read(schema, [text(content)])
    expect(rows.map((row) => (row as unknown[])[0])).toEqual(
      Array.from({ length: count }, (__, index) => BigInt(index + 1)),
    )
  })

  it.each([
    ['an array that is not closed', '[{"id":1}', 'the array of rows is not closed', 1],
    ['a row that is not closed', '[{"id":1},\n{"id":', 'a row is not closed', 2],
    [
      'rows without a comma',
      '[{"id":1}\n{"id":2}]',
      'rows of an array are not parted by a comma',
      2,
    ],
    ['a comma too many', '[{"id":1},\n]', 'a row is missing', 2],
    ['a bracket too many', '[{"id":1}]\n]', 'a row is missing', 2],
    ['a number for a row', '[\n1, {"id":1}]', 'a row is no JSON object', 2],
    ['a word for a row', '\nword', 'a row is no JSON', 2],
    ['an array for a row', '[[1]]', 'a row is no JSON object', 1],
    [
      'a value of another type',
      '[{"id":1},\n\n{"id":"x"}]',
      'expected an integer of 64 bits, as a bigint beyond 2^53',
      3,
    ],
  ])('are told of with the line where they have %s', async (_, content, message, line) => {
    await expect(read(schema, [text(content)])).rejects.toMatchObject({
      kind: 'invalid',
      message,
      context: { line },
    })
  })

  it('are read on behind rows that are none, and no further where rows are not told apart', async () => {
    const bad: BadRow[] = []
    const content = '[{"id":1}, {"id":"x",\n "s":"]"}, 7,\n{"id":2}\n{"id":3}]'
    const rows = await read(schema, [text(content)], (row) => bad.push(row))
    expect(rows).toEqual([
      [1n, null],
      [2n, null],
    ])
    expect(bad.map(({ line, record, error }) => [line, record, error.message])).toEqual([
      [1, '{"id":"x",\n "s":"]"}', 'expected an integer of 64 bits, as a bigint beyond 2^53'],
      [2, '7', 'a row is no JSON object'],
      [4, '', 'rows of an array are not parted by a comma'],
    ])
  })

  it('always have the rows that were written, however they are spaced and in whatever pieces they come', async () => {
    const anyTable = anySchema().chain((any) =>
      fc.tuple(fc.constant(any), fc.array(anyRowOf(any), { maxLength: 4 })),
    )
    const anySpace = fc.constantFrom('', ' ', '\n', '\r\n\t')
    const anyCuts = fc.array(fc.nat(), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(
        anyTable,
        anySpace,
        fc.boolean(),
        anyCuts,
        async ([any, rows], space, isArray, cuts) => {
          const print = linePrinter(any.fields)
          const objects = rows.map((row) => print(row).replace(/^\{/, `{${space}`))
          const content = isArray
            ? `${space}[${space}${objects.join(`${space},${space}`)}${space}]${space}`
            : objects.join(space)
          const bytes = text(content)
          const places = cuts
            .map((cut) => cut % (bytes.length + 1))
            .toSorted((left, right) => left - right)
          const pieces = [0, ...places].map((start, index) =>
            bytes.subarray(start, places[index] ?? bytes.length),
          )
          expect(await read(any, pieces)).toEqual(rows)
        },
      ),
      runs(150),
    )
  })
})
