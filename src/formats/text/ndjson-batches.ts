import { isUtf8 } from 'node:buffer'

import type { RecordBatch } from 'apache-arrow'

import type { Schema } from '../../types/schema.ts'
import { createJsonBatchBuilder } from './json-batches.ts'
import { appendPiece } from './json-piece.ts'
import type { JsonFileOptions } from './json-piece.ts'
import { lineBlocks } from './line-blocks.ts'

const LINE_FEED = 0x0a

/**
 * The rows of a file that has a JSON object in each line, as batches. Blank lines are passed over.
 *
 * @throws IcebergError `invalid` with the `line` that is no such row, `path` and `column` where these are known
 */
export async function* ndjsonBatches(
  schema: Pick<Schema, 'fields'>,
  chunks: AsyncIterable<Uint8Array>,
  options: JsonFileOptions = {},
): AsyncGenerator<RecordBatch> {
  const builder = createJsonBatchBuilder(schema, options)
  let line = 0
  for await (const block of lineBlocks(chunks)) {
    // Asked of many lines at once, which takes next to nothing; of each one only where not all are.
    const isText = isUtf8(block)
    for (let start = 0; start < block.length;) {
      line += 1
      const taken = isText ? builder.takeLine(block, start) : -1
      const end = taken < 0 ? endOfLine(block, start) : taken
      if (taken < 0 && !isBlank(block, start, end)) {
        appendPiece(builder, { block, start, end, line }, options.onBad)
      }
      if (builder.isFull) yield builder.finish()
      start = end + 1
    }
  }
  if (builder.rowCount > 0) yield builder.finish()
}

function endOfLine(block: Uint8Array, start: number): number {
  const feed = block.indexOf(LINE_FEED, start)
  return feed < 0 ? block.length : feed
}

/** Spaces alone. Others than those of ASCII count too, in lines that begin with one, but few do. */
function isBlank(block: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    const byte = block[at] ?? 0
    if (byte === 0x20 || byte === 0x0d || byte === 0x09) continue
    const mightBeSpace = byte > 0x7f || byte === 0x0b || byte === 0x0c
    return mightBeSpace && Buffer.from(block.subarray(at, end)).toString().trim() === ''
  }
  return true
}
