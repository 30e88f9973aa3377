// Files of rows on their way into a table: NDJSON, CSV, Parquet, or NDJSON from standard input.
import { createReadStream } from 'node:fs'
import { extname } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

import type { RecordBatch } from 'apache-arrow'
import { CsvError, parse as parseCsv } from 'csv-parse'

import { IcebergError, withContext } from '../base/errors.ts'
import { parseJson } from '../base/json-exact.ts'
import { conformBatch } from '../formats/arrow/conform.ts'
import { batchesFromRows } from '../formats/arrow/from-rows.ts'
import { parquetFile } from '../client/parquet-file.ts'
import { inputFromText, objectConverter } from '../types/text-input.ts'
import type { Schema } from '../types/schema.ts'
import { isPrimitive } from '../types/type.ts'

/** What a name on the command line stands for standard input. */
const STANDARD_INPUT = '-'

/**
 * The rows of files, one file after the other, as batches for the table.
 *
 * @throws IcebergError naming the file and the line where a row is wrong
 */
export async function* fileBatches(
  schema: Schema,
  files: readonly string[],
  input: Readable,
): AsyncGenerator<RecordBatch> {
  for (const file of files) {
    try {
      yield* batchesOf(schema, file, input)
    } catch (error) {
      throw located(error, file)
    }
  }
}

async function* batchesOf(
  schema: Schema,
  file: string,
  input: Readable,
): AsyncGenerator<RecordBatch> {
  const open = (): Readable => (file === STANDARD_INPUT ? input : createReadStream(file))
  switch (extname(file).toLowerCase()) {
    case '.parquet':
      for await (const batch of parquetFile(file)) yield conformBatch(schema, batch)
      return
    case '.csv':
      yield* batchesFromRows(schema, csvRows(schema, open()))
      return
    case '':
    case '.ndjson':
    case '.jsonl':
    case '.json':
      yield* batchesFromRows(schema, ndjsonRows(schema, open()))
      return
    default:
      throw new IcebergError('unsupported', 'files to append are .ndjson, .jsonl, .csv or .parquet')
  }
}

async function* ndjsonRows(schema: Schema, input: Readable): AsyncGenerator<object> {
  const convert = objectConverter(schema.fields)
  let line = 0
  for await (const text of linesOf(input)) {
    line += 1
    if (text.trim() === '') continue
    const row = convert(parseLine(text, line))
    if (typeof row === 'object' && row !== null) yield row
    else throw new IcebergError('invalid', 'a line is no JSON object', { context: { line } })
  }
}

/** Errors of the stream end the lines: readline alone would end them as if all were well. */
async function* linesOf(input: Readable): AsyncGenerator<string> {
  let failure: unknown
  input.once('error', (error) => {
    failure = error
    lines.close()
  })
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  yield* lines
  if (failure !== undefined) throw failure
}

function parseLine(text: string, line: number): unknown {
  try {
    return parseJson(text)
  } catch (error) {
    throw new IcebergError('invalid', 'a line is no JSON', { context: { line }, cause: error })
  }
}

async function* csvRows(schema: Schema, input: Readable): AsyncGenerator<object> {
  const converters = new Map(
    schema.fields
      .filter((field) => isPrimitive(field.type))
      .map((field) => [field.name, inputFromText(field.type)]),
  )
  // An empty field is null unless it is quoted: then it is the empty text.
  const parser = parseCsv({
    columns: true,
    bom: true,
    cast: (text, { quoting, header }) => (text === '' && !quoting && !header ? null : text),
  })
  input.once('error', (error) => parser.destroy(error))
  for await (const record of input.pipe(parser) as AsyncIterable<Record<string, string | null>>) {
    const entries = Object.entries(record).map(([name, text]) => {
      const convert = converters.get(name)
      return [name, text === null || convert === undefined ? text : convert(text)] as const
    })
    yield Object.fromEntries(entries)
  }
}

function located(error: unknown, file: string): unknown {
  if (error instanceof CsvError) {
    return new IcebergError('invalid', 'the file is no CSV', { context: { file }, cause: error })
  }
  if (error instanceof IcebergError) return withContext(error, { file })
  const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
  return new IcebergError(
    isMissing ? 'not-found' : 'unavailable',
    isMissing ? 'there is no such file' : 'a file cannot be read',
    { context: { file }, cause: error },
  )
}
