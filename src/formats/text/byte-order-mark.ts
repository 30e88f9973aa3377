import { concatBytes } from '../../base/bytes.ts'

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]

/** The bytes of a stream without the mark of UTF-8 that some programs begin with. It may come in pieces, too. */
export async function* withoutMark(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | null = new Uint8Array(0)
  for await (const chunk of chunks) {
    if (head === null) {
      yield chunk
      continue
    }
    head = head.length === 0 ? chunk : concatBytes([head, chunk])
    if (head.length < BYTE_ORDER_MARK.length) continue
    yield hasMark(head) ? head.subarray(BYTE_ORDER_MARK.length) : head
    head = null
  }
  if (head !== null) yield head
}

function hasMark(bytes: Uint8Array): boolean {
  return BYTE_ORDER_MARK.every((byte, index) => bytes[index] === byte)
}
