import { metadataTableOf } from '../address.ts'
import type { Fields } from '../yaml/fields.ts'
import type { Companions } from './companions.ts'
import { readDataset } from './dataset.ts'
import { readFileReading } from './file-reading.ts'
import { readIncremental } from './incremental.ts'
import { readLogReading } from './log-reading.ts'
import type { IncrementalRead, Input, InputFormat, StreamReading, TableSelection } from './model.ts'
import { readSelection } from './selection.ts'
import { readStreamReading } from './stream-reading.ts'
import {
  CSV_KEYS,
  INCREMENTAL,
  INPUT_OPTIONS,
  LOG_OPTIONS,
  RANGE_ENDS,
  SELECTORS,
  SETTLED_OPTIONS,
  TUNING_OPTIONS,
} from './vocabulary.ts'

const FORMATS: ReadonlyMap<string, InputFormat> = new Map<string, InputFormat>([
  ['iceberg', 'iceberg'],
  ['parquet', 'parquet'],
  ['csv', 'csv'],
  ['json', 'json'],
  ['ndjson', 'json'],
])

const LATER_FORMATS = ['avro', 'orc', 'text', 'xml', 'xlsx', 'delta', 'hudi', 'kafka', 'db']

/** One of a job's `inputs`. */
export function readInput(input: Fields, companions: Companions): Input {
  const dataset = readDataset(input)
  const format = input.choice('format', FORMATS, LATER_FORMATS)
  const options = input.map('options', INPUT_OPTIONS)
  if (options !== null) checkOptions(options, format)
  const selection = options === null ? null : readSelection(options)
  return {
    name: input.text('name'),
    dataset,
    metadataTable: format === null || format === 'iceberg' ? metadataTableOf(dataset) : null,
    format,
    selection,
    files: readFileReading(input, options, { format, companions }),
    log: readLogReading(input, options),
    incremental: readIncrementalOf(input, { format, selection }),
    stream: readStreamOf(input, options, selection),
    place: input.placeOf('name'),
  }
}

/** Options that only some formats have; null: where none is given. */
const OWNERS: readonly {
  readonly keys: readonly string[]
  readonly formats: readonly (InputFormat | null)[]
  readonly what: string
}[] = [
  {
    keys: [...SELECTORS, ...Object.values(RANGE_ENDS)],
    formats: ['iceberg', null],
    what: 'format iceberg',
  },
  { keys: CSV_KEYS, formats: ['csv'], what: 'format csv' },
  {
    keys: ['inputFileName', ...SETTLED_OPTIONS.keys()],
    formats: ['parquet', 'csv', 'json'],
    what: 'format parquet, csv or json',
  },
  { keys: ['multiLine'], formats: ['json', 'csv'], what: 'format json' },
  { keys: LOG_OPTIONS, formats: [null], what: 'a log, which has no format' },
]

function checkOptions(options: Fields, format: InputFormat | null): void {
  for (const { keys, formats, what } of OWNERS) {
    if (formats.includes(format)) continue
    for (const key of keys) if (options.has(key)) options.invalid(key, `goes with ${what} alone`)
  }
  const tuning = TUNING_OPTIONS.filter((key) => options.has(key))
  if (tuning.length === 0) return
  options.faults.warn(options.place, `these options have no effect here: ${tuning.join(', ')}`)
}

function readStreamOf(
  input: Fields,
  options: Fields | null,
  selection: TableSelection | null,
): StreamReading | null {
  const stream = readStreamReading(input, options)
  const isBranch = selection?.kind === 'ref' && selection.type === 'branch'
  if (stream !== null && selection !== null && !isBranch) {
    input.invalid(
      'options',
      'a stream reads what comes, and no version: use stream-from-timestamp, or a branch',
    )
  }
  return stream
}

function readIncrementalOf(
  input: Fields,
  {
    format,
    selection,
  }: { readonly format: InputFormat | null; readonly selection: TableSelection | null },
): IncrementalRead | null {
  const incremental = input.map('incremental', INCREMENTAL)
  if (incremental === null) return null
  if (selection !== null) {
    input.faults.unsupported(input.placeOf('options'), 'incremental over a selected version')
  }
  if (format !== null && format !== 'iceberg') {
    input.faults.unsupported(input.placeOf('format'), 'incremental over files')
  }
  return readIncremental(incremental)
}
