/**
 * Runners of a stream of files are killed at any instant while files keep arriving: every record is in the table once.
 * `FRAZIL_STREAM_FILES` and `FRAZIL_STREAM_KILLS` say how many files come and how often runners are killed.
 */
import { mkdirSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { sizeFromEnvironment } from '../support/commit-writers.ts'
import {
  expectEachOnce,
  finishStream,
  killAndFinish,
  newStreamPlace,
  numberedRow,
  rollBackAndFinish,
  rollBackSome,
} from '../support/jobs/stream-kills.ts'
import type { Arrivals } from '../support/jobs/stream-kills.ts'

const FILES = sizeFromEnvironment('FRAZIL_STREAM_FILES', 45)
const KILLS = sizeFromEnvironment('FRAZIL_STREAM_KILLS', 3)
const TIMEOUT_MS = 7_200_000

const COPY = 'city.copies'

const ROWS_OF_A_FILE = 3
const FILES_OF_A_KILL = Math.ceil(FILES / KILLS)

describe('a stream of files, killed and begun again', { timeout: TIMEOUT_MS }, () => {
  it('has every record once while files keep arriving', async () => {
    const landing = await newLanding()
    await killAndFinish(landing, { kills: KILLS })
  })

  it('has every record once, whichever change of the file system it dies before', async () => {
    const landing = await newLanding()
    // A batch makes about thirty.
    await killAndFinish(landing, { kills: KILLS, diesWithin: 70 })
  })

  it('has every record once where two runners share a checkpoint', async () => {
    const landing = await newLanding()
    await killAndFinish(landing, { kills: KILLS, lanes: 2 })
  })

  it('has every record once where its table keeps one snapshot after each batch', async () => {
    const landing = await newLanding()
    await killAndFinish(landing, { kills: KILLS, lanes: 2, expires: true })
  })

  it('goes on from wherever its table is rolled back to', async () => {
    const landing = await newLanding()
    await killAndFinish(landing, {
      kills: KILLS,
      lanes: 2,
      before: async (kill) => {
        if (kill % 4 === 2) await rollBackSome(landing.place, 5)
      },
    })
    const { batches: none } = await finishStream(landing.place)
    expect(none).toEqual([])
    await rollBackAndFinish(landing, 30)
  })

  it('has every record once in each of two tables, wherever each of them is rolled back to', async () => {
    const landing = await newLanding(COPY)
    const { place } = landing
    await killAndFinish(landing, {
      kills: KILLS,
      lanes: 2,
      before: async (kill) => {
        if (kill % 4 === 1) await rollBackSome(place, 4)
        if (kill % 4 === 2) await rollBackSome(place, 4, COPY)
      },
    })
    await expectEachOnce(place, landing.rows, COPY)
  })
})

async function newLanding(copy?: string): Promise<Arrivals> {
  const place = await newStreamPlace(
    async ({ folder }) => {
      const of = join(folder, 'landing')
      mkdirSync(of)
      return {
        kind: 'files',
        of,
        maxFilesPerTrigger: Math.max(1, Math.ceil(FILES_OF_A_KILL / 4)),
      }
    },
    copy === undefined ? {} : { copy },
  )
  const landing: Arrivals = {
    place,
    rows: 0,
    async add() {
      for (let file = 0; file < FILES_OF_A_KILL; file += 1) await land()
    },
  }
  /** The next file comes, whole. */
  const land = async (): Promise<void> => {
    const path = join(place.folder, 'landing', nameOfFile(landing.rows / ROWS_OF_A_FILE))
    const ids = Array.from({ length: ROWS_OF_A_FILE }, (_, row) => landing.rows + row)
    landing.rows += ROWS_OF_A_FILE
    mkdirSync(dirname(path), { recursive: true })
    await writeFile(`${path}.tmp`, ids.map((id) => `${JSON.stringify(numberedRow(id))}\n`).join(''))
    await rename(`${path}.tmp`, path)
  }
  return landing
}

/** In folders, and in another order by name than by age. */
function nameOfFile(n: number): string {
  return `${n % 7}/${String((n * 7_919) % 1_000_003).padStart(7, '0')}.ndjson`
}
