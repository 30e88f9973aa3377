import { setTimeout as sleep } from 'node:timers/promises'

import { describe, expect, it } from 'vitest'

import { openWarehouse } from '../../../src/client/warehouse.ts'
import { batchFromValues } from '../../../src/formats/arrow/builders.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import { schema, t } from '../../../src/types/define.ts'
import type { Row } from '../../../src/types/row-types.ts'
import type { WriteInput } from '../../../src/write/input.ts'
import { createFaultyStore } from '../../support/faulty-store.ts'

const BATCH_ROWS = 4096
/** More than what is filled, encoded and waited for at once; far fewer than would fill the memory. */
const MOST_BATCHES = 32

const Reading = schema({ id: t.long(), noise: t.double() })

/** Counts what is taken of a source without end. */
class Meter {
  taken = 0

  async *endless<Item>(itemAt: (id: bigint) => Item): AsyncGenerator<Item> {
    for (;;) {
      this.taken += 1
      yield itemAt(BigInt(this.taken))
    }
  }

  /** The count once it has stopped growing. */
  async settled(): Promise<number> {
    for (let before = -1; before !== this.taken;) {
      before = this.taken
      await sleep(500)
    }
    return this.taken
  }
}

const rowAt = (id: bigint): Row<typeof Reading> => ({ id, noise: Math.sin(Number(id)) })
const sources: readonly [
  form: string,
  most: number,
  (meter: Meter) => WriteInput<Row<typeof Reading>>,
][] = [
  ['rows', MOST_BATCHES * BATCH_ROWS, (meter) => meter.endless(rowAt)],
  [
    'batches',
    MOST_BATCHES,
    (meter) =>
      meter.endless((id) =>
        batchFromValues(
          Reading,
          Array.from({ length: BATCH_ROWS }, () => [id, Math.sin(Number(id))]),
        ),
      ),
  ],
]

describe.each([0, 2])('a source that is faster than storage, with %i workers', (workers) => {
  it.each(sources)('waits, whether it gives %s', async (_, most, open) => {
    const abort = new AbortController()
    const reason = new Error('enough')
    const store = createFaultyStore(createMemoryStore())
    const warehouse = await openWarehouse('memory:', { store, workers })
    const properties = { 'write.parquet.row-group-size-bytes': '65536' }
    const readings = await warehouse.createTable('lab.readings', { schema: Reading, properties })
    const stuck = new Promise<void>((_resolve, reject) => {
      abort.signal.addEventListener('abort', () => reject(reason))
    })
    store.beforeRequest = (request) => (request.endsWith('.parquet') ? stuck : Promise.resolve())

    const meter = new Meter()
    const append = readings.append(open(meter), { signal: abort.signal })
    const ends = expect(append).rejects.toBe(reason)
    const held = await meter.settled()
    expect(held).toBeGreaterThan(0)
    expect(held).toBeLessThan(most)
    abort.abort(reason)
    await ends
  })
})
