import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  readBatches,
  readRecords,
  timestampMsOf,
} from '../../../../src/formats/kafka/record-batch.ts'
import { batchBytes, checksum } from '../../../support/record-batches.ts'
import type { NewRecord } from '../../../support/record-batches.ts'
import { runs } from '../../../support/runs.ts'

const LOG_APPEND_TIME = 1 << 3

const bytes = fc.option(fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)))

const records: fc.Arbitrary<readonly NewRecord[]> = fc
  .array(
    fc.record({
      gap: fc.nat({ max: 300 }),
      timestampDeltaMs: fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
      key: bytes,
      value: bytes,
      headers: fc.array(
        fc.tuple(
          fc.string().map((text) => Buffer.from(text)),
          bytes,
        ),
        {
          maxLength: 3,
        },
      ),
    }),
    { maxLength: 20 },
  )
  .map((drawn) => {
    let next = 0
    return drawn.map(({ gap, ...record }) => {
      const offsetDelta = next + gap
      next = offsetDelta + 1
      return { ...record, offsetDelta }
    })
  })

const offset = fc.bigInt({ min: 0n, max: (1n << 62n) - 1n })

/** The records that are read, with their bytes in place of where these are. */
function recordsIn(answer: Uint8Array): readonly Required<NewRecord>[] {
  return [...readBatches(answer, checksum)].flatMap((batch) => {
    const part = (start: number, end: number): Uint8Array | null =>
      end < 0 ? null : Buffer.from(batch.packed.subarray(start, end))
    return readRecords(batch, batch.packed).map((record) => ({
      offsetDelta: record.offsetDelta,
      timestampDeltaMs: timestampMsOf(batch, record, batch.packed) - batch.firstTimestampMs,
      key: part(record.keyStart, record.keyEnd),
      value: part(record.valueStart, record.valueEnd),
      headers: record.headers.map(
        (header) =>
          [
            part(header.nameStart, header.nameEnd) ?? Buffer.alloc(0),
            part(header.valueStart, header.valueEnd),
          ] as const,
      ),
    }))
  })
}

describe('batches of records', () => {
  it('always has the records that were sent, with their offsets, times, keys, values and headers', () => {
    fc.assert(
      fc.property(records, offset, (sent, firstOffset) => {
        const answer = batchBytes({ firstOffset, records: sent })
        expect(recordsIn(answer)).toEqual(sent)
        const [batch] = readBatches(answer, checksum)
        expect(batch?.firstOffset).toBe(firstOffset)
        expect(batch?.lastOffset).toBe(firstOffset + BigInt(sent.at(-1)?.offsetDelta ?? 0))
      }),
      runs(100),
    )
  })

  it('never has a batch that was cut off', () => {
    const whole = batchBytes({ firstOffset: 0n, records: [{ offsetDelta: 0 }] })
    const second = batchBytes({ firstOffset: 1n, records: [{ offsetDelta: 0 }] })
    const both = Buffer.concat([whole, second])
    fc.assert(
      fc.property(fc.nat({ max: second.length - 1 }), (length) => {
        expect([...readBatches(both.subarray(0, whole.length + length), checksum)]).toHaveLength(1)
      }),
      runs(100),
    )
  })

  it('never reads a batch of which a bit has changed', () => {
    const sent = [{ offsetDelta: 0, value: Buffer.from('a value') }]
    const answer = batchBytes({ firstOffset: 5n, records: sent })
    const firstChecked = 12 + 4 + 1
    fc.assert(
      fc.property(
        fc.integer({ min: firstChecked, max: answer.length - 1 }),
        fc.nat({ max: 7 }),
        (at, bit) => {
          const changed = Buffer.from(answer)
          changed.writeUInt8((changed[at] ?? 0) ^ (1 << bit), at)
          expect(() => [...readBatches(changed, checksum)]).toThrow(
            expect.objectContaining({ kind: 'corrupt', context: { offset: 5n } }),
          )
        },
      ),
      runs(200),
    )
  })

  it('says so when records are older than what is read', () => {
    const answer = batchBytes({ firstOffset: 0n, records: [] })
    answer.writeInt8(1, 16)
    expect(() => [...readBatches(answer, checksum)]).toThrow(
      expect.objectContaining({ kind: 'unsupported' }),
    )
  })

  it('gives records the time of their batch where the topic has them by that', () => {
    const sent = {
      firstOffset: 0n,
      records: [{ offsetDelta: 0, timestampDeltaMs: 7n }],
      firstTimestampMs: 1_000n,
      maxTimestampMs: 5_000n,
    }
    const timeIn = (answer: Uint8Array): bigint | null => {
      for (const batch of readBatches(answer, checksum)) {
        for (const record of readRecords(batch, batch.packed)) {
          return timestampMsOf(batch, record, batch.packed)
        }
      }
      return null
    }
    expect(timeIn(batchBytes(sent))).toBe(1_007n)
    expect(timeIn(batchBytes({ ...sent, attributes: LOG_APPEND_TIME }))).toBe(5_000n)
  })

  it('refuses records that are not as long as they say', () => {
    const answer = batchBytes({
      firstOffset: 0n,
      records: [{ offsetDelta: 0, value: Buffer.from('x') }],
      pack: (packed) => Buffer.concat([Buffer.from([(packed[0] ?? 0) + 2]), packed.subarray(1)]),
    })
    expect(() => recordsIn(answer)).toThrow(expect.objectContaining({ kind: 'corrupt' }))
  })
})
