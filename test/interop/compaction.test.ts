// Rows that are moved to other files, by us and by Spark in turns: both read the same rows, known by the same ids.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, it } from 'vitest'

import { openWarehouse } from '../../src/client/warehouse.ts'
import { compactFiles } from '../../src/maintenance/compact-files.ts'
import type { CompactionOptions } from '../../src/maintenance/compaction-options.ts'
import type { FormatVersion } from '../../src/metadata/table-metadata.ts'
import { parseSchemaText } from '../../src/types/schema-text.ts'
import { scannedTexts } from '../support/canonical.ts'
import type { AnyTable } from './support/any-table.ts'
import { liveFiles, sparkFiles } from './support/live-files.ts'
import { expectMetadataColumns } from './support/metadata-columns.ts'
import { describeWithEngines, pyicebergRead, textsOf } from './support/oracle.ts'
import { useSpark } from './support/spark.ts'

const VERSIONS: readonly FormatVersion[] = [1, 2, 3]

describeWithEngines('rows that are moved', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frazil-compaction-'))
  const spark = useSpark(() => folder)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** A table of six commits to two cities, by us and by Spark in turns. */
  const filled = async (name: string, formatVersion: FormatVersion): Promise<AnyTable> => {
    const warehouse = await openWarehouse(folder)
    await warehouse.createTable(name, {
      schema: parseSchemaText('id long, city string, fare double'),
      partitionBy: ['city'],
      formatVersion,
    })
    const table = await warehouse.loadTable(name)
    for (let turn = 0; turn < 6; turn += 1) {
      const rows = [0, 1, 2].map((row) => ({
        id: BigInt(3 * turn + row),
        city: row === 2 ? null : `c${turn % 2}`,
        fare: (turn * 7) % 5,
      }))
      if (turn % 2 === 0) await table.append(rows)
      else {
        const values = rows.map(({ id, city, fare }) => {
          const text = city === null ? 'NULL' : `'${city}'`
          return `(${id}, ${text}, double('${fare}'))`
        })
        await spark().sql(`INSERT INTO ${name} VALUES ${values.join(', ')}`)
        await table.refresh()
      }
    }
    return table
  }

  /** Rows with what they are known by where they have ids, as we read them. */
  const lineageOf = (table: AnyTable): Promise<readonly string[]> => {
    const hasIds = table.metadata.formatVersion >= 3
    const columns = ['id', ...(hasIds ? ['_row_id', '_last_updated_sequence_number'] : [])]
    return scannedTexts(table.scan().selectPaths(columns.map((column) => [column])))
  }

  const expectSame = async (table: AnyTable, lineage: readonly string[]): Promise<void> => {
    expect(await lineageOf(table)).toEqual(lineage)
    const rows = await scannedTexts(table.scan())
    expect(await spark().scan({ table: table.name })).toEqual(rows)
    expect(textsOf(await pyicebergRead(table.metadataLocation))).toEqual(rows)
    expect(await sparkFiles(spark(), table)).toEqual(await liveFiles(table))
    await expectMetadataColumns(table, spark())
  }

  const WAYS: readonly CompactionOptions[] = [{}, { sort: 'fare desc' }, { zorder: 'fare, id' }]

  it.each(VERSIONS)(
    'of version %i are known by what they were, when files lose rows and when they are compacted, by us and by Spark',
    async (formatVersion) => {
      const table = await filled(`db.moved${formatVersion}`, formatVersion)
      await expectSame(table, await lineageOf(table))
      const before = await lineageOf(table)
      await table.deleteWhere('id = 4 or id = 6')
      const lineage = await lineageOf(table)
      expect(lineage).toHaveLength(before.length - 2)
      expect(before).toEqual(expect.arrayContaining([...lineage]))
      await expectSame(table, lineage)
      for (const way of WAYS) {
        const report = await compactFiles(table, { ...way, minInputFiles: 2, rewriteAll: true })
        expect(report.rows).toBe(16n)
        await expectSame(table, lineage)
      }
      await spark().sql(`INSERT INTO ${table.name} VALUES (100, 'c0', 1.5D)`)
      await table.refresh()
      const more = await lineageOf(table)
      await spark().sql(
        `CALL ice.system.rewrite_data_files(table => '${table.name}', options => map('rewrite-all', 'true'))`,
      )
      await table.refresh()
      await expectSame(table, more)
    },
  )
})
