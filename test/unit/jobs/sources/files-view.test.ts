import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Lake } from '../../../../src/jobs/lake.ts'
import { writeOutput } from '../../../../src/jobs/sinks/write-output.ts'
import { openInput } from '../../../../src/jobs/sources/input-view.ts'
import type { InputView } from '../../../../src/jobs/sources/input-view.ts'
import type { FileReading, Input } from '../../../../src/jobs/workflow/model.ts'
import { createMemoryStore } from '../../../../src/io/memory-store.ts'
import { parseSchemaText } from '../../../../src/types/schema-text.ts'
import { formatType } from '../../../../src/types/type.ts'
import { anySchema } from '../../../support/arbitraries/schemas.ts'
import { anyRowOf } from '../../../support/arbitraries/values.ts'
import { temporaryFolder } from '../../../support/folders.ts'
import {
  CSV,
  fileOutput,
  inputOf,
  labLake,
  rowsAs,
  rowsOfValues,
  valuesIn,
} from '../../../support/jobs/sinks.ts'
import { runs } from '../../../support/runs.ts'

type Reading = Omit<Partial<FileReading>, 'schema'> & { readonly schema?: string }

/** A folder `city/rides` with these files. */
async function landing(
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<{ readonly folder: string; readonly lake: Lake }> {
  const folder = temporaryFolder()
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, 'city/rides', name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
  }
  return { folder: join(folder, 'city/rides'), lake: labLake(folder) }
}

function open(
  lake: Lake,
  { schema, ...reading }: Reading = {},
  changes: Partial<Input> = {},
): Promise<InputView> {
  const files: FileReading = {
    csv: CSV,
    multiLine: false,
    inputFileName: null,
    ...reading,
    schema: schema === undefined ? null : parseSchemaText(schema),
  }
  return openInput(inputOf('dataos://landing:city/rides', { files, ...changes }), lake)
}

async function read(
  files: Readonly<Record<string, string | Uint8Array>>,
  reading: Reading = {},
): Promise<readonly unknown[]> {
  const { lake } = await landing(files)
  return valuesIn(await open(lake, reading))
}

describe('an input of files', () => {
  it('is all files of its folder, by their names, however deep, but hidden and unfinished ones', async () => {
    const { folder, lake } = await landing({
      'b.csv': 'id\n2\n',
      'a/x.csv': 'id\n1\n',
      _SUCCESS: '',
      '.b.csv.crc': 'x',
      '_old/c.csv': 'id\n9\n',
      'b2a.tmp': 'id\n9',
    })
    const view = await open(lake, { schema: 'id long' })
    expect(await valuesIn(view)).toEqual([[1n], [2n]])
    expect(view).toMatchObject({
      table: null,
      pin: null,
      report: { kind: 'files', location: folder, format: 'csv', files: 2, bytes: 10n },
    })
    expect(await valuesIn(view)).toEqual([[1n], [2n]])
  })

  it('is one file where the address names one', async () => {
    const { lake } = await landing({ 'one.csv': 'id\n1\n' })
    const files = {
      schema: parseSchemaText('id int'),
      csv: CSV,
      multiLine: false,
      inputFileName: null,
    }
    const folder = await openInput(inputOf('dataos://landing:city/rides', { files }), lake)
    expect(await valuesIn(folder)).toEqual([[1]])
    const missing = openInput(inputOf('dataos://landing:city/none', { files }), lake)
    await expect(missing).rejects.toMatchObject({
      kind: 'not-found',
      message: 'there are no files to read',
    })
  })

  it('stays the files that were there when it was opened', async () => {
    const { folder, lake } = await landing({ 'a.csv': 'id\n1\n' })
    const view = await open(lake, { schema: 'id long' })
    await writeFile(join(folder, 'b.csv'), 'id\n2\n')
    expect(await valuesIn(view)).toEqual([[1n]])
    await writeFile(join(folder, 'a.csv'), 'id\n10\n')
    await expect(valuesIn(view)).rejects.toMatchObject({
      kind: 'conflict',
      message: 'the file was replaced while it was read',
    })
  })

  it('may have a column for the file of each row', async () => {
    const { folder, lake } = await landing({ 'a.ndjson': '{"id":1}\n', 'b.ndjson': '{"id":2}\n' })
    const view = await open(lake, { schema: 'id long', inputFileName: 'source' })
    expect(view.schema.fields.map(({ name }) => name)).toEqual(['id', 'source'])
    expect(await valuesIn(view)).toEqual([
      [1n, join(folder, 'a.ndjson')],
      [2n, join(folder, 'b.ndjson')],
    ])
    await expect(open(lake, { schema: 'id long', inputFileName: 'ID' })).rejects.toMatchObject({
      kind: 'invalid',
      context: { column: 'ID' },
    })
  })

  it('is unpacked where its files say that they are packed', async () => {
    const packed = gzipSync('id\n1\n')
    expect(await read({ 'a.csv.gz': packed }, { schema: 'id long' })).toEqual([[1n]])
    const cut = read({ 'a.csv.gz': packed.subarray(0, -9) }, { schema: 'id long' })
    await expect(cut).rejects.toMatchObject({
      kind: 'corrupt',
      message: 'the file is not packed as gzip does, or cut short',
    })
  })

  it.each<[string, Readonly<Record<string, string>>, Reading, string]>([
    [
      'files of several kinds',
      { 'a.csv': '', 'b.json': '' },
      {},
      'the names of the files do not say what they are: set format',
    ],
    [
      'names that say nothing',
      { 'a.txt': '' },
      {},
      'the names of the files do not say what they are: set format',
    ],
    [
      'JSON without a schema',
      { 'a.json': '{}' },
      {},
      'lines of JSON do not say their types: set a schema',
    ],
  ])('is refused for %s', async (_, files, reading, message) => {
    await expect(read(files, reading)).rejects.toMatchObject({ kind: 'invalid', message })
  })

  it('is refused for folders that hold values in their names', async () => {
    await expect(read({ 'day=2026-01-01/a.csv': 'id\n1\n' })).rejects.toMatchObject({
      kind: 'unsupported',
      context: { folder: 'day=2026-01-01' },
    })
  })

  it('has no snapshots, and a table is no files', async () => {
    const { lake } = await landing({ 'a.csv': 'id\n1\n' })
    const selection = { kind: 'snapshot', snapshotId: 1n } as const
    await expect(open(lake, {}, { selection })).rejects.toMatchObject({
      kind: 'invalid',
      message: 'files have no snapshots to select',
      context: { dataset: 'dataos://landing:city/rides' },
    })
    await expect(open(lake, {}, { format: 'iceberg' })).rejects.toMatchObject({
      message: 'the depot has files, and no tables',
    })
    const input = inputOf('dataos://lake:city/rides', { format: 'csv' })
    await expect(openInput(input, lake)).rejects.toMatchObject({
      message: 'the depot has tables, and no files',
    })
  })
})

