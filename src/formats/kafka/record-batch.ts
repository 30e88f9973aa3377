// Records as brokers keep and send them (Kafka documentation: Record Batch). Batches are checked by their checksums, and records
// are places in the bytes of their batch: nothing of them is copied.
import { IcebergError } from '../../base/errors.ts'
import { WireReader } from './wire-reader.ts'

/** Records that their producer sent together. */
export interface RecordBatch {
  readonly firstOffset: bigint
  /** Of the last record, which may have been compacted away since. */
  readonly lastOffset: bigint
  readonly codec: number
  /** Whether all records have the time at which the broker took them, which is `maxTimestampMs`. */
  readonly isLogAppendTime: boolean
  readonly isTransactional: boolean
  /** Whether its record is a mark that ends a transaction. */
  readonly isControl: boolean
  readonly firstTimestampMs: bigint
  readonly maxTimestampMs: bigint
  readonly producerId: bigint
  readonly recordCount: number
  /** As they were sent: compressed, unless `codec` is 0. */
  readonly packed: Uint8Array
}

/** One record: places in the unpacked bytes of its batch, where -1 for an end stands for null. */
export interface Record {
  /** From the batch's first. */
  readonly offsetDelta: number
  /** Where its time is written, which few ask for. */
  readonly timestampStart: number
  readonly keyStart: number
  readonly keyEnd: number
  readonly valueStart: number
  readonly valueEnd: number
  readonly headers: readonly RecordHeader[]
}

export interface RecordHeader {
  readonly nameStart: number
  readonly nameEnd: number
  readonly valueStart: number
  /** -1 for null. */
  readonly valueEnd: number
}

/** CRC-32C of bytes, unsigned. */
export type Checksum = (bytes: Buffer) => number

/** Before the length that a batch says of itself: its first offset and that length. */
const PREFIX_BYTES = 12
const LEADER_EPOCH_BYTES = 4
const MAGIC = 2

const CODEC_BITS = 0b111
const LOG_APPEND_TIME_BIT = 1 << 3
const TRANSACTIONAL_BIT = 1 << 4
const CONTROL_BIT = 1 << 5

/**
 * The batches in the bytes of an answer. What a broker cut off at their end is left out.
 *
 * @throws IcebergError `corrupt` when a batch does not have its checksum
 * @throws IcebergError `unsupported` for the formats from before Kafka 0.11
 */
export function* readBatches(records: Uint8Array, checksum: Checksum): Generator<RecordBatch> {
  const reader = new WireReader(records)
  while (reader.remaining >= PREFIX_BYTES) {
    const firstOffset = reader.int64()
    const length = reader.int32()
    if (length > reader.remaining) return
    yield readBatch(firstOffset, reader.take(length), checksum)
  }
}

function readBatch(firstOffset: bigint, bytes: Uint8Array, checksum: Checksum): RecordBatch {
  const reader = new WireReader(bytes)
  reader.skip(LEADER_EPOCH_BYTES)
  const magic = reader.int8()
  if (magic !== MAGIC) {
    throw new IcebergError('unsupported', 'records in a format from before Kafka 0.11', {
      context: { offset: firstOffset, magic },
    })
  }
  const crc = reader.uint32()
  const covered = bytes.subarray(reader.offset)
  if (checksum(Buffer.from(covered.buffer, covered.byteOffset, covered.length)) !== crc) {
    throw new IcebergError('corrupt', 'a batch of records does not have its checksum', {
      context: { offset: firstOffset },
    })
  }
  const attributes = reader.int16()
  const lastOffset = firstOffset + BigInt(reader.int32())
  const firstTimestampMs = reader.int64()
  const maxTimestampMs = reader.int64()
  const producerId = reader.int64()
  const epochAndSequenceBytes = 6
  reader.skip(epochAndSequenceBytes)
  return {
    firstOffset,
    lastOffset,
    codec: attributes & CODEC_BITS,
    isLogAppendTime: (attributes & LOG_APPEND_TIME_BIT) !== 0,
    isTransactional: (attributes & TRANSACTIONAL_BIT) !== 0,
    isControl: (attributes & CONTROL_BIT) !== 0,
    firstTimestampMs,
    maxTimestampMs,
    producerId,
    recordCount: reader.int32(),
    packed: reader.take(reader.remaining),
  }
}

/** Places of the records of a batch in its unpacked bytes. */
export function readRecords(batch: RecordBatch, unpacked: Uint8Array): Record[] {
  const reader = new WireReader(unpacked)
  const records: Record[] = []
  for (let left = batch.recordCount; left > 0; left -= 1) records.push(readRecord(reader))
  return records
}

function readRecord(reader: WireReader): Record {
  const length = reader.varint()
  const end = reader.offset + length
  reader.skip(1)
  const timestampStart = reader.skipVarlong()
  const offsetDelta = reader.varint()
  const keyLength = reader.varint()
  const keyStart = reader.skip(Math.max(0, keyLength))
  const valueLength = reader.varint()
  const valueStart = reader.skip(Math.max(0, valueLength))
  const headers = readHeaders(reader)
  if (reader.offset !== end) {
    throw new IcebergError('corrupt', 'a record is not as long as it says', {
      context: { offset: reader.offset },
    })
  }
  return {
    offsetDelta,
    timestampStart,
    keyStart,
    keyEnd: keyLength < 0 ? -1 : keyStart + keyLength,
    valueStart,
    valueEnd: valueLength < 0 ? -1 : valueStart + valueLength,
    headers,
  }
}

const NO_HEADERS: readonly RecordHeader[] = []

function readHeaders(reader: WireReader): readonly RecordHeader[] {
  const count = reader.varint()
  if (count <= 0) return NO_HEADERS
  if (count > reader.remaining) {
    throw new IcebergError('corrupt', 'a record has more headers than bytes', {
      context: { offset: reader.offset },
    })
  }
  return Array.from({ length: count }, () => {
    const nameLength = reader.varint()
    const nameStart = reader.skip(nameLength)
    const valueLength = reader.varint()
    const valueStart = reader.skip(Math.max(0, valueLength))
    return {
      nameStart,
      nameEnd: nameStart + nameLength,
      valueStart,
      valueEnd: valueLength < 0 ? -1 : valueStart + valueLength,
    }
  })
}

/** When a record was made, or taken by the broker, as its topic has it. @param unpacked the bytes of the batch */
export function timestampMsOf(
  batch: RecordBatch,
  { timestampStart }: Record,
  unpacked: Uint8Array,
): bigint {
  if (batch.isLogAppendTime) return batch.maxTimestampMs
  return batch.firstTimestampMs + new WireReader(unpacked, timestampStart).varlong()
}
