import { isUtf8 } from 'node:buffer'

import { IcebergError, isKind, withContext } from '../../base/errors.ts'
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
  /** Whether the block is known to be UTF-8. */
  readonly isText: boolean
}

/** @throws IcebergError `invalid` with the line of what is no row, unless somebody takes it */
export function appendPiece(
  builder: JsonBatchBuilder,
  { block, start, end, line, isText }: JsonPiece,
  onBad: OnBadRow | undefined,
): void {
  const isRowText = isText || isUtf8(block.subarray(start, end))
  try {
    if (!isRowText) throw new IcebergError('invalid', 'the text is not UTF-8')
    builder.append(block, start, end)
  } catch (error) {
    if (onBad === undefined || !isKind(error, 'invalid')) throw withContext(error, { line })
    const bytes = Buffer.from(block.buffer, block.byteOffset + start, end - start)
    onBad({ line, error, record: bytes.toString(isRowText ? 'utf8' : 'base64') })
  }
}
