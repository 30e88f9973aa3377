import { IcebergError, withContext } from '../../src/base/errors.ts'
import { isJsonObject, parseJson } from '../../src/base/json-exact.ts'
import type { JsonFractions } from '../../src/base/json-exact.ts'
import type { ReadNames } from '../../src/formats/text/placed-row.ts'
import type { Schema } from '../../src/types/schema.ts'
import { fractionsOf, objectConverter } from '../../src/types/text-input.ts'
import { rowConverter } from '../../src/types/value-input.ts'
import type { Value } from '../../src/types/value.ts'
import { textLines } from './text-lines.ts'

/** The rows of NDJSON, in the way that is easiest to see through: a line to an object, and that to values. */
export async function* slowNdjsonRows(
  schema: Pick<Schema, 'fields'>,
  bytes: AsyncIterable<Uint8Array>,
  { others = 'refused' }: ReadNames = {},
): AsyncGenerator<(Value | null)[]> {
  const named = rowObjects(schema, { others })
  const convert = rowConverter(schema.fields)
  for await (const { text, line } of textLines(bytes)) {
    if (text.trim() === '') continue
    try {
      yield convert(named(text), () => '')
    } catch (error) {
      throw withContext(error, { line })
    }
  }
}

function rowObjects(
  { fields }: Pick<Schema, 'fields'>,
  options: ReadNames,
): (text: string) => object {
  const convert = objectConverter(fields, options)
  const fractions = fractionsOf({ kind: 'struct', fields })
  return (text) => {
    const row = convert(parseLine(text, fractions))
    if (isJsonObject(row)) return row
    throw new IcebergError('invalid', 'a line is no JSON object')
  }
}

function parseLine(text: string, fractions: JsonFractions): unknown {
  try {
    return parseJson(text, fractions)
  } catch (error) {
    throw new IcebergError('invalid', 'a line is no JSON', { cause: error })
  }
}
