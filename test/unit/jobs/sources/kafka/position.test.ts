import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { parseJson, stringifyJson } from '../../../../../src/base/json-exact.ts'
import {
  checkSameTopic,
  describeLoss,
  furthest,
  limitedEnd,
  lossError,
  lossesSince,
  positionFromOffset,
  positionToOffset,
  rangesBetween,
  startOffsets,
  withoutLosses,
} from '../../../../../src/jobs/sources/kafka/position.ts'
import type { StreamOffset } from '../../../../../src/jobs/sources/stream-source.ts'
import { runs } from '../../../../support/runs.ts'

const offset = fc.bigInt({ min: 0n, max: (1n << 63n) - 1n })

const offsets = fc
  .array(offset, { maxLength: 12 })
  .map((list) => new Map(list.map((value, partition) => [partition, value])))

/** Where partitions stand, and where they end: some of them further on, some not known before. */
const backlogs = fc
  .array(
    fc.record({ from: fc.nat({ max: 1_000 }), behind: fc.nat({ max: 500 }), isNew: fc.boolean() }),
    {
      maxLength: 10,
    },
  )
  .map((partitions) => ({
    from: new Map(
      partitions.flatMap(({ from, isNew }, index) =>
        isNew ? [] : [[index, BigInt(from)] as const],
      ),
    ),
    to: new Map(
      partitions.map(({ from, behind, isNew }, index) => [
        index,
        BigInt(isNew ? behind : from + behind),
      ]),
    ),
  }))

const size = (ranges: ReturnType<typeof rangesBetween>): bigint =>
  ranges.reduce((sum, { from, to }) => sum + (to - from), 0n)

describe('a position in a topic', () => {
  it('is always the same after it was text', () => {
    fc.assert(
      fc.property(fc.string(), offsets, (id, drawn) => {
        const position = { topic: 'rides', id, offsets: drawn }
        const text = stringifyJson(positionToOffset(position))
        // A position is an object, and so is what its text says.
        expect(positionFromOffset(parseJson(text) as StreamOffset, 'rides')).toEqual(position)
      }),
      runs(100),
    )
  })

  it('is short, and in the order of the partitions', () => {
    const position = {
      topic: 'rides',
      id: 'x',
      offsets: new Map([
        [10, 5n],
        [2, 1n << 62n],
      ]),
    }
    expect(stringifyJson(positionToOffset(position))).toBe(
      '{"topic":"rides","id":"x","partitions":{"2":"4611686018427387904","10":"5"}}',
    )
  })

  it.each([
    {},
    { topic: 'rides', id: 'x' },
    { topic: 'rides', id: 'x', partitions: { a: '1' } },
    { topic: 'rides', id: 'x', partitions: { '0': 1 } },
    { topic: 'rides', id: 'x', partitions: { '0': '-1' } },
    { log: 3, sha256: 'x' },
    { topic: 'drivers', id: 'x', partitions: {} },
  ])('is not %j', (json) => {
    expect(() => positionFromOffset(json, 'rides')).toThrow(
      expect.objectContaining({ kind: 'invalid' }),
    )
  })

  it('stands in one topic, and in none that was made anew', () => {
    const position = { topic: 'rides', id: 'x', offsets: new Map() }
    checkSameTopic(position, { name: 'rides', id: 'x', partitionCount: 1 })
    expect(() => checkSameTopic(position, { name: 'rides', id: 'y', partitionCount: 1 })).toThrow(
      expect.objectContaining({
        kind: 'not-found',
        context: { topic: 'rides', id: 'y', position: 'x' },
      }),
    )
  })
})

