// Lakes, outputs and rows for tests of sources and sinks.
import { systemEnvironment } from '../../../src/base/environment.ts'
import { batchFromValues } from '../../../src/formats/arrow/builders.ts'
import { rowsOf } from '../../../src/formats/arrow/rows.ts'
import { parseDatasetAddress } from '../../../src/jobs/address.ts'
import { parseConfig } from '../../../src/jobs/config.ts'
import { openLake } from '../../../src/jobs/lake.ts'
import type { Lake } from '../../../src/jobs/lake.ts'
import type { ViewRows } from '../../../src/jobs/sinks/sink.ts'
import type {
  ConsoleOutput,
  FileOutput,
  Input,
  TableOutput,
} from '../../../src/jobs/workflow/model.ts'
import type { RowValues } from '../../../src/layout/column-value.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import type { Schema } from '../../../src/types/schema.ts'
import { rowConverter } from '../../../src/types/value-input.ts'
import { temporaryFolder } from '../folders.ts'

/** Tables in memory behind `lake`, files of a folder of this machine behind `landing`. */
export function labLake(folder: string = temporaryFolder()): Lake {
  const config = parseConfig(
    'catalogs: {memory: {type: memory}}\ndepots: {lake: {catalog: memory}, landing: {path: .}}',
    { folder, variables: {} },
  )
  return openLake(config, { environment: systemEnvironment })
}

const PLACE = { path: 'outputs[0].name', line: 1, column: 1 }

const FRAME = { name: 'rides', title: null, description: null, tags: [], place: PLACE }

export const CSV = { header: true, delimiter: ',', quote: '"', nullText: '' }

export function tableOutput(changes: Partial<TableOutput> = {}): TableOutput {
  return {
    ...FRAME,
    kind: 'table',
    dataset: parseDatasetAddress('dataos://lake:city/rides?acl=rw'),
    mode: 'append',
    replacesAcrossSpecs: false,
    mergesSchema: false,
    sort: null,
    persistsSort: false,
    properties: new Map(),
    partitionSpec: null,
    compression: null,
    columnTags: [],
    ...changes,
  }
}

export function fileOutput(changes: Partial<FileOutput> = {}): FileOutput {
  return {
    ...FRAME,
    kind: 'files',
    dataset: parseDatasetAddress('dataos://landing:city/rides?acl=rw'),
    format: 'ndjson',
    mode: 'overwrite',
    sort: null,
    csv: CSV,
    compression: null,
    ...changes,
  }
}

export function consoleOutput(rows: number): ConsoleOutput {
  return { ...FRAME, kind: 'console', rows }
}

export function inputOf(dataset: string, changes: Partial<Input> = {}): Input {
  return {
    name: 'rides',
    dataset: parseDatasetAddress(dataset),
    metadataTable: null,
    format: null,
    selection: null,
    files: null,
    log: null,
    incremental: null,
    stream: null,
    place: PLACE,
    ...changes,
  }
}

/** Rows as callers write them, in one batch each. */
export function rowsAs(schema: Schema | string, ...rows: readonly object[]): ViewRows {
  const columns = typeof schema === 'string' ? parseSchemaText(schema) : schema
  const convert = rowConverter(columns.fields)
  return rowsOfValues(
    columns,
    rows.map((row) => convert(row, () => 'row')),
  )
}

/** Rows of values, in one batch each. */
export function rowsOfValues(schema: Schema, rows: readonly RowValues[]): ViewRows {
  return {
    schema,
    batches: (async function* () {
      for (const row of rows) yield batchFromValues(schema, [row])
    })(),
  }
}

/** All rows of a view, as values. */
export async function valuesIn({
  schema,
  batches,
}: Pick<ViewRows, 'schema' | 'batches'>): Promise<RowValues[]> {
  const rows: RowValues[] = []
  for await (const batch of batches) rows.push(...rowsOf(batch, schema))
  return rows
}
