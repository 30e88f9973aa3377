// Inputs that are files: Parquet, CSV, or lines of JSON, all files of a folder being one view.
import { createGunzip } from 'node:zlib'
import { Readable, pipeline } from 'node:stream'

import type { RecordBatch } from 'apache-arrow'

import { unreachable } from '../../base/assert.ts'
import { IcebergError, withContext } from '../../base/errors.ts'
import { columnsOf, makeBatch } from '../../formats/arrow/column-data.ts'
import { constantColumn } from '../../formats/arrow/constant-column.ts'
import { arrowSchemaOf } from '../../formats/arrow/schema.ts'
import { parquetColumns, parquetSchema } from '../../formats/parquet/columns-by-name.ts'
import type { ParquetPlace } from '../../formats/parquet/columns-by-name.ts'
import { wasmCodec } from '../../formats/parquet/wasm-codec.ts'
import { STANDARD_CSV, checkDialect } from '../../formats/text/csv-dialect.ts'
import { ndjsonRows } from '../../formats/text/ndjson-rows.ts'
import { rowBatches } from '../../formats/text/row-batches.ts'
import { objectBytes } from '../../io/object-bytes.ts'
import type { RequestOptions } from '../../io/object-store.ts'
import { assignFreshIds } from '../../types/schema-walk.ts'
import { highestFieldId } from '../../types/schema.ts'
import type { Schema } from '../../types/schema.ts'
import type { FilesPlace } from '../lake.ts'
import { sameName } from '../same-name.ts'
import type { CsvFormat, Input } from '../workflow/model.ts'
import type { InputOptions, InputView } from './input-view.ts'
import { formatOfName, listRowFiles } from './row-files.ts'
import type { FileFormat, RowFile } from './row-files.ts'

/** What the files of one input are read by. */
interface FilesRequest {
  readonly place: FilesPlace
  readonly format: FileFormat
  /** Null: what the files have. */
  readonly schema: Schema | null
  readonly csv: CsvFormat
  readonly inputFileName: string | null
  readonly options: RequestOptions
}

/**
 * The files that are in a folder now, by their names. A schema says which columns are read, by their names: what a file does
 * not have is null, and what it has besides is passed over.
 *
 * @throws IcebergError `not-found` when there is none
 * @throws IcebergError `invalid` where only a schema, or a format, would say what is in them
 */
export async function openFiles(
  place: FilesPlace,
  input: Input,
  { signal }: InputOptions,
): Promise<InputView> {
  const options = signal === undefined ? {} : { signal }
  const files = await listRowFiles(place, options)
  const [first] = files
  if (first === undefined) {
    throw new IcebergError('not-found', 'there are no files to read', {
      context: { input: input.name, location: place.location },
    })
  }
  const { schema = null, csv = STANDARD_CSV, inputFileName = null } = input.files ?? {}
  checkDialect(csv)
  const format = input.format === null ? formatOf(files) : checkedFormat(input.format)
  const request: FilesRequest = { place, format, schema, csv, inputFileName, options }
  const columns = schema ?? (await located(first, () => schemaOf(first, request)))
  return {
    kind: 'view',
    schema: withFileName(columns, inputFileName),
    batches: { [Symbol.asyncIterator]: () => batchesOf(files, columns, request) },
    report: {
      kind: 'files',
      location: place.location,
      format,
      files: files.length,
      bytes: files.reduce((sum, { sizeBytes }) => sum + BigInt(sizeBytes), 0n),
    },
    table: null,
    pin: null,
  }
}

/** What the names of all files end in. */
function formatOf(files: readonly RowFile[]): FileFormat {
  const formats = new Set(files.map(({ name }) => formatOfName(name)))
  const [format, ...others] = formats
  if (format !== undefined && format !== null && others.length === 0) return format
  throw new IcebergError('invalid', 'the names of the files do not say what they are: set format')
}

function checkedFormat(format: NonNullable<Input['format']>): FileFormat {
  if (format !== 'iceberg') return format
  throw new IcebergError('invalid', 'the depot has files, and no tables')
}

/** The columns of a file. */
async function schemaOf(file: RowFile, request: FilesRequest): Promise<Schema> {
  switch (request.format) {
    case 'parquet':
      return parquetSchema(parquetPlace(file, request), request.options)
    case 'csv':
      return csvSchema(file, request)
    case 'json':
      throw new IcebergError('invalid', 'lines of JSON do not say their types: set a schema')
    default:
      return unreachable(request.format)
  }
}

/** Texts, by the names in the first line, or by their places as Spark calls them. */
async function csvSchema(file: RowFile, request: FilesRequest): Promise<Schema> {
  const { csvNames } = await import('../../formats/text/csv-rows.ts')
  const first = await csvNames(textBytes(file, request), request.csv)
  const names = request.csv.header ? first : first?.map((_, index) => `_c${index}`)
  const fields = (names ?? []).map((name) => ({
    id: 0,
    name,
    required: false,
    type: { kind: 'string' as const },
  }))
  return { schemaId: 0, fields: assignFreshIds(fields), identifierFieldIds: [] }
}

async function* batchesOf(
  files: readonly RowFile[],
  schema: Schema,
  request: FilesRequest,
): AsyncGenerator<RecordBatch> {
  for (const file of files) {
    try {
      const batches = fileBatches(file, schema, request)
      yield* request.inputFileName === null
        ? batches
        : namedBatches(batches, withFileName(schema, request.inputFileName), file)
    } catch (error) {
      throw withContext(error, { file: file.location })
    }
  }
}

async function* fileBatches(
  file: RowFile,
  schema: Schema,
  request: FilesRequest,
): AsyncGenerator<RecordBatch> {
  // A schema that was given is a choice of columns; one that was found in the first file is what all have.
  const others = request.schema === null ? 'refused' : 'passed-over'
  switch (request.format) {
    case 'parquet':
      return yield* parquetColumns(parquetPlace(file, request), schema, request.options)
    case 'csv': {
      const { csvRows } = await import('../../formats/text/csv-rows.ts')
      const rows = csvRows(schema, textBytes(file, request), { dialect: request.csv, others })
      return yield* rowBatches(schema, rows)
    }
    case 'json':
      return yield* rowBatches(schema, ndjsonRows(schema, textBytes(file, request), { others }))
    default:
      return unreachable(request.format)
  }
}

function parquetPlace({ location, sizeBytes }: RowFile, { place }: FilesRequest): ParquetPlace {
  return { store: place.store, codec: wasmCodec(), location, sizeBytes }
}

/** The bytes of a text, unpacked where its name says that it is packed. */
function textBytes(file: RowFile, request: FilesRequest): AsyncIterable<Uint8Array> {
  const bytes = objectBytes(request.place.store, file, request.options)
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
function withFileName(schema: Schema, name: string | null): Schema {
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

async function* namedBatches(
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

/** Faults of a file come with its name. */
async function located<Result>(
  { location }: RowFile,
  read: () => Promise<Result>,
): Promise<Result> {
  try {
    return await read()
  } catch (error) {
    throw withContext(error, { file: location })
  }
}
