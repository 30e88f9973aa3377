/**
 * Tables in files that were damaged at places all over each of them, read in a process of its own: in its main thread and in
 * threads beside it. What is damaged without anybody being able to tell is counted (spec/decisions/006-damaged-files.md).
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { describe, expect, it } from 'vitest'

import { openWarehouse } from '../../src/client/warehouse.ts'
import { schema, t } from '../../src/types/define.ts'
import { temporaryFolder } from '../support/folders.ts'

const PROGRAM = fileURLToPath(new URL('../support/children/read-damaged.mjs', import.meta.url))

/** Places of each file; `FRAZIL_DAMAGED_PLACES` makes them more. */
const PLACES = Number(process.env['FRAZIL_DAMAGED_PLACES'] ?? 16)

interface Outcome {
  readonly part: string
  readonly damage: 'flip' | 'cut'
  readonly at: number
  /** `same` rows, `other` ones, or the kind of an error. */
  readonly outcome: string
}

async function damagedOutcomes(
  formatVersion: 1 | 2 | 3,
  workers: number,
): Promise<readonly Outcome[]> {
  const warehouse = temporaryFolder()
  const columns = schema({
    id: t.long(),
    city: t.string().optional(),
    tags: t.list(t.string()).optional(),
    fare: t.decimal(9, 2).optional(),
  })
  const table = await (
    await openWarehouse(warehouse, { workers: 0 })
  ).createTable('a.b', { schema: columns, formatVersion, partitionBy: ['city'] })
  await table.append([
    { id: 1n, city: 'Oslo', tags: ['a', 'b'], fare: '1.50' },
    { id: 2n, city: 'Oslo' },
    { id: 3n, city: 'Bergen', tags: [] },
  ])
  await table.append([{ id: 4n, fare: '-0.01' }])
  const options = JSON.stringify({ folder: `${warehouse}/a/b`, workers, places: PLACES })
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, options], {
    maxBuffer: 1 << 28,
  })
  // What the program prints is this.
  return JSON.parse(stdout) as readonly Outcome[]
}

/** What a fault of stored bytes may be told as; other kinds would send a caller looking in the wrong place. */
const TOLD = new Set(['corrupt', 'unsupported', 'not-found', 'limit', 'invalid'])

function expectTold(outcomes: readonly Outcome[]): void {
  const strange = outcomes.filter(
    ({ outcome }) => !TOLD.has(outcome) && outcome !== 'same' && outcome !== 'other',
  )
  expect(strange).toEqual([])
}

const cases = [
  { formatVersion: 1, workers: 2 },
  { formatVersion: 2, workers: 0 },
  { formatVersion: 3, workers: 2 },
] as const

describe.each(cases)(
  'a damaged table of version $formatVersion, with $workers threads',
  ({ formatVersion, workers }) => {
    it('is told of, and neither ends its reader nor keeps it waiting', async () => {
      const outcomes = await damagedOutcomes(formatVersion, workers)
      expectTold(outcomes)
      const pages = outcomes.filter(({ part }) => part === 'pages')
      expect(pages.length).toBeGreaterThan(0)
      expect(pages.filter(({ outcome }) => outcome === 'other')).toEqual([])
      // A list that ends before its first block is as good as any: of none.
      const cuts = outcomes.filter(
        ({ damage, part }) =>
          damage === 'cut' && part !== 'version hint' && part !== 'manifest list',
      )
      expect(cuts.filter(({ outcome }) => outcome === 'other' || outcome === 'same')).toEqual([])
      if (process.env['FRAZIL_DAMAGED_PLACES'] !== undefined) console.table(sharesOf(outcomes))
    }, 900_000)
  },
)

/** Of the flipped bits, by the part of the table that they are in: how many came to what. */
function sharesOf(outcomes: readonly Outcome[]): Record<string, Record<string, number>> {
  const shares: Record<string, Record<string, number>> = {}
  for (const { part, damage, outcome } of outcomes) {
    if (damage !== 'flip') continue
    const counts = (shares[part] ??= {})
    counts[outcome] = (counts[outcome] ?? 0) + 1
  }
  return shares
}
