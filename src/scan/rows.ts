import type { RecordBatch } from 'apache-arrow'

import { rowsOf } from '../formats/arrow/rows.ts'
import { linePrinter } from '../types/ndjson.ts'
import type { Field } from '../types/type.ts'
import { rowToOutput } from '../types/value-output.ts'
import type { OutputForms } from '../types/value-output.ts'

/** The rows of a batch as plain objects, for programs that want them one by one. */
export function* batchObjects(
  batch: RecordBatch,
  fields: readonly Field[],
  forms: OutputForms,
): Generator<Record<string, unknown>> {
  const convert = rowToOutput(fields, forms)
  for (const row of rowsOf(batch, { fields })) yield convert(row)
}

/** The rows of a batch as lines of JSON, without line ends. */
export function* batchLines(batch: RecordBatch, fields: readonly Field[]): Generator<string> {
  const print = linePrinter(fields)
  for (const row of rowsOf(batch, { fields })) yield print(row)
}
