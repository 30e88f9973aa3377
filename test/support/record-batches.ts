/** Batches of records as brokers send them, made by the client's own writer. */
import { Writer, crc32c } from '@platformatic/kafka'

import type { Checksum } from '../../src/formats/kafka/record-batch.ts'

export const checksum: Checksum = crc32c

export interface NewBatch {
  readonly firstOffset: bigint
  /** By their offsets from the first. */
  readonly records: readonly NewRecord[]
  /** Of the last record, which may have been compacted away. */
  readonly lastOffsetDelta?: number
  readonly attributes?: number
  readonly producerId?: bigint
  readonly firstTimestampMs?: bigint
  readonly maxTimestampMs?: bigint
  readonly pack?: (records: Buffer) => Buffer
}

export interface NewRecord {
  readonly offsetDelta: number
  readonly timestampDeltaMs?: bigint
  readonly key?: Uint8Array | null
  readonly value?: Uint8Array | null
  readonly headers?: readonly (readonly [Uint8Array, Uint8Array | null])[]
}

export const TRANSACTIONAL = 1 << 4
export const CONTROL = 1 << 5

/** The bytes of a batch. */
export function batchBytes({
  firstOffset,
  records,
  lastOffsetDelta = records.at(-1)?.offsetDelta ?? 0,
  attributes = 0,
  producerId = -1n,
  firstTimestampMs = 0n,
  maxTimestampMs = firstTimestampMs,
  pack = (bytes) => bytes,
}: NewBatch): Buffer {
  const body = pack(Buffer.concat(records.map(recordBytes)))
  const checked = Writer.create()
    .appendInt16(attributes)
    .appendInt32(lastOffsetDelta)
    .appendInt64(firstTimestampMs)
    .appendInt64(maxTimestampMs)
    .appendInt64(producerId)
    .appendInt16(0)
    .appendInt32(0)
    .appendInt32(records.length)
    .append(body).buffer
  const inner = Writer.create()
    .appendInt32(0)
    .appendInt8(2)
    .appendUnsignedInt32(crc32c(checked))
    .append(checked).buffer
  return Writer.create().appendInt64(firstOffset).appendInt32(inner.length).append(inner).buffer
}

/** A mark that ends a transaction. */
export function markBytes(
  firstOffset: bigint,
  producerId: bigint,
  end: 'commit' | 'abort',
): Buffer {
  const key = Buffer.from([0, 0, 0, end === 'commit' ? 1 : 0])
  const records = [{ offsetDelta: 0, key, value: Buffer.alloc(6) }]
  return batchBytes({ firstOffset, records, producerId, attributes: TRANSACTIONAL | CONTROL })
}

function recordBytes({
  offsetDelta,
  timestampDeltaMs = 0n,
  key = null,
  value = null,
  headers = [],
}: NewRecord): Uint8Array {
  const body = Buffer.concat([
    Buffer.alloc(1),
    varint(timestampDeltaMs),
    varint(BigInt(offsetDelta)),
    sized(key),
    sized(value),
    varint(BigInt(headers.length)),
    ...headers.flatMap(([name, text]) => [sized(name), sized(text)]),
  ])
  return Buffer.concat([varint(BigInt(body.length)), body])
}

function sized(bytes: Uint8Array | null): Uint8Array {
  return bytes === null ? varint(-1n) : Buffer.concat([varint(BigInt(bytes.length)), bytes])
}

/** Seven bits a byte, the lowest first, of a number whose sign is its lowest bit: that of the client is wrong beyond 32 bits. */
function varint(value: bigint): Uint8Array {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  return new Uint8Array([...bytes, Number(rest)])
}
