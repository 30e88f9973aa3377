/** Messages as those of a schema registry are: a zero, the id of a schema, and a value in Avro (Confluent: Wire Format). */
import { IcebergError } from '../../base/errors.ts'

const MAGIC = 0

/** Before the value: the zero, and the id in four bytes. */
export const FRAME_BYTES = 5

/**
 * The id of the schema that a message was written with.
 *
 * @throws IcebergError `invalid` for what no such producer writes
 */
export function schemaIdOf(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < FRAME_BYTES || bytes[start] !== MAGIC) {
    throw new IcebergError('invalid', 'the message names no schema of a registry')
  }
  const idBytes = 4
  return new DataView(bytes.buffer, bytes.byteOffset + start + 1, idBytes).getInt32(0)
}
