// How rows are found in the files of an input.
import type { Schema } from '../../types/schema.ts'
import { parseDeclaredSchema } from '../schemas/declared-schema.ts'
import type { Fields } from '../yaml/fields.ts'
import type { Companions } from './companions.ts'
import { DEFAULT_CSV, readCsvFormat } from './csv-format.ts'
import type { CsvFormat, FileReading, InputFormat } from './model.ts'
import { SETTLED_OPTIONS } from './vocabulary.ts'

/** Null for a table, and where nothing is said of files. */
export function readFileReading(
  input: Fields,
  options: Fields | null,
  { format, companions }: { readonly format: InputFormat | null; readonly companions: Companions },
): FileReading | null {
  const schema = readSchema(input, companions)
  const inputFileName = options?.optionalText('inputFileName') ?? null
  if (options !== null) checkSettled(options)
  if (format === 'iceberg' && schema !== null) input.invalid('format', 'a table has its own schema')
  if (format === 'iceberg' || (format === null && schema === null)) return null
  const csv = format === 'csv' ? readCsv(input, options) : DEFAULT_CSV
  return { schema, csv, multiLine: readMultiLine(options, format), inputFileName }
}

/** Of a table it is refused with all that is of files. */
function readMultiLine(options: Fields | null, format: InputFormat | null): boolean {
  const isMultiLine = options?.flagOrText('multiLine') ?? false
  if (isMultiLine && format === 'csv') {
    options?.faults.unsupported(options.placeOf('multiLine'), 'multiLine for format csv')
  }
  return isMultiLine && format === 'json'
}

/** Spark takes files for headless, most files have a header: who says nothing is told. */
function readCsv(input: Fields, options: Fields | null): CsvFormat {
  if (options?.has('header') !== true) {
    input.faults.warnUnlessStrict(
      input.placeOf('format'),
      'header is missing: the first line of a file is taken for the names of its columns',
    )
  }
  return readCsvFormat(options)
}

function readSchema(input: Fields, companions: Companions): Schema | null {
  const language = input.word('schemaType', ['avro', 'spark'])
  if (input.has('schemaPath') && input.has('schemaString')) {
    input.invalid('schemaPath', 'schemaString and schemaPath cannot both be given')
  }
  const key = input.has('schemaString') ? 'schemaString' : 'schemaPath'
  const given = input.optionalText(key)
  if (given === null || given === '') return null
  return input.faults.attempt(input.placeOf(key), null, () =>
    parseDeclaredSchema(key === 'schemaPath' ? companions.read(given) : given, language),
  )
}

function checkSettled(options: Fields): void {
  for (const [key, settled] of SETTLED_OPTIONS) {
    const text = options.scalarText(key) ?? settled
    if (text.toLowerCase() === settled.toLowerCase()) continue
    options.faults.unsupported(options.placeOf(key), `${key} other than ${settled}`)
  }
}
