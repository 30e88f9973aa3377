// Puffin files: blobs, and a footer that says what they are. A file is a magic number, the blobs, and the footer, which is the
// magic number, JSON, four bytes of the length of the JSON, four of flags, both little-endian, and the magic number again.
import { concatBytes, equalBytes } from '../../base/bytes.ts'
import { IcebergError } from '../../base/errors.ts'
import { parseJson, stringifyJson } from '../../base/json-exact.ts'
import { intAt, readObject } from '../../base/json-fields.ts'
import type { JsonFields } from '../../base/json-fields.ts'
import { decodeUtf8, encodeUtf8 } from '../../base/unicode.ts'
import type { RandomAccess } from '../parquet/random-access.ts'

/** What the footer says of a blob. */
export interface PuffinBlob {
  /** As in `deletion-vector-v1`. */
  readonly type: string
  /** The columns that the blob is about. */
  readonly fieldIds: readonly number[]
  /** The snapshot that the blob was computed from; -1 where that is told elsewhere. */
  readonly snapshotId: bigint
  readonly sequenceNumber: bigint
  /** Where in the file the blob begins, in bytes. */
  readonly offset: number
  /** As it is stored, in bytes. */
  readonly sizeBytes: number
  /** Null for one that is stored as it is. */
  readonly compression: string | null
  readonly properties: ReadonlyMap<string, string>
}

/** The footer of a Puffin file. */
export interface PuffinFooter {
  readonly blobs: readonly PuffinBlob[]
  readonly properties: ReadonlyMap<string, string>
}

/** A blob to be written, uncompressed. */
export interface NewPuffinBlob extends Omit<PuffinBlob, 'offset' | 'sizeBytes' | 'compression'> {
  readonly bytes: Uint8Array
}

const MAGIC = Uint8Array.of(0x50, 0x46, 0x41, 0x31)
/** The lengths of the JSON and the flags, and the last magic number. */
const TRAILER_BYTES = 12
const LEAST_FOOTER_BYTES = MAGIC.length + TRAILER_BYTES
/** Read first: most footers are shorter, and one request is cheaper than two. */
const FIRST_READ_BYTES = 16 * 1024
const MAX_FOOTER_BYTES = 64 * 1024 * 1024
/** The lowest bit of the first byte of flags. */
const IS_COMPRESSED = 1

/**
 * Reads the footer of a Puffin file.
 *
 * @throws IcebergError `corrupt` when the file is none, or a blob lies outside of it
 * @throws IcebergError `unsupported` when the footer is compressed
 * @throws IcebergError `limit` when the footer is larger than 64 MiB
 */
export async function readPuffinFooter(file: RandomAccess): Promise<PuffinFooter> {
  const { sizeBytes } = file
  if (sizeBytes < MAGIC.length + LEAST_FOOTER_BYTES) throw corrupt('file too short', sizeBytes)
  const tail = await file.read(Math.max(0, sizeBytes - FIRST_READ_BYTES), sizeBytes)
  const length = payloadLength(tail)
  const start = sizeBytes - LEAST_FOOTER_BYTES - length
  if (start < MAGIC.length) throw corrupt('footer too long', length)
  const missing = LEAST_FOOTER_BYTES + length > tail.length
  const footer = missing
    ? await file.read(start, sizeBytes)
    : tail.subarray(tail.length - LEAST_FOOTER_BYTES - length)
  if (!startsWithMagic(footer)) throw corrupt('magic number of the footer', start)
  return footerFromText(footer.subarray(MAGIC.length, MAGIC.length + length), start)
}

/** The bytes of a Puffin file. */
export function encodePuffin(
  blobs: readonly NewPuffinBlob[],
  properties: ReadonlyMap<string, string> = new Map(),
): Uint8Array {
  let offset = MAGIC.length
  const described = blobs.map((blob) => {
    offset += blob.bytes.length
    return blobToJson(blob, offset - blob.bytes.length)
  })
  const json = { blobs: described, ...(properties.size === 0 ? {} : { properties }) }
  const payload = encodeUtf8(stringifyJson(json))
  const trailer = new DataView(new ArrayBuffer(2 * MAGIC.length))
  trailer.setUint32(0, payload.length, true)
  return concatBytes([
    MAGIC,
    ...blobs.map(({ bytes }) => bytes),
    MAGIC,
    payload,
    new Uint8Array(trailer.buffer),
    MAGIC,
  ])
}

function startsWithMagic(bytes: Uint8Array): boolean {
  return equalBytes(bytes.subarray(0, MAGIC.length), MAGIC)
}

function payloadLength(tail: Uint8Array): number {
  const trailer = tail.subarray(tail.length - TRAILER_BYTES)
  if (!equalBytes(trailer.subarray(TRAILER_BYTES - MAGIC.length), MAGIC)) {
    throw corrupt('magic number of the file', tail.length)
  }
  const view = new DataView(trailer.buffer, trailer.byteOffset, TRAILER_BYTES)
  if ((view.getUint8(4) & IS_COMPRESSED) !== 0) {
    throw new IcebergError('unsupported', 'compressed footers of puffin files are not read')
  }
  const length = view.getUint32(0, true)
  if (length <= MAX_FOOTER_BYTES) return length
  throw new IcebergError('limit', 'puffin footer too large', {
    context: { footerBytes: length, limitBytes: MAX_FOOTER_BYTES },
  })
}

/** @param end where the blobs end in the file */
function footerFromText(payload: Uint8Array, end: number): PuffinFooter {
  const fields = readObject(parseJson(decodeUtf8(payload)), '')
  const blobs = fields
    .array('blobs')
    .map((blob, index) => blobFromJson(readObject(blob, `blobs[${index}]`), end))
  return { blobs, properties: fields.optionalStringMap('properties') ?? new Map() }
}

function blobFromJson(fields: JsonFields, end: number): PuffinBlob {
  const [offset, sizeBytes] = [fields.integer('offset'), fields.integer('length')]
  if (offset < MAGIC.length || sizeBytes < 0 || offset + sizeBytes > end) {
    throw corrupt('blob outside of the file', offset)
  }
  return {
    type: fields.string('type'),
    fieldIds: fields
      .array('fields')
      .map((id, index) => intAt(id, `${fields.path('fields')}[${index}]`)),
    snapshotId: fields.long('snapshot-id'),
    sequenceNumber: fields.long('sequence-number'),
    offset,
    sizeBytes,
    compression: fields.optionalString('compression-codec') ?? null,
    properties: fields.optionalStringMap('properties') ?? new Map(),
  }
}

function blobToJson(blob: NewPuffinBlob, offset: number): unknown {
  return {
    type: blob.type,
    fields: blob.fieldIds,
    'snapshot-id': blob.snapshotId,
    'sequence-number': blob.sequenceNumber,
    offset,
    length: blob.bytes.length,
    properties: blob.properties.size === 0 ? undefined : blob.properties,
  }
}

function corrupt(fault: string, at: number): IcebergError {
  return new IcebergError('corrupt', 'puffin file is damaged', { context: { fault, at } })
}
