import { IcebergError } from '../../base/errors.ts'
import { readSaid } from '../../duckdb/said.ts'
import type { Said } from '../../duckdb/said.ts'
import type { Place, Places } from './places.ts'
import { REFUSAL } from './refusal.ts'

/** Faults of values: what DuckDB says about them holds values. */
const ABOUT_VALUES = /^(?:Conversion|Invalid Input|Out of Range)$/

/**
 * What DuckDB throws while its setting `errors_as_json` is on, as an error of ours: that of a macro that refuses a value,
 * `limit` when memory runs out, `unavailable` for a file that cannot be read, else `invalid`. What it says is in `detail`,
 * values left out.
 */
export function sqlError(error: unknown, places: Places): unknown {
  if (!(error instanceof Error) || error instanceof IcebergError) return error
  const said = readSaid(error.message)
  const [, number, kind, refusal] = REFUSAL.exec(said.message) ?? []
  if (refusal !== undefined) {
    return new IcebergError(kind === 'invalid' ? 'invalid' : 'unsupported', refusal, {
      context: contextOf(places.atNumber(Number(number))),
    })
  }
  const detail = detailOf(said)
  if (said.type === 'Out of Memory') {
    return new IcebergError('limit', 'query needs more memory', { context: { detail } })
  }
  if (said.type === 'INTERNAL')
    return new IcebergError('internal', 'fault of DuckDB', { context: { detail } })
  if (said.type === 'IO')
    return new IcebergError('unavailable', 'file cannot be read by DuckDB', { context: { detail } })
  const place = said.byte === undefined ? undefined : places.atByte(said.byte)
  return new IcebergError('invalid', 'SQL has a fault', {
    context: { detail, ...contextOf(place) },
  })
}

function contextOf(place: Place | undefined): { offset?: number; view?: string } {
  return place === undefined ? {} : { ...place }
}

/** The first line: further ones list what might have been meant, or quote the text that was run. */
function detailOf({ type, message }: Said): string {
  const [line = ''] = message.replaceAll('frazil_', '').split('\n')
  return ABOUT_VALUES.test(type) ? line.replaceAll(/(['"]).*?\1|\b\d[\d.:-]*/g, '…') : line
}
