import type { Fields } from '../yaml/fields.ts'
import { alternatives } from '../yaml/fields.ts'
import type { FileOutput } from './model.ts'
import type { SpelledOutput } from './output-spelling.ts'
import {
  CONSOLE_KEYS,
  CSV_KEYS,
  EXTRA_OPTIONS,
  FILE_OPTIONS,
  OUTPUT_OPTIONS,
  TABLE_KEYS,
  TABLE_WRITE_OPTIONS,
} from './vocabulary.ts'

/** What rows become. */
export type OutputFormat = 'iceberg' | 'console' | FileOutput['format']

const FORMATS: ReadonlyMap<string, OutputFormat> = new Map<string, OutputFormat>([
  ['iceberg', 'iceberg'],
  ['parquet', 'parquet'],
  ['csv', 'csv'],
  ['json', 'ndjson'],
  ['ndjson', 'ndjson'],
  ['console', 'console'],
])

const LATER_FORMATS = ['avro', 'orc', 'text', 'xml', 'delta', 'kafkaavro', 'kafkajson', 'pulsar']

/** The options of an output, from all places that they may stand in. */
export interface OutputOptions {
  readonly format: OutputFormat
  readonly options: Fields | null
  /** What older tools pass on to the writer. */
  readonly extra: Fields | null
  /** What is about files alone. */
  readonly file: Fields | null
}

/** The format of an output and its options, none of which belongs to another format. */
export function readOutputOptions(spelled: SpelledOutput): OutputOptions {
  const options = spelled.fields.map(spelled.options, OUTPUT_OPTIONS)
  const extra = options?.map('extraOptions', EXTRA_OPTIONS) ?? null
  const file = options?.map('file', FILE_OPTIONS) ?? null
  const format = readFormat(spelled, file)
  for (const fields of [spelled.fields, options, extra, file]) {
    if (fields !== null) refuseOthers(fields, format)
  }
  return { format, options, extra, file }
}

/** Said by the output or by its `file`; a table unless one of them says otherwise. */
function readFormat({ fields, format: key }: SpelledOutput, file: Fields | null): OutputFormat {
  const format = fields.choice(key, FORMATS, LATER_FORMATS)
  const fileType = file?.choice('outputType', FORMATS, LATER_FORMATS) ?? null
  if (format !== null && fileType !== null && format !== fileType) {
    file?.invalid('outputType', `${key} says otherwise`)
  }
  if (!fields.has(key)) file?.require('outputType')
  return format ?? fileType ?? 'iceberg'
}

/** Keys with the formats that have them, as files spell those. */
const OWNERS: readonly {
  readonly keys: readonly string[]
  readonly formats: readonly string[]
}[] = [
  { keys: [...TABLE_KEYS, ...TABLE_WRITE_OPTIONS, 'columnTags'], formats: ['iceberg'] },
  { keys: CSV_KEYS, formats: ['csv'] },
  { keys: CONSOLE_KEYS, formats: ['console'] },
  { keys: ['file'], formats: ['parquet', 'csv', 'json'] },
  { keys: ['compressionType', 'compression'], formats: ['iceberg', 'parquet'] },
  { keys: ['saveMode', 'sort'], formats: ['iceberg', 'parquet', 'csv', 'json'] },
]

function refuseOthers(fields: Fields, format: OutputFormat): void {
  for (const { keys, formats } of OWNERS) {
    if (formats.some((word) => FORMATS.get(word) === format)) continue
    for (const key of keys.filter((name) => fields.has(name))) {
      fields.invalid(key, `goes with format ${alternatives(formats)} alone`)
    }
  }
}
