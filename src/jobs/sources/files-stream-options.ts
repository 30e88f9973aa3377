// How files are streamed, as programs say it, and with what is taken for what they do not.
import { IcebergError } from '../../base/errors.ts'
import { checkChoice, checkOptions } from '../../base/options.ts'
import type { OptionNames } from '../../base/options.ts'
import { csvDialect } from '../../formats/text/csv-dialect.ts'
import type { CsvDialect } from '../../formats/text/csv-dialect.ts'
import type { ObjectStore } from '../../io/object-store.ts'
import type { S3Options } from '../../io/s3-options.ts'
import type { Schema } from '../../types/schema.ts'
import type { BatchLimits } from './files-stream-news.ts'
import { FILE_FORMATS } from './row-files.ts'
import type { FileFormat } from './row-files.ts'

/** Which files are streamed, and how they are read. */
export interface FilesOptions {
  /** The columns that are read, by their names. Without it CSV and Parquet are what the first file has; JSON needs it. */
  readonly schema?: Schema
  /** What the files are; by the ends of their names when absent. */
  readonly format?: FileFormat
  /** Whether a file of JSON is a document, with an array of rows or one row in it, rather than a row in each line. */
  readonly multiLine?: boolean
  /** How CSV is written; as RFC 4180 has it, with a header, for what is absent. */
  readonly csv?: Partial<CsvDialect>
  /** A column for the location of the file that a row is from. */
  readonly inputFileName?: string
  /** Files a batch at the most; 1,000 when absent. */
  readonly maxFilesPerTrigger?: number
  /** Bytes a batch at the most, if it is more than one file. */
  readonly maxBytesPerTrigger?: number
  /** In which order files come that are new at once: by path, which is the default, or by age and then by path. */
  readonly order?: 'path' | 'modified'
  /** The youngest first, so that what is new does not wait for a backlog. */
  readonly latestFirst?: boolean
  /** For writers that do not give a file its name when it is whole: what is younger is left for later. */
  readonly minAgeMs?: number
  /** What becomes of a file that is gone before its rows are in the table: an error ends the stream, or it is passed over. */
  readonly onMissingFile?: 'fail' | 'skip'
  /** Where the files are; absent: this machine, and S3 by {@link FilesOptions.s3}. */
  readonly store?: ObjectStore
  readonly s3?: S3Options
}

/** Options with what is taken for those that are absent. */
export interface FilesSettings {
  readonly options: FilesOptions
  readonly csv: CsvDialect
  readonly limits: BatchLimits
  readonly order: 'path' | 'modified'
}

const NAMES: OptionNames<FilesOptions> = {
  schema: true,
  format: true,
  multiLine: 'boolean',
  csv: true,
  inputFileName: 'text',
  maxFilesPerTrigger: true,
  maxBytesPerTrigger: true,
  order: true,
  latestFirst: 'boolean',
  minAgeMs: true,
  onMissingFile: true,
  store: true,
  s3: true,
}

const DIALECT: OptionNames<CsvDialect> = {
  header: 'boolean',
  delimiter: 'text',
  quote: 'text',
  nullText: 'text',
}

const MAX_FILES = 1_000

/** @throws IcebergError `invalid` for options that there are not, or that do not go together */
export function filesSettings(options: FilesOptions): FilesSettings {
  checkNames(options)
  const { latestFirst = false, order = latestFirst ? 'modified' : 'path' } = options
  if (latestFirst && order === 'path') {
    throw new IcebergError('invalid', 'latestFirst goes by age: leave order out')
  }
  if (options.multiLine === true && options.format !== undefined && options.format !== 'json') {
    throw new IcebergError('invalid', 'multiLine is for files of JSON')
  }
  const csv = csvDialect(options.csv)
  const limits = {
    maxFiles: atLeastOne('maxFilesPerTrigger', options.maxFilesPerTrigger ?? MAX_FILES),
    maxBytes: atLeastOne('maxBytesPerTrigger', options.maxBytesPerTrigger ?? Infinity),
  }
  return { options, csv, limits, order }
}

function atLeastOne(name: string, value: number): number {
  if (value >= 1) return value
  throw new IcebergError('invalid', 'a limit must be at least 1', { context: { name, value } })
}

function checkNames(options: FilesOptions): void {
  checkOptions('files', options, NAMES)
  checkOptions('csv', options.csv ?? {}, DIALECT)
  if (options.format !== undefined) checkChoice('format', options.format, FILE_FORMATS)
  checkChoice('order', options.order ?? 'path', ['path', 'modified'])
  checkChoice('onMissingFile', options.onMissingFile ?? 'fail', ['fail', 'skip'])
}
