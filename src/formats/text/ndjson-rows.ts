import { IcebergError } from '../../base/errors.ts'
import { parseJson } from '../../base/json-exact.ts'
import { textLines } from '../../base/text-lines.ts'
import type { TextLine } from '../../base/text-lines.ts'
import type { Schema } from '../../types/schema.ts'
import { objectConverter } from '../../types/text-input.ts'
import type { PlacedRow, ReadNames } from './placed-row.ts'

/**
 * The rows of a file that has a JSON object in each line. Blank lines are passed over.
 *
 * @throws IcebergError `invalid` with the line that is no JSON object
 */
export async function* ndjsonRows(
  schema: Pick<Schema, 'fields'>,
  bytes: AsyncIterable<Uint8Array>,
  { others = 'refused' }: ReadNames = {},
): AsyncGenerator<PlacedRow> {
  const convert = objectConverter(schema.fields, { others })
  for await (const placed of textLines(bytes)) {
    const { text, line } = placed
    if (text.trim() === '') continue
    const row = convert(parseLine(placed))
    if (typeof row !== 'object' || row === null || Array.isArray(row)) {
      throw new IcebergError('invalid', 'a line is no JSON object', { context: { line } })
    }
    yield { row, line }
  }
}

function parseLine({ text, line }: TextLine): unknown {
  try {
    return parseJson(text)
  } catch (error) {
    throw new IcebergError('invalid', 'a line is no JSON', { context: { line }, cause: error })
  }
}