describe('CSV', () => {
  it('without a schema is texts, by the names in its first line', async () => {
    const { lake } = await landing({ 'a.csv': 'id,city\n1,Oslo\n', 'b.csv': 'city,id\nRome,2\n' })
    const view = await open(lake)
    expect(view.schema.fields.map(({ name, type }) => [name, type.kind])).toEqual([
      ['id', 'string'],
      ['city', 'string'],
    ])
    expect(await valuesIn(view)).toEqual([
      ['1', 'Oslo'],
      ['2', 'Rome'],
    ])
  })

  it('without names has columns by their places', async () => {
    const csv = { ...CSV, header: false, delimiter: '|', nullText: '\\N' }
    const { lake } = await landing({ 'a.csv': '1|\\N\n|"\\N"\n' })
    const view = await open(lake, { csv })
    expect(view.schema.fields.map(({ name }) => name)).toEqual(['_c0', '_c1'])
    expect(await valuesIn(view)).toEqual([
      ['1', null],
      ['', '\\N'],
    ])
    const typed = await open(lake, { csv, schema: 'id string, name string' })
    expect(typed.schema.fields.map(({ name }) => name)).toEqual(['id', 'name'])
  })

  it('is read by the names of a schema: what a file lacks is null, what it has besides is passed over', async () => {
    const files = { 'a.csv': 'extra,id\nx,1\n', 'b.csv': 'id,city\n2,Oslo\n' }
    expect(await read(files, { schema: 'id long, city string' })).toEqual([
      [1n, null],
      [2n, 'Oslo'],
    ])
  })

  it('keeps decimals and longs exact', async () => {
    const files = { 'a.csv': 'd,l\n12345678901234567890.123456789,9007199254740993\n' }
    expect(await read(files, { schema: 'd decimal(38, 9), l long' })).toEqual([
      [12345678901234567890123456789n, 9007199254740993n],
    ])
  })

  it.each<[string, string, string, object]>([
    ['another value', 'id\n1\nx\n', 'id long', { line: 3 }],
    ['a null that must not be', 'id\n1\n""\n', 'id long not null', { line: 3 }],
    ['too many fields', 'id\n1\n2,3\n', 'id long', { line: 3, fields: 2, columns: 1 }],
    ['a quote that is not closed', 'id\n"1\n', 'id string', { line: 2 }],
    ['a quote inside of a field', 'id\na"b\n', 'id string', { line: 2 }],
    ['none of the columns', 'other\n1\n', 'id long', { line: 1 }],
    ['a column twice', 'id,id\n1,2\n', 'id long', { line: 1, column: 'id' }],
  ])('tells file and line of %s', async (_, text, schema, context) => {
    const { folder, lake } = await landing({ 'a.csv': 'id\n1\n', 'b.csv': text })
    const view = await open(lake, { schema })
    await expect(valuesIn(view)).rejects.toMatchObject({
      kind: 'invalid',
      context: { file: join(folder, 'b.csv'), ...context },
    })
  })

  it('with a column that the first file has not is refused where nobody said which columns there are', async () => {
    const files = { 'a.csv': 'id\n1\n', 'b.csv': 'id,extra\n2,x\n' }
    await expect(read(files)).rejects.toMatchObject({
      kind: 'invalid',
      message: 'there is no column of this name',
      context: { line: 1, column: 'extra' },
    })
  })

  it('cannot hold nested columns', async () => {
    await expect(read({ 'a.csv': 'a\n1\n' }, { schema: 'a list<int>' })).rejects.toMatchObject({
      kind: 'invalid',
      context: { column: 'a' },
    })
  })
})

