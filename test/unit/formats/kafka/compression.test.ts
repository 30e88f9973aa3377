import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'

import { compressionsAlgorithms } from '@platformatic/kafka'
import { describe, expect, it } from 'vitest'

import { unpackRecords } from '../../../../src/formats/kafka/compression.ts'
import type { Unpackers } from '../../../../src/formats/kafka/compression.ts'
import { readBatches } from '../../../../src/formats/kafka/record-batch.ts'
import type { RecordBatch } from '../../../../src/formats/kafka/record-batch.ts'
import { batchBytes, checksum } from '../../../support/record-batches.ts'
import type { NewBatch } from '../../../support/record-batches.ts'

const { snappy, lz4 } = compressionsAlgorithms

const UNPACKERS: Unpackers = {
  snappy: (packed) => snappy.decompressSync(packed),
  lz4: (packed) => lz4.decompressSync(packed),
}

const RECORDS = [0, 1, 2].map((offsetDelta) => ({
  offsetDelta,
  value: Buffer.concat([randomBytes(100), Buffer.alloc(5_000, offsetDelta)]),
}))

const AS_IT_IS = (bytes: Buffer): Buffer => bytes

const PLAIN = batchOf(AS_IT_IS, 0).packed

/** A batch whose records are packed, and say by what. */
function batchOf(pack: NonNullable<NewBatch['pack']>, codec: number): RecordBatch {
  const bytes = batchBytes({ firstOffset: 7n, records: RECORDS, attributes: codec, pack })
  const [batch] = readBatches(bytes, checksum)
  if (batch === undefined) throw new Error('there is a batch')
  return batch
}

/** The frame of Java's library: blocks of a size that no producer cuts at. */
function xerial(bytes: Buffer): Buffer {
  const parts: Uint8Array[] = [
    Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]),
  ]
  for (let at = 0; at < bytes.length; at += 1_000) {
    const block = snappy.compressSync(bytes.subarray(at, at + 1_000))
    const length = Buffer.alloc(4)
    length.writeInt32BE(block.length)
    parts.push(length, block)
  }
  return Buffer.concat(parts)
}

describe('records that are packed', () => {
  it.each<[string, number, NonNullable<NewBatch['pack']>]>([
    ['not at all', 0, (bytes) => bytes],
    ['by gzip', 1, (bytes) => gzipSync(bytes)],
    ['by snappy', 2, (bytes) => snappy.compressSync(bytes)],
    ['by snappy in the frame of Java', 2, xerial],
    ['by lz4', 3, (bytes) => lz4.compressSync(bytes)],
  ])('are unpacked: %s', (_, codec, pack) => {
    expect(Buffer.from(unpackRecords(batchOf(pack, codec), UNPACKERS))).toEqual(Buffer.from(PLAIN))
  })

  it.each([1, 2, 3, 4])('are an error where they are damaged, by codec %i', (codec) => {
    const damaged = batchOf(() => Buffer.from('this is packed by nothing'), codec)
    expect(() => unpackRecords(damaged, UNPACKERS)).toThrow(
      expect.objectContaining({ kind: 'corrupt', context: { offset: 7n, codec } }),
    )
  })

  it('are refused where they unpack to more than anybody sends', () => {
    const claimed = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0])
    const batch = batchOf(() => claimed, 2)
    expect(() => unpackRecords(batch, UNPACKERS)).toThrow(
      expect.objectContaining({ kind: 'limit' }),
    )
    const bomb = batchOf(() => gzipSync(Buffer.alloc(257 << 20)), 1)
    expect(() => unpackRecords(bomb, UNPACKERS)).toThrow(expect.objectContaining({ kind: 'limit' }))
  })

  it('are refused by name where nobody knows how', () => {
    expect(() => unpackRecords(batchOf(AS_IT_IS, 6), UNPACKERS)).toThrow(
      expect.objectContaining({ kind: 'unsupported', context: { offset: 7n, codec: 6 } }),
    )
  })
})
