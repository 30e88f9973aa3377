/**
 * Processes that write the numbered batches of a producer are killed before any change of the file system, at any instant,
 * and while another one of the same producer is under way: every row is in the table once. `FRAZIL_PRODUCER_KILLS` says how often.
 */
import { describe, expect, it } from 'vitest'

import { systemEnvironment } from '../../src/base/environment.ts'
import type { UnknownRow } from '../../src/client/row-shapes.ts'
import type { Table } from '../../src/client/table.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import { schema, t } from '../../src/types/define.ts'
import { sizeFromEnvironment } from '../support/commit-writers.ts'
import { temporaryFolder } from '../support/folders.ts'
import { startProducer } from '../support/producer-process.ts'
import type { ProducerRun } from '../support/producer-process.ts'

const KILLS = sizeFromEnvironment('FRAZIL_PRODUCER_KILLS', 3)
const BATCHES = 60
const TABLE = 'city.rides'
const TIMEOUT_MS = 3_600_000

interface Place {
  readonly warehouse: string
  readonly table: () => Promise<Table<UnknownRow, UnknownRow>>
}

async function newPlace(): Promise<Place> {
  const folder = temporaryFolder()
  const warehouse = await openWarehouse(folder)
  const columns = schema({ id: t.long(), producer: t.string() })
  // Two writers of one producer, and a compaction of each, are in each other's way.
  const properties = { 'commit.retry.num-retries': '100', 'commit.retry.min-wait-ms': '1' }
  await warehouse.createTable(TABLE, { schema: columns, properties })
  return { warehouse: folder, table: () => warehouse.loadTable(TABLE) }
}

function start(
  { warehouse }: Place,
  options: { readonly producer?: string; readonly batches?: number; readonly dieAt?: number } = {},
): ReturnType<typeof startProducer> {
  return startProducer({ warehouse, table: TABLE, producer: 'p', batches: BATCHES, ...options })
}

function idsOfBatches(count: number): bigint[] {
  return Array.from({ length: count }, (_, index) => index + 1).flatMap((batch) =>
    Array.from({ length: batch % 4 }, (_row, row) => BigInt(batch * 10 + row)),
  )
}

async function idsIn(place: Place, producer = 'p'): Promise<bigint[]> {
  const rows = await (await place.table()).scan().where(`producer = '${producer}'`).toArray()
  return rows.map(({ id }) => id as bigint).sort((left, right) => (left < right ? -1 : 1))
}

/** What is in the table is a beginning of the batches, and has all that was told to be there. */
async function expectBeginning(place: Place, { positions }: ProducerRun): Promise<number> {
  const ids = await idsIn(place)
  const writer = await (await place.table()).streamWriter({ producer: 'p' })
  const position = Number(writer.position ?? 0n)
  expect(ids).toEqual(idsOfBatches(position))
  expect(position).toBeGreaterThanOrEqual(Math.max(0, ...positions))
  return position
}

describe('a producer that is killed, and begins anew', () => {
  it(
    'writes every row once, whichever change of the file system it dies before',
    { timeout: TIMEOUT_MS },
    async () => {
      const calm = await start(await newPlace()).ended
      const changes = calm.changes ?? 0
      expect(changes).toBeGreaterThan(50)
      let place = await newPlace()
      for (let kill = 0; kill < KILLS; kill += 1) {
        // The first is before the first change; they come close to each other, so that each begins where another died.
        const dieAt = 1 + Math.round((kill * (changes / 3)) / Math.max(1, KILLS - 1))
        const run = await start(place, { dieAt }).ended
        expect(run.failure).toBe('')
        const position = await expectBeginning(place, run)
        if (position === BATCHES) place = await newPlace()
      }
      await start(place).ended
      expect(await idsIn(place)).toEqual(idsOfBatches(BATCHES))
    },
  )

  it(
    'writes every row once, at whatever instant it dies, beside another producer',
    { timeout: TIMEOUT_MS },
    async () => {
      let place = await newPlace()
      for (let kill = 0; kill < KILLS; kill += 1) {
        const other = start(place, { producer: `other-${kill}`, batches: 8 })
        const { child, ended } = start(place)
        await systemEnvironment.sleep(200 + systemEnvironment.random() * 500)
        child.kill('SIGKILL')
        const position = await expectBeginning(place, await ended)
        expect((await other.ended).failure).toBe('')
        expect(await idsIn(place, `other-${kill}`)).toEqual(idsOfBatches(8))
        if (position === BATCHES) place = await newPlace()
      }
      await start(place).ended
      expect(await idsIn(place)).toEqual(idsOfBatches(BATCHES))
    },
  )

  it(
    'writes every row once where two processes take themselves for it',
    { timeout: TIMEOUT_MS },
    async () => {
      const place = await newPlace()
      let batches = 0
      for (let overtaken = 0; overtaken === 0;) {
        batches += 20
        const twins = [start(place, { batches }), start(place, { batches })]
        const runs = await Promise.all(twins.map(({ ended }) => ended))
        for (const run of runs) {
          await expectBeginning(place, run)
          if (run.failure === '') continue
          expect(run.failure).toContain('the producer stands elsewhere in the table')
          overtaken += 1
        }
      }
      await start(place, { batches }).ended
      expect(await idsIn(place)).toEqual(idsOfBatches(batches))
    },
  )
})