describe('lines of JSON', () => {
  const schema =
    'id long, customer struct<name string>, items list<struct<sku string, price decimal(20, 2)>>'

  it('are nested as the schema says, exactly, keys that it lacks passed over at every level', async () => {
    const line =
      '{"id":9007199254740993,"x":1,"customer":{"name":"Ada","vip":true},' +
      '"items":[{"sku":"a","price":"123456789012345678.90","z":[]},{"sku":"b"}]}'
    expect(await read({ 'a.json': `${line}\n\n{}\n` }, { schema })).toEqual([
      [
        9007199254740993n,
        ['Ada'],
        [
          ['a', 12345678901234567890n],
          ['b', null],
        ],
      ],
      [null, null, null],
    ])
  })

  it.each<[string, string, string]>([
    ['no JSON', '{"id":1}\n{"id":\n', 'a line is no JSON'],
    ['no object', '{"id":1}\n[1]\n', 'a line is no JSON object'],
    [
      'a decimal of more digits than its type',
      '{"id":1}\n{"items":[{"price":1.50000000001}]}\n',
      'exact',
    ],
  ])('tell file and line of %s', async (_, text, message) => {
    const { folder, lake } = await landing({ 'a.json': text })
    const view = await open(lake, { schema })
    await expect(valuesIn(view)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(message),
      context: { file: join(folder, 'a.json'), line: 2 },
    })
  })
})

describe('Parquet', () => {
  async function parquetLake(schema: string, ...rows: readonly object[]): Promise<Lake> {
    const lake = labLake()
    const output = fileOutput({ format: 'parquet' })
    await writeOutput(output, rowsAs(schema, ...rows), { lake, jobId: 'j' })
    return lake
  }

  it('is read by the names of a schema, at every level', async () => {
    const lake = await parquetLake('extra int, place struct<x int, y int>, id int', {
      extra: 1,
      place: { x: 1, y: 2 },
      id: 3,
    })
    const view = await open(lake, { schema: 'id long, place struct<y int, z string>, more date' })
    expect(await valuesIn(view)).toEqual([[3n, [2, null], null]])
  })

  it.each([
    ['id string', 'column type does not fit'],
    ['other long', 'the file has none of the columns'],
    ['id int, needed int not null', 'required column is missing'],
  ])('does not fit %s', async (schema, message) => {
    const lake = await parquetLake('id int', { id: 1 })
    const view = await open(lake, { schema })
    await expect(valuesIn(view)).rejects.toMatchObject({
      kind: 'invalid',
      message,
      context: { file: expect.stringContaining('part-00000.parquet') },
    })
  })

  it('that is none is told with its file', async () => {
    await expect(read({ 'a.parquet': 'no' })).rejects.toMatchObject({
      kind: 'corrupt',
      context: { file: expect.stringContaining('a.parquet') },
    })
  })

  it('always says itself what it holds', async () => {
    const anyTable = anySchema({ maxFields: 4 }).chain((schema) =>
      fc.tuple(fc.constant(schema), fc.array(anyRowOf(schema), { maxLength: 3 })),
    )
    await fc.assert(
      fc.asyncProperty(anyTable, async ([schema, rows]) => {
        const store = createMemoryStore()
        const lake: Lake = { ...labLake(), locateFiles: () => ({ store, location: 'memory:out' }) }
        const output = fileOutput({ format: 'parquet' })
        await writeOutput(output, rowsOfValues(schema, rows), { lake, jobId: 'j' })
        const view = await openInput(inputOf('dataos://landing:city/rides'), lake)
        const optional = (text: string): string =>
          text.replaceAll(/ (not null|required|optional)/g, '')
        expect(
          view.schema.fields.map(({ name, type }) => `${name} ${optional(formatType(type))}`),
        ).toEqual(schema.fields.map(({ name, type }) => `${name} ${optional(formatType(type))}`))
        expect(await valuesIn(view)).toEqual(rows)
      }),
      runs(40),
    )
  })
})
