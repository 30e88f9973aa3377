import { IcebergError } from './errors.ts'

/**
 * The text of a stream in UTF-8, in pieces, for parsers that find their own ends: well-formed, or an error. Nothing is replaced by
 * U+FFFD on the way.
 *
 * @throws IcebergError `invalid` where the text is not UTF-8
 */
export async function* utf8Text(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const decode = (chunk?: Uint8Array): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true })
    } catch (error) {
      throw new IcebergError('invalid', 'the text is not UTF-8', { cause: error })
    }
  }
  for await (const chunk of chunks) yield decode(chunk)
  yield decode()
}
