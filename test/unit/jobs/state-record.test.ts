import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { isKind } from '../../../src/base/errors.ts'
import {
  blankState,
  formatAnchoredState,
  formatState,
  parseAnchoredState,
  parseState,
  stateKey,
} from '../../../src/jobs/state-record.ts'
import type { IncrementalState } from '../../../src/jobs/state-record.ts'
import { runs } from '../../support/runs.ts'

const STATE: IncrementalState = {
  ...blankState,
  run: 7,
  keys: new Map([
    ['start', '2021-03-01 00:00:00'],
    ['end', '2021-04-01 00:00:00'],
  ]),
  state: new Map([['start', '2021-04-01 00:00:00']]),
  definitions: new Map([['start', '0123456789abcdef']]),
  sourceSnapshotId: 9_007_199_254_740_993n,
}

const TEXT =
  '{"run":7,"keys":{"start":"2021-03-01 00:00:00","end":"2021-04-01 00:00:00"},' +
  '"state":{"start":"2021-04-01 00:00:00"},"definitions":{"start":"0123456789abcdef"},' +
  '"source-snapshot-id":9007199254740993}'

const ANCHOR = { branch: 'main', snapshotId: 9_223_372_036_854_775_807n, sequenceNumber: 12n }

const anyTexts = fc
  .dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), { maxKeys: 4 })
  .map((texts) => new Map(Object.entries(texts)))
const anyId = fc.bigInt({ min: 0n, max: (1n << 63n) - 1n })
const anyState: fc.Arbitrary<IncrementalState> = fc.record({
  run: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  keys: anyTexts,
  state: anyTexts,
  definitions: anyTexts,
  sourceSnapshotId: fc.option(anyId),
  afterSnapshotId: fc.option(anyId),
  pins: fc
    .dictionary(fc.string({ unit: 'grapheme' }), fc.option(anyId), { maxKeys: 3 })
    .map((pins) => new Map(Object.entries(pins))),
  outputs: fc.option(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 3 })),
  isSet: fc.boolean(),
})

describe('a state as text', () => {
  it('is JSON with exact ids', () => {
    expect(formatState(STATE)).toBe(TEXT)
    expect(parseState(TEXT)).toEqual(STATE)
  })

  it('has an anchor as a property', () => {
    const text = formatAnchoredState({ state: STATE, anchor: ANCHOR })
    expect(text).toBe(
      `${TEXT.slice(0, -1)},"branch":"main","snapshot-id":9223372036854775807,"sequence-number":12}`,
    )
    expect(parseAnchoredState(text)).toEqual({ state: STATE, anchor: ANCHOR })
  })

  it('may lack what it can do without', () => {
    expect(parseState('{"run":1,"keys":{},"state":{}}')).toEqual({ ...blankState, run: 1 })
  })

  it('says what else was read, what the job is bound to, and that a person moved it, where it is so', () => {
    const state: IncrementalState = {
      ...STATE,
      afterSnapshotId: 3n,
      pins: new Map([['rates', 9_007_199_254_740_995n]]),
      outputs: ['dataos://lake:a/b'],
      isSet: true,
    }
    const text = formatState(state)
    expect(text).toBe(
      `${TEXT.slice(0, -1)},"after-snapshot-id":3,"inputs":{"rates":9007199254740995},"outputs":["dataos://lake:a/b"],"set":true}`,
    )
    expect(parseState(text)).toEqual(state)
  })

  it.each([
    '',
    '7',
    '{}',
    '{"run":"1","keys":{},"state":{}}',
    '{"run":1,"keys":{"a":1},"state":{}}',
    '{"run":1,"keys":{},"state":{},"outputs":[1]}',
    '{"run":1,"keys":{},"state":{},"inputs":{"a":"1"}}',
  ])('is not %j', (text) => {
    expect(() => parseState(text)).toThrow(expect.objectContaining({ kind: 'corrupt' }))
    expect(() => parseAnchoredState(text)).toThrow(expect.objectContaining({ kind: 'corrupt' }))
  })

  it('has 16,384 bytes at most', () => {
    const ofBytes = (bytes: number): IncrementalState => ({
      ...STATE,
      keys: new Map([['a', 'b'.repeat(bytes)]]),
    })
    const frame = Buffer.byteLength(formatState(ofBytes(0)))
    expect(formatState(ofBytes(16384 - frame))).toHaveLength(16384)
    expect(() => formatState(ofBytes(16385 - frame))).toThrow(
      expect.objectContaining({ kind: 'limit', context: { bytes: 16385, limitBytes: 16384 } }),
    )
  })

  it('always survives being written and read', () => {
    const anyAnchor = fc.record({
      branch: fc.string(),
      snapshotId: fc.option(anyId),
      sequenceNumber: anyId,
    })
    fc.assert(
      fc.property(anyState, anyAnchor, (state, anchor) => {
        try {
          expect(parseState(formatState(state))).toEqual(state)
          expect(parseAnchoredState(formatAnchoredState({ state, anchor }))).toEqual({
            state,
            anchor,
          })
        } catch (error) {
          if (!isKind(error, 'limit')) throw error
        }
      }),
      runs(200),
    )
  })
})

describe('stateKey', () => {
  it('has the job and the context, so that jobs do not meet', () => {
    expect(stateKey('public/port-calls/monthly', 'every_call')).toBe(
      'frazil.incremental.public/port-calls/monthly.every_call',
    )
  })
})
