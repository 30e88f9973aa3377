import { IcebergError } from '../base/errors.ts'
import type { ObjectInfo, ObjectStore, RequestOptions } from './object-store.ts'

/** What is asked for at a time. */
const PIECE_BYTES = 4 << 20

/**
 * The bytes of an object, a piece at a time.
 *
 * @param object as a listing or `head` showed it
 * @throws IcebergError `conflict` when it was replaced meanwhile, so that pieces could be of two objects: at the latest after
 *   the last piece
 */
export async function* objectBytes(
  store: ObjectStore,
  object: ObjectInfo,
  options: RequestOptions = {},
): AsyncGenerator<Uint8Array> {
  const { location, sizeBytes } = object
  for (let start = 0; start < sizeBytes; start += PIECE_BYTES) {
    const end = Math.min(sizeBytes, start + PIECE_BYTES)
    const piece = await store.get(location, { start, end }, options)
    if (piece.length < end - start) throw replaced(location)
    yield piece
  }
  const { sizeBytes: sizeAfter, modifiedMs } = await store.head(location, options)
  if (sizeAfter !== sizeBytes || modifiedMs !== object.modifiedMs) throw replaced(location)
}

function replaced(location: string): IcebergError {
  return new IcebergError('conflict', 'the file was replaced while it was read', {
    context: { location },
  })
}
