// Dynamic overwrites that this library and Spark make of two tables with one history.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { openWarehouse } from '../../src/client/warehouse.ts'
import type { SchemaChange } from '../../src/client/schema-change.ts'
import { schema, t } from '../../src/types/define.ts'
import { anyFormatVersion } from '../support/arbitraries/metadata.ts'
import { scannedTexts } from '../support/canonical.ts'
import { runs } from '../support/runs.ts'
import type { AnyTable } from './support/any-table.ts'
import { liveFiles } from './support/live-files.ts'
import { describeWithEngines } from './support/oracle.ts'
import { useSpark } from './support/spark.ts'
import type { Spark } from './support/spark.ts'

const Ride = schema({
  id: t.long(),
  zone: t.int().optional(),
  city: t.string().optional(),
  ts: t.timestamptz().optional(),
})

interface RideRow {
  readonly id: bigint
  readonly zone: number | null
  readonly city: string | null
  readonly ts: bigint | null
}

const HOUR_MICROS = 3_600_000_000n

const anyRows = fc.array(
  fc.record<RideRow>({
    id: fc.bigInt({ min: -3n, max: 12n }),
    zone: fc.option(fc.integer({ min: -5, max: 5 }), { freq: 5 }),
    city: fc.option(fc.constantFrom('', 'Oslo', 'Østre', 'Å/b=c', '🧊'), { freq: 5 }),
    ts: fc.option(
      fc.bigInt({ min: -40n, max: 40n }).map((hours) => hours * HOUR_MICROS),
      { freq: 5 },
    ),
  }),
  { minLength: 1, maxLength: 6 },
)

const SPECS = [
  ['city'],
  ['zone', 'city'],
  ['day(ts)', 'city'],
  ['hour(ts)'],
  ['bucket(4, id)'],
  ['truncate(3, id)', 'month(ts)'],
  ['truncate(1, city)', 'year(ts)'],
  ['bucket(3, city)', 'zone'],
] as const

type Spec = (typeof SPECS)[number]

interface Evolution {
  readonly change: (schema: SchemaChange) => void
  /** What a column is called from then on. */
  readonly names?: Readonly<Record<string, string>>
}

const EVOLUTIONS: readonly Evolution[] = [
  { change: (columns) => void columns.add('tip', t.decimal(9, 2).optional()) },
  { change: (columns) => void columns.rename('city', 'town'), names: { city: 'town' } },
  { change: (columns) => void columns.widen('zone', t.long()) },
  { change: (columns) => void columns.move('ts', 'first') },
]

const anyHistory = fc.record({
  formatVersion: anyFormatVersion,
  spec: fc.constantFrom<Spec[]>(...SPECS),
  /** The one that it was made with, before there was a row. */
  formerSpec: fc.option(fc.constantFrom<Spec[]>(...SPECS), { freq: 2 }),
  before: fc.array(anyRows, { maxLength: 3 }),
  evolutions: fc.subarray([...EVOLUTIONS]),
  after: fc.array(anyRows, { maxLength: 2 }),
  overwrites: fc.array(anyRows, { minLength: 1, maxLength: 2 }),
})

type AnyHistory = typeof anyHistory extends fc.Arbitrary<infer History> ? History : never

describeWithEngines('dynamic overwrites', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frazil-overwrites-'))
  const spark = useSpark(() => folder)
  beforeAll(() => spark().sql('SET spark.sql.sources.partitionOverwriteMode=dynamic'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  let tables = 0

  it('always replace what Spark replaces in a table of the same history', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, async (history) => {
        tables += 1
        const ours = await tableOf(folder, `db.ours_${tables}`, history)
        const theirs = await tableOf(folder, `db.theirs_${tables}`, history)
        const names = namesAfter(history)
        for (const rows of history.overwrites) {
          const before = [await liveFiles(ours), await liveFiles(theirs)] as const
          await ours.overwritePartitions(rows.map((row) => renamed(row, names)))
          await overwriteBySpark(spark(), theirs, rows, names)
          await theirs.refresh()
          expect(await scannedTexts(ours.scan())).toEqual(await scannedTexts(theirs.scan()))
          expect(await spark().scan({ table: ours.name })).toEqual(
            await spark().scan({ table: theirs.name }),
          )
          expect(await dropped(ours, before[0])).toEqual(await dropped(theirs, before[1]))
          expect(counters(ours)).toEqual(counters(theirs))
        }
      }),
      runs(10),
    )
  }, 600_000)
})

async function tableOf(
  folder: string,
  name: string,
  { formatVersion, spec, formerSpec, before, evolutions, after }: AnyHistory,
): Promise<AnyTable> {
  const warehouse = await openWarehouse(folder)
  await warehouse.createTable(name, {
    schema: Ride,
    partitionBy: formerSpec ?? spec,
    formatVersion,
  })
  const table: AnyTable = await warehouse.loadTable(name)
  if (formerSpec !== null) await replaceSpec(table, spec)
  for (const rows of before) await table.append(rows)
  await table.transaction((tx) =>
    tx.updateSchema((columns) => evolutions.forEach(({ change }) => change(columns))),
  )
  const names = namesAfter({ evolutions })
  for (const rows of after) await table.append(rows.map((row) => renamed(row, names)))
  return table
}

async function replaceSpec(table: AnyTable, spec: Spec): Promise<void> {
  const former = table.metadata.specs.at(-1)?.fields ?? []
  await table.transaction((tx) =>
    tx.updateSpec((change) => {
      for (const { name } of former) change.drop(name)
      for (const field of spec) change.add(field)
    }),
  )
}

function namesAfter({
  evolutions,
}: Pick<AnyHistory, 'evolutions'>): Readonly<Record<string, string>> {
  return Object.assign({}, ...evolutions.map(({ names }) => names)) as Record<string, string>
}

function renamed(row: RideRow, names: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [names[name] ?? name, value]),
  )
}

async function overwriteBySpark(
  spark: Spark,
  { name }: AnyTable,
  rows: readonly RideRow[],
  names: Readonly<Record<string, string>>,
): Promise<void> {
  const columns = ['id', 'zone', 'city', 'ts'].map((column) => names[column] ?? column)
  const values = rows.map(({ id, zone, city, ts }) => {
    const text = city === null ? 'NULL' : `'${city}'`
    const time = ts === null ? 'CAST(NULL AS TIMESTAMP)' : `timestamp_micros(${ts})`
    return `(${id}, ${zone ?? 'NULL'}, ${text}, ${time})`
  })
  await spark.sql(`INSERT OVERWRITE ${name} (${columns.join(', ')}) VALUES ${values.join(', ')}`)
}

/** The files that are gone, but for their names. */
async function dropped(
  table: AnyTable,
  before: ReadonlyMap<string, unknown>,
): Promise<readonly string[]> {
  const now = await liveFiles(table)
  return [...before]
    .filter(([path]) => !now.has(path))
    .map(([, file]) => JSON.stringify(file))
    .sort()
}

/** Spark cuts new rows into files as it likes. */
const COUNTERS = [
  'replace-partitions',
  'added-records',
  'deleted-records',
  'deleted-data-files',
  'changed-partition-count',
  'total-records',
  'total-delete-files',
]

function counters(table: AnyTable): readonly (string | undefined)[] {
  const snapshot = table.snapshots.at(-1)
  return [snapshot?.operation, ...COUNTERS.map((name) => snapshot?.summary.get(name))]
}
