// Rows appended in a range, as Spark reads the same range of the same history.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'

import { openWarehouse } from '../../src/client/warehouse.ts'
import { schema, t } from '../../src/types/define.ts'
import { anyFormatVersion } from '../support/arbitraries/metadata.ts'
import { scannedTexts } from '../support/canonical.ts'
import { runs } from '../support/runs.ts'
import type { AnyTable } from './support/any-table.ts'
import { describeWithEngines, textsOf } from './support/oracle.ts'
import { useSpark } from './support/spark.ts'

const Ride = schema({ id: t.long(), city: t.string().optional() })

type Turn = (typeof TURNS)[number]

/** What is done to a table, by either engine. */
const TURNS = [
  'append',
  'append',
  'overwrite',
  'spark append',
  'spark append',
  'spark overwrite',
  'spark delete',
  'spark rewrites manifests',
  'spark rewrites files',
  'spark adds a column',
] as const

const anyHistory = fc.record({
  formatVersion: anyFormatVersion,
  merges: fc.boolean(),
  turns: fc.array(fc.constantFrom<Turn[]>(...TURNS), { minLength: 3, maxLength: 7 }),
})

describeWithEngines('ranges of appended rows', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frazil-ranges-'))
  const spark = useSpark(() => folder)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** Two rows, or one statement of Spark that commits at the most once. */
  async function take(table: AnyTable, turn: Turn, index: number): Promise<void> {
    const { name } = table
    const first = BigInt(index * 2)
    const rows = [first, first + 1n].map((id) => ({ id, city: `c${id % 3n}` }))
    const column = `added_${index}`
    const sql: Partial<Record<Turn, readonly string[]>> = {
      'spark append': [
        `INSERT INTO ${name} (id, city) VALUES (${first}, 'c0'), (${first + 1n}, 'c1')`,
      ],
      'spark overwrite': [`INSERT OVERWRITE ${name} (id, city) VALUES (${first}, 'c2')`],
      'spark delete': [`DELETE FROM ${name} WHERE city = 'c1'`],
      'spark rewrites manifests': [`CALL ice.system.rewrite_manifests('${name}')`],
      'spark rewrites files': [
        `CALL ice.system.rewrite_data_files(table => '${name}', options => map('rewrite-all', 'true'))`,
      ],
      'spark adds a column': [`ALTER TABLE ${name} ADD COLUMN ${column} INT`],
    }
    if (turn === 'append') await table.append(rows)
    else if (turn === 'overwrite') await table.overwritePartitions(rows)
    else for (const statement of sql[turn] ?? []) await spark().sql(statement)
    await table.refresh()
  }

  let tables = 0

  it('always hold the rows that Spark reads between the same two snapshots', async () => {
    const warehouse = await openWarehouse(folder)
    await fc.assert(
      fc.asyncProperty(anyHistory, async ({ formatVersion, merges, turns }) => {
        tables += 1
        const name = `db.ranges_${tables}`
        const properties = {
          'commit.manifest.min-count-to-merge': '2',
          'commit.manifest-merge.enabled': String(merges),
        }
        await warehouse.createTable(name, {
          schema: Ride,
          partitionBy: ['city'],
          formatVersion,
          properties,
        })
        const table: AnyTable = await warehouse.loadTable(name)
        for (const [index, turn] of turns.entries()) await take(table, turn, index)
        const ids = table.snapshots.map(({ snapshotId }) => snapshotId)
        for (const [index, since] of ids.slice(0, -1).entries()) {
          const until = ids.at(index % 2 === 0 ? -1 : index + 1) ?? since
          const range = { since: { snapshot: since }, until: { snapshot: until } }
          const ours = table.appends({
            ...range,
            overwriteSnapshots: 'skip',
            deleteSnapshots: 'skip',
          })
          const theirs = await spark().sql(
            `SELECT * FROM ${name} WITH ('start-snapshot-id' = '${since}', 'end-snapshot-id' = '${until}')`,
          )
          expect(await scannedTexts(ours)).toEqual(textsOf(theirs))
        }
      }),
      runs(10),
    )
  }, 600_000)
})
