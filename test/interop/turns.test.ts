// One table that Spark and this library write in turns, and a long history of ours that Iceberg Java follows step by step.
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'

import { versionOf } from '../../src/catalog/metadata-versions.ts'
import { openTable } from '../../src/client/open-table.ts'
import type { UnknownRow } from '../../src/client/row-shapes.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import type { TableMetadata } from '../../src/metadata/table-metadata.ts'
import { schema, t } from '../../src/types/define.ts'
import { scannedTexts } from '../support/canonical.ts'
import { runs } from '../support/runs.ts'
import type { AnyTable } from './support/any-table.ts'
import { liveFiles, sparkFiles } from './support/live-files.ts'
import { expectMetadataColumns } from './support/metadata-columns.ts'
import { describeWithEngines, duckdbRead, pyicebergRead, textsOf } from './support/oracle.ts'
import { useSpark } from './support/spark.ts'

const Ride = schema({
  id: t.long(),
  city: t.string().optional(),
  ts: t.timestamptz().optional(),
})

const rides = (...ids: readonly number[]): UnknownRow[] =>
  ids.map((id) => ({ id: BigInt(id), city: `c${id % 3}`, ts: BigInt(id) * 3_600_000_000n * 10n }))

describeWithEngines('tables of two writers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frazil-turns-'))
  const spark = useSpark(() => folder)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const create = async (name: string, properties: Record<string, string>): Promise<AnyTable> => {
    const warehouse = await openWarehouse(folder)
    await warehouse.createTable(name, {
      schema: Ride,
      partitionBy: ['day(ts)', 'city'],
      properties,
    })
    return warehouse.loadTable(name)
  }

  it.each(['none', 'gzip'])(
    'take what Spark and this library write in turns, with metadata compressed by %s',
    async (codec) => {
      const name = `db.turns_${codec}`
      const table = await create(name, { 'write.metadata.compression-codec': codec })
      const bySpark = (sql: string) => (): Promise<unknown> => spark().sql(sql)
      const insert = (into: string, from: number, to: number): string =>
        `${into} ${name} SELECT id, CONCAT('c', id % 3), timestamp_micros(id * 36000000000) FROM range(${from}, ${to})`
      const turns: (() => Promise<unknown>)[] = [
        () => table.append(rides(-3, -2, -1, 0, 1, 2)),
        bySpark(insert('INSERT INTO', 2, 9)),
        () => table.append(rides(9, 10, 11)),
        bySpark('SET spark.sql.sources.partitionOverwriteMode=dynamic'),
        bySpark(insert('INSERT OVERWRITE', 4, 6)),
        bySpark('SET spark.sql.sources.partitionOverwriteMode=static'),
        () => table.refresh().then(() => table.overwritePartitions(rides(5, 7, 12))),
        bySpark(`DELETE FROM ${name} WHERE city = 'c1'`),
        () => table.transaction((tx) => tx.setProperties({ note: 'ours' })),
        bySpark(`ALTER TABLE ${name} SET TBLPROPERTIES ('remark' = 'theirs')`),
        () => table.append(rides(20, 21, 22)),
        bySpark(`DELETE FROM ${name} WHERE id = 21`),
        () => table.refresh().then(() => table.overwritePartitions(rides(21))),
      ]
      for (const turn of turns) {
        await turn()
        const fresh = await (await openWarehouse(folder)).loadTable(name)
        expect(await scannedTexts(fresh.scan())).toEqual(await spark().scan({ table: name }))
        expect(await liveFiles(fresh)).toEqual(await sparkFiles(spark(), fresh))
        expectVersions(folder, name)
      }
      await table.refresh()
      expect(Object.fromEntries(table.properties)).toMatchObject({ note: 'ours', remark: 'theirs' })
      expect(table.snapshots.map(({ sequenceNumber }) => sequenceNumber)).toEqual(
        table.snapshots.map((_, index) => BigInt(index + 1)),
      )
    },
  )

  it.each([1, 2, 3] as const)(
    'of version %i take rows and changes of columns and partitions in turns',
    async (formatVersion) => {
      const name = `db.evolved_${formatVersion}`
      const warehouse = await openWarehouse(folder)
      const table: AnyTable = await warehouse.createTable(name, { schema: Ride, formatVersion })
      const bySpark = (sql: string) => (): Promise<unknown> => spark().sql(sql)
      const turns: (() => Promise<unknown>)[] = [
        () => table.append(rides(-1, 0, 1)),
        bySpark(`ALTER TABLE ${name} ADD PARTITION FIELD bucket(3, id)`),
        bySpark(`INSERT INTO ${name} VALUES (2, 'theirs', NULL)`),
        () =>
          table.transaction((tx) =>
            tx.updateSchema((change) =>
              change.rename('city', 'place').add('tip', t.int().optional()),
            ),
          ),
        bySpark(`INSERT INTO ${name} VALUES (3, 'place', NULL, 7)`),
        () => table.append([{ id: 4n, place: 'ours', ts: null, tip: 8 }]),
        bySpark(`ALTER TABLE ${name} ALTER COLUMN tip TYPE bigint`),
        bySpark(`ALTER TABLE ${name} ADD COLUMN city string FIRST`),
        () => table.append([{ id: 5n, place: 'ours', city: 'new', tip: 2n ** 40n }]),
        () =>
          table.transaction((tx) => tx.updateSpec((change) => change.add('truncate(2, place)'))),
        bySpark(`INSERT INTO ${name} SELECT city, id + 10, place, ts, tip FROM ${name}`),
        bySpark(`DELETE FROM ${name} WHERE id = 12`),
        () => table.transaction((tx) => tx.updateSchema((change) => change.drop('ts'))),
        bySpark(`UPDATE ${name} SET tip = -1 WHERE id = 4`),
        () => table.append([{ id: 6n, place: 'last' }]),
        () => table.transaction((tx) => tx.upgradeFormat(3)),
        () => table.append([{ id: 7n, place: 'more' }]),
        bySpark(`DELETE FROM ${name} WHERE id = 11`),
        bySpark(`INSERT INTO ${name} VALUES ('end', 8, 'theirs', 9)`),
      ]
      for (const turn of turns) {
        await turn()
        await table.refresh()
        expect(await scannedTexts(table.scan())).toEqual(await spark().scan({ table: name }))
        expect(await liveFiles(table)).toEqual(await sparkFiles(spark(), table))
        await expectMetadataColumns(table, spark())
        expectVersions(folder, name)
      }
    },
  )

  it('never fork when Spark changes how metadata are named while a handle is held', async () => {
    const name = 'db.renamed'
    const table = await create(name, { 'write.metadata.compression-codec': 'gzip' })
    await table.append(rides(1))
    await spark().sql(
      `ALTER TABLE ${name} SET TBLPROPERTIES ('write.metadata.compression-codec' = 'none')`,
    )
    await table.append(rides(2))
    await spark().sql(
      `ALTER TABLE ${name} SET TBLPROPERTIES ('write.metadata.compression-codec' = 'gzip')`,
    )
    await table.append(rides(3))
    expectVersions(folder, name)
    expect(await scannedTexts(table.scan())).toHaveLength(3)
    expect(await spark().scan({ table: name })).toHaveLength(3)
  })

  it('are read by all when the metadata of former versions was let go, with a hint, an old one or none', async () => {
    const name = 'db.letting_go'
    const table = await create(name, {
      'write.metadata.delete-after-commit.enabled': 'true',
      'write.metadata.previous-versions-max': '2',
    })
    const hint = join(folder, 'db', 'letting_go', 'metadata', 'version-hint.text')
    for (const id of [1, 2, 3, 4, 5, 6]) await table.append(rides(id))
    expect(versionFiles(folder, name).filter((file) => statSync(file).size < 100)).toHaveLength(4)
    const texts = await scannedTexts(table.scan())
    expect(textsOf(await duckdbRead(table.metadataLocation))).toEqual(texts)
    expect(textsOf(await pyicebergRead(table.metadataLocation))).toEqual(texts)
    for (const hinted of [readFileSync(hint, 'utf8'), '1', null]) {
      if (hinted === null) rmSync(hint)
      else writeFileSync(hint, hinted)
      await spark().sql(`REFRESH TABLE ${name}`)
      expect(await spark().scan({ table: name })).toEqual(texts)
    }
    await table.append(rides(7))
    expect(await spark().scan({ table: name })).toHaveLength(7)
    await spark().sql(`ALTER TABLE ${name} SET TBLPROPERTIES ('by' = 'spark')`)
    await table.append(rides(8))
    expect(await scannedTexts(table.scan())).toHaveLength(8)
    expect(await spark().scan({ table: name })).toHaveLength(8)
  })

  it('always have metadata in every version, and files in every snapshot, that Iceberg Java reads alike', async () => {
    let tables = 0
    await fc.assert(
      fc.asyncProperty(anyHistory, async (steps) => {
        const name = `db.history${(tables += 1)}`
        const table = await create(name, { 'write.metadata.previous-versions-max': '20' })
        for (const { run } of steps) await run(table)
        for (const file of versionFiles(folder, name)) await expectAlike(file)
        for (const { snapshotId } of table.snapshots) {
          const planned = await spark().plan(name, { snapshotId })
          const { tasks } = await table.scan().snapshot(snapshotId).plan()
          expect(planned.map(({ path }) => path).sort()).toEqual(
            tasks.map(({ file }) => file.path).sort(),
          )
        }
        expect(await scannedTexts(table.scan())).toEqual(await spark().scan({ table: name }))
      }),
      { ...runs(1), endOnFailure: true },
    )
  })

  /** A version as Java writes it after reading it; it goes by another name there, which has no former files. */
  async function expectAlike(file: string): Promise<void> {
    const { metadata } = await openTable(file)
    await spark().register('file.db.version', file)
    expect(comparable(await spark().metadata('file.db.version'))).toEqual(comparable(metadata))
  }
})

