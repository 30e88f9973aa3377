// Files of rows on their way into a table: NDJSON, CSV, Parquet, or NDJSON from standard input.
import { createReadStream } from 'node:fs'
import { extname } from 'node:path'
import { addAbortSignal } from 'node:stream'
import type { Readable } from 'node:stream'

import type { RecordBatch } from 'apache-arrow'

import { IcebergError, isKind, withContext } from '../base/errors.ts'
import { conformBatch } from '../formats/arrow/conform.ts'
import { rowBatches } from '../formats/text/row-batches.ts'
import { parquetFile } from '../client/parquet-file.ts'
import { codeOf, isCode } from '../io/durable-files.ts'
import type { Schema } from '../types/schema.ts'
import type { Terminal } from './terminal.ts'

/** What stands for standard input among the names of files. */
export const STANDARD_INPUT = '-'

/**
 * The rows of files, one file after the other, as batches for the table.
 *
 * @throws IcebergError naming the file, and the line where a row is wrong
 */
export async function* fileBatches(
  schema: Schema,
  files: readonly string[],
  terminal: Pick<Terminal, 'input' | 'signal'>,
): AsyncGenerator<RecordBatch> {
  for (const file of files) {
    try {
      yield* batchesOf(schema, file, terminal)
    } catch (error) {
      throw located(error, file)
    }
  }
}

async function* batchesOf(
  schema: Schema,
  file: string,
  { input, signal }: Pick<Terminal, 'input' | 'signal'>,
): AsyncGenerator<RecordBatch> {
  const open = (): Readable =>
    file === STANDARD_INPUT ? addAbortSignal(signal, input) : createReadStream(file, { signal })
  switch (extname(file).toLowerCase()) {
    case '.parquet':
      return yield* parquetBatches(schema, file, signal)
    case '.csv': {
      const { csvRows } = await import('../formats/text/csv-rows.ts')
      return yield* rowBatches(schema, csvRows(schema, open()))
    }
    case '':
    case '.ndjson':
    case '.jsonl':
    case '.json': {
      const { ndjsonBatches } = await import('../formats/text/ndjson-batches.ts')
      return yield* ndjsonBatches(schema, open())
    }
    default:
      throw new IcebergError('unsupported', 'files to append are .ndjson, .jsonl, .csv or .parquet')
  }
}

async function* parquetBatches(
  schema: Schema,
  file: string,
  signal: AbortSignal,
): AsyncGenerator<RecordBatch> {
  let firstRow = 0
  for await (const batch of parquetFile(file, { signal })) {
    yield conformBatch(schema, batch, firstRow)
    firstRow += batch.numRows
  }
}

function located(error: unknown, file: string): unknown {
  const from = { context: { file }, cause: error }
  if (isCode(error, 'ENOENT', 'ENOTDIR') || isKind(error, 'not-found')) {
    return new IcebergError('not-found', 'there is no such file', from)
  }
  if (isCode(error, 'EISDIR'))
    return new IcebergError('invalid', 'a folder is no file of rows', from)
  if (error instanceof IcebergError) return withContext(error, { file })
  return codeOf(error) === null
    ? error
    : new IcebergError('unavailable', 'the file cannot be read', from)
}
