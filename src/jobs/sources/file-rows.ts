// The rows of one file: Parquet, CSV, lines of JSON or whole documents of it.
import { Readable, pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'

import type { RecordBatch } from 'apache-arrow'

import { unreachable } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import { columnsOf, makeBatch } from '../../formats/arrow/column-data.ts'
import { constantColumn } from '../../formats/arrow/constant-column.ts'
import { arrowSchemaOf } from '../../formats/arrow/schema.ts'
import { parquetColumns, parquetSchema } from '../../formats/parquet/columns-by-name.ts'
import type { ParquetPlace } from '../../formats/parquet/columns-by-name.ts'
import { wasmCodec } from '../../formats/parquet/wasm-codec.ts'
import type { OnBadRow } from '../../formats/text/bad-row.ts'
import type { CsvDialect } from '../../formats/text/csv-dialect.ts'
import { jsonDocumentBatches } from '../../formats/text/json-documents.ts'
import { ndjsonBatches } from '../../formats/text/ndjson-batches.ts'
import { rowBatches } from '../../formats/text/row-batches.ts'
import { objectBytes } from '../../io/object-bytes.ts'
import type { ObjectStore, RequestOptions } from '../../io/object-store.ts'
import { assignFreshIds } from '../../types/schema-walk.ts'
import { highestFieldId } from '../../types/schema.ts'
import type { Schema } from '../../types/schema.ts'
import { sameName } from '../same-name.ts'
import type { FileFormat, RowFile } from './row-files.ts'

/** How files are read. */
export interface RowReading {
  readonly store: ObjectStore
  readonly format: FileFormat
  /** Null: what the files have. */
  readonly schema: Schema | null
  readonly csv: CsvDialect
  /** Whether a file of JSON is a document rather than lines. */
  readonly multiLine?: boolean
}

export interface FileRowsOptions extends RequestOptions {
  /** Takes what is no row of a text, in place of an error that ends the reading. */
  readonly onBad?: OnBadRow | undefined
}

/**
 * The columns of a file.
 *
 * @throws IcebergError `invalid` for JSON, which has names alone
 */
export async function fileSchema(
  file: RowFile,
  reading: RowReading,
  options: RequestOptions = {},
): Promise<Schema> {
  switch (reading.format) {
    case 'parquet':
      return parquetSchema(parquetPlace(file, reading), options)
    case 'csv':
      return csvSchema(file, reading, options)
    case 'json':
      throw new IcebergError('invalid', 'lines of JSON do not say their types: set a schema')
    default:
      return unreachable(reading.format)
  }
}

/** Texts, by the names in the first line, or by their places as Spark calls them. */
async function csvSchema(
  file: RowFile,
  reading: RowReading,
  options: RequestOptions,
): Promise<Schema> {
  const { csvNames } = await import('../../formats/text/csv-rows.ts')
  const first = await csvNames(textBytes(file, reading, options), reading.csv)
  const names = reading.csv.header ? first : first?.map((_, index) => `_c${index}`)
  const fields = (names ?? []).map((name) => ({
    id: 0,
    name,
    required: false,
    type: { kind: 'string' as const },
  }))
  return { schemaId: 0, fields: assignFreshIds(fields), identifierFieldIds: [] }
}

/** The rows of a file as batches of the schema, which is the one that was declared or that {@link fileSchema} gave. */
export async function* fileRows(
  file: RowFile,
  schema: Schema,
  reading: RowReading,
  { onBad, ...options }: FileRowsOptions = {},
): AsyncGenerator<RecordBatch> {
  // A schema that was given is a choice of columns; one that was found in the first file is what all have.
  const others = reading.schema === null ? 'refused' : 'passed-over'
  const taken = onBad === undefined ? {} : { onBad }
  switch (reading.format) {
    case 'parquet':
      return yield* parquetColumns(parquetPlace(file, reading), schema, options)
    case 'csv': {
      const { csvRows } = await import('../../formats/text/csv-rows.ts')
      const bytes = textBytes(file, reading, options)
      const rows = csvRows(schema, bytes, { dialect: reading.csv, others, ...taken })
      return yield* rowBatches(schema, rows, onBad)
    }
    case 'json': {
      const batches = reading.multiLine === true ? jsonDocumentBatches : ndjsonBatches
      return yield* batches(schema, textBytes(file, reading, options), { others, ...taken })
    }
    default:
      return unreachable(reading.format)
  }
}

function parquetPlace({ location, sizeBytes }: RowFile, { store }: RowReading): ParquetPlace {
  return { store, codec: wasmCodec(), location, sizeBytes }
}

/** The bytes of a text, unpacked where its name says that it is packed. */
function textBytes(
  file: RowFile,
  { store }: RowReading,
  options: RequestOptions,
): AsyncIterable<Uint8Array> {
  const bytes = objectBytes(store, file, options)
  return file.name.toLowerCase().endsWith('.gz') ? unpacked(bytes) : bytes
}

async function* unpacked(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip()
  // What fails before it ends the stream with that error, which the loop below throws.
  pipeline(Readable.from(bytes), gunzip, () => undefined)
  try {
    for await (const piece of gunzip) yield piece
  } catch (error) {
    if (!isUnpackError(error)) throw error
    throw new IcebergError('corrupt', 'the file is not packed as gzip does, or cut short', {
      cause: error,
    })
  }
}

function isUnpackError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')
}

/** The columns, and one more for the file of each row. */
export function withFileName(schema: Schema, name: string | null): Schema {
  if (name === null) return schema
  if (schema.fields.some((field) => sameName(field.name, name))) {
    throw new IcebergError('invalid', 'the files have a column of the name of inputFileName', {
      context: { column: name },
    })
  }
  const id = highestFieldId(schema) + 1
  const file = { id, name, required: true, type: { kind: 'string' as const } }
  return { ...schema, fields: [...schema.fields, file] }
}

/** Batches with the location of their file in one more column, as {@link withFileName} lays them out. */
export async function* namedBatches(
  batches: AsyncIterable<RecordBatch>,
  schema: Schema,
  { location }: RowFile,
): AsyncGenerator<RecordBatch> {
  const arrowSchema = arrowSchemaOf(schema)
  const columnOf = constantColumn({ kind: 'string' }, location)
  for await (const batch of batches) {
    const columns = [...columnsOf(batch), columnOf(batch.numRows)]
    yield makeBatch(arrowSchema, columns, batch.numRows)
  }
}
