// Files that other programs wrote and this library made part of a table where they are, as other engines then read them.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { afterAll, expect, it } from 'vitest'

import { openWarehouse } from '../../src/client/warehouse.ts'
import { addFiles, planAddFiles } from '../../src/maintenance/import-files.ts'
import type { FormatVersion } from '../../src/metadata/table-metadata.ts'
import { parseNameMapping } from '../../src/types/name-mapping.ts'
import { parseSchemaText } from '../../src/types/schema-text.ts'
import { scannedTexts } from '../support/canonical.ts'
import type { AnyTable } from './support/any-table.ts'
import { liveFiles, sparkFiles } from './support/live-files.ts'
import { PYTHON, describeWithEngines, pyicebergRead, textsOf } from './support/oracle.ts'
import { useSpark } from './support/spark.ts'

/** One column of every kind that all the programs write. */
const COLUMNS = `b boolean, i int, l long, f float, x double, p decimal(12, 3), d date, t timestamp, z timestamptz,
  s string, y binary, st struct<a: long, c: string>, li list<int>, m map<string, long>, city string`

const ARROW = `
import sys, decimal, datetime as dt, pyarrow as pa, pyarrow.parquet as pq
folder = sys.argv[1]
schema = pa.schema([
  ('city', pa.string()), ('b', pa.bool_()), ('i', pa.int32()), ('l', pa.int64()), ('f', pa.float32()), ('x', pa.float64()),
  ('p', pa.decimal128(12, 3)), ('d', pa.date32()), ('t', pa.timestamp('us')), ('z', pa.timestamp('us', tz='UTC')),
  ('s', pa.string()), ('y', pa.binary()), ('st', pa.struct([('a', pa.int64()), ('c', pa.string())])),
  ('li', pa.list_(pa.int32())), ('m', pa.map_(pa.string(), pa.int64()))])
def row(n, city):
  if n % 5 == 4: return {'city': city}
  moment = dt.datetime(1969, 12, 31, 23, 59, 59, 999999) + dt.timedelta(hours=7 * n)
  return {'city': city, 'b': n % 2 == 0, 'i': -n, 'l': 2**62 + n, 'f': n / 4, 'x': float('nan') if n % 7 == 3 else -n / 3,
    'p': decimal.Decimal(n) / 8, 'd': moment.date(), 't': moment, 'z': moment.replace(tzinfo=dt.timezone.utc),
    's': 'søn ' * n, 'y': bytes([255, n]), 'st': {'a': n, 'c': None}, 'li': [n, None], 'm': [('k', n), ('l', None)]}
for city, options in [('Oslo', {}), ('Bergen', {'version': '1.0', 'use_dictionary': False, 'write_statistics': False}),
                      ('Bodø', {'data_page_version': '2.0', 'compression': 'zstd', 'row_group_size': 3})]:
  rows = [row(n, city) for n in range(11)]
  pq.write_table(pa.Table.from_pylist(rows, schema), f'{folder}/{city}.parquet', **options)
hive = pa.Table.from_pylist([row(n, None) for n in range(4)], schema).drop_columns(['city'])
import os
for name in ['city=Oslo%2FBergen', 'city=__HIVE_DEFAULT_PARTITION__']:
  os.makedirs(f'{folder}/hive/{name}')
  pq.write_table(hive, f'{folder}/hive/{name}/part-0.parquet')
`

const DUCKDB = `
import sys, duckdb
folder = sys.argv[1]
duckdb.sql("SET TimeZone = 'UTC'")
duckdb.sql(f"""COPY (SELECT n % 2 = 0 AS b, CAST(n AS INTEGER) AS i, CAST(n AS BIGINT) AS l, CAST(n AS FLOAT) AS f,
  CASE WHEN n = 3 THEN 'nan'::DOUBLE WHEN n = 4 THEN -0.0::DOUBLE ELSE n / 8 END AS x,
  CAST(n / 8 AS DECIMAL(12, 3)) AS p, DATE '1970-01-01' - CAST(n AS INTEGER) AS d,
  TIMESTAMP '1969-12-31 23:59:59.999999' + INTERVAL (n) HOUR AS t,
  TIMESTAMPTZ '1969-12-31 23:59:59.999999+00' + INTERVAL (n) HOUR AS z,
  repeat('å', CAST(n * 40 AS INTEGER)) AS s, encode(repeat('x', CAST(n * 99 AS INTEGER))) AS y,
  CASE WHEN n = 2 THEN NULL ELSE {{'a': CAST(n AS BIGINT), 'c': 'c' || n}} END AS st,
  [CAST(n AS INTEGER), NULL] AS li, MAP {{'k': CAST(n AS BIGINT)}} AS m, 'Hamar' AS city
  FROM range(9) t(n)) TO '{folder}/Hamar.parquet' (FORMAT parquet)""")
`