describe('a limited batch', () => {
  it('always moves each partition that is behind, and none that is not', () => {
    fc.assert(
      fc.property(backlogs, fc.integer({ min: 1, max: 3_000 }), ({ from, to }, limit) => {
        const end = limitedEnd(from, to, limit)
        const behind = rangesBetween(from, to)
        expect(rangesBetween(from, end).map(({ partition }) => partition)).toEqual(
          behind.map(({ partition }) => partition),
        )
        expect(rangesBetween(end, to).every(({ partition }) => end.has(partition))).toBe(true)
      }),
      runs(200),
    )
  })

  it('never has more offsets than the limit and one for each partition', () => {
    fc.assert(
      fc.property(backlogs, fc.integer({ min: 1, max: 3_000 }), ({ from, to }, limit) => {
        const taken = size(rangesBetween(from, limitedEnd(from, to, limit)))
        expect(taken).toBeLessThanOrEqual(BigInt(limit + to.size))
        const behind = size(rangesBetween(from, to))
        if (behind <= BigInt(limit)) expect(taken).toBe(behind)
      }),
      runs(200),
    )
  })

  it('shares out as partitions are behind', () => {
    const from = new Map([
      [0, 0n],
      [1, 50n],
      [2, 7n],
    ])
    const to = new Map([
      [0, 300n],
      [1, 150n],
      [2, 7n],
    ])
    expect(limitedEnd(from, to, 100)).toEqual(
      new Map([
        [0, 75n],
        [1, 75n],
        [2, 7n],
      ]),
    )
  })
})

describe('what is gone', () => {
  const earliest = new Map([
    [0, 10n],
    [1, 0n],
    [2, 0n],
  ])
  const latest = new Map([
    [0, 20n],
    [1, 5n],
    [2, 9n],
  ])

  it('is what comes before the earliest offset, and after the end', () => {
    const position = new Map([
      [0, 4n],
      [1, 8n],
      [2, 9n],
    ])
    const losses = lossesSince(position, earliest, latest)
    expect(losses).toEqual([
      { partition: 0, from: 4n, to: 10n },
      { partition: 1, from: 8n, to: 5n },
    ])
    expect(withoutLosses(position, losses)).toEqual(
      new Map([
        [0, 10n],
        [1, 5n],
        [2, 9n],
      ]),
    )
    expect(losses.map((loss) => describeLoss('rides', loss))).toEqual([
      '6 offsets of rides[0] are gone from the brokers and were passed over: [4, 10)',
      'rides[1] ends at 5, before the position 8: reading goes on at its end',
    ])
    expect(lossError('rides', [{ partition: 0, from: 4n, to: 10n }])).toMatchObject({
      kind: 'not-found',
      context: { topic: 'rides', partition: 0, position: 4n, earliest: 10n },
    })
  })

  it('is what a partition had that nobody knew of', () => {
    expect(lossesSince(new Map(), earliest, latest)).toEqual([{ partition: 0, from: 0n, to: 10n }])
  })
})

describe('where a stream begins', () => {
  const topic = { name: 'rides', id: 'x', partitionCount: 2 }
  const earliest = new Map([
    [0, 10n],
    [1, 0n],
  ])
  const latest = new Map([
    [0, 20n],
    [1, 5n],
  ])
  const begin = (starting: Parameters<typeof startOffsets>[1]): unknown =>
    startOffsets(topic, starting, earliest, latest)

  it('is the beginning, the end, or what is said of each partition', () => {
    expect(begin('earliest')).toEqual(earliest)
    expect(begin('latest')).toEqual(latest)
    expect(begin({ '0': 12 })).toEqual(
      new Map([
        [0, 12n],
        [1, 0n],
      ]),
    )
    expect(begin({ '0': -1, '1': -2n })).toEqual(
      new Map([
        [0, 20n],
        [1, 0n],
      ]),
    )
    expect(begin({ '1': 5 })).toEqual(
      new Map([
        [0, 10n],
        [1, 5n],
      ]),
    )
  })

  it.each([{ '0': 9 }, { '0': 21 }, { '2': 0 }, { x: 0 }, { '1': -3 }])('is not %j', (starting) => {
    expect(() => begin(starting)).toThrow(expect.objectContaining({ kind: 'invalid' }))
  })

  it('never lies before where it stood', () => {
    expect(
      furthest(
        new Map([
          [0, 7n],
          [1, 3n],
        ]),
        new Map([
          [0, 5n],
          [1, 4n],
          [2, 1n],
        ]),
      ),
    ).toEqual(
      new Map([
        [0, 7n],
        [1, 4n],
        [2, 1n],
      ]),
    )
  })
})
