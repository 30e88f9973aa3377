// One file of rows: Parquet, CSV, or lines of JSON. It appears under its name when it is whole.
import { unreachable } from '../../base/assert.ts'
import { rowsOf } from '../../formats/arrow/rows.ts'
import { wasmCodec } from '../../formats/parquet/wasm-codec.ts'
import { openParquetWriter } from '../../formats/parquet/writer.ts'
import { checkDialect } from '../../formats/text/csv-dialect.ts'
import { checkFlat, csvHeader, csvPrinter } from '../../formats/text/csv-text.ts'
import type { ObjectStore } from '../../io/object-store.ts'
import type { RowValues } from '../../layout/column-value.ts'
import { linePrinter } from '../../types/ndjson.ts'
import type { Schema } from '../../types/schema.ts'
import type { FileOutput } from '../workflow/model.ts'
import type { ViewRows } from './sink.ts'
import type { WrittenFile } from './write-output.ts'

export interface RowFileRequest {
  readonly store: ObjectStore
  readonly location: string
  readonly rows: ViewRows
  readonly signal?: AbortSignal
}

/**
 * Checks that files of the format can hold such rows.
 *
 * @throws IcebergError `unsupported` for nested columns as CSV, `invalid` for signs that nobody could tell apart
 */
export function checkFileRows({ format, csv }: FileOutput, { fields }: Schema): void {
  if (format !== 'csv') return
  checkDialect(csv)
  checkFlat(fields, 'write them as Parquet or NDJSON, or leave them out')
}

/** Writes rows to a file, in place of one that is there. */
export function putRowFile(output: FileOutput, request: RowFileRequest): Promise<WrittenFile> {
  switch (output.format) {
    case 'parquet':
      return putParquet(output, request)
    case 'csv': {
      const { fields } = request.rows.schema
      const header = output.csv.header ? `${csvHeader(fields, output.csv)}\n` : ''
      return putLines(request, header, csvPrinter(fields, output.csv))
    }
    case 'ndjson':
      return putLines(request, '', linePrinter(request.rows.schema.fields))
    default:
      return unreachable(output.format)
  }
}

async function putParquet(
  { compression }: FileOutput,
  { store, location, rows, signal }: RowFileRequest,
): Promise<WrittenFile> {
  const writer = openParquetWriter({
    schema: rows.schema,
    codec: wasmCodec(),
    store,
    location,
    mode: 'overwrite',
    ...(compression === null ? {} : { compression }),
    ...(signal === undefined ? {} : { signal }),
  })
  try {
    for await (const batch of rows.batches) await writer.write(batch)
    const { recordCount, fileSizeBytes } = await writer.close()
    return { location, rows: recordCount, sizeBytes: fileSizeBytes }
  } catch (error) {
    await writer.abort(error)
    throw error
  }
}

/** Characters that are handed over at once: a piece a row costs more than the row. */
const PIECE_LENGTH = 65_536

async function putLines(
  { store, location, rows, signal }: RowFileRequest,
  header: string,
  lineOf: (row: RowValues) => string,
): Promise<WrittenFile> {
  let count = 0n
  const encoder = new TextEncoder()
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    let piece = header
    for await (const batch of rows.batches) {
      for (const row of rowsOf(batch, rows.schema)) {
        piece += `${lineOf(row)}\n`
        if (piece.length < PIECE_LENGTH) continue
        yield encoder.encode(piece)
        piece = ''
      }
      count += BigInt(batch.numRows)
    }
    yield encoder.encode(piece)
  }
  const options = signal === undefined ? {} : { signal }
  const sizeBytes = await store.put(location, pieces(), 'overwrite', options)
  return { location, rows: count, sizeBytes: BigInt(sizeBytes) }
}
