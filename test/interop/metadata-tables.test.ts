// What Spark shows of its tables and ours, table by table and row by row.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, it } from 'vitest'

import { openWarehouse } from '../../src/client/warehouse.ts'
import { stringifyJson } from '../../src/base/json-exact.ts'
import { metadataTable } from '../../src/maintenance/metadata-table.ts'
import { METADATA_TABLES } from '../../src/scan/facts/metadata-table-names.ts'
import type { MetadataTableName } from '../../src/scan/facts/metadata-table-names.ts'
import type { LiveTable } from '../../src/table/table-state.ts'
import { schema, t } from '../../src/types/define.ts'
import { parseTimestamptz } from '../../src/types/temporal-text.ts'
import { collect } from '../support/streams.ts'
import { describeWithEngines } from './support/oracle.ts'
import { useSpark } from './support/spark.ts'
import type { Spark } from './support/spark.ts'

type Row = Record<string, unknown>

describeWithEngines('metadata tables', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frazil-metadata-'))
  const spark = useSpark(() => folder)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each([1, 2, 3])(
    'of a table of version %i that Spark wrote, with deletes, are those that Spark shows',
    async (version) => {
      const name = `db.deleted_${version}`
      const mode = version === 1 ? 'copy-on-write' : 'merge-on-read'
      for (const statement of [
        `CREATE TABLE ${name} (id bigint, city string, fare double) USING iceberg
          PARTITIONED BY (city) TBLPROPERTIES ('format-version'='${version}', 'write.delete.mode'='${mode}')`,
        `INSERT INTO ${name} VALUES (1, 'Oslo', 1.5), (2, 'Oslo', 2.5), (3, 'Bergen', 3.5), (7, 'Oslo', 2.5)`,
        `DELETE FROM ${name} WHERE id = 2`,
        `INSERT INTO ${name} VALUES (4, 'Moss', null)`,
        `DELETE FROM ${name} WHERE city = 'Bergen'`,
        `ALTER TABLE ${name} CREATE TAG kept`,
      ]) {
        await spark().sql(statement)
      }
      const warehouse = await openWarehouse(folder)
      await expectAlike(spark(), name, await warehouse.loadTable(name))
    },
  )

  it.each([2, 3] as const)(
    'of a table of version %i that we wrote are those that Spark shows',
    async (formatVersion) => {
      const name = `db.ours_${formatVersion}`
      const warehouse = await openWarehouse(folder)
      const rides = await warehouse.createTable(name, {
        formatVersion,
        schema: schema({ id: t.long(), city: t.string().optional(), fare: t.double().optional() }),
        partitionBy: ['city'],
      })
      await rides.append([
        { id: 1n, city: 'Oslo', fare: 1.5 },
        { id: 2n, city: null, fare: null },
      ])
      await rides.append([{ id: 3n, city: 'Bergen', fare: Number.NaN }])
      await rides.overwritePartitions([{ id: 4n, city: 'Oslo' }])
      await expectAlike(spark(), name, rides)
    },
  )
})

async function expectAlike(
  spark: Spark,
  name: string,
  table: Pick<LiveTable, 'state'>,
): Promise<void> {
  for (const metadata of METADATA_TABLES) {
    const { rows } = await spark.sql(`SELECT * FROM ${name}.${metadata}`)
    const ours = await collect(metadataTable(table, metadata))
    expect([metadata, texts(ours as readonly Row[], metadata)]).toEqual([
      metadata,
      texts(rows as readonly Row[], metadata),
    ])
  }
}

/** Rows in one spelling, sorted: both engines list manifests as they come. */
function texts(rows: readonly Row[], metadata: MetadataTableName): readonly string[] {
  return rows.map((row) => stringifyJson(spelled(row, metadata))).toSorted()
}

/**
 * Metrics that people read are of the columns that have any, here; and where vectors are in their files only version 3
 * tells there.
 */
function spelled(row: Row, metadata: MetadataTableName): unknown {
  const { readable_metrics: _, ...rest } = row
  if (metadata === 'position_deletes') {
    const { content_offset: offset = null, content_size_in_bytes: size = null, ...others } = rest
    return spell({ ...others, content_offset: offset, content_size_in_bytes: size })
  }
  return spell(rest)
}

/**
 * Integers as text, maps as sorted pairs, moments in microseconds, bytes in hexadecimal; what is empty is null: this library
 * does not tell maps that are empty from those that were not written.
 */
function spell(value: unknown): unknown {
  if (typeof value === 'bigint' || typeof value === 'number') return String(value)
  if (typeof value === 'string') return String(parseTimestamptz(value) ?? value)
  if (value instanceof Map) return pairs([...value])
  if (Array.isArray(value)) {
    if (value.length === 0) return null
    const isPairs = value.every((item) => Array.isArray(item))
    return isPairs ? pairs(value as [unknown, unknown][]) : value.map(spell)
  }
  if (typeof value !== 'object' || value === null) return value
  return pairs(Object.entries(value))
}

function pairs(entries: readonly (readonly [unknown, unknown])[]): unknown {
  if (entries.length === 0) return null
  return entries
    .map(([name, value]) => [String(name), spell(value)] as const)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
}
