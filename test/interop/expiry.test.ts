// What expires and what is an orphan, by us and by Spark, of the same tables of both.
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, it } from 'vitest'

import { openWarehouse } from '../../src/client/warehouse.ts'
import { expireSnapshots } from '../../src/maintenance/expire-snapshots.ts'
import { planOrphanRemoval, removeOrphans } from '../../src/maintenance/remove-orphans.ts'
import type { FormatVersion } from '../../src/metadata/table-metadata.ts'
import { parseSchemaText } from '../../src/types/schema-text.ts'
import { scannedTexts } from '../support/canonical.ts'
import type { AnyTable } from './support/any-table.ts'
import { describeWithEngines, pyicebergRead, textsOf } from './support/oracle.ts'
import { useSpark } from './support/spark.ts'

const VERSIONS: readonly FormatVersion[] = [1, 2, 3]
const LONG_AGO = new Date('2020-01-01T00:00:00Z')

describeWithEngines('what nobody needs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frazil-expiry-'))
  const kept = `${folder}-kept`
  const spark = useSpark(() => folder)
  afterAll(() => {
    for (const place of [folder, kept]) rmSync(place, { recursive: true, force: true })
  })

  /** A table whose partitions both engines replaced in turns, with a tag, a branch and a rollback. */
  const busy = async (name: string, formatVersion: FormatVersion): Promise<AnyTable> => {
    const warehouse = await openWarehouse(folder)
    await warehouse.createTable(name, {
      schema: parseSchemaText('id long, city string'),
      partitionBy: ['city'],
      formatVersion,
      properties: { 'commit.manifest.min-count-to-merge': '3' },
    })
    const table = await warehouse.loadTable(name)
    for (let turn = 0; turn < 9; turn += 1) {
      const city = `c${turn % 2}`
      await table.refresh()
      if (turn % 3 === 2) await spark().sql(`INSERT INTO ${name} SELECT ${turn}, '${city}'`)
      else if (turn % 3 === 1) await table.overwritePartitions([{ id: BigInt(turn), city }])
      else await table.append([{ id: BigInt(turn), city }])
      if (turn === 2) await spark().sql(`ALTER TABLE ${name} CREATE TAG march`)
      if (turn === 4) await spark().sql(`ALTER TABLE ${name} CREATE BRANCH audit`)
      if (turn === 5) await spark().sql(`INSERT INTO ${name}.branch_audit SELECT 50, 'c0'`)
      if (turn === 6)
        await spark().sql(
          `CALL ice.system.rollback_to_snapshot('${name}', ${snapshotBefore(table)})`,
        )
    }
    await table.refresh()
    return table
  }

  const snapshotBefore = ({ currentSnapshot }: AnyTable): string =>
    String(currentSnapshot?.parentId ?? 0n)

  const place = (name: string): string => join(folder, ...name.split('.'))

  /** All files but those of catalogs: each engine has its own ways to number and to sum them. */
  const filesOf = (name: string): readonly string[] =>
    readdirSync(place(name), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(place(name).length + 1))
      .filter((path) => !/\.crc$|metadata\.json$|version-hint\.text$/.test(path))
      .toSorted()

  const idsOf = ({ snapshots }: AnyTable): readonly bigint[] =>
    snapshots.map(({ snapshotId }) => snapshotId)

  it.each(VERSIONS)('expires alike, of version %i', async (formatVersion) => {
    const name = `db.expired${formatVersion}`
    const table = await busy(name, formatVersion)
    const rows = await scannedTexts(table.scan())
    const tagged = await scannedTexts(table.scan().ref('march'))
    cpSync(place(name), kept, { recursive: true, preserveTimestamps: true })

    const before = filesOf(name)
    await spark().sql(
      `CALL ice.system.expire_snapshots(table => '${name}', older_than => current_timestamp(), retain_last => 2)`,
    )
    const warehouse = await openWarehouse(folder)
    const theirs = { ids: idsOf(await warehouse.loadTable(name)), files: filesOf(name) }
    expect(theirs.files.length).toBeLessThan(before.length)

    rmSync(place(name), { recursive: true })
    cpSync(kept, place(name), { recursive: true, preserveTimestamps: true })
    rmSync(kept, { recursive: true })
    const again = await (await openWarehouse(folder)).loadTable(name)
    const report = await expireSnapshots(again, { olderThan: '0 seconds', retainLast: 2 })
    expect(report).toMatchObject({ left: [], outside: [], unread: null })
    expect({ ids: idsOf(again), files: filesOf(name) }).toEqual(theirs)
    for (const { path } of report.files)
      expect(before).toContain(path.slice(place(name).length + 1))

    expect(await spark().scan({ table: name })).toEqual(rows)
    expect(textsOf(await pyicebergRead(again.metadataLocation))).toEqual(rows)
    expect(await scannedTexts(again.scan().ref('march'))).toEqual(tagged)
    expect(textsOf(await spark().sql(`SELECT * FROM ${name} VERSION AS OF 'march'`))).toEqual(
      tagged,
    )
    await spark().sql(`INSERT INTO ${name} SELECT 99, 'c9'`)
    await again.refresh()
    expect(await scannedTexts(again.scan())).toHaveLength(rows.length + 1)
  })

  it('finds the orphans that Spark does', async () => {
    const name = 'db.orphans'
    const table = await busy(name, 2)
    for (const stray of ['data/lost.parquet', 'metadata/lost.avro', 'data/_SUCCESS', 'data/.x']) {
      writeFileSync(join(place(name), stray), 'x')
    }
    for (const path of readdirSync(place(name), { recursive: true }).map(String)) {
      const file = join(place(name), path)
      if (statSync(file).isFile()) utimesSync(file, LONG_AGO, LONG_AGO)
    }
    const found = await spark().sql(
      `CALL ice.system.remove_orphan_files(table => '${name}', older_than => TIMESTAMP '2021-01-01 00:00:00', dry_run => true)`,
    )
    // Among them manifests that were merged by the very commit that wrote them.
    const theirs = textsOf(found).map((text) => /"(?:file:)?\/*(\/[^"]*)"/.exec(text)?.[1] ?? text)
    expect(theirs).toContain(join(place(name), 'metadata/lost.avro'))
    const plan = await planOrphanRemoval(table, { olderThan: '2021-01-01T00:00:00Z' })
    expect(plan.files.map(({ path }) => path).toSorted()).toEqual(theirs.toSorted())
    const rows = await scannedTexts(table.scan())
    expect(await removeOrphans(table)).toMatchObject({ files: plan.files, left: [] })
    expect(await spark().scan({ table: name })).toEqual(rows)
  })
})
