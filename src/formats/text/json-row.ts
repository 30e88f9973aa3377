import { IcebergError } from '../../base/errors.ts'
import { parseJson } from '../../base/json-exact.ts'
import type { Schema } from '../../types/schema.ts'
import { objectConverter } from '../../types/text-input.ts'
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
  const convert = rowConverter(fields)
  return (text) => {
    const json = parseRow(text, noun)
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      throw new IcebergError('invalid', `${noun} is no JSON object`)
    }
    return convert(named(json), () => '')
  }
}

function parseRow(text: string, noun: string): unknown {
  try {
    return parseJson(text)
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
