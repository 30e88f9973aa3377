// The blob `deletion-vector-v1` (spec: Deletion Vectors): the length of what follows but for the last field, a magic number,
// the positions, and a checksum of the magic number and the positions. Length and checksum are big-endian.
import { crc32 } from 'node:zlib'

import { concatBytes, equalBytes } from '../../base/bytes.ts'
import { IcebergError } from '../../base/errors.ts'
import { decodePositions, encodePositions } from './roaring.ts'
import type { PositionSet } from './roaring.ts'

/** What Puffin files call such a blob. */
export const DELETION_VECTOR_TYPE = 'deletion-vector-v1'

const MAGIC = Uint8Array.of(0xd1, 0xd3, 0x39, 0x64)
const FIELD_BYTES = 4
const LEAST_BYTES = 3 * FIELD_BYTES

/**
 * The positions of the rows that a vector deletes.
 *
 * @throws IcebergError `corrupt` when the bytes are no such blob
 */
export function decodeDeletionVector(blob: Uint8Array): PositionSet {
  if (blob.length < LEAST_BYTES) throw corrupt('blob too short')
  const view = new DataView(blob.buffer, blob.byteOffset, blob.length)
  const end = blob.length - FIELD_BYTES
  if (view.getUint32(0) !== end - FIELD_BYTES) throw corrupt('length')
  const summed = blob.subarray(FIELD_BYTES, end)
  if (!equalBytes(summed.subarray(0, FIELD_BYTES), MAGIC)) throw corrupt('magic number')
  if (view.getUint32(end) !== crc32(summed)) throw corrupt('checksum')
  return decodePositions(summed.subarray(FIELD_BYTES))
}

/** The blob of a vector that deletes the rows at these positions. */
export function encodeDeletionVector(positions: PositionSet): Uint8Array {
  const summed = concatBytes([MAGIC, encodePositions(positions)])
  return concatBytes([uint32(summed.length), summed, uint32(crc32(summed))])
}

function uint32(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(FIELD_BYTES))
  view.setUint32(0, value)
  return new Uint8Array(view.buffer)
}

function corrupt(fault: string): IcebergError {
  return new IcebergError('corrupt', 'deletion vector is damaged', { context: { fault } })
}
