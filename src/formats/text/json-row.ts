import { IcebergError } from '../../base/errors.ts'
import { isJsonObject, parseJson } from '../../base/json-exact.ts'
import type { JsonFractions } from '../../base/json-exact.ts'
import type { Schema } from '../../types/schema.ts'
import { fractionsOf, objectConverter } from '../../types/text-input.ts'
import { rowConverter } from '../../types/value-input.ts'
import type { Value } from '../../types/value.ts'
import type { ReadNames } from './placed-row.ts'

export interface JsonRowOptions extends ReadNames {
  /** What messages call the text of a row; `a line` when absent. */
  readonly noun?: string
}

/** Makes the text of a JSON object into a row: one value a field of the schema. */
export type JsonRowReader = (text: string) => (Value | null)[]

/**
 * A reader of rows that are JSON objects.
 *
 * @throws IcebergError `invalid` for a text that is no JSON, with its `column` where that is known, or no object, and with the
 *   `path` of a value that its field does not take: the reader, not this call
 */
export function jsonRowReader(
  { fields }: Pick<Schema, 'fields'>,
  { others = 'refused', noun = 'a line' }: JsonRowOptions = {},
): JsonRowReader {
  const named = objectConverter(fields, { others })
  const fractions = fractionsOf({ kind: 'struct', fields })
  const convert = rowConverter(fields)
  return (text) => {
    const json = parseRow(text, { noun, fractions })
    if (!isJsonObject(json)) {
      throw new IcebergError('invalid', `${noun} is no JSON object`)
    }
    return convert(named(json), () => '')
  }
}

interface RowText {
  readonly noun: string
  readonly fractions: JsonFractions
}

function parseRow(text: string, { noun, fractions }: RowText): unknown {
  try {
    return parseJson(text, fractions)
  } catch (error) {
    throw new IcebergError('invalid', `${noun} is no JSON`, {
      context: columnOf(error),
      cause: error,
    })
  }
}

/** Counted from 1, as editors do. */
function columnOf(error: unknown): { readonly column?: number } {
  const offset = error instanceof IcebergError ? error.context['offset'] : undefined
  return typeof offset === 'number' ? { column: offset + 1 } : {}
}
