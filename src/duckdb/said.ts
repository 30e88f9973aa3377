// What DuckDB says of a failure: JSON where `errors_as_json` is on, and text all the same for a failure in the middle of rows.
import { isKind } from '../base/errors.ts'
import { parseJson } from '../base/json-exact.ts'

export interface Said {
  /** Such as `Out of Memory`; empty when it names none. */
  readonly type: string
  readonly message: string
  /** Where in the statement, in bytes of UTF-8. */
  readonly byte?: number
}

export function readSaid(text: string): Said {
  const json = parsed(text)
  if (typeof json !== 'object' || json === null) return readText(text)
  const said = new Map<string, unknown>(Object.entries(json))
  const byte = Number(said.get('position') ?? Number.NaN)
  return {
    type: textOf(said.get('exception_type')),
    message: textOf(said.get('exception_message')),
    ...(Number.isNaN(byte) ? {} : { byte }),
  }
}

/** Of the form `Out of Memory Error: failed to allocate`. */
function readText(text: string): Said {
  const [, type = '', message = text] = /^([A-Z][A-Za-z ]*) Error: (.*)$/s.exec(text) ?? []
  return { type, message }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function parsed(text: string): unknown {
  try {
    return parseJson(text)
  } catch (error) {
    if (isKind(error, 'corrupt') || isKind(error, 'limit')) return null
    throw error
  }
}
