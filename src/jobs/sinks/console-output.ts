import { rowsOf } from '../../formats/arrow/rows.ts'
import type { RowValues } from '../../layout/column-value.ts'
import type { ConsoleOutput } from '../workflow/model.ts'
import type { ViewRows, WriteContext } from './sink.ts'
import type { ConsoleResult } from './write-output.ts'

/** Shows the first rows of a view, and reads no further. */
export async function writeConsole(
  output: ConsoleOutput,
  { schema, batches }: ViewRows,
  { show }: Pick<WriteContext, 'show'>,
): Promise<ConsoleResult> {
  const rows: RowValues[] = []
  if (output.rows > 0) {
    for await (const batch of batches) {
      for (const row of rowsOf(batch, schema)) {
        if (rows.length < output.rows) rows.push(row)
      }
      if (rows.length >= output.rows) break
    }
  }
  await show?.({ name: output.name, fields: schema.fields, rows })
  return { kind: 'console', rows: rows.length }
}
