// How blocks of a container file are compressed. Whatever a block claims, it unfolds to no more than its reader allows.
import zlib from 'node:zlib'
import type { InputType, ZlibOptions } from 'node:zlib'
import { promisify } from 'node:util'

import { IcebergError } from '../../base/errors.ts'

/** Unfolds a block. */
export interface BlockCodec {
  /**
   * @throws IcebergError `limit` when there is more than `maxBytes`; `corrupt` when the block is damaged
   */
  readonly inflate: (block: Uint8Array, maxBytes: number) => Uint8Array
  /** The same in a thread of Node's, for blocks that are worth the way. */
  readonly inflateAside: (block: Uint8Array, maxBytes: number) => Promise<Uint8Array>
}

/**
 * The codec that a file names; none is the same as `null`.
 *
 * @throws IcebergError `unsupported` for one that is not built, or that this version of Node does not have
 */
export function blockCodec(name: string | undefined): BlockCodec {
  const codec = name === undefined ? stored : codecs.get(name)
  if (codec !== undefined && codec !== null) return codec
  throw new IcebergError('unsupported', 'compression of an Avro file cannot be read here', {
    context: { codec: name ?? '' },
  })
}

const stored: BlockCodec = {
  inflate: (block) => block,
  inflateAside: (block) => Promise.resolve(block),
}

type InflateSync = (block: InputType, options: ZlibOptions) => Buffer
type Inflate = (
  block: InputType,
  options: ZlibOptions,
  done: (error: Error | null, inflated: Buffer) => void,
) => void

/** Node has it from 22.15 on. */
function zstandard(): BlockCodec | null {
  const { zstdDecompressSync, zstdDecompress } = zlib as {
    // Documented for the versions that have them.
    readonly zstdDecompressSync?: InflateSync
    readonly zstdDecompress?: Inflate
  }
  if (zstdDecompressSync === undefined || zstdDecompress === undefined) return null
  return zlibCodec(zstdDecompressSync, zstdDecompress)
}

function zlibCodec(inflateSync: InflateSync, inflate: Inflate): BlockCodec {
  const inflateAside = promisify(inflate)
  return {
    inflate(block, maxBytes) {
      try {
        return plain(inflateSync(block, limitsOf(block, maxBytes)))
      } catch (cause) {
        throw inflateError(cause)
      }
    },
    async inflateAside(block, maxBytes) {
      try {
        return plain(await inflateAside(block, limitsOf(block, maxBytes)))
      } catch (cause) {
        throw inflateError(cause)
      }
    },
  }
}

/** How often a block of a manifest goes into what it inflates to, or a little more often. */
const INFLATED_TIMES = 5
const MIN_CHUNK_BYTES = 1024

/** In one piece if it fits: pieces of zlib's own size took a third longer and were copied once more. */
function limitsOf(block: Uint8Array, maxBytes: number): ZlibOptions {
  return {
    maxOutputLength: Math.max(1, maxBytes),
    chunkSize: Math.max(MIN_CHUNK_BYTES, block.length * INFLATED_TIMES),
  }
}

/** Parts of a `Buffer` are made several times slower than those of the class below it. */
function plain(inflated: Buffer): Uint8Array {
  return new Uint8Array(inflated.buffer, inflated.byteOffset, inflated.byteLength)
}

function inflateError(cause: unknown): IcebergError {
  return cause instanceof RangeError
    ? new IcebergError('limit', 'Avro file inflates beyond the limit', { cause })
    : new IcebergError('corrupt', 'Avro block does not inflate', { cause })
}

/** Made once: a header is read for each of thousands of manifests. */
const codecs: ReadonlyMap<string, BlockCodec | null> = new Map([
  ['null', stored],
  ['deflate', zlibCodec(zlib.inflateRawSync, zlib.inflateRaw)],
  ['zstandard', zstandard()],
])
