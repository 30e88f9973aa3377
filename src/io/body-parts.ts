import { concatBytes } from '../base/bytes.ts'
import type { RequestOptions } from './object-store.ts'

/**
 * Cuts a body into parts of `partBytes` each; the last is smaller, and there is none of an empty body. The parts are copies:
 * who gives the body may use its chunks again.
 */
export async function* partsOf(
  body: AsyncIterable<Uint8Array>,
  partBytes: number,
  options: RequestOptions,
): AsyncGenerator<Uint8Array, undefined, undefined> {
  let pieces: Uint8Array[] = []
  let room = partBytes
  for await (const chunk of body) {
    options.signal?.throwIfAborted()
    let rest = chunk
    while (rest.length >= room) {
      yield concatBytes([...pieces, rest.subarray(0, room)])
      rest = rest.subarray(room)
      pieces = []
      room = partBytes
    }
    if (rest.length > 0) pieces.push(rest.slice())
    room -= rest.length
  }
  options.signal?.throwIfAborted()
  if (pieces.length > 0) yield concatBytes(pieces)
  return undefined
}
