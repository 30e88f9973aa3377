import type { DatasetAddress } from '../address.ts'
import { readColumnTags } from './column-tags.ts'
import { readCompression } from './compression.ts'
import { readCsvFormat } from './csv-format.ts'
import { NO_DATASET } from './dataset.ts'
import type { ConsoleOutput, FileOutput, Output, OutputFrame } from './model.ts'
import { readOutputOptions } from './output-options.ts'
import type { OutputOptions } from './output-options.ts'
import type { SpelledOutput } from './output-spelling.ts'
import { readSaveMode } from './save-mode.ts'
import { readSort } from './sort.ts'
import { readTableWrite } from './table-write.ts'
import { CSV_KEYS } from './vocabulary.ts'

/** One of a job's outputs. */
export function readOutput(spelled: SpelledOutput): Output {
  const frame = readFrame(spelled)
  const options = readOutputOptions(spelled)
  switch (options.format) {
    case 'console':
      return readConsole(frame, options)
    case 'iceberg':
      return {
        kind: 'table',
        ...frame,
        dataset: datasetOf(spelled),
        ...readTableWrite(spelled.fields, options),
        columnTags: readColumnTags(spelled.fields),
      }
    default:
      return readFiles(frame, spelled, { ...options, format: options.format })
  }
}

function readFrame({ fields, view }: SpelledOutput): OutputFrame {
  return {
    name: fields.text(view),
    title: fields.scalarText('title'),
    description: fields.scalarText('description'),
    tags: fields.texts('tags').map((tag) => tag.text),
    place: fields.placeOf(view),
  }
}

function datasetOf({ fields, dataset }: SpelledOutput): DatasetAddress {
  if (dataset === null) fields.require('dataset')
  return dataset ?? NO_DATASET
}

/** As many as Spark prints. */
const DEFAULT_CONSOLE_ROWS = 20

function readConsole(frame: OutputFrame, { options, extra }: OutputOptions): ConsoleOutput {
  const rows = options?.count('numRows') ?? extra?.count('numRows') ?? DEFAULT_CONSOLE_ROWS
  return { kind: 'console', ...frame, rows }
}

function readFiles(
  frame: OutputFrame,
  spelled: SpelledOutput,
  { format, options, extra, file }: OutputOptions & Pick<FileOutput, 'format'>,
): FileOutput {
  const [csv, second] = [options, extra, file].flatMap((fields) =>
    fields !== null && CSV_KEYS.some((key) => fields.has(key)) ? [fields] : [],
  )
  second?.faults.invalid(second.place, 'what is about CSV stands in one place')
  return {
    kind: 'files',
    ...frame,
    dataset: datasetOf(spelled),
    format,
    mode: readSaveMode(spelled.fields, options, file),
    sort: readSort(options)?.sort ?? null,
    csv: readCsvFormat(csv ?? null),
    compression: readCompression(
      [options, 'compressionType'],
      [file, 'compressionType'],
      [extra, 'compression'],
    ),
  }
}