describeWithEngines('files that were imported', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frazil-import-'))
  const spark = useSpark(() => folder)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const written = async (script: string): Promise<string> => {
    const lake = mkdtempSync(join(tmpdir(), 'frazil-lake-'))
    await promisify(execFile)(PYTHON, ['-c', script, lake])
    return lake
  }

  const create = async (
    name: string,
    formatVersion: FormatVersion,
    columns: string = COLUMNS,
  ): Promise<AnyTable> => {
    const warehouse = await openWarehouse(folder)
    await warehouse.createTable(name, {
      schema: parseSchemaText(columns),
      partitionBy: ['city'],
      formatVersion,
    })
    return warehouse.loadTable(name)
  }

  /** That all see the same rows, and as many as were written. */
  const expectSame = async (table: AnyTable, rows: number): Promise<void> => {
    const ours = await scannedTexts(table.scan())
    expect(ours).toHaveLength(rows)
    expect(textsOf(await pyicebergRead(table.metadataLocation))).toEqual(ours)
    expect(await spark().scan({ table: table.name })).toEqual(ours)
    expect(await sparkFiles(spark(), table)).toEqual(await liveFiles(table))
  }

  it.each([1, 2, 3] as const)(
    'of pyarrow into a table of version %i are read alike, with columns that only folders tell of',
    async (formatVersion) => {
      const table = await create(`db.arrow${formatVersion}`, formatVersion)
      await addFiles(table, await written(ARROW))
      await expectSame(table, 41)
      for (const where of ["city = 'Oslo/Bergen'", 'city IS NULL', 'i < -7', "s >= 'søn søn'"]) {
        const ours = await scannedTexts(table.scan().where(where))
        expect(await spark().scan({ table: table.name, where })).toEqual(ours)
      }
    },
  )

  it.each([2, 3] as const)(
    'of DuckDB into a table of version %i are read alike',
    async (formatVersion) => {
      const table = await create(`db.duckdb${formatVersion}`, formatVersion)
      await addFiles(table, await written(DUCKDB))
      await expectSame(table, 9)
    },
  )

  it('of Spark are read alike, its old timestamps too', async () => {
    const lake = mkdtempSync(join(tmpdir(), 'frazil-lake-'))
    for (const type of ['INT96', 'TIMESTAMP_MICROS', 'TIMESTAMP_MILLIS']) {
      await spark().sql(`SET spark.sql.parquet.outputTimestampType=${type}`)
      await spark().sql(
        `INSERT OVERWRITE DIRECTORY '${lake}/${type}' USING parquet
          SELECT id AS l, timestamp_micros(id * 3600000000000) AS z, '${type}' AS city FROM range(5)`,
      )
    }
    const table = await create('db.spark', 2, 'l long, z timestamptz, city string')
    await addFiles(table, lake)
    await expectSame(table, 15)
  })

  it('are known by what Spark knows of those that it adds itself', async () => {
    const lake = join(await written(ARROW), 'hive')
    const [ours, theirs] = [await create('db.ours', 2), await create('db.theirs', 2)]
    await addFiles(ours, lake)
    await spark().sql(
      `CALL ice.system.add_files(table => 'db.theirs', source_table => '\`parquet\`.\`${lake}\`')`,
    )
    await theirs.refresh()
    const known = async (table: AnyTable): Promise<unknown> => {
      const { tasks } = await table.scan().plan()
      return tasks
        .map(({ file: { partition, recordCount, fileSizeBytes, metrics } }) => ({
          partition,
          recordCount,
          fileSizeBytes,
          nullCounts: flatOnly(metrics.nullCounts),
          valueCounts: flatOnly(metrics.valueCounts),
          lowerBounds: flatOnly(metrics.lowerBounds),
          upperBounds: flatOnly(metrics.upperBounds),
        }))
        .sort((left, right) => String(left.partition).localeCompare(String(right.partition)))
    }
    expect(await known(ours)).toEqual(await known(theirs))
    expect(await scannedTexts(theirs.scan())).toEqual(await scannedTexts(ours.scan()))
    const mappingOf = ({ properties }: AnyTable): unknown =>
      parseNameMapping(properties.get('schema.name-mapping.default') ?? '')
    expect(mappingOf(ours)).toEqual(mappingOf(theirs))
  })

  it('are refused when Spark has added them', async () => {
    const table = await create('db.twice', 2)
    const lake = join(await written(ARROW), 'hive')
    await spark().sql(
      `CALL ice.system.add_files(table => 'db.twice', source_table => '\`parquet\`.\`${lake}\`')`,
    )
    await table.refresh()
    await expect(planAddFiles(table, lake)).rejects.toMatchObject({
      kind: 'invalid',
      problems: [
        { message: 'the file is in the table already' },
        { message: 'the file is in the table already' },
      ],
    })
  })
})

/** Of what is in lists and maps Spark counts too, and we do not. */
function flatOnly<Known>(metrics: ReadonlyMap<number, Known>): unknown {
  return [...metrics].filter(([id]) => id <= 17).toSorted(([left], [right]) => left - right)
}
