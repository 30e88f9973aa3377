import { IcebergError, isKind } from '../../base/errors.ts'
import { parseJson } from '../../base/json-exact.ts'
import { REFUSAL } from './spark-macros.ts'
import { isNode, textIn } from './syntax-tree.ts'

/** Faults of values: what DuckDB says about them holds values. */
const ABOUT_VALUES = /^(?:Conversion|Invalid Input|Out of Range)$/

/**
 * What DuckDB throws while its setting `errors_as_json` is on, as an error of ours: `unsupported` for what a macro refuses,
 * `limit` when memory runs out, else `invalid`. What it says is in `detail`, values left out.
 *
 * @param offsetOf where in the text as given something stands that DuckDB saw at a byte
 */
export function sqlError(error: unknown, offsetOf: (byte: number) => number | undefined): unknown {
  if (!(error instanceof Error) || error instanceof IcebergError) return error
  const said = readSaid(error.message)
  const [, place, refusal] = REFUSAL.exec(said.message) ?? []
  if (refusal !== undefined) {
    return new IcebergError('unsupported', refusal, { context: { offset: Number(place) } })
  }
  const detail = detailOf(said)
  if (said.type === 'Out of Memory') {
    return new IcebergError('limit', 'query needs more memory', { context: { detail } })
  }
  if (said.type === 'INTERNAL')
    return new IcebergError('internal', 'fault of DuckDB', { context: { detail } })
  const offset = said.byte === undefined ? undefined : offsetOf(said.byte)
  return new IcebergError('invalid', 'SQL has a fault', {
    context: { detail, ...(offset === undefined ? {} : { offset }) },
  })
}

interface Said {
  readonly type: string
  readonly message: string
  readonly byte?: number
}

function readSaid(text: string): Said {
  const json = parsed(text)
  if (!isNode(json)) return { type: '', message: text }
  const byte = Number(json['position'] ?? Number.NaN)
  return {
    type: textIn(json, 'exception_type'),
    message: textIn(json, 'exception_message'),
    ...(Number.isNaN(byte) ? {} : { byte }),
  }
}

function parsed(text: string): unknown {
  try {
    return parseJson(text)
  } catch (error) {
    if (isKind(error, 'corrupt') || isKind(error, 'limit')) return undefined
    throw error
  }
}

/** The first line: further ones list what might have been meant, or quote the text that was run. */
function detailOf({ type, message }: Said): string {
  const [line = ''] = message.replaceAll('frazil_', '').split('\n')
  return ABOUT_VALUES.test(type) ? line.replaceAll(/(['"]).*?\1|\b\d[\d.:-]*/g, '…') : line
}