interface Step {
  readonly run: (table: AnyTable) => Promise<unknown>
}

const anyRides = fc
  .uniqueArray(fc.integer({ min: -60, max: 60 }), { maxLength: 4 })
  .map((ids) => rides(...ids))

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  anyRides.map((rows) => step('append', rows, (table) => table.append(rows))),
  anyRides.map((rows) => step('overwrite', rows, (table) => table.overwritePartitions(rows))),
  fc
    .constantFrom('none', 'gzip')
    .map((codec) =>
      step('set', codec, (table) => set(table, { 'write.metadata.compression-codec': codec })),
    ),
  fc.string().map((note) => step('note', note, (table) => set(table, { note }))),
)

const anyHistory = fc.array(anyStep, { minLength: 200, maxLength: 200 })

function step(name: string, argument: unknown, run: Step['run']): Step {
  return { run, [fc.toStringMethod]: () => `${name}(${fc.stringify(argument)})` } as Step
}

function set(table: AnyTable, properties: Record<string, string>): Promise<unknown> {
  return table.transaction((tx) => tx.setProperties(properties))
}

/** The metadata files of a table in the order of their versions. */
function versionFiles(folder: string, name: string): string[] {
  const metadata = join(folder, ...name.split('.'), 'metadata')
  return readdirSync(metadata)
    .filter((file) => versionOf(file) !== null)
    .sort((left, right) => (versionOf(left) ?? 0) - (versionOf(right) ?? 0))
    .map((file) => join(metadata, file))
}

/** Expects versions from 1 on, each in one file, and a hint at the last one. */
function expectVersions(folder: string, name: string): void {
  const versions = versionFiles(folder, name).map(versionOf)
  expect(versions).toEqual(versions.map((_, index) => index + 1))
  const hint = readFileSync(
    join(folder, ...name.split('.'), 'metadata', 'version-hint.text'),
    'utf8',
  )
  expect(hint.trim()).toBe(String(versions.length))
}

function comparable(metadata: TableMetadata): unknown {
  return { ...metadata, metadataLog: [] }
}
