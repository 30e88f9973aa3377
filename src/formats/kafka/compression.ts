// How the records of a batch are packed. The client's own unpacking knows neither the frames that Java writes around snappy, nor
// zstd before Node 22; and what is damaged ends the process there, which checksums keep from happening.
import zlib from 'node:zlib'

import { Decompress } from 'fzstd'

import { IcebergError } from '../../base/errors.ts'
import type { RecordBatch } from './record-batch.ts'
import { WireReader } from './wire-reader.ts'

/** Unpacks one piece. */
export type Unpack = (packed: Buffer) => Uint8Array

/** What is built elsewhere. */
export interface Unpackers {
  /** A block, without any frame. */
  readonly snappy: Unpack
  /** A frame. */
  readonly lz4: Unpack
}

/** Bytes of one batch, unpacked. Brokers take batches of 1 MB unless told otherwise. */
const MAX_UNPACKED_BYTES = 256 << 20

/**
 * The records of a batch, unpacked.
 *
 * @throws IcebergError `corrupt` when they cannot be unpacked, `limit` when there is too much of them
 * @throws IcebergError `unsupported` for a way of packing that is not known
 */
export function unpackRecords(batch: RecordBatch, unpackers: Unpackers): Uint8Array {
  const unpack = CODECS.get(batch.codec)
  if (unpack === undefined) {
    throw new IcebergError('unsupported', 'records are packed in a way that is not known', {
      context: { offset: batch.firstOffset, codec: batch.codec },
    })
  }
  try {
    return unpack(asBuffer(batch.packed), unpackers)
  } catch (cause) {
    throw unpackFault(cause, batch)
  }
}

const CODECS: ReadonlyMap<number, (packed: Buffer, unpackers: Unpackers) => Uint8Array> = new Map([
  [0, (packed: Buffer) => packed],
  [1, (packed: Buffer) => zlib.gunzipSync(packed, { maxOutputLength: MAX_UNPACKED_BYTES })],
  [2, (packed: Buffer, { snappy }: Unpackers) => unpackSnappy(packed, snappy)],
  [3, (packed: Buffer, { lz4 }: Unpackers) => lz4(packed)],
  [4, unpackZstd],
])

/** The frame of the `snappy-java` library: 16 bytes, then blocks, each after its length. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const XERIAL_HEADER_BYTES = 16

function unpackSnappy(packed: Buffer, unpackBlock: Unpack): Uint8Array {
  if (!packed.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) {
    return snappyBlock(packed, MAX_UNPACKED_BYTES, unpackBlock)
  }
  const reader = new WireReader(packed, XERIAL_HEADER_BYTES)
  const blocks: Uint8Array[] = []
  let left = MAX_UNPACKED_BYTES
  while (reader.remaining > 0) {
    const block = snappyBlock(asBuffer(reader.take(reader.int32())), left, unpackBlock)
    left -= block.length
    blocks.push(block)
  }
  return Buffer.concat(blocks)
}

/** A block begins with the length that it unpacks to. */
function snappyBlock(packed: Buffer, maxBytes: number, unpackBlock: Unpack): Uint8Array {
  if (new WireReader(packed).unsignedVarint() > maxBytes) throw tooLarge()
  return unpackBlock(packed)
}

type ZstdSync = (packed: Buffer, options: zlib.ZlibOptions) => Buffer

/** Node has it from 22.15 on. */
function unpackZstd(packed: Buffer): Uint8Array {
  const { zstdDecompressSync } = zlib as { readonly zstdDecompressSync?: ZstdSync }
  if (zstdDecompressSync !== undefined) {
    return zstdDecompressSync(packed, { maxOutputLength: MAX_UNPACKED_BYTES })
  }
  const parts: Uint8Array[] = []
  let unpackedBytes = 0
  const stream = new Decompress((part) => {
    unpackedBytes += part.length
    if (unpackedBytes > MAX_UNPACKED_BYTES) throw tooLarge()
    parts.push(part)
  })
  stream.push(packed, true)
  return Buffer.concat(parts)
}

function unpackFault(cause: unknown, { firstOffset, codec }: RecordBatch): unknown {
  if (cause instanceof IcebergError && cause.kind === 'limit') return cause
  if (cause instanceof RangeError) return tooLarge()
  return new IcebergError('corrupt', 'a batch of records cannot be unpacked', {
    context: { offset: firstOffset, codec },
    cause,
  })
}

function tooLarge(): IcebergError {
  return new IcebergError('limit', 'a batch of records unpacks to too many bytes', {
    context: { limit: MAX_UNPACKED_BYTES },
  })
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
