// Manifests that are rewritten and statistics of partitions, ours and Spark's, on tables of both.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, it } from 'vitest'

import { openWarehouse } from '../../src/client/warehouse.ts'
import {
  computePartitionStatistics,
  planPartitionStatistics,
} from '../../src/maintenance/partition-statistics.ts'
import { rewriteManifests } from '../../src/maintenance/rewrite-manifests.ts'
import {
  statisticsFields,
  statisticsRow,
  unifiedPartition,
} from '../../src/metadata/partition-totals.ts'
import type { FormatVersion } from '../../src/metadata/table-metadata.ts'
import { parseSchemaText } from '../../src/types/schema-text.ts'
import type { Value } from '../../src/types/value.ts'
import { scannedTexts } from '../support/canonical.ts'
import { readRows } from '../support/parquet-files.ts'
import type { AnyTable } from './support/any-table.ts'
import { liveFiles, sparkFiles } from './support/live-files.ts'
import { describeWithEngines, pyicebergRead, textsOf } from './support/oracle.ts'
import { useSpark } from './support/spark.ts'

const VERSIONS: readonly FormatVersion[] = [1, 2, 3]

describeWithEngines('what is made of manifests', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frazil-manifests-'))
  const spark = useSpark(() => folder)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** A table of twelve commits to four days and two cities, by us and by Spark in turns. */
  const filled = async (name: string, formatVersion: FormatVersion): Promise<AnyTable> => {
    const warehouse = await openWarehouse(folder)
    await warehouse.createTable(name, {
      schema: parseSchemaText('id long, city string, ts timestamptz'),
      partitionBy: ['day(ts)', 'city'],
      formatVersion,
      properties: { 'commit.manifest-merge.enabled': 'false' },
    })
    const table = await warehouse.loadTable(name)
    for (let turn = 0; turn < 12; turn += 1) {
      const city = turn % 5 === 4 ? null : `c${turn % 2}`
      const ts = BigInt(turn % 4) * 86_400_000_000n
      if (turn % 3 === 2) {
        const text = city === null ? 'NULL' : `'${city}'`
        await spark().sql(`INSERT INTO ${name} SELECT ${turn}, ${text}, timestamp_micros(${ts})`)
      } else {
        await table.refresh()
        await table.append([{ id: BigInt(turn), city, ts }])
      }
    }
    await table.refresh()
    return table
  }

  /** Snapshot and sequence numbers of each live file, as Iceberg Java reads them. */
  const numbersOf = async (name: string, formatVersion: FormatVersion): Promise<unknown> => {
    const rowId = formatVersion >= 3 ? 'CAST(data_file.first_row_id AS string)' : "'-'"
    const { rows } = await spark().sql(
      `SELECT data_file.file_path AS path, CAST(snapshot_id AS string) AS id, CAST(sequence_number AS string) AS data,
        CAST(file_sequence_number AS string) AS file, ${rowId} AS row_id
        FROM ${name}.entries WHERE status < 2 ORDER BY path`,
    )
    return rows
  }

  const expectSame = async (table: AnyTable, rows: readonly string[]): Promise<void> => {
    expect(await scannedTexts(table.scan())).toEqual(rows)
    expect(await spark().scan({ table: table.name })).toEqual(rows)
    expect(textsOf(await pyicebergRead(table.metadataLocation))).toEqual(rows)
    expect(await sparkFiles(spark(), table)).toEqual(await liveFiles(table))
  }

  it.each(VERSIONS)(
    'of version %i leaves rows, files and all their numbers as they were, by us and then by Spark',
    async (formatVersion) => {
      const name = `db.rewritten${formatVersion}`
      const table = await filled(name, formatVersion)
      const rows = await scannedTexts(table.scan())
      const before = await numbersOf(name, formatVersion)
      await rewriteManifests(table, { targetSizeBytes: 9_000 })
      await expectSame(table, rows)
      expect(await numbersOf(name, formatVersion)).toEqual(before)
      await table.append([{ id: 100n, city: 'c0', ts: 0n }])
      const longer = await scannedTexts(table.scan())
      await spark().sql(`CALL ice.system.rewrite_manifests('${name}', false)`)
      await table.refresh()
      await expectSame(table, longer)
      // Iceberg 1.11 gives rows new ids on the way.
      const after = await numbersOf(name, formatVersion)
      await rewriteManifests(table, { targetSizeBytes: 1 })
      await expectSame(table, longer)
      expect(await numbersOf(name, formatVersion)).toEqual(after)
    },
  )

  it.each([2, 3] as const)(
    'of version %i leaves the deletes of Spark what they were',
    async (formatVersion) => {
      const name = `db.deletes${formatVersion}`
      const table = await filled(name, formatVersion)
      const set = `ALTER TABLE ${name} SET TBLPROPERTIES ('write.delete.mode'='merge-on-read')`
      await spark().sql(set)
      for (const [first, last] of [
        [20, 30],
        [30, 40],
      ] as const) {
        const rows = `SELECT id, 'c9', timestamp_micros(0) FROM range(${first}, ${last})`
        await spark().sql(`INSERT INTO ${name} ${rows}`)
        await spark().sql(`DELETE FROM ${name} WHERE id IN (${first + 1}, ${first + 2})`)
      }
      await table.refresh()
      const rows = await spark().scan({ table: name })
      expect(rows).toHaveLength(28)
      const told = async (): Promise<unknown> => {
        const places =
          formatVersion === 3
            ? 'CAST(content_offset AS string), CAST(content_size_in_bytes AS string)'
            : 'record_count'
        const { rows: files } = await spark().sql(
          `SELECT file_path, content, referenced_data_file, ${places} FROM ${name}.delete_files ORDER BY file_path, content`,
        )
        return [files, await numbersOf(name, formatVersion)]
      }
      const before = await told()
      const report = await rewriteManifests(table)
      expect(report.addedManifests).toHaveLength(2)
      expect(await spark().scan({ table: name })).toEqual(rows)
      expect(await told()).toEqual(before)
    },
  )

  /** The rows of the statistics file that the table has of its current snapshot. */
  const statisticsOf = async ({ metadata }: AnyTable): Promise<(Value | null)[][]> => {
    const file = metadata.partitionStatistics.find(
      ({ snapshotId }) => snapshotId === metadata.currentSnapshotId,
    )
    const bytes = readFileSync((file?.path ?? '').replace(/^file:/, ''))
    expect(BigInt(bytes.length)).toBe(file?.fileSizeBytes)
    const fields = statisticsFields(unifiedPartition(metadata), metadata.formatVersion)
    return readRows(bytes, { schemaId: 0, fields, identifierFieldIds: [] })
  }

  const compute = (name: string): Promise<unknown> =>
    spark().sql(`CALL ice.system.compute_partition_stats(table => '${name}')`)

  const expectCounted = async (table: AnyTable): Promise<void> => {
    await table.refresh()
    const { formatVersion } = table.metadata
    const { partitions } = await planPartitionStatistics(table)
    const ours = partitions.map((totals) => [...statisticsRow(totals, formatVersion)])
    const theirs = await statisticsOf(table)
    expect(theirs).toEqual(ours)
  }

  it.each(VERSIONS)(
    'in statistics of version %i is what Spark counts, also from where ours end',
    async (formatVersion) => {
      const name = `db.counted${formatVersion}`
      const table = await filled(name, formatVersion)
      await compute(name)
      await expectCounted(table)
      await table.append([{ id: 13n, city: 'c0', ts: 0n }])
      await computePartitionStatistics(table)
      expect(table.metadata.partitionStatistics).toHaveLength(2)
      await table.append([{ id: 16n, city: 'c0', ts: 0n }])
      await table.transaction((tx) => tx.updateSpec((change) => change.add('bucket(2, id)')))
      await table.append([
        { id: 14n, city: 'c0', ts: 0n },
        { id: 15n, city: 'c1', ts: 0n },
      ])
      // Reads our file, and adds what came since.
      await compute(name)
      await expectCounted(table)
    },
  )

  it('in statistics counts the deletes of Spark, files and vectors', async () => {
    for (const formatVersion of [2, 3] as const) {
      const name = `db.deleted${formatVersion}`
      const table = await filled(name, formatVersion)
      await spark().sql(
        `ALTER TABLE ${name} SET TBLPROPERTIES ('write.delete.mode'='merge-on-read')`,
      )
      await spark().sql(
        `INSERT INTO ${name} SELECT id, 'c9', timestamp_micros(0) FROM range(20, 30)`,
      )
      await spark().sql(`DELETE FROM ${name} WHERE id IN (21, 22)`)
      await compute(name)
      await expectCounted(table)
      const { partitions } = await planPartitionStatistics(table)
      const deleted = partitions.filter(({ positionDeletes }) => positionDeletes > 0n)
      expect(deleted).toMatchObject([{ positionDeletes: 2n, dataRecords: 10n }])
      expect(deleted[0]?.deletionVectors).toBe(formatVersion === 3 ? 1 : 0)
    }
  })
})
