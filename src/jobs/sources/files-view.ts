// Inputs that are files: Parquet, CSV, or lines of JSON, all files of a folder being one view.
import type { RecordBatch } from 'apache-arrow'

import { IcebergError, withContext } from '../../base/errors.ts'
import { STANDARD_CSV, checkDialect } from '../../formats/text/csv-dialect.ts'
import type { FilesPlace } from '../lake.ts'
import type { Input } from '../workflow/model.ts'
import { fileRows, fileSchema, namedBatches, withFileName } from './file-rows.ts'
import type { RowReading } from './file-rows.ts'
import type { InputOptions, InputView } from './input-view.ts'
import { formatOfName, listRowFiles } from './row-files.ts'
import type { FileFormat, RowFile } from './row-files.ts'

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
  const {
    schema = null,
    csv = STANDARD_CSV,
    inputFileName = null,
    multiLine = false,
  } = input.files ?? {}
  checkDialect(csv)
  const format = input.format === null ? formatOf(files) : checkedFormat(input.format)
  const reading: RowReading = { store: place.store, format, schema, csv, multiLine }
  const columns = schema ?? (await located(first, () => fileSchema(first, reading, options)))
  const named = withFileName(columns, inputFileName)
  return {
    kind: 'view',
    schema: named,
    batches: {
      [Symbol.asyncIterator]: () =>
        batchesOf(files, (file) => {
          const batches = fileRows(file, columns, reading, options)
          return inputFileName === null ? batches : namedBatches(batches, named, file)
        }),
    },
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

async function* batchesOf(
  files: readonly RowFile[],
  read: (file: RowFile) => AsyncIterable<RecordBatch>,
): AsyncGenerator<RecordBatch> {
  for (const file of files) {
    try {
      yield* read(file)
    } catch (error) {
      throw withContext(error, { file: file.location })
    }
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
