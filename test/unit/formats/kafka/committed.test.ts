import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { committedBatches } from '../../../../src/formats/kafka/committed.ts'
import type { AbortedTransaction } from '../../../../src/formats/kafka/fetch-answer.ts'
import { readBatches } from '../../../../src/formats/kafka/record-batch.ts'
import { TRANSACTIONAL, batchBytes, checksum, markBytes } from '../../../support/record-batches.ts'
import { runs } from '../../../support/runs.ts'

/** What a producer does next; some of it ends a transaction that may have nothing in it. */
const STEPS = ['plain', 'send', 'commit', 'abort'] as const

interface Logged {
  readonly bytes: Buffer
  readonly firstOffset: bigint
  readonly lastOffset: bigint
  /** Whether readers of what is committed should have it. */
  isCommitted: boolean
}

interface Ended extends AbortedTransaction {
  readonly mark: bigint
}

/**
 * A log that producers write to at the same time, each in transactions of its own, and which of them were aborted. Those that are
 * not decided are not for those to read who read what is committed.
 */
function logOf(steps: readonly (readonly [producer: number, step: (typeof STEPS)[number]])[]): {
  readonly log: readonly Logged[]
  readonly aborted: readonly Ended[]
} {
  const log: Logged[] = []
  const aborted: Ended[] = []
  const open = new Map<number, Logged[]>()
  let next = 0n
  const write = (bytes: Buffer, length: bigint, isCommitted: boolean): Logged => {
    const logged = { bytes, firstOffset: next, lastOffset: next + length - 1n, isCommitted }
    log.push(logged)
    next += length
    return logged
  }
  for (const [producer, step] of steps) {
    const producerId = BigInt(producer)
    const records = [0, 1].map((offsetDelta) => ({ offsetDelta }))
    const mine = open.get(producer) ?? []
    if (step === 'plain') {
      write(batchBytes({ firstOffset: next, records, producerId }), 2n, true)
    } else if (step === 'send') {
      const batch = { firstOffset: next, records, producerId, attributes: TRANSACTIONAL }
      open.set(producer, [...mine, write(batchBytes(batch), 2n, false)])
    } else {
      const mark = write(markBytes(next, producerId, step), 1n, false)
      const [first] = mine
      if (step === 'commit') for (const batch of mine) batch.isCommitted = true
      else if (first !== undefined) {
        aborted.push({ producerId, firstOffset: first.firstOffset, mark: mark.firstOffset })
      }
      open.delete(producer)
    }
  }
  return { log, aborted }
}

describe('the committed batches of an answer', () => {
  it('always are those that were sent without a transaction, or in one that was committed', () => {
    const step = fc.tuple(fc.nat({ max: 2 }), fc.constantFrom(...STEPS))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.nat(), fc.nat(), (steps, from, length) => {
        const { log, aborted } = logOf([...steps, [0, 'commit'], [1, 'abort'], [2, 'commit']])
        // An answer begins and ends at any batch, and a broker tells of the transactions that reach into it.
        const start = log.length === 0 ? 0 : from % log.length
        const answered = log.slice(start, start + 1 + (length % (log.length + 1)))
        const [first, last] = [answered[0]?.firstOffset ?? 0n, answered.at(-1)?.lastOffset ?? 0n]
        const told = aborted.filter(({ firstOffset, mark }) => mark >= first && firstOffset <= last)
        const batches = readBatches(Buffer.concat(answered.map(({ bytes }) => bytes)), checksum)
        const given = [...committedBatches(batches, told)].map(({ firstOffset }) => firstOffset)
        const committed = answered.filter(({ isCommitted }) => isCommitted)
        expect(given).toEqual(committed.map(({ firstOffset }) => firstOffset))
      }),
      runs(500),
    )
  })

  it('has what a producer commits after it has aborted', () => {
    const { log, aborted } = logOf([
      [1, 'send'],
      [1, 'abort'],
      [1, 'send'],
      [1, 'commit'],
      [1, 'send'],
      [1, 'abort'],
    ])
    const batches = readBatches(Buffer.concat(log.map(({ bytes }) => bytes)), checksum)
    const given = [...committedBatches(batches, aborted)].map(({ firstOffset }) => firstOffset)
    expect(given).toEqual([3n])
  })

  it('passes over a mark that was compacted away', () => {
    const empty = batchBytes({
      firstOffset: 4n,
      records: [],
      producerId: 1n,
      attributes: TRANSACTIONAL | (1 << 5),
    })
    expect([...committedBatches(readBatches(empty, checksum), [])]).toEqual([])
  })
})
