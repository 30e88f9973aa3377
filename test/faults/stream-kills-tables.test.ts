/**
 * Runners of a stream of what is appended to a table are killed at any instant while it is appended to, compacted and expired:
 * every row is in the other table once. `FRAZIL_STREAM_APPENDS` and `FRAZIL_STREAM_KILLS` say how many appends there are and how
 * often runners are killed.
 */
import { describe, expect, it } from 'vitest'

import { tableOffsetFromJson } from '../../src/jobs/sources/table-stream-offset.ts'
import { compactFiles } from '../../src/maintenance/compact-files.ts'
import { expireSnapshots } from '../../src/maintenance/expire-snapshots.ts'
import { snapshotById } from '../../src/metadata/table-metadata.ts'
import { sizeFromEnvironment } from '../support/commit-writers.ts'
import {
  createRowTable,
  expectEachOnce,
  finishStream,
  killAndFinish,
  loadTarget,
  newStreamPlace,
  numberedRow,
  rollBackSome,
  standsIn,
} from '../support/jobs/stream-kills.ts'
import type { Arrivals, StreamTable } from '../support/jobs/stream-kills.ts'

const APPENDS = sizeFromEnvironment('FRAZIL_STREAM_APPENDS', 24)
const KILLS = sizeFromEnvironment('FRAZIL_STREAM_KILLS', 4)
const TIMEOUT_MS = 7_200_000

const SOURCE = 'city.arrivals'
const PARTS = 3
const ROWS_OF_AN_APPEND = 10
const APPENDS_OF_A_KILL = Math.ceil(APPENDS / KILLS)

describe('a stream of appends, killed and begun again', { timeout: TIMEOUT_MS }, () => {
  it('has every row once while the table it reads is compacted and expired', async () => {
    const lab = await newLab()
    await killAndFinish(lab, {
      kills: KILLS,
      lanes: 2,
      during: async (kill) => {
        await lab.add(kill)
        if (kill % 3 === 2) await lab.expireWhatWasRead()
      },
    })
    await lab.expireWhatWasRead()
    console.log(lab.upkeep)
    expect(lab.upkeep).toMatchObject({ compactions: expect.toSatisfy(isSome) })
    expect(lab.upkeep).toMatchObject({ expired: expect.toSatisfy(isSome) })
  })

  it('goes on from wherever its table is rolled back to, compacted as both tables are', async () => {
    const lab = await newLab()
    await killAndFinish(lab, {
      kills: KILLS,
      lanes: 2,
      before: async (kill) => {
        if (kill % 3 === 1) await compactFiles(await loadTarget(lab.place), { minInputFiles: 2 })
        if (kill % 3 === 2) await rollBackSome(lab.place, 4)
      },
    })
    await rollBackSome(lab.place, 8)
    await finishStream(lab.place)
    await expectEachOnce(lab.place, lab.rows)
  })

  it('says so where rows that it has not read have expired', async () => {
    const lab = await newLab()
    await lab.append()
    await finishStream(lab.place)
    await lab.append()
    await lab.append()
    await expireSnapshots(lab.source, { olderThan: '0 seconds', retainLast: 1 })
    await expect(finishStream(lab.place)).rejects.toThrow(
      /snapshots that the stream has not read have expired(.|\n)*oldestResumableSnapshotId/,
    )
    await expectEachOnce(lab.place, ROWS_OF_AN_APPEND)
  })
})

function isSome(count: number): boolean {
  return count > 0
}

/** Appends, after some of which the table that they are to is compacted. */
interface Lab extends Arrivals {
  readonly source: StreamTable
  readonly upkeep: { compactions: number; expired: number }
  readonly append: () => Promise<void>
  /** Leaves the snapshots of the source that the stream still needs. */
  readonly expireWhatWasRead: () => Promise<void>
}

async function newLab(): Promise<Lab> {
  const place = await newStreamPlace(async ({ warehouse }) => {
    await createRowTable(warehouse, SOURCE, { partitionBy: [`bucket(${PARTS}, id)`] })
    const filesOfABatch = Math.ceil((APPENDS_OF_A_KILL * PARTS) / 4)
    return { kind: 'appends', of: SOURCE, maxFilesPerTrigger: filesOfABatch }
  })
  const source = await place.warehouse.loadTable(SOURCE)
  const lab: Lab = {
    place,
    source,
    rows: 0,
    upkeep: { compactions: 0, expired: 0 },
    async append() {
      const ids = Array.from({ length: ROWS_OF_AN_APPEND }, (_, row) => lab.rows + row)
      lab.rows += ROWS_OF_AN_APPEND
      await source.append(ids.map(numberedRow))
    },
    async add(kill) {
      for (let append = 0; append < APPENDS_OF_A_KILL; append += 1) await lab.append()
      if (kill % 2 !== 1) return
      await source.refresh()
      const { snapshotIds } = await compactFiles(source, { minInputFiles: 2 })
      lab.upkeep.compactions += snapshotIds.length
    },
    async expireWhatWasRead() {
      const { metadata } = await source.refresh()
      const read = standsIn(await loadTarget(place))?.offsets.get('source')
      const snapshotId = read === undefined ? null : tableOffsetFromJson(read).snapshotId
      const snapshot = snapshotId === null ? undefined : snapshotById(metadata, snapshotId)
      if (snapshot === undefined) return
      const { snapshotIds } = await expireSnapshots(source, {
        olderThan: BigInt(snapshot.timestampMs),
      })
      lab.upkeep.expired += snapshotIds.length
    },
  }
  return lab
}
