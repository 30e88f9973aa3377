// The example's tables, three million flights each, as other engines see them: every row, file, partition and snapshot.
//
// Rows are compared by the SHA-256 of each day's rows: canonical texts, sorted, one a line. Spark makes it in SQL, PyIceberg's
// rows are hashed beside it in Python. Six million rows in JSON would take the oracle three minutes an engine.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { afterAll, beforeAll, expect, it } from 'vitest'

import { openWarehouse } from '../../src/client/warehouse.ts'
import { formatDate } from '../../src/types/temporal-text.ts'
import { scannedTexts } from '../support/canonical.ts'
import type { AnyTable } from './support/any-table.ts'
import { liveFiles, pyicebergFilesBySpec, sparkFiles } from './support/live-files.ts'
import { describeWithEngines, pyicebergDigests } from './support/oracle.ts'
import type { DayDigest } from './support/oracle.ts'
import { useSpark } from './support/spark.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const MICROS_PER_DAY = 86_400_000_000n

/** The flights of a month; those of July are its first instant, which the workflow leaves for later. */
const MONTHS = Array.from({ length: 7 }, (_, index) => {
  const [start, end] = [index + 1, index + 2].map((month) => `2001-0${month}-01T00:00:00`)
  return `date >= '${start}' and date < '${end}'`
})

const TABLES = [
  { name: 'air.flights', rows: 3_000_000 },
  { name: 'air.flights_by_day', rows: 2_999_994 },
]

describeWithEngines("the example's tables", () => {
  const warehouse = mkdtempSync(join(tmpdir(), 'frazil-flights-'))
  const spark = useSpark(() => warehouse)

  beforeAll(async () => {
    const env = { ...process.env, FLIGHTS_WAREHOUSE: warehouse }
    await promisify(execFile)('npm', ['run', 'example'], { cwd: ROOT, env })
  })
  afterAll(() => rmSync(warehouse, { recursive: true, force: true }))

  it.each(TABLES)(
    'have in $name the rows that Spark and PyIceberg read',
    async ({ name, rows }) => {
      const table = await open(warehouse, name)
      const byPyiceberg = pyicebergDigests(table.metadataLocation, 'date')
      const bySpark = (await spark().sql(digestQuery(name))).rows as readonly DayDigest[]
      const ours = await digestsOf(table)
      expect(byDay(bySpark)).toEqual(ours)
      expect(byDay(await byPyiceberg)).toEqual(ours)
      expect([...ours.values()].reduce((total, day) => total + Number(day.rows), 0)).toBe(rows)
    },
  )

  it.each(TABLES)('have in $name the files and partitions that they list', async ({ name }) => {
    const table = await open(warehouse, name)
    const ours = await liveFiles(table)
    expect(await sparkFiles(spark(), table)).toEqual(ours)
    expect(await pyicebergFilesBySpec(table)).toEqual(ours)
  })

  it('have in each day of flights_by_day one file', async () => {
    const { rows } = await spark().sql(
      'SELECT partition.day AS day, file_count AS files, record_count AS records FROM air.flights_by_day.partitions',
    )
    const days = (rows as { day: number; files: number; records: string }[]).map(
      ({ day, files }) => `${formatDate(day)} ${files}`,
    )
    const all = Array.from({ length: 181 }, (_, day) => `${formatDate(11_323 + day)} 1`)
    expect(days.sort()).toEqual(all)
  })

  it.each(TABLES)('have the snapshots of $name, one from the other', async ({ name }) => {
    const { rows } = await spark().sql(
      `SELECT snapshot_id, parent_id, operation, summary['total-records'] AS records FROM ${name}.snapshots ORDER BY committed_at`,
    )
    const { snapshots } = await open(warehouse, name)
    expect(rows).toEqual(
      snapshots.map(({ snapshotId, parentId, operation, summary }) => ({
        snapshot_id: String(snapshotId),
        parent_id: parentId === null ? null : String(parentId),
        operation,
        records: summary.get('total-records'),
      })),
    )
  })
})

/** Ours, a month at a time: no engine needs all rows at once. */
async function digestsOf(table: AnyTable): Promise<Map<string, DayDigest>> {
  const digests: DayDigest[] = []
  for (const month of MONTHS) {
    for (const [day, rows] of rowsByDay(await scannedTexts(table.scan().where(month)))) {
      digests.push({ day, rows: String(rows.length), sha256: sha256(rows) })
    }
  }
  return byDay(digests)
}

/** The texts of each day, in their order. */
function rowsByDay(texts: readonly string[]): Map<number, string[]> {
  const days = new Map<number, string[]>()
  for (const text of texts) {
    const day = dayOf(text)
    const rows = days.get(day)
    if (rows === undefined) days.set(day, [text])
    else rows.push(text)
  }
  return days
}

function byDay(digests: readonly DayDigest[]): Map<string, DayDigest> {
  return new Map(digests.map((digest) => [formatDate(digest.day), digest]))
}

function dayOf(text: string): number {
  const micros = /^\{"date":"(\d{15})"/.exec(text)?.[1] ?? ''
  return Number(BigInt(micros) / MICROS_PER_DAY)
}

function sha256(texts: readonly string[]): string {
  return createHash('sha256').update(texts.join('\n')).digest('hex')
}

/** The digest of each day in the words of Spark: it orders text by its bytes, as the canonical order does. */
function digestQuery(table: string): string {
  const row = `to_json(named_struct(
    'date', CAST(unix_micros(CAST(date AS timestamp)) AS string),
    'delay', CAST(delay AS string), 'distance', CAST(distance AS string),
    'origin', origin, 'destination', destination), map('ignoreNullFields', 'false'))`
  return `SELECT day, CAST(count(*) AS string) AS rows,
      sha2(array_join(sort_array(collect_list(row)), '\n'), 256) AS sha256
    FROM (SELECT CAST(date AS date) AS day, ${row} AS row FROM ${table}) GROUP BY day`
}

async function open(warehouse: string, name: string): Promise<AnyTable> {
  return (await openWarehouse(warehouse)).loadTable(name)
}
