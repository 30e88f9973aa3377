import { isUtf8 } from 'node:buffer'

import { isKind, withContext } from '../../base/errors.ts'
import type { OnBadRow } from './bad-row.ts'
import type { JsonBatchBuilder } from './json-batches.ts'
import type { ReadNames } from './placed-row.ts'

export interface JsonFileOptions extends ReadNames {
  /** Takes rows that are none, in place of an error that ends the reading. */
  readonly onBad?: OnBadRow
}

/** A piece of a file that should be a row. */
export interface JsonPiece {
  readonly block: Uint8Array
  readonly start: number
  readonly end: number
  readonly line: number
}

/** @throws IcebergError `invalid` with the line of what is no row, unless somebody takes it */
export function appendPiece(
  builder: JsonBatchBuilder,
  { block, start, end, line }: JsonPiece,
  onBad: OnBadRow | undefined,
): void {
  try {
    builder.append(block, start, end)
  } catch (error) {
    if (onBad === undefined || !isKind(error, 'invalid')) throw withContext(error, { line })
    const bytes = Buffer.from(block.buffer, block.byteOffset + start, end - start)
    onBad({ line, error, record: bytes.toString(isUtf8(bytes) ? 'utf8' : 'base64') })
  }
}
