/** Lines of text, taken apart the slow way: what the fast one is held against. */
import { concatBytes } from '../../src/base/bytes.ts'
import { IcebergError } from '../../src/base/errors.ts'

/** A line of text and where it stands. */
export interface TextLine {
  readonly text: string
  /** Counted from 1. */
  readonly line: number
}

const LINE_FEED = 0x0a
const BYTE_ORDER_MARK = '\ufeff'

/** Bytes of one line; more is no line but a file without any. */
const MAX_LINE_BYTES = 256 << 20

/**
 * The lines of a stream, without their ends: a line feed, or both signs of Windows. What follows the last line end is a
 * line if it is not empty. A byte order mark at the start is dropped.
 *
 * @throws IcebergError `invalid` with the line that is not UTF-8
 * @throws IcebergError `limit` for a line of over 256 MiB
 */
export async function* textLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TextLine> {
  let held: Uint8Array[] = []
  let line = 0
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(LINE_FEED)
    held.push(end < 0 ? chunk : chunk.subarray(0, end))
    checkLength(held, line + 1)
    if (end < 0) continue
    for (const text of linesOf(concatBytes(held), line)) yield { text, line: (line += 1) }
    held = [chunk.subarray(end + 1)]
  }
  const rest = concatBytes(held)
  if (rest.length === 0) return
  for (const text of linesOf(rest, line)) yield { text, line: (line += 1) }
}

function checkLength(held: readonly Uint8Array[], line: number): void {
  if (held.reduce((total, { length }) => total + length, 0) <= MAX_LINE_BYTES) return
  const context = { line, limitBytes: MAX_LINE_BYTES }
  throw new IcebergError('limit', 'a line is too long', { context })
}

/** Decoding a block at once is several times faster than line by line, which is left to finding the line at fault. */
function* linesOf(block: Uint8Array, linesBefore: number): Iterable<string> {
  const text = decoded(block)
  if (text === null) throw notUtf8(block, linesBefore)
  const whole = linesBefore === 0 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text
  for (const line of whole.split('\n')) yield line.endsWith('\r') ? line.slice(0, -1) : line
}

function notUtf8(block: Uint8Array, linesBefore: number): IcebergError {
  let line = linesBefore + 1
  let start = 0
  for (;;) {
    const end = block.indexOf(LINE_FEED, start)
    if (end < 0 || decoded(block.subarray(start, end)) === null) break
    line += 1
    start = end + 1
  }
  return new IcebergError('invalid', 'a line is no UTF-8', { context: { line } })
}

function decoded(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
