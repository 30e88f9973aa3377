import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  checkedBatchId,
  checkedProducer,
  producerStanding,
  recordPosition,
  sameStanding,
} from '../../../src/client/producer-position.ts'
import type { ProducerPosition } from '../../../src/client/producer-position.ts'
import type { TableMetadata } from '../../../src/metadata/table-metadata.ts'
import { newRides } from '../../support/rides.ts'
import { runs } from '../../support/runs.ts'
import { appended, smallTable } from '../../support/small-table.ts'

const KEY = 'frazil.producer.p'

function withProperty(metadata: TableMetadata, text: string): TableMetadata {
  return { ...metadata, properties: new Map([[KEY, text]]) }
}

const anyPosition: fc.Arbitrary<ProducerPosition> = fc.record({
  run: fc.integer({ min: 1 }),
  batchId: fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
  writer: fc.uuid(),
})

describe('the position of a producer', () => {
  it('is always read as it was written, with rows and without', async () => {
    await fc.assert(
      fc.asyncProperty(anyPosition, fc.boolean(), async (position, hasRows) => {
        const rides = await newRides()
        await rides.transaction(async (tx) => {
          recordPosition(tx, 'p', { from: 'none', to: position })
          if (hasRows) await tx.append([{ id: 1 }])
        })
        expect(producerStanding(rides.metadata, 'p')).toEqual(position)
        expect(producerStanding(rides.metadata, 'q')).toBe('none')
      }),
      runs(20),
    )
  })

  it('is none where no property was ever left, though snapshots have expired', () => {
    const { snapshots, ...metadata } = appended(appended(smallTable(), 1n, 2000), 2n, 3000)
    const cutOff = { ...metadata, snapshots: snapshots.slice(1) }
    expect(producerStanding(cutOff, 'p')).toBe('none')
    const property = `{"run":1,"batch-id":7,"writer":"w","branch":"main","snapshot-id":1,"sequence-number":1}`
    expect(producerStanding(withProperty(cutOff, property), 'p')).toMatchObject({ batchId: 7n })
    const ofOther = property.replace('"main"', '"audit"')
    expect(producerStanding(withProperty(cutOff, ofOther), 'p')).toBe('lost')
  })

  it('is said to be damaged where it is, by its name', () => {
    const anchor = '"branch":"main","snapshot-id":null,"sequence-number":0'
    for (const fields of ['"run":1,"writer":"w"', '"run":1,"batch-id":"7","writer":"w"']) {
      const metadata = withProperty(smallTable(), `{${fields},${anchor}}`)
      expect(() => producerStanding(metadata, 'p')).toThrow(
        expect.objectContaining({
          kind: 'corrupt',
          context: expect.objectContaining({ key: KEY }),
        }),
      )
    }
  })

  it('is another one wherever it differs in anything', () => {
    const position = { run: 2, batchId: 5n, writer: 'a' }
    expect(sameStanding(position, { ...position })).toBe(true)
    expect(sameStanding('none', 'none')).toBe(true)
    for (const other of [{ run: 3 }, { batchId: 6n }, { writer: 'b' }]) {
      expect(sameStanding(position, { ...position, ...other })).toBe(false)
    }
    expect(sameStanding(position, 'none')).toBe(false)
    expect(sameStanding('lost', 'none')).toBe(false)
  })

  it('takes ids of 64 bits, and names that a property can have', () => {
    expect(checkedBatchId(-(1n << 63n))).toBe(-(1n << 63n))
    expect(checkedBatchId(Number.MAX_SAFE_INTEGER)).toBe(9007199254740991n)
    for (const id of [1n << 63n, 0.5, Number.NaN, 2 ** 60]) {
      expect(() => checkedBatchId(id)).toThrow('64 bits')
    }
    expect(checkedProducer('ingest-1')).toBe('ingest-1')
    for (const name of ['', 'x'.repeat(201), '\ud800']) {
      expect(() => checkedProducer(name)).toThrow('1 to 200 characters')
    }
  })
})
