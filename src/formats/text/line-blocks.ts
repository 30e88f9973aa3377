/** Lines of bytes that arrive in pieces. */
import { concatBytes } from '../../base/bytes.ts'
import { IcebergError } from '../../base/errors.ts'
import { withoutMark } from './byte-order-mark.ts'

const LINE_FEED = 0x0a

/** Bytes of one line; more is no line but a file without any. */
const MAX_LINE_BYTES = 256 << 20

/**
 * The lines of a stream, many at a time: each ends in a line feed, or where the stream does. A byte order mark at the start
 * is dropped. What lies within one piece of the stream is not copied.
 *
 * @throws IcebergError `limit` for a line of over 256 MiB
 */
export async function* lineBlocks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = []
  let heldBytes = 0
  for await (const chunk of withoutMark(chunks)) {
    const first = chunk.indexOf(LINE_FEED) + 1
    if (first === 0 || heldBytes > 0) {
      const rest = first === 0 ? chunk : chunk.subarray(0, first)
      held.push(rest)
      heldBytes += rest.length
      if (heldBytes > MAX_LINE_BYTES) throw tooLong()
    }
    if (first === 0) continue
    if (heldBytes > 0) yield concatBytes(held)
    const end = chunk.lastIndexOf(LINE_FEED) + 1
    const start = heldBytes > 0 ? first : 0
    if (end > start) yield chunk.subarray(start, end)
    held = end < chunk.length ? [chunk.subarray(end)] : []
    heldBytes = chunk.length - end
  }
  if (heldBytes > 0) yield concatBytes(held)
}

function tooLong(): IcebergError {
  return new IcebergError('limit', 'a line is too long', {
    context: { limitBytes: MAX_LINE_BYTES },
  })
}
